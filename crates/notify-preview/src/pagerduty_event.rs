//! What PagerDuty checks of an event, and how a person sees it.
//!
//! The fields: PagerDuty's published schemas. The lengths: its documentation of the Events API v2. The
//! wording of the errors is from memory, but for the routing key's.

use serde_json::Value;

use crate::show::{Bar, Ink, Page, Text, Tone};

const KEY: usize = 32;
const LONGEST_DEDUP_KEY: usize = 255;
const LONGEST_SUMMARY: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
    Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Trigger,
    Acknowledge,
    Resolve,
}

impl Action {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Action::Trigger => "trigger",
            Action::Acknowledge => "acknowledge",
            Action::Resolve => "resolve",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) routing_key: String,
    pub(crate) dedup_key: String,
    pub(crate) action: Action,
    version: Version,
    sent: Value,
}

impl Event {
    pub(crate) fn checked(sent: Value, version: Version) -> Result<Event, Vec<String>> {
        let mut check = Check::default();
        if !sent.is_object() {
            return Err(vec!["Event must be a JSON object".to_string()]);
        }
        let event = match version {
            Version::V1 => check.v1(&sent),
            Version::V2 => check.v2(&sent),
            Version::Change => check.change(&sent),
        };
        if !check.errors.is_empty() {
            return Err(check.errors);
        }
        let (routing_key, dedup_key, action) = event;
        Ok(Event {
            routing_key,
            dedup_key,
            action,
            version,
            sent,
        })
    }

    pub(crate) fn summary(&self) -> &str {
        let summary = match self.version {
            Version::V1 => &self.sent["description"],
            _ => &self.sent["payload"]["summary"],
        };
        summary.as_str().unwrap_or_default()
    }

    /// Name and page of who sent it.
    pub(crate) fn client(&self) -> (Option<String>, Option<String>) {
        let given = |key: &str| self.sent[key].as_str().map(str::to_string);
        (given("client"), given("client_url"))
    }

    pub(crate) fn page(&self, what: &str, summary: &str) -> Page {
        let payload = match self.version {
            Version::V1 => &Value::Null,
            _ => &self.sent["payload"],
        };
        let severity = payload["severity"].as_str().unwrap_or_default();
        let bar = match severity {
            "critical" => Bar::of("#a30200"),
            "error" => Bar::of("#e06c00"),
            "warning" => Bar::of("warning"),
            _ => Bar::of(""),
        };
        let mut page = Page::default();
        let mut title = Text::of(Ink::Plain, &format!("{what} "));
        title.push(Ink::Bold, summary);
        page.add(Bar::None, Tone::Normal, title);
        let named = [
            "severity",
            "source",
            "component",
            "group",
            "class",
            "timestamp",
        ];
        let facts: Vec<String> = named
            .iter()
            .filter_map(|key| Some(format!("{key} {}", payload[key].as_str()?)))
            .collect();
        if !facts.is_empty() {
            page.add(bar, Tone::Normal, Text::of(Ink::Plain, &facts.join(" · ")));
        }
        let details = match self.version {
            Version::V1 => &self.sent["details"],
            _ => &payload["custom_details"],
        };
        for (key, value) in details.as_object().into_iter().flatten() {
            let mut line = Text::of(Ink::Bold, &format!("{key}: "));
            match value.as_str() {
                Some(text) => line.push(Ink::Plain, text),
                None => line.push(Ink::Plain, &value.to_string()),
            }
            page.add(bar, Tone::Normal, line);
        }
        for list in ["links", "images", "contexts"] {
            for link in self.sent[list].as_array().into_iter().flatten() {
                page.add(bar, Tone::Normal, shown_link(link));
            }
        }
        if let Some(client) = self.sent["client"].as_str() {
            let mut line = Text::of(Ink::Plain, client);
            if let Some(url) = self.sent["client_url"].as_str() {
                line.push(Ink::Plain, &format!(" ({url})"));
            }
            page.add(bar, Tone::Dim, line);
        }
        page
    }
}

