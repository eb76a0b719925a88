//! Incidents whose opening nobody told, and what PagerDuty's REST API says of them.

use std::fs;

use notify_test::{Answer, Fault, Happened};
use serde_json::{Value, json};

use super::stage::{API_KEY, LOOK_UPS, Stage, WEBHOOKS, post_v3};

/// With a key, and a notifier that puts no reference beside its trigger.
const ONE_WAY: &str =
    "webhook_secrets = \"pagerduty-webhook-secret\"\napi_key = \"openitcockpit-api-key\"\n";

#[test]
fn an_incident_is_looked_up_by_its_alerts() {
    let stage = Stage::new(ONE_WAY);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    let asked = stage.preview.received();
    let asked = asked.iter().find(|one| one.path.ends_with("/alerts"));
    let asked = asked.expect("it asked");
    let key = format!("Token token={API_KEY}");
    assert_eq!(asked.header("authorization"), Some(key.as_str()));
    let version = Some("application/vnd.pagerduty+json;version=2");
    assert_eq!(asked.header("accept"), version);
}

#[test]
fn an_alert_that_joined_later_is_answered_too() {
    let stage = Stage::new(&format!("{WEBHOOKS}{LOOK_UPS}"));
    let listener = stage.bench.start();
    let first = stage.problem();
    stage.notify(
        "PROBLEM",
        "db01",
        Some("Disk /var"),
        &["--servicestate", "1"],
    );
    let second = stage.incident("mon:v1:berlin/db01/Disk%20%2Fvar");
    stage.deliver(&listener);
    let merged_into = Some(first.id.clone());
    stage.by_max(&second, Happened::Resolved { merged_into });
    // PagerDuty itself groups alerts without a word.
    stage.news();
    stage.by_max(&first, Happened::Acknowledged);
    let news = stage.news();
    for _ in 0..2 {
        post_v3(&listener, &news[0].v3).status(202);
    }
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.nagios.until_acknowledged("db01", Some("Disk /var"));
    stage.only_commands(&listener, 2);
}

#[test]
fn alerts_of_others_are_left_alone() {
    let stage = Stage::new(ONE_WAY);
    let listener = stage.bench.start();
    let incident = stage.problem();
    let alerts = json!({"more": false, "alerts": [
        {"alert_key": "srv01/HTTP"},
        {"alert_key": "mon:v1:paris/web01/Ping"},
        {"alert_key": null, "body": {"cef_details": {"dedup_key": "mon:v1:berlin/web01"}}},
        {"body": "text"},
        7,
    ]});
    let path = format!("/incidents/{}/alerts", incident.id);
    stage.preview.answer_path(&path, Answer::json(200, alerts));
    stage.by_max(&incident, Happened::Acknowledged);
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", None);
    stage.only_commands(&listener, 1);
}

#[test]
fn while_pagerduty_cannot_be_asked_it_is_to_send_again() {
    let stage = Stage::new(ONE_WAY);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    let acknowledged = &news[1].v3;
    let faults = [
        Fault::status(500),
        Fault::status(401),
        Fault::too_many(60),
        Fault::Reset,
        Fault::Hang,
        Fault::Answer(Answer::text(200, "<html>a proxy</html>")),
    ];
    for fault in faults {
        stage.preview.always(Some(fault.clone()));
        let start = std::time::Instant::now();
        post_v3(&listener, acknowledged).status(503);
        assert!(
            start.elapsed().as_secs() < 5,
            "{fault:?}: within five seconds"
        );
    }
    stage.preview.always(None);
    stage.only_commands(&listener, 0);
    post_v3(&listener, acknowledged).status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    listener.until_it_says("send an event again");
    stage.only_commands(&listener, 1);
}

#[test]
fn what_was_learnt_helps_while_pagerduty_cannot_be_asked() {
    let stage = Stage::new(&format!("{WEBHOOKS}{LOOK_UPS}"));
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.preview.always(Some(Fault::Reset));
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn of_a_young_incident_without_alerts_pagerduty_is_asked_again_and_of_an_old_one_not() {
    let stage = Stage::new(ONE_WAY);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    let news = stage.news();
    let path = format!("/incidents/{}/alerts", incident.id);
    let nothing = [
        Answer::json(200, json!({"alerts": [], "more": false})),
        Answer::json(404, json!({"error": {"code": 2100}})),
    ];
    for answer in nothing {
        stage.preview.answer_path(&path, answer);
        post_v3(&listener, &news[1].v3).status(503);
        let mut old: Value = serde_json::from_slice(&news[1].v3).expect("JSON");
        old["event"]["data"]["created_at"] = "2026-01-01T00:00:00Z".into();
        post_v3(&listener, old.to_string().as_bytes()).status(202);
    }
    stage.only_commands(&listener, 0);
}

#[test]
fn without_any_way_to_know_the_object_the_log_says_what_to_do() {
    let stage = Stage::new("webhook_secrets = \"pagerduty-webhook-secret\"\n");
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.deliver(&listener);
    listener.until_it_says("set api_key, or two_way = true");
    stage.only_commands(&listener, 0);
}

#[test]
fn an_incident_s_own_key_is_enough() {
    let stage = Stage::new("webhook_secrets = \"pagerduty-webhook-secret\"\n");
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    let mut body: Value = serde_json::from_slice(&news[1].v3).expect("JSON");
    body["event"]["data"]["incident_key"] = "mon:v1:berlin/web01/Ping".into();
    post_v3(&listener, body.to_string().as_bytes()).status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn while_the_disk_takes_nothing_pagerduty_is_to_send_again() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    post_v3(&listener, &news[0].v3).status(202);
    let pending = stage.bench.state().join("answers/pending");
    let _ = fs::remove_dir_all(&pending);
    fs::write(&pending, "in the way").expect("a file");
    post_v3(&listener, &news[1].v3).status(503);
    fs::remove_file(&pending).expect("it goes");
    post_v3(&listener, &news[1].v3).status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.only_commands(&listener, 1);
}

#[test]
fn the_check_says_whether_the_key_works() {
    let stage = Stage::new(ONE_WAY);
    let said = || stage.bench.run(&["--check"]).stdout;
    let works = format!("api_key works at {}", stage.preview.url());
    assert!(said().contains(&works), "{}", said());
    stage.preview.always(Some(Fault::status(401)));
    let refused = "[pagerduty]: api_key: PagerDuty refuses the api_key (401): make a new one";
    assert!(said().contains(refused), "{}", said());
    stage.preview.always(Some(Fault::Reset));
    assert!(
        said().contains("[pagerduty]: api_key: 127.0.0.1"),
        "{}",
        said()
    );
}
