//! PagerDuty's webhooks: V3, and the generic V2.
//!
//! Sources: PagerDuty's documentation of webhooks, and of generic V2 webhooks. V3 never holds the dedup key, and
//! `client` only when an incident opens.

use serde_json::{Value, json};

use crate::incidents::{Incident, IncidentStatus};
use crate::pagerduty_log::{Agent, Entry, Happened, Webhook, milliseconds, seconds};

pub(crate) fn of(entry: &Entry) -> Webhook {
    Webhook {
        incident: entry.incident.id.clone(),
        what: entry.what.clone(),
        v3: v3(entry).to_string().into_bytes(),
        v2: v2(entry).to_string().into_bytes(),
    }
}

fn v3(entry: &Entry) -> Value {
    let incident = &entry.incident;
    let kind = match &entry.what {
        Happened::Triggered => "triggered",
        Happened::Acknowledged => "acknowledged",
        Happened::Unacknowledged => "unacknowledged",
        Happened::Resolved { .. } => "resolved",
        Happened::Annotated { .. } => "annotated",
    };
    let (name, url) = &incident.client;
    let client = match (&entry.what, name) {
        (Happened::Triggered, Some(name)) => json!({"name": name, "url": url}),
        _ => Value::Null,
    };
    let data = match &entry.what {
        Happened::Annotated { note } => json!({
            "incident": {
                "id": incident.id,
                "type": "incident_reference",
                "summary": incident.summary,
                "html_url": incident.html_url,
            },
            "id": format!("PNOTE{:03}", entry.number),
            "content": note,
            "trimmed": false,
            "type": "incident_note",
        }),
        what => {
            let mut data = described(incident);
            data["resolve_reason"] = match what {
                Happened::Resolved {
                    merged_into: Some(into),
                } => json!({
                    "type": "merge_resolve_reason",
                    "incident": {
                        "id": into,
                        "type": "incident_reference",
                        "html_url": format!("https://acme.pagerduty.com/incidents/{into}"),
                    },
                }),
                _ => Value::Null,
            };
            data
        }
    };
    json!({"event": {
        "id": format!("01BWDWL3NYY7LUFPZCC28Q{:04}", entry.number),
        "event_type": format!("incident.{kind}"),
        "resource_type": "incident",
        "occurred_at": milliseconds(entry.at),
        "agent": entry.agent.json(),
        "client": client,
        "data": data,
    }})
}

fn described(incident: &Incident) -> Value {
    json!({
        "id": incident.id,
        "type": "incident",
        "self": format!("https://api.pagerduty.com/incidents/{}", incident.id),
        "html_url": incident.html_url,
        "number": 1,
        "status": status(incident),
        "incident_key": null,
        "created_at": seconds(incident.created),
        "title": incident.summary,
        "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference"},
        "assignees": [],
        "urgency": "high",
    })
}

fn v2(entry: &Entry) -> Value {
    let incident = &entry.incident;
    let kind = match &entry.what {
        Happened::Triggered => "trigger",
        Happened::Acknowledged => "acknowledge",
        Happened::Unacknowledged => "unacknowledge",
        Happened::Resolved { .. } => "resolve",
        Happened::Annotated { .. } => "annotate",
    };
    let acknowledgements = match (&entry.what, &entry.agent) {
        (Happened::Acknowledged, Agent::User { .. }) => json!([{
            "at": seconds(entry.at),
            "acknowledger": entry.agent.json(),
        }]),
        _ => json!([]),
    };
    let alerts = incident.alerts.iter().map(|key| json!({"alert_key": key}));
    let alerts: Vec<Value> = alerts.collect();
    json!({"messages": [{
        "event": format!("incident.{kind}"),
        "id": format!("00000000-0000-4000-8000-{:012}", entry.number),
        "created_on": seconds(entry.at),
        "log_entries": [entry.json()],
        "webhook": {"id": "PWEBHOOK", "type": "webhook", "name": "monitoring"},
        "incident": {
            "id": incident.id,
            "incident_number": 1,
            "title": incident.summary,
            "status": status(incident),
            "incident_key": null,
            "created_at": seconds(incident.created),
            "html_url": incident.html_url,
            "service": {"id": "PF9KMXH", "name": "API Service"},
            "acknowledgements": acknowledgements,
            "assignments": [],
            "urgency": "high",
            "alerts": alerts,
            "alert_counts": {"all": incident.alerts.len()},
        },
    }]})
}

fn status(incident: &Incident) -> &'static str {
    match incident.status {
        IncidentStatus::Triggered => "triggered",
        IncidentStatus::Acknowledged => "acknowledged",
        IncidentStatus::Resolved => "resolved",
    }
}
