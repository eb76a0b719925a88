//! Everything that reads what strangers or other servers send, by name: fuzzed by scripts/fuzz, and fed with the corpus by the
//! tests. None may panic, whatever the bytes are.

use std::sync::Arc;

use mattermost_notify::choice::Choice;
use mattermost_notify::post::Context;
use notify_core::button::Button;
use notify_core::config::secret::Secret;
use notify_core::http::Response;
use notify_core::notification::Subject;
use serde_json::Value;

use crate::form;
use crate::mattermost::action::Click;
use crate::monitoring::{self, Comments, Core, Expiry, Look, Named, Order, Trouble};
use crate::pagerduty::{basic, event};
use crate::signature;
use crate::slack::{dialogue, payload, redraw};
use crate::spoken;

pub type Parser = fn(&[u8]);

pub const PARSERS: [(&str, Parser); 12] = [
    ("button", button),
    ("command", command),
    ("form", form),
    ("icinga2", icinga2),
    ("mattermost-action", mattermost_action),
    ("pagerduty", pagerduty),
    ("pagerduty-password", pagerduty_password),
    ("signature", signature),
    ("slack-command", slack_command),
    ("slack-interaction", slack_interaction),
    ("slack-message", slack_message),
    ("status-file", status_file),
];

/// 2026.
const NOW: f64 = 1_790_000_000.0;

fn slack_interaction(bytes: &[u8]) {
    if let Ok(payload::Interaction::Submission(submission)) = payload::interaction(bytes) {
        let _ = dialogue::wish(&submission.values, NOW);
        let _ = serde_json::from_str::<dialogue::Metadata>(&submission.metadata);
    }
}

fn slack_command(bytes: &[u8]) {
    let _ = payload::command(bytes);
}

/// As Slack shows a message to whoever is answered.
fn slack_message(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let message = redraw::keepsake(&message);
    let _ = redraw::line(&message);
    let drawn = redraw::redrawn(&message, "Acknowledged by Max · 10:02");
    // Drawn once more it is what it was.
    if let Some(drawn) = drawn {
        let again = redraw::redrawn(&drawn, "Acknowledged by Max · 10:02");
        assert_eq!(again.as_ref(), Some(&drawn));
    }
}

fn mattermost_action(bytes: &[u8]) {
    let Ok(click) = serde_json::from_slice::<Click>(bytes) else {
        return;
    };
    if let Ok(pressed) = serde_json::from_value::<Context>(click.context) {
        let _ = Choice::of(pressed.selected_option.as_deref().unwrap_or_default());
    }
}

fn form(bytes: &[u8]) {
    let _ = form::fields(bytes);
}

/// Webhooks of both kinds, and entries of the log.
fn pagerduty(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let _ = event::of_v3(&body, NOW);
    let _ = event::of_v2(&body, NOW);
    let _ = event::of_entry(&body, NOW);
    for message in body["messages"].as_array().into_iter().flatten() {
        let _ = event::of_v2(message, NOW);
    }
}

fn pagerduty_password(bytes: &[u8]) {
    let Ok(value) = axum::http::HeaderValue::from_bytes(bytes) else {
        return;
    };
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(axum::http::header::AUTHORIZATION, value);
    let _ = basic::password(&headers);
}

/// A signature, a line's end, and what was signed: none of them is right.
fn signature(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (given, body) = text.split_once('\n').unwrap_or((&text, ""));
    let secrets = [Secret::new("slack-signing-secret")];
    let (timestamp, given) = given.split_once(' ').unwrap_or(("0", given));
    let as_slack = signature::slack(&secrets, Some(timestamp), Some(given), body.as_bytes(), NOW);
    assert!(as_slack.is_err());
    assert!(signature::pagerduty(&secrets, Some(given), body.as_bytes()).is_err());
}

fn button(bytes: &[u8]) {
    if let Ok(button) = serde_json::from_slice::<Button>(bytes) {
        let secrets = [Secret::new("the-secret-that-seals-buttons")];
        assert!(button.check(&secrets, "berlin", NOW).is_err());
    }
}

fn icinga2(bytes: &[u8]) {
    let _ = monitoring::icinga2::api::reply(&Response {
        status: 200,
        body: String::from_utf8_lossy(bytes).into_owned(),
        ..Response::default()
    });
}

fn status_file(mut bytes: &[u8]) {
    let picture = monitoring::status_blocks::read(&mut bytes);
    if let Ok(Ok(picture)) = picture {
        let _ = picture.look(&Subject::service("web01", "Ping"));
        let _ = picture.find("web", Some("p"));
    }
}

/// What somebody writes in a chat.
fn command(bytes: &[u8]) {
    let core: Arc<dyn Core> = Arc::new(OneHost);
    let _ = spoken::understand(&String::from_utf8_lossy(bytes), &core);
}

/// Knows one object, so that there is something to find.
struct OneHost;

impl Core for OneHost {
    fn look(&self, _: &Subject) -> Result<Option<Look>, Trouble> {
        Ok(None)
    }

    fn give(&self, _: &Order) -> Result<(), Trouble> {
        Ok(())
    }

    fn find(&self, _: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble> {
        let subject = match service {
            Some(_) => Subject::service("web01", "Disk /var"),
            None => Subject::host("web01"),
        };
        Ok(vec![Named::from(subject)])
    }

    fn expiry(&self) -> Expiry {
        Expiry::Core
    }

    fn comments(&self) -> Comments {
        Comments::Taken
    }

    fn probe(&self) -> Result<String, Trouble> {
        Ok(String::new())
    }
}
