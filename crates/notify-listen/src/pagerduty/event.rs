//! What happened to an incident, whichever way PagerDuty tells it: webhooks V3 and V2, and its log. Everything here came
//! over the network; what is missing is no reason to stop.

use notify_core::links;
use notify_core::reference;
use notify_core::text;
use notify_core::time::When;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: Name,
    /// Seconds since 1970, by PagerDuty's clock.
    pub at: f64,
    pub what: What,
    pub agent: Agent,
    pub incident: Incident,
}

/// The same event has one name in webhooks V3, and another one in the log and in V2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Webhook(String),
    Entry(String),
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Triggered,
    Acknowledged,
    Unacknowledged,
    Resolved {
        /// Where its alerts are now.
        merged_into: Option<Target>,
    },
    Annotated {
        note: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub id: String,
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    Person {
        id: String,
        name: String,
    },
    /// A service, an integration or nobody: an event of our own, or a time-out.
    Machine,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: String,
    /// Its page.
    pub url: Option<String>,
    pub created: Option<f64>,
    /// The dedup keys of all its alerts; empty where the event does not say.
    pub alerts: Vec<String>,
    /// The reference that our notifier put beside the trigger.
    pub client: Option<String>,
    /// Only where it has no alerts.
    pub key: Option<String>,
}

/// Why an event cannot be used, although its type is known.
pub type Flaw = &'static str;

const LONGEST_NAME: usize = 100;
/// With a link behind it, it fits into a core's comment.
const LONGEST_NOTE: usize = 750;
const LONGEST_ID: usize = 64;
const LONGEST_URL: usize = 200;

/// `None`: a type that means nothing to a core.
pub fn of_v3(body: &Value, now: f64) -> Result<Option<Event>, Flaw> {
    let event = &body["event"];
    let data = &event["data"];
    let what = match event["event_type"].as_str() {
        Some("incident.triggered") => What::Triggered,
        Some("incident.acknowledged") => What::Acknowledged,
        Some("incident.unacknowledged") => What::Unacknowledged,
        Some("incident.resolved") => What::Resolved {
            merged_into: merged_into(&data["resolve_reason"]),
        },
        Some("incident.annotated") => What::Annotated {
            note: note(&data["content"], &data["trimmed"]),
        },
        Some(_) => return Ok(None),
        None => return Err("an event without a type"),
    };
    let described = match &what {
        What::Annotated { .. } => &data["incident"],
        _ => data,
    };
    let mut incident = incident(described)?;
    incident.client = event["client"]["url"]
        .as_str()
        .and_then(reference::carried)
        .or_else(|| {
            event["client"]["name"]
                .as_str()
                .and_then(reference::carried)
        });
    Ok(Some(Event {
        name: Name::Webhook(id(&event["id"]).ok_or("an event without an id")?),
        at: moment(&event["occurred_at"]).unwrap_or(now),
        what,
        agent: agent(&event["agent"]),
        incident,
    }))
}

pub fn of_v2(message: &Value, now: f64) -> Result<Option<Event>, Flaw> {
    let entry = &message["log_entries"][0];
    let what = match message["event"].as_str() {
        Some("incident.trigger") => What::Triggered,
        Some("incident.acknowledge") => What::Acknowledged,
        Some("incident.unacknowledge") => What::Unacknowledged,
        Some("incident.resolve") => What::Resolved {
            merged_into: merged_into(&message["incident"]["resolve_reason"]),
        },
        Some("incident.annotate") => What::Annotated { note: words(entry) },
        Some(_) => return Ok(None),
        None => return Err("a message without an event"),
    };
    let described = &message["incident"];
    let mut incident = incident(described)?;
    let alerts = described["alerts"].as_array().map(Vec::as_slice);
    let key = |alert: &Value| Some(alert["alert_key"].as_str()?.to_owned());
    incident.alerts = alerts.unwrap_or_default().iter().filter_map(key).collect();
    let created = message["created_on"].as_str().unwrap_or_default();
    let name = match (id(&entry["id"]), id(&message["id"])) {
        (Some(entry), _) => Name::Entry(entry),
        (None, Some(message)) => Name::Webhook(message),
        (None, None) => Name::Webhook(format!("{} {created}", incident.id)),
    };
    let agent = match (agent(&entry["agent"]), &what) {
        (Agent::Machine, What::Acknowledged) if entry.is_null() => {
            let all = described["acknowledgements"].as_array();
            let last = all.and_then(|all| all.last());
            last.map_or(Agent::Machine, |last| agent(&last["acknowledger"]))
        }
        (agent, _) => agent,
    };
    Ok(Some(Event {
        name,
        at: moment(&entry["created_at"])
            .or_else(|| moment(&message["created_on"]))
            .unwrap_or(now),
        what,
        agent,
        incident,
    }))
}

