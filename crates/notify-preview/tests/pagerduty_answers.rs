//! PagerDuty's incidents as people handle them: webhooks, the log, and the REST API.

mod client;

use notify_preview::{Agent, Happened, IncidentStatus, Options, Preview};
use serde_json::{Value, json};

const TOKEN: (&str, &str) = ("Authorization", "Token token=u+abcdefghijklmnopqr");

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

fn event(preview: &Preview, action: &str, key: &str) {
    let event = json!({
        "routing_key": "0123456789abcdef0123456789abcdef",
        "event_action": action,
        "dedup_key": key,
        "client": "Monitoring",
        "client_url": "https://mon.example.com/#x",
        "payload": {"summary": "CRITICAL web01", "source": "web01", "severity": "critical"},
    });
    let body = event.to_string();
    let reply = client::send(preview, "POST", "/v2/enqueue", &[], body.as_bytes()).unwrap();
    assert_eq!(reply.status, 202);
}

fn get(preview: &Preview, path: &str) -> Value {
    let reply = client::send(preview, "GET", path, &[TOKEN], b"").unwrap();
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

fn max() -> Agent {
    Agent::user("PMAX", "Max")
}

#[test]
fn what_happens_to_an_incident_is_told_in_both_kinds_of_webhooks() {
    let preview = preview();
    event(&preview, "trigger", "a");
    let id = preview.incidents()[0].id.clone();
    event(&preview, "acknowledge", "a");
    preview.in_pagerduty(&id, Agent::Service, Happened::Unacknowledged);
    preview.in_pagerduty(&id, max(), Happened::Acknowledged);
    let note = Happened::Annotated {
        note: "disk".into(),
    };
    preview.in_pagerduty(&id, max(), note);
    event(&preview, "resolve", "a");
    let (mut v3, mut v2) = (Vec::new(), Vec::new());
    for webhook in preview.webhooks() {
        let body: Value = serde_json::from_slice(&webhook.v3).unwrap();
        let event = &body["event"];
        // Its key never comes back, and who sent it only once.
        assert!(!body.to_string().contains("\"a\""), "{body}");
        let opened = event["event_type"] == "incident.triggered";
        assert_eq!(
            event["client"]["url"] == "https://mon.example.com/#x",
            opened
        );
        let by = event["agent"]["type"].as_str().unwrap_or("nobody");
        v3.push(format!("{} {by}", event["event_type"].as_str().unwrap()));
        let body: Value = serde_json::from_slice(&webhook.v2).unwrap();
        let message = &body["messages"][0];
        assert_eq!(message["incident"]["alerts"][0]["alert_key"], "a");
        v2.push(message["event"].as_str().unwrap().to_string());
    }
    assert_eq!(
        v3,
        [
            "incident.triggered nobody",
            "incident.acknowledged nobody",
            "incident.unacknowledged service_reference",
            "incident.acknowledged user_reference",
            "incident.annotated user_reference",
            "incident.resolved nobody",
        ]
    );
    assert_eq!(v2[4], "incident.annotate");
    let log = get(&preview, "/log_entries?since=2000-01-01T00:00:00Z&limit=2");
    assert_eq!(log["more"], true);
    assert_eq!(log["log_entries"][0]["type"], "resolve_log_entry");
    assert_eq!(log["log_entries"][1]["channel"]["summary"], "disk");
    let rest = get(&preview, "/log_entries?limit=2&offset=4");
    assert_eq!(rest["more"], false);
    assert_eq!(rest["log_entries"][1]["incident"]["id"], id.as_str());
    let none = get(&preview, "/log_entries?since=2999-01-01T00:00:00Z");
    assert_eq!(none["log_entries"], json!([]));
}

#[test]
fn a_merged_incident_gives_its_alerts_to_the_other_one() {
    let preview = preview();
    event(&preview, "trigger", "a");
    event(&preview, "trigger", "b");
    let ids: Vec<String> = preview.incidents().into_iter().map(|one| one.id).collect();
    let merged_into = Some(ids[0].clone());
    preview.in_pagerduty(&ids[1], max(), Happened::Resolved { merged_into });
    let keys = |id: &str| -> Vec<Value> {
        let found = get(&preview, &format!("/incidents/{id}/alerts"));
        let alerts = found["alerts"].as_array().unwrap().clone();
        alerts
            .into_iter()
            .map(|one| one["alert_key"].clone())
            .collect()
    };
    assert_eq!(keys(&ids[0]), ["a", "b"]);
    assert!(keys(&ids[1]).is_empty());
    assert_eq!(preview.incidents()[1].status, IncidentStatus::Resolved);
    // Its key belongs to the other one now.
    event(&preview, "acknowledge", "b");
    assert_eq!(preview.incidents()[0].status, IncidentStatus::Acknowledged);
}

#[test]
fn the_rest_api_wants_a_key_and_knows_what_there_is() {
    let preview = preview();
    assert_eq!(get(&preview, "/abilities")["abilities"][0], "teams");
    let status = |path: &str, headers: &[(&str, &str)]| {
        client::send(&preview, "GET", path, headers, b"")
            .unwrap()
            .status
    };
    assert_eq!(status("/abilities", &[]), 401);
    assert_eq!(
        status("/abilities", &[("Authorization", "Token token=bad")]),
        401
    );
    assert_eq!(status("/abilities", &[("Authorization", "Bearer x")]), 401);
    assert_eq!(status("/incidents/PNONE/alerts", &[TOKEN]), 404);
}
