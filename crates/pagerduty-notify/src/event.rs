//! Events in PagerDuty's words, v1 and v2. No symbols: PagerDuty reads them aloud.

use notify_core::message::{Fact, Message};
use notify_core::reference;
use notify_core::text;
use notify_core::time;
use serde_json::{Map, Value, json};

use crate::{Action, Answers, Api, Settings};

/// The summary's limit, from the Events API's schema. Beyond it the event is refused.
const SUMMARY: usize = 1_024;
/// An event may have 512 KB; the key and some air stay free.
const EVENT: usize = 500_000;
/// To how many bytes each detail is cut until the event fits.
const DETAIL_STEPS: [usize; 5] = [200_000, 50_000, 10_000, 1_000, 100];

/// What identifies an event, and nothing else.
pub fn bare(api: Api, action: Action, reference: &str) -> Value {
    match api {
        Api::V1 => json!({"event_type": action.name(), "incident_key": reference}),
        Api::V2 => json!({"event_action": action.name(), "dedup_key": reference}),
    }
}

pub fn of(api: Api, action: Action, message: &Message, settings: &Settings) -> Value {
    fitting(|detail| {
        let mut event = bare(api, action, &message.entry.reference);
        match api {
            Api::V1 => {
                event["description"] = summary(message).into();
                event["details"] = details(message, detail);
                if action == Action::Trigger {
                    event["contexts"] = contexts(message);
                }
            }
            Api::V2 => {
                event["payload"] = payload(message, settings, detail);
                if action == Action::Trigger {
                    event["links"] = links(message);
                }
            }
        }
        if action == Action::Trigger {
            let (client, page) = client(message, settings);
            event["client"] = client.into();
            if let Some(page) = page {
                event["client_url"] = page.into();
            }
        }
        event
    })
}

/// Shown beside incidents, waking nobody.
pub fn change(message: &Message) -> Value {
    fitting(|detail| {
        json!({
            "payload": {
                "summary": summary(message),
                "timestamp": timestamp(message),
                "source": message.headline.host,
                "custom_details": details(message, detail),
            },
            "links": links(message),
        })
    })
}

fn fitting(event: impl Fn(usize) -> Value) -> Value {
    let mut made = Value::Null;
    for detail in DETAIL_STEPS {
        made = event(detail);
        if made.to_string().len() <= EVENT {
            return made;
        }
    }
    // So many names and pages that only what opens the incident fits.
    let beside = ["links", "contexts", "client_url", "details"].map(|key| ("", key));
    for (table, key) in beside.into_iter().chain([("/payload", "custom_details")]) {
        if let Some(Value::Object(table)) = made.pointer_mut(table) {
            table.remove(key);
        }
    }
    made
}

/// `CRITICAL web01 / Ping: 100% packet loss`.
fn summary(message: &Message) -> String {
    let headline = &message.headline;
    let lead = match headline.lead.is_empty() {
        true => String::new(),
        false => format!("{} ", headline.lead),
    };
    let detail = match headline.detail.is_empty() {
        true => String::new(),
        false => format!(": {}", headline.detail),
    };
    let summary = format!("{lead}{}{}{detail}", headline.object(), headline.note);
    text::clip(&summary, SUMMARY, text::utf16)
}

fn payload(message: &Message, settings: &Settings, detail: usize) -> Value {
    let notification = &message.entry.notification;
    let mut payload = json!({
        "summary": summary(message),
        "source": message.headline.host,
        "severity": settings.severity(notification).name(),
        "custom_details": details(message, detail),
    });
    let group = match notification.host_group.is_empty() {
        true => settings.group.as_ref(),
        false => Some(&notification.host_group),
    };
    let timestamp = timestamp(message);
    let optional = [
        ("timestamp", timestamp.as_ref()),
        ("component", message.headline.service.as_ref()),
        ("group", group),
        ("class", settings.class.as_ref()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            payload[key] = text::clip(&text::line(value), SUMMARY, text::utf16).into();
        }
    }
    payload
}

fn timestamp(message: &Message) -> Option<String> {
    let at = message.entry.notification.at.as_ref();
    time::rfc3339(
        at.and_then(time::When::seconds)
            .unwrap_or(message.entry.created.wall),
    )
}

fn details(message: &Message, limit: usize) -> Value {
    let notification = &message.entry.notification;
    let state = notification.state.map_or("not given", |state| state.name());
    let mut details = Map::new();
    let facts = message
        .facts
        .iter()
        .map(|fact| (fact.label.as_str(), fact.value.as_str()));
    let told = [
        ("type", notification.kind.name()),
        ("state", state),
        ("output", &message.output.first),
        ("long output", &message.output.more),
        ("performance data", &message.output.performance),
        ("author", &notification.author),
        ("comment", &notification.comment),
    ];
    for (label, value) in told.into_iter().chain(facts) {
        let value = text::clean(value);
        if !value.is_empty() {
            let value = text::clip(&value, limit, escaped);
            match details.get_mut(label) {
                // Two fields of the same name.
                Some(Value::String(before)) => before.extend(["\n", &value]),
                _ => drop(details.insert(label.to_owned(), value.into())),
            }
        }
    }
    details.into()
}

/// What a character costs in JSON.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\t' => 2,
        other => other.len_utf8(),
    }
}

/// Name and page. Where answers are wanted, one of them carries the reference: PagerDuty gives both back when the incident
/// opens, and not the key.
fn client(message: &Message, settings: &Settings) -> (String, Option<String>) {
    let name = match message.site {
        Some(site) => format!("Monitoring {site}"),
        None => "Monitoring".to_owned(),
    };
    let page = message.service_link.as_ref().or(message.host_link.as_ref());
    let reference = &message.entry.reference;
    match (settings.answers(), page) {
        (Answers::Unwanted, page) => (name, page.cloned()),
        // What stands behind a # already is the page's own.
        (Answers::Wanted, Some(page)) if !page.contains('#') => {
            (name, Some(reference::carrying(page, reference)))
        }
        (Answers::Wanted, page) => {
            let name = reference::carrying(&format!("{name} "), reference);
            (name, page.cloned())
        }
    }
}

fn all_links<'m>(message: &'m Message) -> impl Iterator<Item = (&'m str, &'m String)> {
    let pages = [
        ("Service", message.service_link.as_ref()),
        ("Host", message.host_link.as_ref()),
    ];
    let facts = message
        .facts
        .iter()
        .map(|Fact { label, link, .. }| (label.as_str(), link.as_ref()));
    pages
        .into_iter()
        .chain(facts)
        .filter_map(|(label, link)| Some((label, link?)))
}

fn links(message: &Message) -> Value {
    all_links(message)
        .map(|(label, href)| json!({"href": href, "text": label}))
        .collect()
}

fn contexts(message: &Message) -> Value {
    all_links(message)
        .map(|(label, href)| json!({"type": "link", "href": href, "text": label}))
        .collect()
}