/// An entry of the log, by the REST API.
pub fn of_entry(entry: &Value, now: f64) -> Result<Option<Event>, Flaw> {
    let what = match entry["type"].as_str() {
        Some("trigger_log_entry") => What::Triggered,
        // The schema has it in both spellings.
        Some("acknowledge_log_entry" | "acknowledgement_log_entry") => What::Acknowledged,
        Some("unacknowledge_log_entry") => What::Unacknowledged,
        Some("resolve_log_entry") => What::Resolved { merged_into: None },
        Some("annotate_log_entry") => What::Annotated { note: words(entry) },
        Some(_) => return Ok(None),
        None => return Err("a log entry without a type"),
    };
    Ok(Some(Event {
        name: Name::Entry(id(&entry["id"]).ok_or("a log entry without an id")?),
        at: moment(&entry["created_at"]).unwrap_or(now),
        what,
        agent: agent(&entry["agent"]),
        incident: incident(&entry["incident"])?,
    }))
}

fn incident(described: &Value) -> Result<Incident, Flaw> {
    let key = described["incident_key"].as_str();
    Ok(Incident {
        id: id(&described["id"]).ok_or("an incident without an id")?,
        url: url(&described["html_url"]),
        created: moment(&described["created_at"]),
        alerts: Vec::new(),
        client: None,
        key: key.filter(|key| !key.is_empty()).map(str::to_owned),
    })
}

fn merged_into(reason: &Value) -> Option<Target> {
    let into = &reason["incident"];
    Some(Target {
        id: id(&into["id"])?,
        url: url(&into["html_url"]),
    })
}

fn agent(value: &Value) -> Agent {
    let is_person = matches!(value["type"].as_str(), Some("user_reference" | "user"));
    match id(&value["id"]) {
        Some(id) if is_person => Agent::Person {
            id,
            name: line(&value["summary"], LONGEST_NAME),
        },
        _ => Agent::Machine,
    }
}

/// Of a note in the log.
fn words(entry: &Value) -> String {
    let channel = &entry["channel"];
    let places = [
        &entry["note"],
        &channel["content"],
        &channel["summary"],
        &entry["summary"],
    ];
    let told = places.into_iter().find(|place| place.is_string());
    note(told.unwrap_or(&Value::Null), &Value::Null)
}

fn note(content: &Value, trimmed: &Value) -> String {
    let note = line(content, LONGEST_NOTE);
    match trimmed {
        Value::Bool(true) if !note.ends_with('…') => format!("{note}…"),
        _ => note,
    }
}

fn line(value: &Value, longest: usize) -> String {
    let text = text::line(value.as_str().unwrap_or_default());
    text::clip(&text, longest, |_| 1)
}

/// It becomes part of a path and of an answer's identity.
fn id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let fits = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(plain);
    fits.then(|| text.to_owned())
}

/// Nothing in it is replaced in a core's comment: what would be is percent-encoded.
fn url(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if !links::is_web(text) || text.len() > LONGEST_URL {
        return None;
    }
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!' | b'#' | b'%' | b'&' | b'('..=b':' | b'=' | b'?'..=b'[' | b']' | b'_' => {
                url.push(byte.into());
            }
            b'a'..=b'z' | b'~' => url.push(byte.into()),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    Some(url)
}

fn moment(value: &Value) -> Option<f64> {
    When::parse(value.as_str()?)?.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::harmless;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            prop_oneof![
                ".{0,40}",
                "incident\\.(triggered|acknowledged|unacknowledged|resolved|annotated)",
                "incident\\.(trigger|acknowledge|resolve|annotate)",
                "(acknowledge|annotate|resolve)_log_entry",
                "user_reference",
                "P[A-Z0-9]{6}",
            ]
            .prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            let key = prop_oneof![
                Just("event"),
                Just("event_type"),
                Just("data"),
                Just("id"),
                Just("agent"),
                Just("type"),
                Just("incident"),
                Just("log_entries"),
                Just("html_url"),
                Just("client"),
                Just("url"),
                Just("content"),
                Just("alerts"),
                Just("x"),
            ]
            .prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map(key, inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_left(body in any_json()) {
            let _ = of_v3(&body, 0.0);
            let _ = of_v2(&body, 0.0);
            let _ = of_entry(&body, 0.0);
        }

        #[test]
        fn a_link_stays_what_it_is_in_a_core_s_comment(path in "[!-~]{0,60}", note in ".{0,900}") {
            let link = json!(format!("https://acme.pagerduty.com/{path}"));
            let url = url(&link).unwrap();
            let comment = format!("{} (PagerDuty: {url})", super::note(&json!(note), &json!(true)));
            prop_assert!(harmless(&comment).contains(&url), "{comment}");
        }
    }

    #[test]
    fn a_usual_link_is_left_as_it_is() {
        let link = "https://acme.pagerduty.com/incidents/PGR0VU2?tab=notes&x=1#a";
        assert_eq!(url(&json!(link)).as_deref(), Some(link));
        for wrong in ["", "javascript:alert(1)", "https://a b", "ftp://x"] {
            assert_eq!(url(&json!(wrong)), None, "{wrong:?}");
        }
    }
}
