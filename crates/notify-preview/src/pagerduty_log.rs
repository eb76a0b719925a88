//! What happened to incidents, in order: the source of webhooks and of the log that the REST API shows.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::incidents::Incident;
use crate::options::Record;
use crate::pagerduty_webhook;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agent {
    User {
        id: String,
        name: String,
    },
    /// PagerDuty itself, such as the time-out of an acknowledgement.
    Service,
    /// The Events API.
    Integration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    Triggered,
    Acknowledged,
    Unacknowledged,
    Resolved {
        /// The other incident's id.
        merged_into: Option<String>,
    },
    Annotated {
        note: String,
    },
}

/// Both kinds of webhooks about the same thing, as they come, without signature and password.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub incident: String,
    pub what: Happened,
    pub v3: Vec<u8>,
    /// Generic V2.
    pub v2: Vec<u8>,
}

pub(crate) struct Log {
    record: Record,
    entries: Vec<Entry>,
}

pub(crate) struct Entry {
    pub(crate) number: usize,
    /// Seconds since 1970.
    pub(crate) at: f64,
    pub(crate) agent: Agent,
    pub(crate) what: Happened,
    /// As it was then.
    pub(crate) incident: Incident,
}

impl Agent {
    pub fn user(id: &str, name: &str) -> Agent {
        Agent::User {
            id: id.to_string(),
            name: name.to_string(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Agent::User { id, name } => json!({
                "html_url": format!("https://acme.pagerduty.com/users/{id}"),
                "id": id,
                "self": format!("https://api.pagerduty.com/users/{id}"),
                "summary": name,
                "type": "user_reference",
            }),
            Agent::Service => json!({
                "id": "PF9KMXH",
                "summary": "API Service",
                "type": "service_reference",
            }),
            // As seen in webhooks about events.
            Agent::Integration => Value::Null,
        }
    }
}

impl Log {
    pub(crate) fn new(record: Record) -> Log {
        Log {
            record,
            entries: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, incident: &Incident, agent: Agent, what: Happened) {
        if self.record == Record::Nothing {
            return;
        }
        self.entries.push(Entry {
            number: self.entries.len() + 1,
            at: now(),
            agent,
            what,
            incident: incident.clone(),
        });
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn webhooks(&self) -> Vec<Webhook> {
        self.entries.iter().map(pagerduty_webhook::of).collect()
    }
}

impl Entry {
    /// As the REST API shows it.
    pub(crate) fn json(&self) -> Value {
        let kind = match &self.what {
            Happened::Triggered => "trigger",
            Happened::Acknowledged => "acknowledge",
            Happened::Unacknowledged => "unacknowledge",
            Happened::Resolved { .. } => "resolve",
            Happened::Annotated { .. } => "annotate",
        };
        let channel = match (&self.what, &self.agent) {
            (Happened::Annotated { note }, _) => json!({"type": "note", "summary": note}),
            (_, Agent::User { .. }) => json!({"type": "website"}),
            (_, Agent::Service) => json!({"type": "timeout"}),
            (_, Agent::Integration) => json!({"type": "api"}),
        };
        json!({
            "id": self.id(),
            "type": format!("{kind}_log_entry"),
            "summary": kind,
            "created_at": seconds(self.at),
            "agent": self.agent.json(),
            "channel": channel,
            "incident": {
                "id": self.incident.id,
                "type": "incident_reference",
                "summary": self.incident.summary,
                "self": format!("https://api.pagerduty.com/incidents/{}", self.incident.id),
                "html_url": self.incident.html_url,
            },
            "event_details": {},
        })
    }

    pub(crate) fn id(&self) -> String {
        format!("R{:025}", self.number)
    }
}

pub(crate) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// `2026-08-20T10:00:00Z`.
pub(crate) fn seconds(at: f64) -> String {
    format!("{}Z", civil(at))
}

/// `2026-08-20T10:00:00.123Z`.
pub(crate) fn milliseconds(at: f64) -> String {
    format!("{}.{:03}Z", civil(at), (at.fract() * 1_000.0) as u32)
}

fn civil(at: f64) -> String {
    let whole = at as i64;
    let (days, rest) = (whole.div_euclid(86_400), whole.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Of a number of days since 1970, in years that begin in March, so that February's end is the year's.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, more) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + years + more, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_pagerduty_does() {
        assert_eq!(seconds(0.0), "1970-01-01T00:00:00Z");
        assert_eq!(seconds(951_782_400.0), "2000-02-29T00:00:00Z");
        assert_eq!(milliseconds(1_795_279_486.25), "2026-11-21T16:44:46.250Z");
    }
}
