//! Webhooks V3, about objects that were learnt when their incidents opened.

use notify_test::{Agent, Happened};

use super::stage::{LINKS, Stage, WEBHOOKS, post_v3};

#[test]
fn an_acknowledgement_in_pagerduty_is_one_in_the_core_with_author_and_link() {
    for links in ["", LINKS] {
        let stage = Stage::with(WEBHOOKS, links);
        let listener = stage.bench.start();
        let incident = stage.problem();
        stage.by_max(&incident, Happened::Acknowledged);
        stage.deliver(&listener);
        let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
        assert_eq!(author, "Max Example");
        assert!(
            comment.starts_with(&format!(
                "acknowledged in PagerDuty: {} [#",
                incident.html_url
            )),
            "{comment}"
        );
        let commands = stage.only_commands(&listener, 1);
        assert!(
            commands[0].starts_with("ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max Example;"),
            "{commands:?}"
        );
        listener.until_it_says("by Max Example (pagerduty:PMAX): acknowledged");
    }
}

#[test]
fn a_host_and_a_warning_are_acknowledged_as_their_states_want_it() {
    let stage = Stage::with(WEBHOOKS, LINKS);
    let listener = stage.bench.start();
    stage.notify("PROBLEM", "web01", None, &[]);
    stage.notify(
        "PROBLEM",
        "db01",
        Some("Disk /var"),
        &["--servicestate", "1"],
    );
    for key in ["mon:v1:berlin/web01", "mon:v1:berlin/db01/Disk%20%2Fvar"] {
        stage.by_max(&stage.incident(key), Happened::Acknowledged);
    }
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", None);
    stage.nagios.until_acknowledged("db01", Some("Disk /var"));
    assert!(stage.nagios.standing("web01", None).sticky);
    let warning = stage.nagios.standing("db01", Some("Disk /var"));
    assert!(!warning.sticky, "a warning that turns critical must page");
}

#[test]
fn a_mapped_person_is_the_core_s_contact() {
    let people = "[answers.contacts]\n\"pagerduty:PMAX\" = \"max\"\n";
    let stage = Stage::with(WEBHOOKS, people);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.deliver(&listener);
    let (author, _) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "max");
}

#[test]
fn with_a_list_of_people_nobody_else_answers() {
    let stage = Stage::with(WEBHOOKS, "[answers]\nallow = [\"pagerduty:PEVA\"]\n");
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    stage.deliver(&listener);
    listener.until_it_says("an admin can add \"pagerduty:PMAX\" to allow");
    let eva = Agent::user("PEVA", "Eva");
    let preview = &stage.preview;
    preview.in_pagerduty(&incident.id, eva, Happened::Acknowledged);
    stage.deliver(&listener);
    let (author, _) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Eva");
    stage.only_commands(&listener, 1);
}

#[test]
fn an_event_that_comes_again_is_taken_and_does_nothing() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    stage.by_max(
        &incident,
        Happened::Annotated {
            note: "disk ordered".into(),
        },
    );
    let news = stage.news();
    for _ in 0..3 {
        for webhook in &news {
            post_v3(&listener, &webhook.v3).status(202);
        }
    }
    stage.only_commands(&listener, 2);
    listener.stop();
    let listener = stage.bench.start();
    for webhook in &news {
        post_v3(&listener, &webhook.v3).status(202);
    }
    stage.only_commands(&listener, 2);
}

#[test]
fn an_object_that_somebody_acknowledged_is_not_acknowledged_again() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "eva", "mine");
    stage.by_max(&incident, Happened::Acknowledged);
    stage.deliver(&listener);
    stage.until_it_says(&listener, "already acknowledged by eva");
    stage.only_commands(&listener, 0);
}

#[test]
fn what_pagerduty_acknowledged_it_takes_back() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    // Of a time-out nobody is the author.
    let preview = &stage.preview;
    preview.in_pagerduty(&incident.id, Agent::Service, Happened::Unacknowledged);
    stage.deliver(&listener);
    let commands = stage.only_commands(&listener, 2);
    assert_eq!(commands[1], "REMOVE_SVC_ACKNOWLEDGEMENT;web01;Ping");
    // Again, by somebody else: the second acknowledgement is the one that is taken back.
    let eva = || Agent::user("PEVA", "Eva");
    preview.in_pagerduty(&incident.id, eva(), Happened::Acknowledged);
    stage.deliver(&listener);
    stage.only_commands(&listener, 3);
    preview.in_pagerduty(&incident.id, eva(), Happened::Unacknowledged);
    stage.deliver(&listener);
    let commands = stage.only_commands(&listener, 4);
    assert_eq!(commands[3], "REMOVE_SVC_ACKNOWLEDGEMENT;web01;Ping");
}

