//! PagerDuty's Events API, from a client's side.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use client::{post, post_text};
use notify_preview::{IncidentStatus, Options, Pace, Preview};
use serde_json::{Value, json};
use std::time::Duration;

const V1: &str = "/generic/2010-04-15/create_event.json";
const V2: &str = "/v2/enqueue";
const KEY: &str = "0123456789abcdef0123456789abcdef";

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

fn v2(action: &str) -> Value {
    json!({
        "routing_key": KEY, "event_action": action, "dedup_key": "mon:v1:a/web01/Ping",
        "payload": {
            "summary": "CRITICAL web01 / Ping: 100% packet loss", "source": "web01",
            "severity": "critical", "component": "Ping", "custom_details": {"attempt": "3/3"},
        },
        "links": [{"href": "https://m/x", "text": "web01"}],
    })
}

fn shown(preview: &Preview) -> String {
    preview.received().last().unwrap().shown.clone().unwrap()
}

#[test]
fn an_alert_is_opened_appended_to_acknowledged_and_resolved() {
    let preview = preview();
    for (action, first_line) in [
        (
            "resolve",
            "pagerduty: resolve without an open alert: dropped",
        ),
        (
            "acknowledge",
            "pagerduty: acknowledge without an open alert: dropped",
        ),
        (
            "trigger",
            "pagerduty: incident opened CRITICAL web01 / Ping: 100% packet loss",
        ),
        (
            "trigger",
            "pagerduty: appended to CRITICAL web01 / Ping: 100% packet loss",
        ),
        (
            "acknowledge",
            "pagerduty: acknowledged CRITICAL web01 / Ping: 100% packet loss",
        ),
        (
            "resolve",
            "pagerduty: resolved CRITICAL web01 / Ping: 100% packet loss",
        ),
        (
            "resolve",
            "pagerduty: resolve without an open alert: dropped",
        ),
        (
            "trigger",
            "pagerduty: incident opened CRITICAL web01 / Ping: 100% packet loss",
        ),
    ] {
        let reply = post(&preview, V2, &v2(action));
        assert_eq!(reply.status, 202);
        assert_eq!(
            reply.json(),
            json!({
                "status": "success", "message": "Event processed", "dedup_key": "mon:v1:a/web01/Ping",
            })
        );
        assert_eq!(shown(&preview).lines().next().unwrap(), first_line);
    }
    assert_eq!(
        shown(&preview).lines().skip(1).collect::<Vec<_>>(),
        [
            "▌ severity critical · source web01 · component Ping",
            "▌ attempt: 3/3",
            "▌ web01 (https://m/x)",
            "key mon:v1:a/web01/Ping",
        ]
    );
}

#[test]
fn an_incident_is_kept_until_it_is_resolved_and_a_new_one_comes_after_it() {
    let preview = preview();
    let mut other = v2("trigger");
    other["routing_key"] = json!("fedcba9876543210fedcba9876543210");
    for event in [
        v2("resolve"),
        v2("trigger"),
        other,
        v2("acknowledge"),
        v2("trigger"),
        v2("resolve"),
        v2("acknowledge"),
        v2("trigger"),
    ] {
        assert_eq!(post(&preview, V2, &event).status, 202);
    }
    let incidents = preview.incidents();
    let kept: Vec<_> = incidents
        .iter()
        .map(|one| (one.dedup_key.as_str(), one.status, one.events.join(" ")))
        .collect();
    let key = "mon:v1:a/web01/Ping";
    let resolved = "trigger acknowledge trigger resolve".to_string();
    let once = "trigger".to_string();
    assert_eq!(
        kept,
        [
            (key, IncidentStatus::Resolved, resolved),
            (key, IncidentStatus::Triggered, once.clone()),
            (key, IncidentStatus::Triggered, once),
        ]
    );
    assert_eq!(
        incidents[0].summary,
        "CRITICAL web01 / Ping: 100% packet loss"
    );
    assert_ne!(incidents[1].routing_key, incidents[2].routing_key);
    let acknowledged = v2("acknowledge");
    post(&preview, V2, &acknowledged);
    assert_eq!(preview.incidents()[2].status, IncidentStatus::Acknowledged);
}

