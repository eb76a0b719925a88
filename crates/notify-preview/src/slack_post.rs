//! `chat.postMessage` and `chat.update`: what Slack keeps of messages, threads and edits.
//!
//! Source: docs.slack.dev, the methods' arguments and errors. What is marked "from memory" has no better source.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::board::{Content, Kept};
use crate::exchange::Outcome;
use crate::http::Answer;
use crate::pace::{Gate, TooMany};
use crate::show::Page;
use crate::slack::{Slack, made};
use crate::slack_api::{self, is_unknown, string};
use crate::slack_message::{Message, Refusal, units};
use crate::slack_page;

/// docs.slack.dev, `chat.update`, `msg_too_long`; a new message is cut instead, at ten times as much.
const LONGEST_UPDATE: usize = 4_000;

/// What a message consists of; the other arguments say where it goes and who asks.
const CONTENT: [&str; 9] = [
    "text",
    "blocks",
    "attachments",
    "markdown_text",
    "metadata",
    "username",
    "mrkdwn",
    "parse",
    "link_names",
];

pub(crate) fn post(
    slack: &mut Slack,
    arguments: &Map<String, Value>,
    token: &str,
    gate: &mut Gate,
) -> Outcome {
    judged_post(slack, arguments, token, gate).unwrap_or_else(refused)
}

fn judged_post(
    slack: &mut Slack,
    arguments: &Map<String, Value>,
    token: &str,
    gate: &mut Gate,
) -> Result<Outcome, Refusal> {
    let named = string(arguments, "channel");
    if is_unknown(named) {
        return Err("channel_not_found".into());
    }
    if named.starts_with("CNOTIN") {
        return Err("not_in_channel".into());
    }
    if named.starts_with("CARCHIVED") {
        return Err("is_archived".into());
    }
    let channel = id(named);
    let thread = thread(slack, &channel, arguments)?;
    let message = Message::checked(&Value::Object(content(arguments)))?;
    if let Err(wait) = gate.pass(&channel, Instant::now()) {
        return Ok(too_many(&wait));
    }

    let ts = slack.next_ts();
    let title = format!("slack: {named}");
    let shown = slack_page::page(&message);
    let push = slack_page::push(&message);
    let mut made = made(&message, &ts);
    let mut verdict = message.verdict().to_string();
    let page = match &thread {
        None => Page::posted(&title, push, &shown),
        Some(thread) => {
            made["thread_ts"] = json!(thread.ts);
            let broadcast = arguments.get("reply_broadcast") == Some(&Value::Bool(true));
            let title = match broadcast {
                true => {
                    made["subtype"] = json!("thread_broadcast");
                    format!("{title}, in the channel too,")
                }
                false => title,
            };
            if thread.asked == Asked::ForAReply {
                verdict.push_str(", thread_ts is a reply's");
            }
            Page::replied(&title, &thread.label, push, &shown)
        }
    };
    slack.board.post(Kept::new(
        reference(&channel, &ts),
        &channel,
        author(token),
        thread.map(|thread| reference(&channel, &thread.ts)),
        kept(&message, shown),
    ));
    let body = json!({"ok": true, "channel": channel, "ts": ts, "message": made});
    let mut outcome = Outcome::accepted(Answer::json(200, body), page);
    outcome.verdict = verdict;
    Ok(outcome)
}

pub(crate) fn update(
    slack: &mut Slack,
    arguments: &Map<String, Value>,
    token: &str,
    gate: &mut Gate,
) -> Outcome {
    judged_update(slack, arguments, token, gate).unwrap_or_else(refused)
}

fn judged_update(
    slack: &mut Slack,
    arguments: &Map<String, Value>,
    token: &str,
    gate: &mut Gate,
) -> Result<Outcome, Refusal> {
    let channel = string(arguments, "channel");
    // A name will do for a new message alone: from memory.
    if is_unknown(channel) || id(channel) != channel {
        return Err("channel_not_found".into());
    }
    if channel.starts_with("CARCHIVED") {
        return Err("is_inactive".into());
    }
    let ts = string(arguments, "ts");
    let reference = reference(channel, ts);
    let before = slack.board.get(&reference).filter(|kept| !kept.deleted);
    let before = before.ok_or("message_not_found")?;
    if before.author != author(token) {
        return Err("cant_update_message".into());
    }
    let message = Message::checked(&edited(&before.content.body, arguments)?)?;
    if units(string(arguments, "text")) > LONGEST_UPDATE {
        return Err("msg_too_long".into());
    }
    if let Err(wait) = gate.pass_update("slack", Instant::now()) {
        return Ok(too_many(&wait));
    }

    let shown = slack_page::page(&message);
    let page = Page::updated(&format!("slack: {channel}"), &before.label(), &shown);
    let mut made = made(&message, ts);
    if let Some((_, thread_ts)) = before.root.as_deref().and_then(|root| root.split_once('/')) {
        made["thread_ts"] = json!(thread_ts);
    }
    let body = json!({
        "ok": true, "channel": channel, "ts": ts, "text": message.text, "message": made,
    });
    slack.board.update(&reference, kept(&message, shown));
    Ok(Outcome::accepted(Answer::json(200, body), page))
}

