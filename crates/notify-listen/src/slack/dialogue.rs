//! The dialogue behind *More…*: what it shows, and what somebody chose in it.

use notify_core::button::Button;
use notify_core::notification::Subject;
use notify_core::text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Again, Sticky, Wish, object};
use crate::duration;

pub const CALLBACK: &str = "more";

/// What the dialogue carries to its end, through Slack and back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    pub button: Button,
    pub channel: String,
    pub ts: String,
    pub response_url: String,
}

/// What is wrong, by the block that it is wrong in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub block: &'static str,
    pub why: String,
}

// docs.slack.dev, views: private_metadata.
const LONGEST_METADATA: usize = 3_000;
/// A section's text, with a margin.
const LONGEST_NAME: usize = 500;
const LONGEST_COMMENT: usize = 1_000;
const LONGEST_DURATION: usize = 40;

/// Block and action are called the same.
pub const WHAT: &str = "what";
const COMMENT: &str = "comment";
const STICKY: &str = "sticky";
const UNTIL: &str = "until";
const DURATION: &str = "duration";

const CHOICES: [(&str, &str); 5] = [
    ("acknowledge", "Acknowledge"),
    ("remove", "Remove the acknowledgement"),
    ("downtime", "Downtime"),
    ("recheck", "Check again"),
    ("comment", "Comment"),
];
const STICKINESS: [(&str, &str); 3] = [
    ("by_state", "Only for CRITICAL and DOWN"),
    ("yes", "Yes"),
    ("no", "No"),
];

/// `None` where what it has to carry is too long for Slack.
pub fn view(subject: &Subject, metadata: &Metadata) -> Option<Value> {
    let metadata = serde_json::to_string(metadata).ok()?;
    if metadata.chars().map(text::utf16).sum::<usize>() > LONGEST_METADATA {
        return None;
    }
    let name = text::clip(&text::line(&object(subject)), LONGEST_NAME, text::utf16);
    Some(json!({
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain("Answer"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "private_metadata": metadata,
        "blocks": [
            {"type": "section", "text": plain(&name)},
            input(WHAT, "What", Needed::Yes, select(WHAT, &CHOICES), None),
            input(COMMENT, "Comment", Needed::No, line(COMMENT, LONGEST_COMMENT, ""), None),
            input(
                UNTIL,
                "The acknowledgement ends after",
                Needed::No,
                line(UNTIL, LONGEST_DURATION, "2h"),
                Some("Empty: when the problem is over."),
            ),
            input(
                STICKY,
                "It outlives a change of the state",
                Needed::No,
                select(STICKY, &STICKINESS),
                None,
            ),
            input(
                DURATION,
                "The downtime lasts",
                Needed::No,
                line(DURATION, LONGEST_DURATION, "1h30m"),
                Some("Begins now."),
            ),
        ],
    }))
}

/// What was chosen. `now` in seconds since 1970.
pub fn wish(values: &Value, now: f64) -> Result<Wish, Wrong> {
    let chosen = |name: &str| values[name][name]["selected_option"]["value"].as_str();
    let written = |name: &str| {
        let written = values[name][name]["value"].as_str();
        written.unwrap_or_default().trim().to_owned()
    };
    let comment = text::clip(&written(COMMENT), LONGEST_COMMENT, |_| 1);
    let lasting = |name: &'static str| match duration::parse(&written(name)) {
        Some(duration) => Ok(duration),
        None => Err(Wrong {
            block: name,
            why: duration::ADVICE.to_owned(),
        }),
    };
    Ok(match chosen(WHAT) {
        Some("acknowledge") => Wish::Acknowledge {
            comment,
            sticky: match chosen(STICKY) {
                Some("yes") => Sticky::Yes,
                Some("no") => Sticky::No,
                _ => Sticky::ByState,
            },
            until: match written(UNTIL).is_empty() {
                true => None,
                false => Some(now + lasting(UNTIL)?.as_secs_f64()),
            },
            again: Again::Comment,
        },
        Some("remove") => Wish::RemoveAcknowledgement { of: None },
        Some("downtime") => Wish::Downtime {
            comment,
            seconds: lasting(DURATION)?.as_secs(),
        },
        Some("recheck") => Wish::Recheck,
        Some("comment") if comment.is_empty() => {
            return Err(Wrong {
                block: COMMENT,
                why: "write something".to_owned(),
            });
        }
        Some("comment") => Wish::Comment { text: comment },
        _ => {
            return Err(Wrong {
                block: WHAT,
                why: "choose what to do".to_owned(),
            });
        }
    })
}

/// The dialogue stays open and says so.
pub fn errors(wrong: &Wrong) -> Value {
    /// Slack shows about a line of it; the documents give no limit.
    const LONGEST: usize = 300;
    let why = text::clip(&wrong.why, LONGEST, text::utf16);
    json!({"response_action": "errors", "errors": {wrong.block: why}})
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

fn input(name: &str, label: &str, needed: Needed, element: Value, hint: Option<&str>) -> Value {
    let mut input = json!({
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "optional": needed == Needed::No,
        "element": element,
    });
    if let Some(hint) = hint {
        input["hint"] = plain(hint);
    }
    input
}

/// The first choice is chosen already.
fn select(name: &str, choices: &[(&str, &str)]) -> Value {
    let options: Vec<Value> = choices
        .iter()
        .map(|(value, words)| json!({"text": plain(words), "value": value}))
        .collect();
    json!({
        "type": "static_select",
        "action_id": name,
        "initial_option": options.first(),
        "options": options,
    })
}

fn line(name: &str, longest: usize, example: &str) -> Value {
    let mut line = json!({
        "type": "plain_text_input",
        "action_id": name,
        "max_length": longest,
    });
    if !example.is_empty() {
        line["placeholder"] = plain(example);
    }
    line
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}
