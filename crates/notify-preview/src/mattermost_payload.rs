//! A webhook's body as Mattermost's own (Go) decoder takes it: laxer than JSON in places, and typed.

use serde_json::{Map, Value};

pub(crate) struct Payload {
    pub(crate) text: String,
    pub(crate) channel: String,
    pub(crate) username: String,
    pub(crate) attachments: Vec<Map<String, Value>>,
    pub(crate) props: Map<String, Value>,
}

/// The attachment's keys that must be strings.
pub(crate) const STRINGS: [&str; 13] = [
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
];

impl Payload {
    /// `None` for what the decoder refuses.
    pub(crate) fn parse(body: &[u8]) -> Option<Payload> {
        let text = String::from_utf8_lossy(body);
        let value = first_value(&text).or_else(|| first_value(&with_escaped_controls(&text)))?;
        let sent = match value {
            Value::Null => Map::new(),
            Value::Object(object) => object,
            _ => return None,
        };
        let strings = ["icon_url", "icon_emoji", "type"];
        if !strings.iter().all(|key| string(&sent, key).is_some()) {
            return None;
        }
        let props = match sent.get("props") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(props)) => props.clone(),
            Some(_) => return None,
        };
        Some(Payload {
            text: string(&sent, "text")?,
            channel: string(&sent, "channel")?,
            username: string(&sent, "username")?,
            attachments: attachments(sent.get("attachments"))?,
            props,
        })
    }

    /// Changes what a person reads as text: the message, and an attachment's text, pretext, title and
    /// field values.
    pub(crate) fn map_texts(mut self, change: impl Fn(&str) -> String) -> Payload {
        let change = |value: &mut Value| {
            if let Value::String(text) = value {
                *text = change(text);
            }
        };
        let mut text = Value::String(self.text);
        change(&mut text);
        self.text = text.as_str().unwrap_or_default().to_string();
        for attachment in &mut self.attachments {
            for key in ["text", "pretext", "title"] {
                attachment.get_mut(key).map(change);
            }
            let fields = attachment.get_mut("fields").and_then(Value::as_array_mut);
            for field in fields.into_iter().flatten() {
                field.get_mut("value").map(change);
            }
        }
        self
    }
}

/// Nothing, `null` and what is `null` inside count as nothing; `None` is a wrong type.
pub(crate) fn attachments(value: Option<&Value>) -> Option<Vec<Map<String, Value>>> {
    let list = match value {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(value) => value.as_array()?,
    };
    let mut attachments = Vec::new();
    for value in list {
        match value {
            Value::Null => {}
            Value::Object(attachment) => attachments.push(checked(attachment.clone())?),
            _ => return None,
        }
    }
    Some(attachments)
}

fn checked(mut attachment: Map<String, Value>) -> Option<Map<String, Value>> {
    if !STRINGS.iter().all(|key| string(&attachment, key).is_some()) {
        return None;
    }
    match attachment.get_mut("fields") {
        None | Some(Value::Null) => {}
        Some(Value::Array(fields)) => {
            fields.retain(|field| !field.is_null());
            for field in fields {
                let field = field.as_object_mut()?;
                string(field, "title")?;
                if let Some(value) = field.get_mut("value") {
                    *value = Value::String(printed(value));
                }
            }
        }
        Some(_) => return None,
    }
    match attachment.get("actions") {
        None | Some(Value::Null) => {}
        Some(Value::Array(actions)) if actions.iter().all(|it| action(it).is_some()) => {}
        Some(_) => return None,
    }
    Some(attachment)
}