/// What Slack answers is always an id: of a name one is made, and a user has a channel of his own.
pub(crate) fn id(channel: &str) -> String {
    let is_id = channel
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    match channel.split_at_checked(1) {
        Some(("C" | "D" | "G", _)) if is_id => return channel.to_string(),
        Some(("U" | "W", user)) if is_id => return format!("D{user}"),
        _ => {}
    }
    // FNV-1a, so that a name has the same id in every run.
    let name = channel.trim_start_matches('#').bytes();
    let hash = name.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("C0{:09X}", hash >> 28)
}

pub(crate) fn reference(channel: &str, ts: &str) -> String {
    format!("{channel}/{ts}")
}

/// Slack lets an app edit only its own messages. A new token of the same app differs behind its last `-`.
fn author(token: &str) -> &str {
    token.rsplit_once('-').map_or(token, |(app, _)| app)
}

struct Thread {
    /// Of its first message.
    ts: String,
    label: String,
    asked: Asked,
}

#[derive(PartialEq, Eq)]
enum Asked {
    ForTheRoot,
    ForAReply,
}

fn thread(
    slack: &Slack,
    channel: &str,
    arguments: &Map<String, Value>,
) -> Result<Option<Thread>, Refusal> {
    let ts = match arguments.get("thread_ts") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(ts)) if ts.is_empty() => return Ok(None),
        Some(Value::String(ts)) if is_ts(ts) => ts,
        // Seen in jenkinsci/slack-plugin's issue 584. A number has lost its last zeros: Slack says ok and shows the
        // message nowhere (python-slack-sdk's issue 840), which nobody would notice here.
        Some(wrong) => {
            let wrong = wrong.as_str().map_or(wrong.to_string(), str::to_string);
            let message = format!("[ERROR] {wrong} is not a valid thread_ts");
            return Err(Refusal {
                error: "invalid_thread_ts",
                messages: vec![message],
            });
        }
    };
    // From memory; bolt-js's issue 2307 has the word for a thread whose first message was deleted.
    let unknown = "thread_not_found";
    let asked = slack.board.get(&reference(channel, ts));
    let asked = asked.ok_or(unknown)?;
    let (root, asked) = match &asked.root {
        None => (asked, Asked::ForTheRoot),
        Some(root) => {
            let root = slack.board.get(root).ok_or(unknown)?;
            (root, Asked::ForAReply)
        }
    };
    // A thread outlives its first message, which becomes "This message was deleted": from memory.
    if root.deleted && slack.board.replies(&root.reference).is_empty() {
        return Err(unknown.into());
    }
    let (_, ts) = root.reference.split_once('/').unwrap_or_default();
    Ok(Some(Thread {
        ts: ts.to_string(),
        label: root.label(),
        asked,
    }))
}

fn is_ts(ts: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    ts.split_once('.')
        .is_some_and(|(seconds, micros)| digits(seconds) && digits(micros) && micros.len() == 6)
}

fn content(arguments: &Map<String, Value>) -> Map<String, Value> {
    CONTENT
        .iter()
        .filter_map(|key| Some((key.to_string(), arguments.get(*key)?.clone())))
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// The message after an update. What is not given stays (documented for attachments and metadata), but blocks stay
/// only where no text is given, and `parse` and `link_names` fall back to their defaults.
fn edited(before: &Value, arguments: &Map<String, Value>) -> Result<Value, Refusal> {
    let given = content(arguments);
    let gives = |key: &str| given.contains_key(key);
    let shown = ["text", "blocks", "attachments", "markdown_text"];
    if !shown.iter().any(|key| gives(key)) {
        return Err("no_text".into());
    }
    let mut edited = before.as_object().cloned().unwrap_or_default();
    for key in ["parse", "link_names"] {
        edited.remove(key);
    }
    if gives("text") || gives("markdown_text") {
        edited.remove("blocks");
    }
    if gives("text") || gives("blocks") {
        edited.remove("markdown_text");
    }
    if gives("markdown_text") {
        edited.remove("text");
    }
    edited.extend(given);
    Ok(Value::Object(edited))
}

pub(crate) fn kept(message: &Message, page: Page) -> Content {
    Content {
        text: message.text.clone(),
        body: Value::Object(message.sent.clone()),
        page,
    }
}

fn refused(Refusal { error, messages }: Refusal) -> Outcome {
    if messages.is_empty() {
        return slack_api::refused(error);
    }
    let remark = messages.join("; ");
    let body = json!({
        "ok": false,
        "error": error,
        "response_metadata": {"messages": messages},
    });
    Outcome::unseen(Answer::json(200, body), error).remark(remark)
}

fn too_many(wait: &TooMany) -> Outcome {
    let body = json!({"ok": false, "error": "ratelimited"});
    let answer = Answer::json(429, body).header("Retry-After", &wait.retry_after.to_string());
    Outcome::unseen(answer, "ratelimited")
}
