//! PagerDuty's incidents: what its events open, append to, acknowledge and resolve.
//!
//! Source: PagerDuty's documentation of the Events API v2, "dedup_key" and "event_action".

use std::collections::{BTreeMap, HashMap};

use crate::options::Record;
use crate::pagerduty_event::Action;

/// See [`Preview::incidents`](crate::Preview::incidents).
#[derive(Clone, Debug)]
pub struct Incident {
    /// The integration's key; a dedup key means something only within it.
    pub routing_key: String,
    /// The sender's, or the one that PagerDuty made for a trigger without one; `incident_key` in version 1.
    pub dedup_key: String,
    pub status: IncidentStatus,
    /// Of the trigger that opened it.
    pub summary: String,
    /// `trigger`, `acknowledge` or `resolve`, each as often as it came, in order. What was dropped is in no incident.
    pub events: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentStatus {
    Triggered,
    Acknowledged,
    Resolved,
}

/// What an event did.
pub(crate) enum Did {
    Opened,
    Appended,
    /// With the incident's summary.
    Acknowledged(String),
    Resolved(String),
    /// There was no open incident.
    Nothing,
}

pub(crate) struct Incidents {
    record: Record,
    all: BTreeMap<u64, Incident>,
    /// Routing key and dedup key → number.
    open: HashMap<(String, String), u64>,
    last: u64,
}

impl Incidents {
    pub(crate) fn new(record: Record) -> Incidents {
        Incidents {
            record,
            all: BTreeMap::new(),
            open: HashMap::new(),
            last: 0,
        }
    }

    pub(crate) fn all(&self) -> Vec<Incident> {
        self.all.values().cloned().collect()
    }

    pub(crate) fn take(&mut self, key: &(String, String), action: Action, summary: &str) -> Did {
        let number = self.open.get(key).copied();
        let Some((number, incident)) = number.and_then(|at| Some((at, self.all.get_mut(&at)?)))
        else {
            return match action {
                Action::Trigger => self.opened(key, summary),
                Action::Acknowledge | Action::Resolve => Did::Nothing,
            };
        };
        incident.events.push(action.word());
        let summary = incident.summary.clone();
        match action {
            Action::Trigger => Did::Appended,
            Action::Acknowledge => {
                incident.status = IncidentStatus::Acknowledged;
                Did::Acknowledged(summary)
            }
            Action::Resolve => {
                incident.status = IncidentStatus::Resolved;
                self.open.remove(key);
                if self.record == Record::Nothing {
                    self.all.remove(&number);
                }
                Did::Resolved(summary)
            }
        }
    }

    fn opened(&mut self, key: &(String, String), summary: &str) -> Did {
        self.last += 1;
        let incident = Incident {
            routing_key: key.0.clone(),
            dedup_key: key.1.clone(),
            status: IncidentStatus::Triggered,
            summary: summary.to_string(),
            events: vec![Action::Trigger.word()],
        };
        self.all.insert(self.last, incident);
        self.open.insert(key.clone(), self.last);
        Did::Opened
    }
}
