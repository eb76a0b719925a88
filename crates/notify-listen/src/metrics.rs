//! `/metrics`, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// The counters, and what they count; a label's values are of our own making alone, so that no stranger adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    Requests,
    Refused,
    Answers,
}

#[derive(Default)]
pub struct Metrics {
    counters: Mutex<BTreeMap<(Counter, &'static str, &'static str), u64>>,
}

/// What is measured when somebody asks.
pub struct Gauges {
    pub pending: usize,
    /// Of the oldest one that waits, in seconds.
    pub oldest: f64,
    pub connections: usize,
}

impl Counter {
    fn name(self) -> &'static str {
        match self {
            Counter::Requests => "notify_listen_requests_total",
            Counter::Refused => "notify_listen_refused_total",
            Counter::Answers => "notify_listen_answers_total",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Counter::Requests => "Requests by source and answer.",
            Counter::Refused => "Requests that were refused, by source and reason.",
            Counter::Answers => "Answers by source and what became of them.",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Counter::Requests => "status",
            Counter::Refused => "reason",
            Counter::Answers => "outcome",
        }
    }
}

impl Metrics {
    pub fn count(&self, counter: Counter, source: &'static str, label: &'static str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry((counter, source, label)).or_default() += 1;
    }

    pub fn text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = None;
        for ((counter, source, label), count) in counters.iter() {
            let name = counter.name();
            if last != Some(counter) {
                let _ = writeln!(text, "# HELP {name} {}", counter.help());
                let _ = writeln!(text, "# TYPE {name} counter");
                last = Some(counter);
            }
            let kind = counter.label();
            let _ = writeln!(
                text,
                "{name}{{source=\"{source}\",{kind}=\"{label}\"}} {count}"
            );
        }
        for (name, help, value) in [
            (
                "notify_listen_pending_answers",
                "Answers that the core has not confirmed yet.",
                gauges.pending as f64,
            ),
            (
                "notify_listen_oldest_pending_seconds",
                "Age of the oldest of them.",
                gauges.oldest,
            ),
            (
                "notify_listen_connections",
                "Open connections.",
                gauges.connections as f64,
            ),
        ] {
            let _ = writeln!(
                text,
                "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
            );
        }
        text
    }
}