/// Only types are looked at; what else is wrong shows when somebody clicks.
fn action(action: &Value) -> Option<()> {
    if action.is_null() {
        return Some(());
    }
    let action = action.as_object()?;
    let strings = [
        "id",
        "type",
        "name",
        "style",
        "data_source",
        "default_option",
    ];
    for key in strings {
        string(action, key)?;
    }
    match action.get("options") {
        None | Some(Value::Null) => {}
        Some(options) => {
            for option in options.as_array()? {
                string(option.as_object()?, "text")?;
                string(option.as_object()?, "value")?;
            }
        }
    }
    match action.get("integration") {
        None | Some(Value::Null) => {}
        Some(integration) => {
            let integration = integration.as_object()?;
            string(integration, "url")?;
            let context = integration.get("context");
            if context.is_some_and(|context| !(context.is_object() || context.is_null())) {
                return None;
            }
        }
    }
    Some(())
}

fn string(of: &Map<String, Value>, key: &str) -> Option<String> {
    match of.get(key) {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => None,
    }
}

/// Whatever follows the first JSON value is ignored (observed).
fn first_value(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()?
        .ok()
}

/// Raw newlines and tabs in strings are taken, other control characters are not (observed).
fn with_escaped_controls(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut inside = Inside::Json;
    for letter in text.chars() {
        inside = match (inside, letter) {
            (Inside::Json, '"') => Inside::String,
            (Inside::String, '"') => Inside::Json,
            (Inside::String, '\\') => Inside::Escape,
            (Inside::Escape, _) => Inside::String,
            (inside, _) => inside,
        };
        match (inside, letter) {
            (Inside::String, '\n') => escaped.push_str("\\n"),
            (Inside::String, '\r') => escaped.push_str("\\r"),
            (Inside::String, '\t') => escaped.push_str("\\t"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[derive(Clone, Copy)]
enum Inside {
    Json,
    String,
    Escape,
}

/// A field's value as Go's `%v` prints it: a large number becomes `1.2345678901e+10` (observed).
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(number) => number.as_f64().map_or(number.to_string(), printed_float),
        other => other.to_string(),
    }
}

fn printed_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) => match exponent.parse::<i32>() {
            Ok(exponent) if !(-4..6).contains(&exponent) => {
                let sign = if exponent < 0 { '-' } else { '+' };
                format!("{digits}e{sign}{:02}", exponent.abs())
            }
            _ => float.to_string(),
        },
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_decoder_takes_is_taken() {
        for (body, text) in [
            (&b"{\"text\":\"a\"} garbage"[..], "a"),
            (b"{\"text\":\"a\n\tb\"}", "a\n\tb"),
            (b"{\"text\":\"a\\\"b\n\"}", "a\"b\n"),
            (b"{\"text\":\"\xff\"}", "\u{fffd}"),
            (b"{\"text\":null}", ""),
            (b"null", ""),
        ] {
            let payload = Payload::parse(body).unwrap();
            assert_eq!(payload.text, text);
        }
    }

    #[test]
    fn what_the_decoder_refuses_is_refused() {
        for body in [
            &b""[..],
            b"[]",
            b"x",
            b"{\"text\":1}",
            b"{\"text\":\"\x01\"}",
            b"{\"attachments\":{}}",
            b"{\"attachments\":[1]}",
            b"{\"attachments\":[{\"text\":1}]}",
            b"{\"attachments\":[{\"fields\":[{\"title\":1}]}]}",
            b"{\"attachments\":[{\"actions\":{}}]}",
            b"{\"attachments\":[{\"actions\":[{\"id\":1}]}]}",
            b"{\"attachments\":[{\"actions\":[{\"integration\":{\"context\":\"x\"}}]}]}",
            b"{\"props\":[]}",
        ] {
            assert!(Payload::parse(body).is_none(), "{body:?}");
        }
    }

    #[test]
    fn field_values_become_strings_as_go_prints_them() {
        for (value, text) in [
            (json!(12_345_678_901_u64), "1.2345678901e+10"),
            (json!(1_000_000), "1e+06"),
            (json!(100_000), "100000"),
            (json!(0.5), "0.5"),
            (json!(0.00001), "1e-05"),
            (json!(true), "true"),
            (json!("x"), "x"),
        ] {
            assert_eq!(printed(&value), text);
        }
    }
}
