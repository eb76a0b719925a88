//! Everyone sees it, and nothing goes in circles.

use notify_core::answer;
use notify_test::{Happened, IncidentStatus};

use super::stage::{LOOK_UPS, Stage, WEBHOOKS, until};

#[test]
fn an_acknowledgement_in_pagerduty_comes_back_to_it_once() {
    for keys in [
        WEBHOOKS.to_owned(),
        format!("{WEBHOOKS}{LOOK_UPS}poll = \"5s\"\n"),
    ] {
        let stage = Stage::new(&keys);
        let listener = stage.bench.start();
        let incident = stage.problem();
        stage.by_max(&incident, Happened::Acknowledged);
        stage.deliver(&listener);
        let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
        // The core tells everybody.
        let told = [
            "--ackauthor",
            author.as_str(),
            "--ackcomment",
            comment.as_str(),
        ];
        stage.notify("ACKNOWLEDGEMENT", "web01", Some("Ping"), &told);
        let (_, id) = answer::unmarked(&comment);
        listener.until_it_says(&format!("[{}]", id.expect("a mark")));
        let key = "mon:v1:berlin/web01/Ping";
        assert_eq!(stage.incident(key).events, ["trigger", "acknowledge"]);
        // PagerDuty tells of that, too.
        let before = stage.preview.webhooks().len();
        assert_eq!(before, 3);
        stage.deliver(&listener);
        stage.only_commands(&listener, 1);
        if keys.contains("poll") {
            let polled = || {
                let received = stage.preview.received();
                let of_log = |one: &&notify_test::Received| one.path == "/log_entries";
                received.iter().filter(of_log).count()
            };
            let now = polled();
            until("it looks twice", || polled() >= now + 2);
            stage.only_commands(&listener, 1);
        }
    }
}

#[test]
fn an_acknowledgement_in_the_core_shows_in_pagerduty_and_is_no_answer() {
    let stage = Stage::new(&format!("{WEBHOOKS}{LOOK_UPS}"));
    let listener = stage.bench.start();
    stage.problem();
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "eva", "mine");
    let told = ["--ackauthor", "eva", "--ackcomment", "mine"];
    stage.notify("ACKNOWLEDGEMENT", "web01", Some("Ping"), &told);
    let incident = stage.incident("mon:v1:berlin/web01/Ping");
    assert_eq!(incident.status, IncidentStatus::Acknowledged);
    stage.notify("RECOVERY", "web01", Some("Ping"), &["--servicestate", "0"]);
    let incident = stage.incident("mon:v1:berlin/web01/Ping");
    assert_eq!(incident.status, IncidentStatus::Resolved);
    stage.deliver(&listener);
    stage.only_commands(&listener, 0);
    let looked_up = |one: &notify_test::Received| one.path.starts_with("/incidents/");
    assert!(!stage.preview.received().iter().any(looked_up));
}
