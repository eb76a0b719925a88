//! Block Kit's rules: which blocks there are, what they need, how long each part may be.
//!
//! The limits: docs.slack.dev, "Block Kit reference", as typed in Slack's Node SDK and its Python SDK's
//! models. The wording of the messages is from memory.

use std::collections::HashSet;

use serde_json::Value;

use crate::slack_message::units;

const MOST_BLOCKS: usize = 50;
const SECTION_TEXT: usize = 3000;
const MOST_FIELDS: usize = 10;
const FIELD_TEXT: usize = 2000;
const HEADER_TEXT: usize = 150;
const MOST_ACTIONS: usize = 25;
const MOST_CONTEXT: usize = 10;
const CONTEXT_TEXT: usize = 3000;
const BUTTON_TEXT: usize = 75;
const BUTTON_VALUE: usize = 2000;
const URL: usize = 3000;
const ID: usize = 255;
const INPUT_LABEL: usize = 2000;
const CONFIRM_TITLE: usize = 100;
const CONFIRM_TEXT: usize = 300;
const CONFIRM_BUTTON: usize = 30;
const MOST_OPTIONS: usize = 100;
const OPTION_TEXT: usize = 75;
const OPTION_VALUE: usize = 150;
/// From memory.
const ALT_TEXT: usize = 2000;

/// The block_ids seen in a message, where each must be unique.
#[derive(Default)]
pub(crate) struct Ids(HashSet<String>);

pub(crate) fn problem(what: &str, at: &str) -> String {
    format!("[ERROR] {what} [json-pointer:{at}]")
}

/// What is wrong with the blocks, each line with a JSON pointer; empty where all is well.
pub(crate) fn problems(blocks: &[Value], at: &str, ids: &mut Ids) -> Vec<String> {
    let mut check = Check::default();
    if blocks.len() > MOST_BLOCKS {
        check.add(&format!("no more than {MOST_BLOCKS} items allowed"), at);
    }
    for (index, block) in blocks.iter().enumerate() {
        let at = format!("{at}/{index}");
        check.block(block, &at);
        if let Some(id) = block["block_id"].as_str()
            && !ids.0.insert(id.to_string())
        {
            check.add(&format!("block_id already exists: {id}"), &at);
        }
    }
    check.problems
}

#[derive(Clone, Copy)]
enum TextKind {
    Plain,
    Any,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
}

#[derive(Default)]
struct Check {
    problems: Vec<String>,
}

impl Check {
    fn add(&mut self, what: &str, at: &str) {
        self.problems.push(problem(what, at));
    }

    fn block(&mut self, block: &Value, at: &str) {
        self.string(block, "block_id", ID, Need::Optional, at);
        match block["type"].as_str() {
            Some("section") => self.section(block, at),
            Some("header") => {
                self.text(
                    block,
                    "text",
                    TextKind::Plain,
                    HEADER_TEXT,
                    Need::Required,
                    at,
                );
            }
            Some("divider") => {}
            Some("context") => self.context(block, at),
            Some("actions") => {
                for (element, at) in self.items(block, "elements", MOST_ACTIONS, at) {
                    self.element(element, &at);
                }
            }
            Some("image") => self.image(block, at),
            Some("input") => {
                self.text(
                    block,
                    "label",
                    TextKind::Plain,
                    INPUT_LABEL,
                    Need::Required,
                    at,
                );
                match block["element"].is_object() {
                    true => self.element(&block["element"], &format!("{at}/element")),
                    false => self.add("missing required field: element", at),
                }
            }
            Some("rich_text") => {
                self.items(block, "elements", usize::MAX, at);
            }
            Some(other) => self.add(&format!("unsupported type: {other}"), &format!("{at}/type")),
            None => self.add("missing required field: type", at),
        }
    }