fn shown_link(link: &Value) -> Text {
    let string = |key: &str| link[key].as_str();
    let target = string("href").or(string("src")).unwrap_or_default();
    match string("text").or(string("alt")) {
        None => Text::of(Ink::Link, target),
        Some(label) => {
            let mut text = Text::of(Ink::Link, label);
            text.push(Ink::Plain, &format!(" ({target})"));
            text
        }
    }
}

#[derive(Default)]
struct Check {
    errors: Vec<String>,
}

type Checked = (String, String, Action);

impl Check {
    fn v2(&mut self, sent: &Value) -> Checked {
        let routing_key = self.key(sent, "routing_key");
        let (action, dedup_key) = self.action(sent, "event_action", "dedup_key");
        if action == Action::Trigger {
            let payload = &sent["payload"];
            self.payload(payload);
            for key in ["source", "severity"] {
                self.required(payload, key, "payload.");
            }
            if let Some(severity) = payload["severity"].as_str()
                && !matches!(severity, "critical" | "error" | "warning" | "info")
            {
                self.errors.push(
                    "'payload.severity' is invalid (must be one of 'critical', 'warning', 'error' or 'info')"
                        .to_string(),
                );
            }
            for key in ["component", "group", "class"] {
                self.optional(payload, key, "payload.");
            }
        }
        self.extras(sent);
        (routing_key, dedup_key, action)
    }

    fn change(&mut self, sent: &Value) -> Checked {
        let routing_key = self.key(sent, "routing_key");
        self.payload(&sent["payload"]);
        self.optional(&sent["payload"], "source", "payload.");
        self.extras(sent);
        (routing_key, String::new(), Action::Trigger)
    }

    fn v1(&mut self, sent: &Value) -> Checked {
        let service_key = self.key(sent, "service_key");
        let (action, incident_key) = self.action(sent, "event_type", "incident_key");
        if action == Action::Trigger {
            self.required(sent, "description", "");
        }
        if !matches!(sent["details"], Value::Null | Value::Object(_)) {
            self.errors.push("'details' must be an object".to_string());
        }
        self.client(sent);
        for (index, context) in self.list(sent, "contexts").into_iter().enumerate() {
            let at = format!("contexts[{index}].");
            match context["type"].as_str() {
                Some("link") => self.required(context, "href", &at),
                Some("image") => self.image(context, &at),
                _ => self
                    .errors
                    .push(format!("'{at}type' must be 'link' or 'image'")),
            }
        }
        (service_key, incident_key, action)
    }

    fn payload(&mut self, payload: &Value) {
        self.required(payload, "summary", "payload.");
        if payload["summary"]
            .as_str()
            .map_or(0, |text| text.chars().count())
            > LONGEST_SUMMARY
        {
            self.errors.push(format!(
                "Length of 'payload.summary' is incorrect (should be at most {LONGEST_SUMMARY} characters)"
            ));
        }
        self.optional(payload, "timestamp", "payload.");
        if !matches!(payload["custom_details"], Value::Null | Value::Object(_)) {
            self.errors
                .push("'payload.custom_details' must be an object".to_string());
        }
    }

    fn extras(&mut self, sent: &Value) {
        self.client(sent);
        for (index, link) in self.list(sent, "links").into_iter().enumerate() {
            let at = format!("links[{index}].");
            self.required(link, "href", &at);
            self.optional(link, "text", &at);
        }
        for (index, image) in self.list(sent, "images").into_iter().enumerate() {
            self.image(image, &format!("images[{index}]."));
        }
    }

    fn client(&mut self, sent: &Value) {
        self.optional(sent, "client", "");
        self.optional(sent, "client_url", "");
    }

    fn image(&mut self, image: &Value, at: &str) {
        self.required(image, "src", at);
        // The schema: "This image must be served via HTTPS."
        if image["src"]
            .as_str()
            .is_some_and(|src| !src.starts_with("https://"))
        {
            self.errors.push(format!("'{at}src' must be an HTTPS URL"));
        }
    }

    fn key(&mut self, sent: &Value, name: &str) -> String {
        self.required(sent, name, "");
        let key = sent[name].as_str().unwrap_or_default();
        let is_right = key.len() == KEY && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !key.is_empty() && !is_right {
            self.errors.push(format!(
                "Length of '{name}' is incorrect (should be {KEY} characters)"
            ));
        }
        key.to_string()
    }

