//! `slack-notify`: one notification to Slack.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_core::program::run::<slack_notify::Slack>()
}