    fn section(&mut self, block: &Value, at: &str) {
        if block["text"].is_null() && block["fields"].is_null() {
            self.add("missing required field: text or fields", at);
        }
        self.text(
            block,
            "text",
            TextKind::Any,
            SECTION_TEXT,
            Need::Optional,
            at,
        );
        if !block["fields"].is_null() {
            for (field, at) in self.items(block, "fields", MOST_FIELDS, at) {
                self.text_object(field, TextKind::Any, FIELD_TEXT, &at);
            }
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], &format!("{at}/accessory"));
        }
    }

    fn context(&mut self, block: &Value, at: &str) {
        for (element, at) in self.items(block, "elements", MOST_CONTEXT, at) {
            match element["type"].as_str() {
                Some("image") => self.image(element, &at),
                _ => self.text_object(element, TextKind::Any, CONTEXT_TEXT, &at),
            }
        }
    }

    fn image(&mut self, image: &Value, at: &str) {
        if image["slack_file"].is_null() {
            self.string(image, "image_url", URL, Need::Required, at);
        }
        self.string(image, "alt_text", ALT_TEXT, Need::Required, at);
    }

    fn element(&mut self, element: &Value, at: &str) {
        self.string(element, "action_id", ID, Need::Optional, at);
        if !element["confirm"].is_null() {
            self.confirm(&element["confirm"], &format!("{at}/confirm"));
        }
        match element["type"].as_str() {
            Some("button") => self.button(element, at),
            Some("static_select" | "multi_static_select" | "overflow") => {
                let grouped = !element["option_groups"].is_null();
                if !grouped {
                    for (option, at) in self.items(element, "options", MOST_OPTIONS, at) {
                        self.text(
                            option,
                            "text",
                            TextKind::Any,
                            OPTION_TEXT,
                            Need::Required,
                            &at,
                        );
                        self.string(option, "value", OPTION_VALUE, Need::Required, &at);
                    }
                }
            }
            Some("image") => self.image(element, at),
            Some(
                "users_select"
                | "conversations_select"
                | "channels_select"
                | "external_select"
                | "checkboxes"
                | "radio_buttons"
                | "datepicker"
                | "timepicker"
                | "datetimepicker"
                | "plain_text_input",
            ) => {}
            Some(other) => self.add(&format!("unsupported type: {other}"), &format!("{at}/type")),
            None => self.add("missing required field: type", at),
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        self.text(
            button,
            "text",
            TextKind::Plain,
            BUTTON_TEXT,
            Need::Required,
            at,
        );
        self.string(button, "value", BUTTON_VALUE, Need::Optional, at);
        self.string(button, "url", URL, Need::Optional, at);
        match &button["style"] {
            Value::Null => {}
            Value::String(style) if matches!(style.as_str(), "primary" | "danger") => {}
            _ => self.add("must be primary or danger", &format!("{at}/style")),
        }
    }

    fn confirm(&mut self, confirm: &Value, at: &str) {
        for (key, kind, most) in [
            ("title", TextKind::Plain, CONFIRM_TITLE),
            ("text", TextKind::Any, CONFIRM_TEXT),
            ("confirm", TextKind::Plain, CONFIRM_BUTTON),
            ("deny", TextKind::Plain, CONFIRM_BUTTON),
        ] {
            self.text(confirm, key, kind, most, Need::Required, at);
        }
    }

    /// The items of a list that must be there and not be empty.
    fn items<'a>(
        &mut self,
        of: &'a Value,
        key: &str,
        most: usize,
        at: &str,
    ) -> Vec<(&'a Value, String)> {
        let at = format!("{at}/{key}");
        let Some(items) = of[key].as_array() else {
            self.add("must be an array", &at);
            return Vec::new();
        };
        if items.is_empty() {
            self.add("must have at least 1 item", &at);
        }
        if items.len() > most {
            self.add(&format!("no more than {most} items allowed"), &at);
        }
        items
            .iter()
            .enumerate()
            .map(|(index, item)| (item, format!("{at}/{index}")))
            .collect()
    }

    fn text(&mut self, of: &Value, key: &str, kind: TextKind, most: usize, need: Need, at: &str) {
        match (&of[key], need) {
            (Value::Null, Need::Optional) => {}
            (Value::Null, Need::Required) => {
                self.add(&format!("missing required field: {key}"), at);
            }
            (text, _) => self.text_object(text, kind, most, &format!("{at}/{key}")),
        }
    }

    fn text_object(&mut self, text: &Value, kind: TextKind, most: usize, at: &str) {
        match (text["type"].as_str(), kind) {
            (Some("plain_text"), _) | (Some("mrkdwn"), TextKind::Any) => {}
            (_, TextKind::Plain) => self.add("must be plain_text", &format!("{at}/type")),
            (_, TextKind::Any) => self.add("must be plain_text or mrkdwn", &format!("{at}/type")),
        }
        self.string(text, "text", most, Need::Required, at);
        if text["text"] == "" {
            self.add("must be more than 0 characters", &format!("{at}/text"));
        }
        for flag in ["emoji", "verbatim"] {
            if !matches!(text[flag], Value::Null | Value::Bool(_)) {
                self.add("must be a boolean", &format!("{at}/{flag}"));
            }
        }
    }

    fn string(&mut self, of: &Value, key: &str, most: usize, need: Need, at: &str) {
        match &of[key] {
            Value::Null if need == Need::Optional => {}
            Value::Null => self.add(&format!("missing required field: {key}"), at),
            Value::String(text) if units(text) <= most => {}
            Value::String(_) => {
                let what = format!("must be less than {} characters", most + 1);
                self.add(&what, &format!("{at}/{key}"));
            }
            _ => self.add("must be a string", &format!("{at}/{key}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(block: Value) -> Vec<String> {
        problems(&[block], "/blocks", &mut Ids::default())
    }

    fn plain(length: usize) -> Value {
        json!({"type": "plain_text", "text": "x".repeat(length)})
    }

    fn button(change: impl Fn(&mut Value)) -> Value {
        let mut button = json!({"type": "button", "text": plain(1)});
        change(&mut button);
        json!({"type": "actions", "elements": [button]})
    }

    #[test]
    fn every_limit_holds_to_the_last_unit() {
        type Make = fn(usize) -> Value;
        let limits: [(usize, Make); 14] = [
            (3000, |n| json!({"type": "section", "text": plain(n)})),
            (2000, |n| json!({"type": "section", "fields": [plain(n)]})),
            (
                10,
                |n| json!({"type": "section", "fields": vec![plain(1); n]}),
            ),
            (150, |n| json!({"type": "header", "text": plain(n)})),
            (
                10,
                |n| json!({"type": "context", "elements": vec![plain(1); n]}),
            ),
            (25, |n| {
                let button = json!({"type": "button", "text": plain(1)});
                json!({"type": "actions", "elements": vec![button; n]})
            }),
            (75, |n| button(|button| button["text"] = plain(n))),
            (2000, |n| {
                button(|button| button["value"] = json!("x".repeat(n)))
            }),
            (3000, |n| {
                button(|button| button["url"] = json!("x".repeat(n)))
            }),
            (255, |n| {
                button(|button| button["action_id"] = json!("x".repeat(n)))
            }),
            (
                255,
                |n| json!({"type": "divider", "block_id": "x".repeat(n)}),
            ),
            (300, |n| {
                button(|button| {
                    button["confirm"] = json!({
                        "title": plain(1), "text": plain(n), "confirm": plain(1), "deny": plain(1),
                    });
                })
            }),
            (100, |n| {
                let option = json!({"text": plain(1), "value": "v"});
                let select = json!({"type": "static_select", "options": vec![option; n]});
                json!({"type": "actions", "elements": [select]})
            }),
            (150, |n| {
                let option = json!({"text": plain(75), "value": "x".repeat(n)});
                let select = json!({"type": "static_select", "options": [option]});
                json!({"type": "section", "text": plain(1), "accessory": select})
            }),
        ];
        for (index, (limit, make)) in limits.into_iter().enumerate() {
            assert_eq!(of(make(limit)), Vec::<String>::new(), "limit {index}");
            assert_eq!(of(make(limit + 1)).len(), 1, "limit {index}");
        }
    }

    #[test]
    fn units_are_those_of_utf_16() {
        let header =
            |text: String| json!({"type": "header", "text": {"type": "plain_text", "text": text}});
        assert!(of(header("💥".repeat(75))).is_empty());
        assert_eq!(
            of(header("💥".repeat(76))),
            ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"]
        );
    }

    #[test]
    fn fifty_blocks_are_taken_and_ids_must_differ() {
        let dividers = |count| vec![json!({"type": "divider"}); count];
        assert!(problems(&dividers(50), "/blocks", &mut Ids::default()).is_empty());
        assert_eq!(
            problems(&dividers(51), "/blocks", &mut Ids::default()).len(),
            1
        );
        let twice = vec![json!({"type": "divider", "block_id": "a"}); 2];
        assert_eq!(problems(&twice, "/blocks", &mut Ids::default()).len(), 1);
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        for wrong in [
            json!({}),
            json!("x"),
            json!({"type": "nonsense"}),
            json!({"type": "section"}),
            json!({"type": "section", "text": {"type": "html", "text": "x"}}),
            json!({"type": "section", "text": {"type": "mrkdwn", "text": ""}}),
            json!({"type": "section", "text": "x"}),
            json!({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}),
            json!({"type": "context", "elements": []}),
            json!({"type": "actions"}),
            json!({"type": "image", "image_url": "https://x"}),
        ] {
            assert!(!of(wrong.clone()).is_empty(), "{wrong}");
        }
    }
}