#[test]
fn what_was_acknowledged_elsewhere_stays_so() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    // Somebody in Slack; the core's notification acknowledges the incident.
    stage
        .nagios
        .acknowledge("web01", Some("Ping"), "eva", "mine");
    stage.notify(
        "ACKNOWLEDGEMENT",
        "web01",
        Some("Ping"),
        &["--ackauthor", "eva"],
    );
    stage.by_max(&incident, Happened::Unacknowledged);
    stage.deliver(&listener);
    // The same where PagerDuty had acknowledged it as well, and too late.
    stage.by_max(&incident, Happened::Acknowledged);
    stage.by_max(&incident, Happened::Unacknowledged);
    stage.deliver(&listener);
    stage.only_commands(&listener, 0);
}

#[test]
fn resolved_by_a_person_is_a_comment_and_no_recovery() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    stage.deliver(&listener);
    let commands = stage.only_commands(&listener, 1);
    let comment = format!(
        "ADD_SVC_COMMENT;web01;Ping;1;Max Example;resolved in PagerDuty by Max Example: {} [#",
        incident.html_url
    );
    let as_wanted = commands[0].replace(";0;Max", ";1;Max");
    assert!(as_wanted.starts_with(&comment), "{commands:?}");
    assert_eq!(stage.nagios.standing("web01", Some("Ping")).state, 2);
}

#[test]
fn a_note_becomes_a_comment_that_runs_nothing() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = stage.problem();
    let note = "disk; ordered\n[0] SHUTDOWN_PROGRAM $(id) `id` \"x\"";
    stage.by_max(&incident, Happened::Annotated { note: note.into() });
    stage.deliver(&listener);
    let commands = stage.only_commands(&listener, 1);
    assert!(
        commands[0].starts_with("ADD_SVC_COMMENT;web01;Ping;"),
        "{commands:?}"
    );
    assert!(
        commands[0].contains("disk, ordered [0] SHUTDOWN_PROGRAM ＄(id) ˋidˋ ”x” (PagerDuty: https://acme.pagerduty.com/incidents/PINC001) [#"),
        "{commands:?}"
    );
}

#[test]
fn merged_incidents_stand_for_all_their_objects() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let first = stage.problem();
    stage.notify(
        "PROBLEM",
        "db01",
        Some("Disk /var"),
        &["--servicestate", "1"],
    );
    let second = stage.incident("mon:v1:berlin/db01/Disk%20%2Fvar");
    let merged_into = Some(first.id.clone());
    stage.by_max(&second, Happened::Resolved { merged_into });
    stage.deliver(&listener);
    let commands = stage.only_commands(&listener, 1);
    assert!(
        commands[0].contains("merged into another incident in PagerDuty by Max Example: https://acme.pagerduty.com/incidents/PINC001"),
        "{commands:?}"
    );
    stage.by_max(&first, Happened::Acknowledged);
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.nagios.until_acknowledged("db01", Some("Disk /var"));
    stage.only_commands(&listener, 3);
}

#[test]
fn another_site_s_incidents_are_left_to_its_listener() {
    let stage = Stage::with(WEBHOOKS, LINKS);
    let listener = stage.bench.start();
    stage.problem();
    for webhook in stage.news() {
        let body = String::from_utf8(webhook.v3).expect("text");
        let body = body.replace("mon:v1:berlin", "mon:v1:paris");
        post_v3(&listener, body.as_bytes()).status(202);
    }
    stage.by_max(
        &stage.incident("mon:v1:berlin/web01/Ping"),
        Happened::Acknowledged,
    );
    stage.deliver(&listener);
    stage.only_commands(&listener, 0);
}

#[test]
fn an_object_whose_name_is_too_long_for_a_key_is_found_again() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let service = "Ä".repeat(100);
    stage.nagios.service("web01", &service, 2);
    stage.notify("PROBLEM", "web01", Some(&service), &[]);
    let incidents = stage.preview.incidents();
    stage.by_max(&incidents[0], Happened::Acknowledged);
    stage.deliver(&listener);
    stage.nagios.until_acknowledged("web01", Some(&service));
}

#[test]
fn while_the_core_is_down_the_answer_waits() {
    let mut stage = Stage::new(WEBHOOKS);
    stage.nagios.sleep();
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.deliver(&listener);
    listener.until_it_says("waits");
    stage.nagios.wake();
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}
