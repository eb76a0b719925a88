//! What Slack checks of a message, whether it comes by webhook or by chat.postMessage.

use serde_json::{Map, Value};

use crate::blocks;

/// docs.slack.dev, "Truncating content": text over 40,000 characters is cut.
const LONGEST_TEXT: usize = 40_000;
/// docs.slack.dev, `chat.postMessage`, `markdown_text`.
const LONGEST_MARKDOWN: usize = 12_000;
/// docs.slack.dev, `chat.postMessage`, `too_many_attachments`.
const MOST_ATTACHMENTS: usize = 100;

/// A message that Slack takes.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) sent: Map<String, Value>,
    /// As Slack keeps it, perhaps cut.
    pub(crate) text: String,
    cut: Cut,
}

#[derive(Debug, PartialEq, Eq)]
enum Cut {
    Nothing,
    Text,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) error: &'static str,
    /// `response_metadata.messages` of the Web API.
    pub(crate) messages: Vec<String>,
}

impl From<&'static str> for Refusal {
    fn from(error: &'static str) -> Self {
        Refusal {
            error,
            messages: Vec::new(),
        }
    }
}

impl Message {
    pub(crate) fn checked(payload: &Value) -> Result<Message, Refusal> {
        let mut sent = payload.as_object().cloned().ok_or("invalid_payload")?;
        let blocks = list(&mut sent, "blocks", "invalid_blocks_format")?;
        let attachments = list(&mut sent, "attachments", "invalid_attachments")?;
        let text = string(&sent, "text")?;
        let markdown = string(&sent, "markdown_text")?;
        if !markdown.is_empty() && (!text.is_empty() || !blocks.is_empty()) {
            return Err("markdown_text_conflict".into());
        }
        if units(&markdown) > LONGEST_MARKDOWN {
            return Err("msg_too_long".into());
        }
        if attachments.len() > MOST_ATTACHMENTS {
            return Err("too_many_attachments".into());
        }
        let mut ids = blocks::Ids::default();
        let problems = blocks::problems(&blocks, "/blocks", &mut ids);
        if !problems.is_empty() {
            return Err(Refusal {
                error: "invalid_blocks",
                messages: problems,
            });
        }
        let problems = attachment_problems(&attachments, &mut ids);
        if !problems.is_empty() {
            return Err(Refusal {
                error: "invalid_attachments",
                messages: problems,
            });
        }
        let shows = |attachment: &Value| {
            let keys = [
                "text",
                "blocks",
                "title",
                "pretext",
                "fallback",
                "fields",
                "image_url",
            ];
            keys.iter().any(|key| !is_nothing(&attachment[key]))
        };
        if text.trim().is_empty()
            && markdown.trim().is_empty()
            && blocks.is_empty()
            && !attachments.iter().any(shows)
        {
            return Err("no_text".into());
        }
        let (kept, cut) = match units(&text) > LONGEST_TEXT {
            true => (first_units(&text, LONGEST_TEXT), Cut::Text),
            false => (text, Cut::Nothing),
        };
        Ok(Message {
            sent,
            text: kept,
            cut,
        })
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match self.cut {
            Cut::Nothing => "accepted",
            Cut::Text => "accepted, text cut",
        }
    }

    pub(crate) fn list(&self, key: &str) -> &[Value] {
        self.sent
            .get(key)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn string(&self, key: &str) -> &str {
        self.sent
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn is(&self, key: &str, wanted: bool) -> bool {
        self.sent.get(key).and_then(Value::as_bool) == Some(wanted)
    }
}

/// Whether Slack counts code points or UTF-16 units is not documented; this is the stricter reading.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn first_units(text: &str, most: usize) -> String {
    let mut room = most;
    text.chars()
        .take_while(|letter| {
            let fits = letter.len_utf16() <= room;
            room = room.saturating_sub(letter.len_utf16());
            fits
        })
        .collect()
}

fn string(sent: &Map<String, Value>, key: &str) -> Result<String, Refusal> {
    match sent.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        // From memory.
        Some(_) => Err("invalid_payload".into()),
    }
}

/// Lists come as JSON or, in forms above all, as a string of JSON.
fn list(
    sent: &mut Map<String, Value>,
    key: &str,
    error: &'static str,
) -> Result<Vec<Value>, Refusal> {
    let value = match sent.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => return Ok(Vec::new()),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| error)?,
        Some(value) => value.clone(),
    };
    let list = value.as_array().cloned().ok_or(error)?;
    sent.insert(key.to_string(), value);
    Ok(list)
}

fn attachment_problems(attachments: &[Value], ids: &mut blocks::Ids) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, attachment) in attachments.iter().enumerate() {
        let at = format!("/attachments/{index}");
        match (attachment.is_object(), &attachment["blocks"]) {
            (false, _) => problems.push(blocks::problem("must be an object", &at)),
            (true, Value::Null) => {}
            (true, Value::Array(list)) => {
                problems.extend(blocks::problems(list, &format!("{at}/blocks"), ids));
            }
            (true, _) => problems.push(blocks::problem("must be an array", &at)),
        }
    }
    problems
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(payload: Value) -> &'static str {
        Message::checked(&payload).unwrap_err().error
    }

    #[test]
    fn a_message_must_show_something() {
        for nothing in [
            json!({}),
            json!({"text": ""}),
            json!({"text": " \n"}),
            json!({"blocks": []}),
            json!({"attachments": [{"color": "good"}]}),
        ] {
            assert_eq!(error(nothing), "no_text");
        }
        for something in [
            json!({"text": "x"}),
            json!({"blocks": [{"type": "divider"}]}),
            json!({"attachments": [{"fallback": "x"}]}),
            json!({"attachments": "[{\"text\": \"x\"}]"}),
        ] {
            Message::checked(&something).unwrap();
        }
    }

    #[test]
    fn a_hundred_attachments_are_taken_and_one_more_is_not() {
        let with = |count| json!({"attachments": vec![json!({"text": "x"}); count]});
        Message::checked(&with(100)).unwrap();
        assert_eq!(error(with(101)), "too_many_attachments");
    }

    #[test]
    fn a_text_over_forty_thousand_units_is_cut() {
        let message = Message::checked(&json!({"text": "💥".repeat(20_001)})).unwrap();
        assert_eq!(message.text.chars().count(), 20_000);
        assert_eq!(message.verdict(), "accepted, text cut");
    }

    #[test]
    fn broken_blocks_of_an_attachment_break_the_attachments() {
        let payload = json!({"attachments": [{"blocks": [{"type": "section"}]}]});
        let refusal = Message::checked(&payload).unwrap_err();
        assert_eq!(refusal.error, "invalid_attachments");
        assert!(refusal.messages[0].contains("/attachments/0/blocks/0"));
    }
}
