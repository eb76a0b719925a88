//! Many at once: whoever is woken hears of the worst first, within what PagerDuty takes.

use std::thread;
use std::time::Duration;

use notify_test::flood::configure;
use notify_test::queue::Queue;
use notify_test::storm::{at_once, say};
use notify_test::{Bench, IncidentStatus, Received};

use crate::PROGRAM;

/// The other parts of `[flood]` have tests of their own.
const EACH: &str = "[flood]\ncollapse = false\n";

fn paced(interval: &str) -> Bench {
    let bench = Bench::new(PROGRAM);
    let section = bench.smallest_config();
    let pace = format!("min_interval = {interval:?}");
    let section = section.replace("min_interval = 0", &pace);
    configure(&bench, &section, EACH);
    bench
}

/// `trigger web01/Ping`.
fn event(received: &Received) -> String {
    let body = received.json();
    let key = body["dedup_key"].as_str().expect("a key");
    let object = key.trim_start_matches("mon:v1:default/");
    format!(
        "{} {object}",
        body["event_action"].as_str().expect("an action")
    )
}

fn events(bench: &Bench) -> Vec<String> {
    bench.preview.received().iter().map(event).collect()
}

#[test]
fn hosts_go_first_then_what_is_critical_and_no_object_is_turned_around() {
    let bench = paced("0s");
    let crowd = [
        say("a/Disk", "PROBLEM", "1", &[]),
        say("a/Ping", "PROBLEM", "2", &[]),
        say("b/Ping", "PROBLEM", "3", &[]),
        say("b/Ping", "PROBLEM", "2", &[]),
        say("c/Ping", "RECOVERY", "0", &[]),
        say("d", "ACKNOWLEDGEMENT", "1", &[]),
        say("d", "PROBLEM", "2", &[]),
        say("e", "PROBLEM", "1", &[]),
        say("e", "RECOVERY", "0", &[]),
        say("f/Ping", "PROBLEM", "2", &[]),
        say("f", "PROBLEM", "1", &[]),
        say("a/Disk", "RECOVERY", "0", &[]),
    ];
    at_once(&bench, &crowd);
    assert_eq!(
        events(&bench),
        [
            "trigger e",
            "trigger f",
            "trigger a/Ping",
            "trigger f/Ping",
            "resolve c/Ping",
            "resolve e",
            "trigger a/Disk",
            "trigger b/Ping",
            "trigger b/Ping",
            "resolve a/Disk",
            "acknowledge d",
            "trigger d",
        ]
    );
}

#[test]
fn a_storm_is_told_in_single_events_within_the_pace() {
    let bench = paced("40ms");
    let crowd: Vec<Vec<String>> = (1..=15)
        .map(|number| say(&format!("web{number}"), "PROBLEM", "1", &[]))
        .collect();
    at_once(&bench, &crowd);
    let received = bench.preview.wait_for(15, Duration::from_secs(20));
    assert_eq!(received.len(), 15);
    for two in received.windows(2) {
        let between = two[1].at.duration_since(two[0].at);
        // Whoever answers is a moment later than whoever asks.
        assert!(between > Duration::from_millis(30), "{between:?}");
    }
    let incidents = bench.preview.incidents();
    let open = |incident: &&notify_test::Incident| incident.status == IncidentStatus::Triggered;
    assert_eq!(incidents.iter().filter(open).count(), 15);
}

#[test]
fn a_host_that_comes_later_overtakes_those_that_wait() {
    let bench = paced("100ms");
    let crowd: Vec<Vec<String>> = (1..=20)
        .map(|number| say(&format!("web{number}/Disk"), "PROBLEM", "1", &[]))
        .collect();
    let told_before = thread::scope(|scope| {
        let sender = scope.spawn(|| at_once(&bench, &crowd));
        bench.preview.wait_for(2, Duration::from_secs(20));
        bench.run(say("core", "PROBLEM", "1", &[])).code(0);
        let told_before = bench.preview.received().len();
        sender.join().expect("a sender");
        told_before
    });
    while !Queue::of(&bench).waiting().is_empty() {
        bench.run(say("web1/Disk", "PROBLEM", "1", &[])).code(0);
    }
    let events = events(&bench);
    let place = events.iter().position(|event| event == "trigger core");
    let place = place.expect("the host's");
    assert!(
        place <= told_before + 2,
        "{place}: {told_before} {events:#?}"
    );
    assert_eq!(events.len(), 21);
}
