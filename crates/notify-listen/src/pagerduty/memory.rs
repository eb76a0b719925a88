//! What is remembered of an incident: which objects it is about, and what people did, under one identity each, whichever
//! ways it was told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::{Agent, Event, Name, What};

/// As it is kept: its fields only grow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    #[serde(default)]
    pub references: BTreeSet<String>,
    #[serde(default)]
    deeds: Vec<Deed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Deed {
    /// Of the answers that it made.
    identity: String,
    what: Sort,
    agent: Agent,
    at: f64,
    #[serde(default)]
    note: String,
    #[serde(default)]
    webhook: Option<String>,
    #[serde(default)]
    entry: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Triggered,
    Acknowledged,
    Unacknowledged,
    Resolved,
    Annotated,
}

/// What somebody did, as it is known afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    pub identity: String,
    pub agent: Agent,
}

/// Between the moments that two ways give for the same: one has whole seconds, and the log may lag.
const SAME: f64 = 60.0;
/// Of an incident to which more happens the oldest are forgotten.
const DEEDS: usize = 50;
/// Enough of a note to tell it from another one, and as much as every way tells of it.
const NOTE: usize = 50;

impl Memory {
    pub fn learn(&mut self, references: &[String]) {
        self.references.extend(references.iter().cloned());
    }

    /// What this event is called: as before, if it came before, or if the same was told on another way.
    pub fn identity(&mut self, event: &Event) -> String {
        let known = self
            .deeds
            .iter()
            .position(|deed| deed.is_named(&event.name));
        let known = known.or_else(|| self.told_otherwise(event));
        let deed = match known.and_then(|at| self.deeds.get_mut(at)) {
            Some(deed) => deed,
            None => {
                if self.deeds.len() >= DEEDS {
                    self.deeds.remove(0);
                }
                self.deeds.push(Deed::of(event));
                return self.deeds[self.deeds.len() - 1].identity.clone();
            }
        };
        match &event.name {
            Name::Webhook(name) => deed.webhook = Some(name.clone()),
            Name::Entry(name) => deed.entry = Some(name.clone()),
        }
        deed.identity.clone()
    }

    /// Those before this moment, the newest first.
    pub fn acknowledgements(&self, before: f64) -> Vec<Acknowledgement> {
        let mut deeds: Vec<&Deed> = self
            .deeds
            .iter()
            .filter(|deed| deed.what == Sort::Acknowledged && deed.at <= before + 1.0)
            .collect();
        deeds.sort_by(|one, other| other.at.total_cmp(&one.at));
        let told = |deed: &Deed| Acknowledgement {
            identity: deed.identity.clone(),
            agent: deed.agent.clone(),
        };
        deeds.into_iter().map(told).collect()
    }

    /// The nearest one that this way has not told yet.
    fn told_otherwise(&self, event: &Event) -> Option<usize> {
        let asked = Deed::of(event);
        let away = |deed: &Deed| (deed.at - asked.at).abs();
        let same = |deed: &Deed| {
            let open = match event.name {
                Name::Webhook(_) => deed.webhook.is_none(),
                Name::Entry(_) => deed.entry.is_none(),
            };
            open && deed.what == asked.what
                && deed.agent.is(&asked.agent)
                && deed.note == asked.note
                && away(deed) <= SAME
        };
        let candidates = self.deeds.iter().enumerate().filter(|(_, deed)| same(deed));
        let nearest = candidates.min_by(|(_, one), (_, other)| away(one).total_cmp(&away(other)));
        nearest.map(|(at, _)| at)
    }
}

impl Deed {
    fn of(event: &Event) -> Deed {
        let (identity, webhook, entry) = match &event.name {
            Name::Webhook(name) => (format!("webhook {name}"), Some(name.clone()), None),
            Name::Entry(name) => (format!("entry {name}"), None, Some(name.clone())),
        };
        let (what, note) = match &event.what {
            What::Triggered => (Sort::Triggered, ""),
            What::Acknowledged => (Sort::Acknowledged, ""),
            What::Unacknowledged => (Sort::Unacknowledged, ""),
            What::Resolved { .. } => (Sort::Resolved, ""),
            What::Annotated { note } => (Sort::Annotated, note.as_str()),
        };
        Deed {
            identity,
            what,
            agent: event.agent.clone(),
            at: event.at,
            note: note.chars().take(NOTE).collect(),
            webhook,
            entry,
        }
    }

    fn is_named(&self, name: &Name) -> bool {
        match name {
            Name::Webhook(name) => self.webhook.as_ref() == Some(name),
            Name::Entry(name) => self.entry.as_ref() == Some(name),
        }
    }
}

impl Agent {
    /// People change their names.
    fn is(&self, other: &Agent) -> bool {
        match (self, other) {
            (Agent::Person { id, .. }, Agent::Person { id: other, .. }) => id == other,
            (Agent::Machine, Agent::Machine) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pagerduty::event::Incident;

    fn event(name: Name, at: f64, what: What) -> Event {
        Event {
            name,
            at,
            what,
            agent: Agent::Person {
                id: "PMAX".into(),
                name: "Max".into(),
            },
            incident: Incident {
                id: "PINC".into(),
                url: None,
                created: None,
                alerts: Vec::new(),
                client: None,
                key: None,
            },
        }
    }

    fn webhook(name: &str, at: f64) -> Event {
        event(Name::Webhook(name.into()), at, What::Acknowledged)
    }

    fn entry(name: &str, at: f64) -> Event {
        event(Name::Entry(name.into()), at, What::Acknowledged)
    }

    #[test]
    fn the_same_told_on_both_ways_is_one_deed() {
        let mut memory = Memory::default();
        let first = memory.identity(&webhook("W1", 100.4));
        assert_eq!(memory.identity(&entry("E1", 102.0)), first);
        assert_eq!(memory.identity(&webhook("W1", 100.4)), first);
        assert_eq!(memory.identity(&entry("E1", 102.0)), first);
    }

    #[test]
    fn what_one_way_tells_twice_happened_twice() {
        let mut memory = Memory::default();
        let first = memory.identity(&webhook("W1", 100.0));
        let second = memory.identity(&webhook("W2", 110.0));
        assert_ne!(first, second);
        assert_eq!(memory.identity(&entry("E2", 111.0)), second);
        assert_eq!(memory.identity(&entry("E1", 100.0)), first);
        assert_ne!(memory.identity(&entry("E3", 100.0)), first);
    }

    #[test]
    fn other_notes_and_other_people_are_others() {
        let mut memory = Memory::default();
        let note =
            |name: Name, note: &str| event(name, 100.0, What::Annotated { note: note.into() });
        let first = memory.identity(&note(Name::Webhook("W1".into()), "disk ordered"));
        assert_ne!(
            memory.identity(&note(Name::Entry("E1".into()), "disk came")),
            first
        );
        assert_eq!(
            memory.identity(&note(Name::Entry("E2".into()), "disk ordered")),
            first
        );
        let mut other = entry("E3", 100.0);
        other.agent = Agent::Machine;
        let by_max = memory.identity(&webhook("W2", 100.0));
        assert_ne!(memory.identity(&other), by_max);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut memory = Memory::default();
        for number in 0..200 {
            memory.identity(&webhook(&format!("W{number}"), 0.0));
        }
        assert_eq!(memory.deeds.len(), DEEDS);
    }
}
