//! A message after somebody answered it, made from what Slack showed us of it: with a webhook nobody else can draw it anew.

use notify_core::text;
use serde_json::{Map, Value, json};

/// The notifier's block of buttons, and its *Acknowledge*.
const ANSWERS: &str = "answers";
const ACKNOWLEDGE: &str = "acknowledge";
/// The line above them.
const WHO: &str = "acknowledged";

const AGAIN: &str = "Acknowledge too";
const FIRST: &str = "Acknowledge";

/// A context element's text, with a margin.
const LINE: usize = 1_900;

/// With a line that says who has it; an empty one is taken away. `None` where this is no message of ours.
pub fn redrawn(message: &Value, line: &str) -> Option<Value> {
    let attachments = message["attachments"].as_array()?;
    let mut drawn = Vec::new();
    let mut found = None;
    for attachment in attachments {
        let mut kept = only(attachment, &["color", "fallback", "blocks"]);
        if let Some(colour) = kept.get("color").and_then(Value::as_str)
            && !colour.starts_with('#')
        {
            kept.insert("color".to_owned(), format!("#{colour}").into());
        }
        if let Some(Value::Array(blocks)) = kept.get_mut("blocks") {
            blocks.retain(|block| block["block_id"] != WHO);
            let at = blocks.iter().position(|block| block["block_id"] == ANSWERS);
            if let Some(at) = at {
                relabel(&mut blocks[at], line);
                if !line.is_empty() {
                    blocks.insert(at, who(line));
                }
                found = Some(at);
            }
        }
        drawn.push(Value::Object(kept));
    }
    found?;
    Some(json!({
        "replace_original": true,
        "text": without_mentions(message["text"].as_str().unwrap_or_default()),
        "mrkdwn": false,
        "parse": "none",
        "unfurl_links": false,
        "unfurl_media": false,
        "attachments": drawn,
    }))
}

/// Who has it already, as the message says.
pub fn line(message: &Value) -> Option<&str> {
    let attachments = message["attachments"].as_array()?.iter();
    let mut blocks = attachments
        .filter_map(|one| one["blocks"].as_array())
        .flatten();
    let who = blocks.find(|block| block["block_id"] == WHO)?;
    who["elements"][0]["text"].as_str()
}

/// What is needed of a message to draw it anew, where that is not too much to keep.
pub fn keepsake(message: &Value) -> Value {
    /// Ours have less: Slack allows no more text than this, most of it once.
    const MOST: usize = 64 * 1024;
    let kept = Value::Object(only(message, &["text", "attachments"]));
    match kept.to_string().len() <= MOST {
        true => kept,
        false => Value::Null,
    }
}

fn only(value: &Value, keys: &[&str]) -> Map<String, Value> {
    let whole = value.as_object().into_iter().flatten();
    whole
        .filter(|(key, _)| keys.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn relabel(answers: &mut Value, line: &str) {
    let Some(elements) = answers["elements"].as_array_mut() else {
        return;
    };
    for button in elements {
        let Some(button) = button.as_object_mut() else {
            continue;
        };
        if button.get("action_id").and_then(Value::as_str) != Some(ACKNOWLEDGE) {
            continue;
        }
        let words = match line.is_empty() {
            true => {
                button.insert("style".to_owned(), "primary".into());
                FIRST
            }
            false => {
                button.remove("style");
                AGAIN
            }
        };
        button.insert("text".to_owned(), plain(words));
    }
}

fn who(line: &str) -> Value {
    let line = text::clip(line, LINE, text::utf16);
    json!({"type": "context", "block_id": WHO, "elements": [plain(&line)]})
}

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

/// All markup in our first lines is the config's mention, which nobody is to be called by again.
fn without_mentions(text: &str) -> String {
    let mut rest = text;
    let mut calm = String::new();
    while let Some((before, mention)) = rest.split_once('<') {
        calm.push_str(before.trim_end_matches(' '));
        rest = mention.split_once('>').map_or("", |(_, after)| after);
    }
    calm.push_str(rest);
    calm
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(blocks: Value) -> Value {
        json!({
            "text": "🔴 CRITICAL web01 / Ping – a &lt; b <!here> <!subteam^S1|@ops>",
            "ts": "1.2",
            "attachments": [{"id": 1, "color": "d9534f", "fallback": "x", "blocks": blocks}],
        })
    }

    fn answers() -> Value {
        json!({"type": "actions", "block_id": "answers", "elements": [
            {"type": "button", "action_id": "acknowledge", "style": "primary", "text": plain("Acknowledge"), "value": "{}"},
            {"type": "button", "action_id": "more", "text": plain("More…"), "value": "{}"},
        ]})
    }

    #[test]
    fn a_line_stands_above_the_buttons_once_and_goes_again() {
        let first = redrawn(&message(json!([answers()])), "Acknowledged by Max").unwrap();
        assert_eq!(line(&first), Some("Acknowledged by Max"));
        let second = redrawn(&first, "Acknowledged by Max, Erika").unwrap();
        let blocks = second["attachments"][0]["blocks"].as_array().unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(line(&second), Some("Acknowledged by Max, Erika"));
        assert_eq!(blocks[1]["elements"][0]["text"]["text"], "Acknowledge too");
        assert_eq!(blocks[1]["elements"][0]["style"], Value::Null);
        let gone = redrawn(&second, "").unwrap();
        assert_eq!(gone["attachments"][0]["blocks"], json!([answers()]));
    }

    #[test]
    fn nobody_is_called_again_and_nothing_of_slack_s_own_is_sent_back() {
        let drawn = redrawn(&message(json!([answers()])), "x").unwrap();
        assert_eq!(drawn["text"], "🔴 CRITICAL web01 / Ping – a &lt; b");
        assert_eq!(drawn["attachments"][0]["id"], Value::Null);
        assert_eq!(drawn["attachments"][0]["color"], "#d9534f");
        assert_eq!(drawn["ts"], Value::Null);
    }

    #[test]
    fn what_has_no_buttons_of_ours_is_left_alone() {
        assert_eq!(redrawn(&json!({}), "x"), None);
        assert_eq!(redrawn(&message(json!([{"type": "divider"}])), "x"), None);
        assert_eq!(redrawn(&message(json!("blocks")), "x"), None);
    }

    #[test]
    fn too_much_is_not_kept() {
        let small = message(json!([answers()]));
        assert_eq!(redrawn(&keepsake(&small), "x"), redrawn(&small, "x"));
        let large = message(json!(vec!["x".repeat(3_000); 40]));
        assert_eq!(keepsake(&large), Value::Null);
    }
}
