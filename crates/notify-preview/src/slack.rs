//! Slack: which of its addresses a request is for, and the incoming webhook.
//!
//! Sources: docs.slack.dev "Sending messages using incoming webhooks"; Slack's changelog of
//! 2016-05-17 for the webhook's errors. What is marked "from memory" has no better source.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::board::{Board, Kept};
use crate::exchange::Outcome;
use crate::form;
use crate::http::{Answer, Request};
use crate::options::Record;
use crate::pace::Gate;
use crate::show::Page;
use crate::slack_answers::{self, Answers};
use crate::slack_api;
use crate::slack_message::{Message, Refusal};
use crate::slack_page;
use crate::slack_post;

/// The workspace.
pub(crate) const TEAM: &str = "T00000000";
/// Where webhooks post; who posts by one never learns so.
pub(crate) const WEBHOOK_CHANNEL: &str = "CWEBHOOK0";

pub(crate) struct Slack {
    pub(crate) board: Board,
    pub(crate) answers: Answers,
    last_ts: u64,
}

impl Slack {
    pub(crate) fn new(record: Record) -> Slack {
        Slack {
            board: Board::new(record),
            answers: Answers::default(),
            last_ts: 0,
        }
    }

    /// `None` where the address is not Slack's.
    pub(crate) fn answer(&mut self, request: &Request, gate: &mut Gate) -> Option<Outcome> {
        if let Some(hook) = request.path.strip_prefix("/services/") {
            return Some(webhook(self, request, hook, gate));
        }
        if let Some(outcome) = slack_answers::respond(self, request) {
            return Some(outcome);
        }
        let method = request.path.strip_prefix("/api/")?;
        (!method.contains('/')).then(|| slack_api::answer(self, request, method, gate))
    }

    /// A ts is a time and a message's id at once: unique in its channel, and growing.
    pub(crate) fn next_ts(&mut self) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros() as u64);
        self.last_ts = now.max(self.last_ts + 1);
        format!(
            "{}.{:06}",
            self.last_ts / 1_000_000,
            self.last_ts % 1_000_000
        )
    }
}

fn webhook(slack: &mut Slack, request: &Request, hook: &str, gate: &mut Gate) -> Outcome {
    let segments: Vec<&str> = hook.split('/').collect();
    let [team, service, secret] = segments[..] else {
        return no_page();
    };
    let shaped = team.starts_with('T')
        && service.starts_with('B')
        && !secret.is_empty()
        && hook
            .bytes()
            .all(|byte| byte == b'/' || byte.is_ascii_alphanumeric());
    if !shaped {
        return no_page();
    }
    if secret.starts_with("nosuch") {
        return refused(404, "no_service");
    }
    let posted = match request.media_type().as_str() {
        "application/x-www-form-urlencoded" => form::field(&request.body, "payload"),
        _ => String::from_utf8(request.body.clone()).ok(),
    };
    let payload = posted.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let Some(payload) = payload.filter(|payload| request.method == "POST" && payload.is_object())
    else {
        return refused(400, "invalid_payload");
    };
    let message = match Message::checked(&payload) {
        Ok(message) => message,
        Err(Refusal { error, messages }) => {
            let outcome = refused(400, error);
            return match messages.is_empty() {
                true => outcome,
                false => outcome.remark(messages.join("; ")),
            };
        }
    };
    if let Err(wait) = gate.pass(&request.path, Instant::now()) {
        // The body is from memory; the header is documented ("Rate limits").
        return Outcome::unseen(
            Answer::text(429, "rate_limited").header("Retry-After", &wait.retry_after.to_string()),
            "rate_limited",
        );
    }
    let title = format!("slack: webhook {service}");
    let push = slack_page::push(&message);
    let shown = slack_page::page(&message);
    let page = Page::posted(&title, push, &shown);
    let reference = slack_post::reference(WEBHOOK_CHANNEL, &slack.next_ts());
    slack.board.post(Kept::new(
        reference,
        WEBHOOK_CHANNEL,
        &request.path,
        None,
        slack_post::kept(&message, shown),
    ));
    let mut outcome = Outcome::accepted(Answer::text(200, "ok"), page);
    outcome.verdict = message.verdict().to_string();
    outcome
}

/// The webhook's errors are bare words as text, not JSON.
fn refused(status: u16, error: &str) -> Outcome {
    Outcome::unseen(Answer::text(status, error), error)
}

fn no_page() -> Outcome {
    let page = "<!DOCTYPE html><html><head><title>Slack</title></head>\
        <body><h1>There\u{2019}s been a glitch\u{2026}</h1></body></html>\n";
    Outcome::unseen(Answer::html(404, page), "no such page")
}

/// What Slack tells of the message it made.
pub(crate) fn made(message: &Message, ts: &str) -> Value {
    let mut made = json!({
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B00000000",
        "text": message.text,
        "ts": ts,
    });
    for key in ["username", "blocks", "attachments", "metadata"] {
        if let Some(value) = message.sent.get(key) {
            made[key] = value.clone();
        }
    }
    made
}
