//! What an event does to an incident, and how severe it is.

use notify_test::Bench;
use notify_test::command_lines::{HOST, SERVICE, with, without};
use serde_json::{Value, json};

use super::{configured, sent};
use crate::PROGRAM;

/// The rule in one table: what opens or closes an incident, by type and state.
fn action(kind: &str, good: bool) -> Result<&'static str, &'static str> {
    match (kind, good) {
        ("PROBLEM", _) => Ok("trigger"),
        ("ACKNOWLEDGEMENT", false) => Ok("acknowledge"),
        ("ACKNOWLEDGEMENT", true) => Err("ACKNOWLEDGEMENT of something that is no problem"),
        ("RECOVERY" | "DOWNTIMEEND" | "DOWNTIMECANCELLED" | "FLAPPINGSTOP", true) => Ok("resolve"),
        ("RECOVERY" | "DOWNTIMEEND" | "DOWNTIMECANCELLED" | "FLAPPINGSTOP", false) => {
            Err("but the state is")
        }
        _ => Err("neither opens nor closes an incident"),
    }
}

const KINDS: [&str; 11] = [
    "PROBLEM",
    "RECOVERY",
    "ACKNOWLEDGEMENT",
    "FLAPPINGSTART",
    "FLAPPINGSTOP",
    "FLAPPINGDISABLED",
    "DOWNTIMESTART",
    "DOWNTIMEEND",
    "DOWNTIMECANCELLED",
    "CUSTOM",
    "STALKING",
];

#[test]
fn type_and_state_decide_what_happens_to_the_incident() {
    let bench = Bench::new(PROGRAM);
    for kind in KINDS {
        for (line, option, states) in [
            (&HOST[..], "--hoststate", &["UP", "DOWN", "UNREACHABLE"][..]),
            (
                &SERVICE,
                "--servicestate",
                &["OK", "WARNING", "CRITICAL", "UNKNOWN"],
            ),
        ] {
            for state in states {
                let good = matches!(*state, "UP" | "OK");
                let line = with(&with(line, option, state), "--notificationtype", kind);
                let (received, run) = sent(&bench, &line);
                match (action(kind, good), received) {
                    (Ok(action), Some(received)) => {
                        assert_eq!(received.json()["event_action"], action, "{kind} {state}");
                        assert_eq!(received.path, "/v2/enqueue");
                    }
                    (Err(why), None) => {
                        run.says("nothing to send").says(why).says(kind);
                    }
                    (expected, _) => panic!("{kind} {state}: {expected:?}, {run:#?}"),
                }
            }
        }
    }
}

#[test]
fn without_a_state_only_a_recovery_resolves() {
    let bench = Bench::new(PROGRAM);
    for kind in KINDS {
        let line = with(
            &without(&SERVICE, "--servicestate"),
            "--notificationtype",
            kind,
        );
        let (received, _) = sent(&bench, &line);
        let action = received.map(|one| one.json()["event_action"].clone());
        let expected = match kind {
            "PROBLEM" => Some(json!("trigger")),
            "ACKNOWLEDGEMENT" => Some(json!("acknowledge")),
            "RECOVERY" => Some(json!("resolve")),
            _ => None,
        };
        assert_eq!(action, expected, "{kind}");
    }
}

#[test]
fn with_change_events_the_rest_is_told_without_waking_anybody() {
    let bench = configured("change_events = true");
    for kind in KINDS {
        for state in ["OK", "CRITICAL"] {
            let line = with(
                &with(&SERVICE, "--servicestate", state),
                "--notificationtype",
                kind,
            );
            let (received, _) = sent(&bench, &line);
            let received = received.expect(kind);
            let told = action(kind, state == "OK").is_err();
            let path = if told {
                "/v2/change/enqueue"
            } else {
                "/v2/enqueue"
            };
            assert_eq!(received.path, path, "{kind} {state}");
            if told {
                let body = received.json();
                assert_eq!(body["event_action"], Value::Null, "{kind} {state}");
                assert_eq!(body["payload"]["timestamp"], "2020-09-13T12:26:40.000Z");
                assert_eq!(body["payload"]["source"], "web01");
            }
        }
    }
}

#[test]
fn one_incident_is_opened_acknowledged_and_resolved() {
    let bench = Bench::new(PROGRAM);
    let mut shown = Vec::new();
    for (kind, state) in [
        ("PROBLEM", "2"),
        ("PROBLEM", "1"),
        ("ACKNOWLEDGEMENT", "1"),
        ("RECOVERY", "0"),
    ] {
        let line = with(
            &with(&SERVICE, "--servicestate", state),
            "--notificationtype",
            kind,
        );
        let received = bench.sent(with(&line, "--servicedisplayname", kind));
        assert_eq!(received.json()["dedup_key"], "mon:v1:default/web01/Ping");
        shown.push(received.shown.expect("shown"));
    }
    for (shown, what) in
        shown
            .iter()
            .zip(["incident opened", "appended to", "acknowledged", "resolved"])
    {
        assert!(
            shown.contains(what) && !shown.contains("dropped"),
            "{shown}"
        );
    }
}

#[test]
fn the_dedup_key_is_the_subjects_reference() {
    let bench = Bench::new(PROGRAM);
    let key = |line: &[&str]| {
        let body = bench.sent(line).json();
        body["dedup_key"].as_str().expect("a key").to_owned()
    };
    assert_eq!(key(&HOST), "mon:v1:default/web01");
    assert_eq!(
        key(&with(&SERVICE, "--servicedesc", "Disk /var ä")),
        "mon:v1:default/web01/Disk%20%2Fvar%20%C3%A4"
    );
    let long = "x".repeat(400);
    let cut = key(&with(&SERVICE, "--servicedesc", &long));
    assert!(
        cut.len() == 255 && cut.starts_with("mon:v1:default/web01/xxx"),
        "{cut}"
    );
    let other = format!("{long}y");
    assert_ne!(key(&with(&SERVICE, "--servicedesc", &other)), cut);
}

#[test]
fn a_state_has_its_severity_unless_the_config_says_otherwise() {
    for (severity, expected) in [
        ("", ["critical", "error", "warning", "critical", "error"]),
        ("severity = \"info\"", ["info"; 5]),
        (
            "severity = { down = \"error\", unknown = \"warning\" }",
            ["error", "error", "warning", "critical", "warning"],
        ),
    ] {
        let bench = configured(severity);
        let cases = [
            (&HOST[..], "--hoststate", "1"),
            (&HOST, "--hoststate", "2"),
            (&SERVICE, "--servicestate", "1"),
            (&SERVICE, "--servicestate", "2"),
            (&SERVICE, "--servicestate", "3"),
        ];
        for ((line, option, state), expected) in cases.into_iter().zip(expected) {
            let body = bench.sent(with(line, option, state)).json();
            assert_eq!(
                body["payload"]["severity"], expected,
                "{severity} {option} {state}"
            );
        }
    }
}
