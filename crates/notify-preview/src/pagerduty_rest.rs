//! PagerDuty's REST API, as far as a listener reads it: an incident's alerts, the log, what a key may do.
//!
//! Source: PagerDuty's published schema.

use serde_json::{Value, json};

use crate::exchange::Outcome;
use crate::form;
use crate::http::{Answer, Request};
use crate::incidents::{Incident, IncidentStatus, Incidents};

/// What a page has where nobody says, and at most.
const PAGE: usize = 25;
const LARGEST_PAGE: usize = 100;

/// `None` where the address is not PagerDuty's.
pub(crate) fn answer(incidents: &Incidents, request: &Request) -> Option<Outcome> {
    let words: Vec<&str> = request.path.split('/').skip(1).collect();
    let found = match words[..] {
        ["abilities"] => Some(json!({"abilities": ["teams"]})),
        ["incidents", id, "alerts"] => incidents.named(id).map(|incident| {
            let alerts = incident.alerts.iter().map(|key| alert(incident, key));
            page(request, "alerts", alerts.collect())
        }),
        ["log_entries"] => {
            let since = asked(request, "since").unwrap_or_default();
            let mut entries: Vec<Value> = incidents
                .log
                .entries()
                .iter()
                .map(|entry| entry.json())
                .filter(|entry| entry["created_at"].as_str() >= Some(&since[..]))
                .collect();
            // The youngest first.
            entries.reverse();
            Some(page(request, "log_entries", entries))
        }
        _ => return None,
    };
    let authorization = request.header("authorization").unwrap_or_default();
    let key = authorization.strip_prefix("Token token=");
    let outcome = match (request.method.as_str(), key, found) {
        (_, None, _) => refused(401, 2006, "The key is missing"),
        (_, Some(key), _) if key.is_empty() || key.starts_with("bad") => {
            refused(401, 2006, "The key is wrong")
        }
        ("GET", _, Some(found)) => Outcome::unseen(Answer::json(200, found), "looked up"),
        ("GET", _, None) => refused(404, 2100, "Not Found"),
        _ => refused(405, 2000, "Only looking is supported"),
    };
    Some(outcome)
}

fn alert(incident: &Incident, key: &str) -> Value {
    let status = match incident.status {
        IncidentStatus::Resolved => "resolved",
        _ => "triggered",
    };
    json!({
        "id": format!("PALERT{}", incident.id),
        "type": "alert",
        "alert_key": key,
        "summary": incident.summary,
        "status": status,
        "incident": {"id": incident.id, "type": "incident_reference"},
        "body": {"type": "alert_body", "cef_details": {"dedup_key": key}},
    })
}

fn page(request: &Request, list: &str, all: Vec<Value>) -> Value {
    let number = |name: &str| asked(request, name).and_then(|text| text.parse::<usize>().ok());
    let limit = number("limit").unwrap_or(PAGE).min(LARGEST_PAGE);
    let offset = number("offset").unwrap_or(0);
    let count = all.len();
    let shown: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    json!({
        list: shown,
        "limit": limit,
        "offset": offset,
        "total": null,
        "more": count > offset + limit,
    })
}

fn asked(request: &Request, name: &str) -> Option<String> {
    form::field(request.query.as_bytes(), name)
}

fn refused(status: u16, code: u32, message: &str) -> Outcome {
    let body = json!({"error": {"code": code, "message": message, "errors": []}});
    Outcome::unseen(Answer::json(status, body), message)
}
