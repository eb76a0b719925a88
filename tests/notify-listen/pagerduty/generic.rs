//! Generic V2 webhooks, as openITCOCKPIT documents them.

use notify_test::listener::{Listener, Reply};
use notify_test::{Agent, Happened};
use serde_json::{Value, json};

use super::stage::{SECRET, Stage, WEBHOOKS, post_v3};

const GENERIC: &str = "webhook_password = \"pagerduty-webhook-secret\"\n";
/// `openitcockpit:pagerduty-webhook-secret`.
const BASIC: &str = "Basic b3Blbml0Y29ja3BpdDpwYWdlcmR1dHktd2ViaG9vay1zZWNyZXQ=";

fn post(listener: &Listener, body: &[u8]) -> Reply {
    listener.post("/pagerduty/v2", &[("X-Monitoring-Notify", SECRET)], body)
}

fn deliver(stage: &Stage, listener: &Listener) {
    for webhook in stage.news() {
        post(listener, &webhook.v2).status(202);
    }
}

#[test]
fn everything_that_people_do_comes_back() {
    let stage = Stage::new(GENERIC);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    deliver(&stage, &listener);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Example");
    assert!(comment.contains(&incident.html_url), "{comment}");
    let preview = &stage.preview;
    preview.in_pagerduty(&incident.id, Agent::Service, Happened::Unacknowledged);
    deliver(&stage, &listener);
    stage.only_commands(&listener, 2);
    let note = "disk ordered".to_owned();
    stage.by_max(&incident, Happened::Annotated { note });
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    deliver(&stage, &listener);
    let commands = stage.only_commands(&listener, 4);
    assert!(
        commands[1].starts_with("REMOVE_SVC_ACKNOWLEDGEMENT;"),
        "{commands:?}"
    );
    assert!(
        commands[2].contains("disk ordered (PagerDuty: https://"),
        "{commands:?}"
    );
    assert!(
        commands[3].contains("resolved in PagerDuty by Max Example"),
        "{commands:?}"
    );
}

#[test]
fn the_password_stands_in_a_header_or_in_the_url() {
    let stage = Stage::new(GENERIC);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    let body = &news[1].v2;
    let wrong: [&[(&str, &str)]; 6] = [
        &[],
        &[("X-Monitoring-Notify", "")],
        &[("X-Monitoring-Notify", "pagerduty-webhook-secre")],
        &[("Authorization", "Basic b3Blbml0Y29ja3BpdDp3cm9uZw==")],
        &[("Authorization", "Basic %%%")],
        &[("Authorization", "Bearer pagerduty-webhook-secret")],
    ];
    for headers in wrong {
        listener.post("/pagerduty/v2", headers, body).status(401);
    }
    stage.only_commands(&listener, 0);
    listener
        .post("/pagerduty/v2", &[("Authorization", BASIC)], body)
        .status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    post(&listener, body).status(202);
    stage.only_commands(&listener, 1);
    let metrics = listener.get("/metrics").body;
    assert!(
        metrics.contains(
            "notify_listen_refused_total{source=\"pagerduty\",reason=\"password_wrong\"}"
        ),
        "{metrics}"
    );
    // V3 is not switched on.
    post_v3(&listener, &news[1].v3).status(404);
}

#[test]
fn all_messages_and_all_alerts_of_one_webhook_count() {
    let stage = Stage::new(GENERIC);
    let listener = stage.bench.start();
    let first = stage.problem();
    stage.notify(
        "PROBLEM",
        "db01",
        Some("Disk /var"),
        &["--servicestate", "1"],
    );
    let second = stage.incident("mon:v1:berlin/db01/Disk%20%2Fvar");
    stage.notify("PROBLEM", "web01", None, &[]);
    let third = stage.incident("mon:v1:berlin/web01");
    let merged_into = Some(first.id.clone());
    stage.by_max(&second, Happened::Resolved { merged_into });
    stage.news();
    stage.by_max(&first, Happened::Acknowledged);
    stage.by_max(&third, Happened::Acknowledged);
    let mut messages = vec![json!(7), json!({"event": "incident.strange"}), json!({})];
    for webhook in stage.news() {
        let body: Value = serde_json::from_slice(&webhook.v2).expect("JSON");
        messages.extend(body["messages"].as_array().expect("messages").clone());
    }
    let body = json!({"messages": messages}).to_string();
    post(&listener, body.as_bytes()).status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.nagios.until_acknowledged("db01", Some("Disk /var"));
    stage.nagios.until_acknowledged("web01", None);
    stage.only_commands(&listener, 3);
}

#[test]
fn both_kinds_of_webhooks_do_everything_once() {
    let stage = Stage::new(&format!("{WEBHOOKS}{GENERIC}"));
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    let note = "disk ordered".to_owned();
    stage.by_max(&incident, Happened::Annotated { note });
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    for webhook in stage.news() {
        post_v3(&listener, &webhook.v3).status(202);
        post(&listener, &webhook.v2).status(202);
    }
    stage.only_commands(&listener, 3);
}

#[test]
fn what_is_no_webhook_is_400() {
    let stage = Stage::new(GENERIC);
    let listener = stage.bench.start();
    for body in [
        &b""[..],
        b"[]",
        b"{}",
        b"{\"messages\": {}}",
        b"messages=1",
        b"\xff\xfe",
    ] {
        post(&listener, body).status(400);
    }
}
