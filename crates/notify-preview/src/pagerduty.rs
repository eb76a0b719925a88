//! PagerDuty's Events API: v2, its change events, and v1. Its REST API stands in `pagerduty_rest`.
//!
//! Sources: PagerDuty's published schemas of both versions; what is marked "from memory" has no better.

use std::time::Instant;

use serde_json::{Value, json};

use crate::exchange::Outcome;
use crate::http::{Answer, Request};
use crate::incidents::{Did, Incidents};
use crate::options::Record;
use crate::pace::Gate;
use crate::pagerduty_event::{Event, Version};
use crate::pagerduty_rest;
use crate::show::{Bar, Ink, Page, Text, Tone};

/// 512 KB by the documentation; which thousand is meant is not said, so the smaller.
const LARGEST_EVENT: usize = 512_000;

pub(crate) struct PagerDuty {
    pub(crate) incidents: Incidents,
    keys_made: u64,
}

impl PagerDuty {
    pub(crate) fn new(record: Record) -> PagerDuty {
        PagerDuty {
            incidents: Incidents::new(record),
            keys_made: 0,
        }
    }

    /// `None` where the address is not PagerDuty's.
    pub(crate) fn answer(&mut self, request: &Request, gate: &mut Gate) -> Option<Outcome> {
        let version = match request.path.as_str() {
            "/v2/enqueue" => Version::V2,
            "/v2/change/enqueue" => Version::Change,
            "/generic/2010-04-15/create_event.json" => Version::V1,
            _ => return pagerduty_rest::answer(&self.incidents, request),
        };
        Some(self.event(request, version, gate))
    }

    fn event(&mut self, request: &Request, version: Version, gate: &mut Gate) -> Outcome {
        // Both from memory.
        if request.method != "POST" {
            return failed(405, "method not allowed", "Only POST is supported", &[]);
        }
        if request.body.len() > LARGEST_EVENT {
            return failed(413, "event too large", "Event is larger than 512 KB", &[]);
        }
        let Ok(sent) = serde_json::from_slice::<Value>(&request.body) else {
            let errors = ["JSON parse error".to_string()];
            let message = "Event object format is unrecognized";
            return failed(400, "unrecognized object", message, &errors);
        };
        let event = match Event::checked(sent, version) {
            Ok(event) => event,
            Err(errors) => return failed(400, "invalid event", "Event object is invalid", &errors),
        };
        if let Err(wait) = gate.pass(&event.routing_key, Instant::now()) {
            // v1 says 403 for what v2 calls 429; the words are from memory.
            let status = if version == Version::V1 { 403 } else { 429 };
            let message = "Requests for this service are arriving too quickly. Please retry later.";
            let mut outcome = failed(status, "throttle exceeded", message, &[]);
            outcome.answer = outcome
                .answer
                .header("Retry-After", &wait.retry_after.to_string());
            return outcome;
        }
        match version {
            Version::Change => {
                let body = json!({"status": "success", "message": "Change event processed"});
                let page = event.page("pagerduty: change", event.summary());
                Outcome::accepted(Answer::json(202, body), page)
            }
            Version::V1 | Version::V2 => self.alert(event, version),
        }
    }

    fn alert(&mut self, event: Event, version: Version) -> Outcome {
        let key = match event.dedup_key.is_empty() {
            true => {
                self.keys_made += 1;
                format!("{:032x}", self.keys_made)
            }
            false => event.dedup_key.clone(),
        };
        let (status, named) = match version {
            Version::V1 => (200, "incident_key"),
            _ => (202, "dedup_key"),
        };
        let body = json!({"status": "success", "message": "Event processed", named: key});
        let alert = (event.routing_key.clone(), key);
        let did = self.incidents.take(&alert, &event);
        let mut page = match did {
            Did::Opened => event.page("pagerduty: incident opened", event.summary()),
            Did::Appended => event.page("pagerduty: appended to", event.summary()),
            Did::Acknowledged(summary) => title("pagerduty: acknowledged", &summary),
            Did::Resolved(summary) => title("pagerduty: resolved", &summary),
            // Answered as if all were well, since processing comes later.
            Did::Nothing => {
                let action = event.action.word();
                title(
                    &format!("pagerduty: {action} without an open alert: dropped"),
                    "",
                )
            }
        };
        page.note(&format!("key {}", alert.1));
        Outcome::accepted(Answer::json(status, body), page)
    }
}

fn title(what: &str, summary: &str) -> Page {
    let mut line = Text::of(Ink::Plain, what);
    if !summary.is_empty() {
        line.push(Ink::Plain, " ");
        line.push(Ink::Bold, summary);
    }
    let mut page = Page::default();
    page.add(Bar::None, Tone::Normal, line);
    page
}

fn failed(status: u16, short: &str, message: &str, errors: &[String]) -> Outcome {
    let mut body = json!({"status": short, "message": message});
    if !errors.is_empty() {
        body["errors"] = json!(errors);
    }
    let outcome = Outcome::unseen(Answer::json(status, body), short);
    match errors.is_empty() {
        true => outcome,
        false => outcome.remark(errors.join("; ")),
    }
}
