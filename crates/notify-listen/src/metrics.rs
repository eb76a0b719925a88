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
pub struct Gauge<'g> {
    pub name: &'static str,
    pub help: &'static str,
    pub labels: &'g [(&'g str, &'g str)],
    pub value: f64,
}

impl Counter {
    const ALL: [Counter; 3] = [Counter::Requests, Counter::Refused, Counter::Answers];

    fn name(self) -> &'static str {
        match self {
            Counter::Requests => "notify_listen_requests_total",
            Counter::Refused => "notify_listen_refused_total",
            Counter::Answers => "notify_listen_answers_total",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Counter::Requests => "Requests by source and class of the status.",
            Counter::Refused => "What was refused, by source and reason.",
            Counter::Answers => "People's answers by source and what became of them.",
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

    pub fn text(&self, gauges: &[Gauge]) -> String {
        let mut text = String::new();
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        for counter in Counter::ALL {
            announce(&mut text, counter.name(), "counter", counter.help());
            let own = counters.iter().filter(|((kind, ..), _)| *kind == counter);
            for ((_, source, label), count) in own {
                let labels = [("source", *source), (counter.label(), *label)];
                sample(&mut text, counter.name(), &labels, count);
            }
        }
        for gauge in gauges {
            announce(&mut text, gauge.name, "gauge", gauge.help);
            sample(&mut text, gauge.name, gauge.labels, gauge.value);
        }
        text
    }
}

fn announce(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(text: &mut String, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
    let labels: Vec<String> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
        .collect();
    let _ = match labels.is_empty() {
        true => writeln!(text, "{name} {value}"),
        false => writeln!(text, "{name}{{{}}} {value}", labels.join(",")),
    };
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_announced_once_before_its_samples() {
        let metrics = Metrics::default();
        metrics.count(Counter::Answers, "slack", "done");
        metrics.count(Counter::Answers, "slack", "done");
        metrics.count(Counter::Requests, "slack", "2xx");
        let text = metrics.text(&[Gauge {
            name: "up",
            help: "Whether.",
            labels: &[("version", "a\"b\\c\nd")],
            value: 1.0,
        }]);
        let expected = "\
# HELP notify_listen_requests_total Requests by source and class of the status.
# TYPE notify_listen_requests_total counter
notify_listen_requests_total{source=\"slack\",status=\"2xx\"} 1
# HELP notify_listen_refused_total What was refused, by source and reason.
# TYPE notify_listen_refused_total counter
# HELP notify_listen_answers_total People's answers by source and what became of them.
# TYPE notify_listen_answers_total counter
notify_listen_answers_total{source=\"slack\",outcome=\"done\"} 2
# HELP up Whether.
# TYPE up gauge
up{version=\"a\\\"b\\\\c\\nd\"} 1
";
        assert_eq!(text, expected);
    }
}