#[test]
fn a_trigger_without_a_key_gets_one_of_its_own() {
    let preview = preview();
    let mut event = v2("trigger");
    event["dedup_key"] = Value::Null;
    let first = post(&preview, V2, &event).json()["dedup_key"].clone();
    let second = post(&preview, V2, &event).json()["dedup_key"].clone();
    assert!(first.is_string() && first != second);
}

#[test]
fn an_invalid_event_gets_400_and_its_errors() {
    let preview = preview();
    let mut event = v2("trigger");
    event["routing_key"] = json!("short");
    event["payload"]["severity"] = json!("fatal");
    let reply = post(&preview, V2, &event);
    assert_eq!(reply.status, 400);
    let body = reply.json();
    assert_eq!(body["status"], "invalid event");
    assert_eq!(body["message"], "Event object is invalid");
    assert_eq!(
        body["errors"][0],
        "Length of 'routing_key' is incorrect (should be 32 characters)"
    );
    assert_eq!(body["errors"].as_array().unwrap().len(), 2);
    let unreadable = post_text(&preview, V2, "{");
    assert_eq!(unreadable.status, 400);
    assert_eq!(unreadable.json()["errors"], json!(["JSON parse error"]));
    let mut large = v2("trigger");
    large["payload"]["custom_details"]["output"] = json!("x".repeat(512_000));
    assert_eq!(post(&preview, V2, &large).status, 413);
}

#[test]
fn a_change_is_taken_without_a_key() {
    let preview = preview();
    let event = json!({"routing_key": KEY, "payload": {"summary": "kernel"}});
    let reply = post(&preview, "/v2/change/enqueue", &event);
    assert_eq!(
        (reply.status, reply.json()["status"].as_str()),
        (202, Some("success"))
    );
    assert_eq!(shown(&preview), "pagerduty: change kernel");
    let empty = json!({"routing_key": KEY, "payload": {}});
    assert_eq!(post(&preview, "/v2/change/enqueue", &empty).status, 400);
}

#[test]
fn version_1_answers_200_and_an_incident_key() {
    let preview = preview();
    let event = json!({
        "service_key": KEY, "event_type": "trigger", "incident_key": "web01",
        "description": "down", "details": {"a": 1}, "contexts": [{"type": "link", "href": "https://m"}],
    });
    let reply = post(&preview, V1, &event);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["incident_key"], "web01");
    assert_eq!(
        shown(&preview),
        "pagerduty: incident opened down\n▌ a: 1\n▌ https://m\nkey web01"
    );
    for (key, value) in [
        ("service_key", json!("x")),
        ("event_type", json!("open")),
        ("description", Value::Null),
        ("details", json!("text")),
        ("contexts", json!([{"type": "link"}])),
    ] {
        let mut wrong = event.clone();
        wrong[key] = value;
        assert_eq!(post(&preview, V1, &wrong).status, 400, "{key}");
    }
}

#[test]
fn too_many_events_get_429_and_403_in_version_1() {
    let preview = Preview::start(Options {
        pace: Some(Pace {
            messages: 1,
            window: Duration::from_secs(60),
        }),
        ..Options::default()
    })
    .unwrap();
    assert_eq!(post(&preview, V2, &v2("trigger")).status, 202);
    assert_eq!(post(&preview, V2, &v2("trigger")).status, 429);
    let event = json!({"service_key": KEY, "event_type": "trigger", "description": "x"});
    assert_eq!(post(&preview, V1, &event).status, 403);
}

#[test]
fn a_path_of_no_vendor_is_404() {
    let preview = preview();
    for path in ["/", "/v2", "/v2/enqueue/", "/api/v2/x"] {
        let reply = post(&preview, path, &json!({}));
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["error"], "not_found");
    }
}