    fn action(&mut self, sent: &Value, name: &str, key_name: &str) -> (Action, String) {
        let action = match sent[name].as_str() {
            Some("acknowledge") => Action::Acknowledge,
            Some("resolve") => Action::Resolve,
            Some("trigger") => Action::Trigger,
            _ => {
                self.errors.push(format!(
                    "'{name}' is missing or invalid (must be one of 'trigger', 'acknowledge' or 'resolve')"
                ));
                Action::Trigger
            }
        };
        match action {
            Action::Trigger => self.optional(sent, key_name, ""),
            Action::Acknowledge | Action::Resolve => self.required(sent, key_name, ""),
        }
        let key = sent[key_name].as_str().unwrap_or_default();
        if key.chars().count() > LONGEST_DEDUP_KEY {
            self.errors.push(format!(
                "Length of '{key_name}' is incorrect (should be at most {LONGEST_DEDUP_KEY} characters)"
            ));
        }
        (action, key.to_string())
    }

    fn required(&mut self, of: &Value, key: &str, at: &str) {
        match &of[key] {
            Value::String(text) if !text.is_empty() => {}
            Value::Null | Value::String(_) => {
                self.errors.push(format!("'{at}{key}' is missing or blank"));
            }
            _ => self.errors.push(format!("'{at}{key}' must be a string")),
        }
    }

    fn optional(&mut self, of: &Value, key: &str, at: &str) {
        if !matches!(of[key], Value::Null | Value::String(_)) {
            self.errors.push(format!("'{at}{key}' must be a string"));
        }
    }

    fn list<'a>(&mut self, sent: &'a Value, key: &str) -> Vec<&'a Value> {
        match &sent[key] {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().collect(),
            _ => {
                self.errors.push(format!("'{key}' must be an array"));
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trigger() -> Value {
        json!({
            "routing_key": "0123456789abcdef0123456789abcdef",
            "event_action": "trigger",
            "payload": {"summary": "s", "source": "web01", "severity": "critical"},
        })
    }

    fn errors(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut sent = trigger();
        change(&mut sent);
        Event::checked(sent, Version::V2).err().unwrap_or_default()
    }

    #[test]
    fn each_wrong_field_is_named() {
        type Change = fn(&mut Value);
        let wrong: [(&str, Change); 12] = [
            ("routing_key", |sent| sent["routing_key"] = json!("short")),
            ("routing_key", |sent| sent["routing_key"] = Value::Null),
            ("event_action", |sent| sent["event_action"] = json!("open")),
            ("dedup_key", |sent| sent["event_action"] = json!("resolve")),
            ("dedup_key", |sent| {
                sent["dedup_key"] = json!("k".repeat(256))
            }),
            ("payload.summary", |sent| {
                sent["payload"]["summary"] = json!("")
            }),
            ("payload.summary", |sent| {
                sent["payload"]["summary"] = json!("s".repeat(1025))
            }),
            ("payload.source", |sent| {
                sent["payload"]["source"] = Value::Null
            }),
            ("payload.severity", |sent| {
                sent["payload"]["severity"] = json!("fatal")
            }),
            ("payload.custom_details", |sent| {
                sent["payload"]["custom_details"] = json!("x")
            }),
            ("links[0].href", |sent| {
                sent["links"] = json!([{"text": "x"}])
            }),
            ("images[0].src", |sent| {
                sent["images"] = json!([{"src": "http://x"}])
            }),
        ];
        assert_eq!(errors(|_| {}), Vec::<String>::new());
        for (name, change) in wrong {
            let errors = errors(change);
            assert_eq!(errors.len(), 1, "{name}: {errors:?}");
            assert!(errors[0].contains(&format!("'{name}'")), "{errors:?}");
        }
    }

    #[test]
    fn an_acknowledgement_needs_no_payload() {
        assert!(
            errors(|sent| {
                sent["event_action"] = json!("acknowledge");
                sent["dedup_key"] = json!("k".repeat(255));
                sent["payload"] = Value::Null;
            })
            .is_empty()
        );
    }
}
