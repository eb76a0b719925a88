//! PagerDuty's incidents: what its events open, append to, acknowledge and resolve.
//!
//! Source: PagerDuty's documentation of the Events API v2, "dedup_key" and "event_action".

use std::collections::{BTreeMap, HashMap};

use crate::options::Record;
use crate::pagerduty_event::{Action, Event};
use crate::pagerduty_log::{Agent, Happened, Log, now};

/// See [`Preview::incidents`](crate::Preview::incidents).
#[derive(Clone, Debug)]
pub struct Incident {
    pub id: String,
    /// Its page.
    pub html_url: String,
    /// The integration's key; a dedup key means something only within it.
    pub routing_key: String,
    /// The sender's, or the one that PagerDuty made for a trigger without one; `incident_key` in version 1.
    pub dedup_key: String,
    pub status: IncidentStatus,
    /// Of the trigger that opened it.
    pub summary: String,
    /// `trigger`, `acknowledge` or `resolve`, each as often as it came, in order. What was dropped is in no incident.
    pub events: Vec<&'static str>,
    /// The dedup keys of its alerts: its own, and those of incidents that were merged into it.
    pub alerts: Vec<String>,
    /// Who sent the trigger that opened it, and the page given beside it.
    pub(crate) client: (Option<String>, Option<String>),
    /// Seconds since 1970.
    pub(crate) created: f64,
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
    pub(crate) log: Log,
}

impl Incidents {
    pub(crate) fn new(record: Record) -> Incidents {
        Incidents {
            record,
            all: BTreeMap::new(),
            open: HashMap::new(),
            last: 0,
            log: Log::new(record),
        }
    }

    pub(crate) fn all(&self) -> Vec<Incident> {
        self.all.values().cloned().collect()
    }

    pub(crate) fn named(&self, id: &str) -> Option<&Incident> {
        self.all.values().find(|incident| incident.id == id)
    }

    /// As a person does it in PagerDuty, or its own clock.
    pub(crate) fn act(&mut self, id: &str, agent: Agent, what: Happened) -> Option<()> {
        let (number, incident) = self.all.iter_mut().find(|(_, one)| one.id == id)?;
        let number = *number;
        match &what {
            Happened::Triggered | Happened::Annotated { .. } => {}
            Happened::Acknowledged => incident.status = IncidentStatus::Acknowledged,
            Happened::Unacknowledged => incident.status = IncidentStatus::Triggered,
            Happened::Resolved { merged_into } => {
                incident.status = IncidentStatus::Resolved;
                match merged_into {
                    None => self.open.retain(|_, open| *open != number),
                    Some(target) => {
                        let alerts = std::mem::take(&mut incident.alerts);
                        let (into, target) =
                            self.all.iter_mut().find(|(_, one)| one.id == *target)?;
                        target.alerts.extend(alerts);
                        let into = *into;
                        for open in self.open.values_mut().filter(|open| **open == number) {
                            *open = into;
                        }
                    }
                }
            }
        }
        let incident = self.all.get(&number)?;
        self.log.note(incident, agent, what);
        Some(())
    }

    pub(crate) fn take(&mut self, key: &(String, String), event: &Event) -> Did {
        let action = event.action;
        let number = self.open.get(key).copied();
        let Some((number, incident)) = number.and_then(|at| Some((at, self.all.get_mut(&at)?)))
        else {
            return match action {
                Action::Trigger => self.opened(key, event),
                Action::Acknowledge | Action::Resolve => Did::Nothing,
            };
        };
        incident.events.push(action.word());
        let summary = incident.summary.clone();
        match action {
            Action::Trigger => Did::Appended,
            Action::Acknowledge => {
                incident.status = IncidentStatus::Acknowledged;
                self.log
                    .note(incident, Agent::Integration, Happened::Acknowledged);
                Did::Acknowledged(summary)
            }
            Action::Resolve => {
                incident.status = IncidentStatus::Resolved;
                let resolved = Happened::Resolved { merged_into: None };
                self.log.note(incident, Agent::Integration, resolved);
                self.open.remove(key);
                if self.record == Record::Nothing {
                    self.all.remove(&number);
                }
                Did::Resolved(summary)
            }
        }
    }

    fn opened(&mut self, key: &(String, String), event: &Event) -> Did {
        self.last += 1;
        let id = format!("PINC{:03}", self.last);
        let incident = Incident {
            html_url: format!("https://acme.pagerduty.com/incidents/{id}"),
            id,
            routing_key: key.0.clone(),
            dedup_key: key.1.clone(),
            status: IncidentStatus::Triggered,
            summary: event.summary().to_string(),
            events: vec![Action::Trigger.word()],
            alerts: vec![key.1.clone()],
            client: event.client(),
            created: now(),
        };
        self.log
            .note(&incident, Agent::Integration, Happened::Triggered);
        self.all.insert(self.last, incident);
        self.open.insert(key.clone(), self.last);
        Did::Opened
    }
}
