//! What people in Mattermost read: names and the core's words stand still in it.

use std::fmt::Write;

use mattermost_notify::markdown::{escape, escape_line};
use notify_core::text;
use serde_json::{Value, json};

use crate::answer::{Answer, News, object};

/// The longest that a server allows.
const NAME: usize = 64;

pub fn name(name: &str) -> String {
    text::clip(&text::line(name), NAME, |_| 1)
}

/// About one object.
pub fn about(answer: &Answer, news: &News) -> String {
    let object = object(&answer.subject);
    format!("{object}: {}", news.words(&answer.wish))
}

/// For whoever clicked, alone.
pub fn to_clicker(words: &str) -> Value {
    json!({"ephemeral_text": line(words), "skip_slack_parsing": true})
}

/// For whoever wrote the command, alone.
pub fn to_writer(words: &str) -> Value {
    let lines: Vec<String> = words.lines().map(line).collect();
    json!({"response_type": "ephemeral", "text": lines.join("  \n"), "skip_slack_parsing": true})
}

/// Between two backticks stands what somebody may type: there nothing acts.
fn line(words: &str) -> String {
    let parts: Vec<&str> = words.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape_line(words);
    }
    let parts = parts.iter().enumerate().map(|(number, part)| match number {
        0 => prose(part, escape_line),
        number if number % 2 == 1 => format!("`{part}`"),
        _ => prose(part, escape),
    });
    parts.collect()
}

/// Between two quotation marks may stand what somebody pastes into a config: as code nothing invisible is added to it.
fn prose(words: &str, escaped: impl Fn(&str) -> String) -> String {
    let mut parts = words.split('"').peekable();
    let mut line = escaped(parts.next().unwrap_or_default());
    let mut is_quoted = true;
    while let Some(part) = parts.next() {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
        let is_whole = is_quoted && parts.peek().is_some();
        match is_whole && !part.is_empty() && part.bytes().all(plain) {
            true => {
                let _ = write!(line, "`\"{part}\"`");
                line.push_str(&escape(parts.next().unwrap_or_default()));
            }
            false => {
                line.push('"');
                line.push_str(&escape(part));
                is_quoted = !is_quoted;
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_typed_stays_code_and_the_rest_stands_still() {
        for (words, safe) in [
            ("`ack HOST` – do it", "`ack HOST` – do it"),
            (
                "there is no `a_b` in @all",
                "there is no `a_b` in @\u{200B}all",
            ),
            (
                "add \"mattermost:abc\" to [x]",
                "add `\"mattermost:abc\"` to \\[x\\]",
            ),
            (
                "by \"@all\" and \"x\" and \"y:z",
                "by \"@\u{200B}all\" and `\"x\"` and \"y:\u{200B}z",
            ),
            ("a ` b @all", "a \\` b @\u{200B}all"),
            (
                "# web01: acknowledged",
                "\u{200B}\\#\u{200B} web01: acknowledged",
            ),
        ] {
            assert_eq!(line(words), safe);
        }
    }
}
