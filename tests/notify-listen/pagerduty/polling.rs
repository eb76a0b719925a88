//! Where no port is open: PagerDuty's log.

use notify_test::{Agent, Fault, Happened, Received};

use super::stage::{LOOK_UPS, Stage, WEBHOOKS, until};

const POLL: &str = "api_key = \"openitcockpit-api-key\"\npoll = \"5s\"\n";

fn polled(stage: &Stage) -> usize {
    let received = stage.preview.received();
    let of_log = |one: &&Received| one.path == "/log_entries";
    received.iter().filter(of_log).count()
}

fn polled_again(stage: &Stage) {
    let before = polled(stage);
    until("it looks again", || polled(stage) >= before + 2);
}

#[test]
fn everything_that_people_do_comes_back() {
    let stage = Stage::new(POLL);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    let (author, comment) = stage.nagios.until_acknowledged("web01", Some("Ping"));
    assert_eq!(author, "Max Example");
    assert!(comment.contains(&incident.html_url), "{comment}");
    let preview = &stage.preview;
    preview.in_pagerduty(&incident.id, Agent::Service, Happened::Unacknowledged);
    stage.until_commands(2);
    let note = "disk ordered".to_owned();
    stage.by_max(&incident, Happened::Annotated { note });
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    stage.until_commands(4);
    polled_again(&stage);
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
fn a_restart_misses_nothing_and_repeats_nothing() {
    let stage = Stage::new(POLL);
    let listener = stage.bench.start();
    let incident = stage.problem();
    stage.by_max(&incident, Happened::Acknowledged);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    listener.stop();
    let note = "disk ordered".to_owned();
    stage.by_max(&incident, Happened::Annotated { note });
    let listener = stage.bench.start();
    stage.until_commands(2);
    polled_again(&stage);
    stage.only_commands(&listener, 2);
    listener.kill();
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    let listener = stage.bench.start();
    stage.until_commands(3);
    stage.only_commands(&listener, 3);
}

#[test]
fn together_with_webhooks_everything_is_done_once() {
    let stage = Stage::new(&format!("{WEBHOOKS}{LOOK_UPS}poll = \"5s\"\n"));
    let listener = stage.bench.start();
    let incident = stage.problem();
    let note = |note: &str| Happened::Annotated { note: note.into() };
    stage.by_max(&incident, note("first"));
    stage.by_max(&incident, note("second"));
    stage.deliver(&listener);
    polled_again(&stage);
    stage.only_commands(&listener, 2);
    // And where the log is faster.
    stage.by_max(&incident, note("third"));
    stage.by_max(&incident, Happened::Resolved { merged_into: None });
    stage.until_commands(4);
    stage.deliver(&listener);
    stage.only_commands(&listener, 4);
}

#[test]
fn what_pagerduty_did_not_answer_is_asked_again() {
    let stage = Stage::new(POLL);
    stage.preview.always(Some(Fault::too_many(1)));
    let listener = stage.bench.start();
    listener.until_it_says("PagerDuty's log: PagerDuty is limiting the rate (429)");
    stage.preview.always(None);
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.only_commands(&listener, 1);
}

#[test]
fn polling_needs_a_key_and_is_not_too_often() {
    for (keys, complaint) in [
        ("poll = \"1m\"\n", "poll needs an api_key beside it"),
        (
            "poll = \"1s\"\napi_key = \"openitcockpit-api-key\"\n",
            "poll must be at least \"5s\"",
        ),
    ] {
        let stage = Stage::new(keys);
        stage.bench.run(&[]).code(78).says(complaint);
    }
}
