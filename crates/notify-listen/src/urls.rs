//! What to paste into the vendors' pages.

use notify_core::config::Config;
use notify_core::config::listen::Keys;

use crate::answer::Source;

/// Of those vendors that are in use.
pub fn request_urls(config: &Config, in_use: &[Source]) -> Vec<String> {
    // Without it the path has to do.
    let public_url = match &config.listen.keys {
        Keys::Given { public_url, .. } | Keys::Address { public_url } => public_url,
        Keys::Missing => "https://…",
    };
    [
        (Source::Slack, "Slack's request_url", "/slack/interaction"),
        (Source::Slack, "Slack's slash command", "/slack/command"),
        (
            Source::Mattermost,
            "Mattermost's slash command",
            "/mattermost/command",
        ),
        (
            Source::PagerDuty,
            "PagerDuty's webhook (V3)",
            "/pagerduty/v3",
        ),
        (
            Source::PagerDuty,
            "PagerDuty's webhook (generic V2)",
            "/pagerduty/v2",
        ),
    ]
    .iter()
    .filter(|(vendor, ..)| in_use.contains(vendor))
    .map(|(_, what, path)| format!("{what}: {public_url}{path}"))
    .collect()
}
