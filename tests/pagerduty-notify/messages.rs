//! What becomes an event, and what people read in it.

use notify_test::command_lines::{SERVICE, with};
use notify_test::notifications::{self, CASES, floods, linked, today};
use notify_test::{Bench, Received, Run};
use serde_json::json;

use crate::PROGRAM;

#[path = "actions.rs"]
mod actions;

const KEY: &str = "integration_key = \"0123456789abcdef0123456789abcdef\"";

fn configured(more: &str) -> Bench {
    let bench = Bench::new(PROGRAM);
    bench.config(&format!("{}{more}\n", bench.smallest_config()));
    bench
}

fn summary(received: &Received) -> String {
    let body = received.json();
    body["payload"]["summary"]
        .as_str()
        .expect("a summary")
        .to_owned()
}

/// What was sent, if anything was, and what the program said.
fn sent(bench: &Bench, line: &[&str]) -> (Option<Received>, Run) {
    let before = bench.preview.received().len();
    let run = bench.run(line);
    run.code(0).quiet().one_line(PROGRAM);
    let mut received = bench.preview.received().split_off(before);
    assert!(received.len() <= 1, "{line:?}");
    (received.pop(), run)
}

#[test]
fn every_type_is_as_its_golden_file() {
    notifications::every_type_is_as_its_golden_file(PROGRAM);
}

#[test]
fn a_rich_problem_is_as_its_golden_file() {
    notifications::a_rich_problem_is_as_its_golden_file(PROGRAM);
}

#[test]
fn the_summary_is_read_aloud() {
    let bench = configured("change_events = true");
    for (kind, object, summary) in [
        (
            "PROBLEM",
            "Host",
            "DOWN web01: no reply from 172.16.166.229",
        ),
        (
            "PROBLEM",
            "Service",
            "CRITICAL web01 / Ping: 100% packet loss",
        ),
        ("RECOVERY", "Host", "UP web01: was DOWN"),
        ("RECOVERY", "Service", "OK web01 / Ping: was CRITICAL"),
        (
            "ACKNOWLEDGEMENT",
            "Host",
            "ACK web01 (DOWN): Max: \"disk ordered\"",
        ),
        (
            "DOWNTIMESTART",
            "Service",
            "DOWNTIME web01 / Ping: Max: \"kernel\"",
        ),
        (
            "DOWNTIMEEND",
            "Service",
            "DOWNTIME web01 / Ping ended: Max: \"kernel\"",
        ),
        (
            "FLAPPINGSTART",
            "Host",
            "FLAPPING web01 (now UP): alerts paused",
        ),
        ("CUSTOM", "Host", "web01 (UP): Max: \"please call me\""),
        (
            "STALKING",
            "Host",
            "STALKING web01 (UP): PING OK - rta 0.3 ms",
        ),
    ] {
        let case = CASES
            .iter()
            .find(|case| (case.kind, case.object) == (kind, object));
        let received = bench.sent(case.expect(kind).line());
        assert_eq!(self::summary(&received), summary);
    }
}

#[test]
fn a_recovery_says_how_long_it_was() {
    let recovery = with(&SERVICE, "--notificationtype", "RECOVERY");
    let recovery = with(&recovery, "--servicestate", "0");
    let shown = today(|begin, end| {
        let line = with(&recovery, "--last-ok", begin);
        let line = with(&line, "--last-state", "2");
        summary(&Bench::new(PROGRAM).sent(with(&line, "--datetime", end)))
    });
    assert_eq!(shown, "OK web01 / Ping: was CRITICAL 7 min (10:02–10:09)");
}

#[test]
fn no_symbol_is_ever_shown() {
    let bench = configured("change_events = true");
    for case in &CASES {
        let body = bench.sent(case.line()).json().to_string();
        let symbols = ['🔴', '🟡', '✅', '⚪', '👤', '🔧', '〰', '📣', 'ℹ'];
        assert!(!body.contains(symbols), "{}: {body}", case.name());
    }
}

#[test]
fn what_pagerduty_does_not_know_is_an_error_with_its_line() {
    for (setting, said) in [
        (
            "severity = \"fatal\"",
            ":6: pagerduty.severity must be critical, error, warning or info",
        ),
        (
            "severity = [\"error\", \"info\"]",
            ":6: pagerduty.severity must be one word",
        ),
        (
            "severity = { down = \"fatal\" }",
            ":6: pagerduty.severity.down must be critical",
        ),
        (
            "region = \"uk\"",
            ":6: pagerduty.region must be one of \"us\", \"eu\"",
        ),
        (
            "change_events = \"yes\"",
            ":6: pagerduty.change_events must be true or false",
        ),
        ("group = 5", ":6: pagerduty.group must be a string"),
    ] {
        let bench = configured(setting);
        bench
            .run(SERVICE)
            .code(78)
            .says(&format!("config.toml{said}"));
    }
}

#[test]
fn group_and_class_come_from_the_core_or_the_config() {
    let bench = configured("group = \"production\"\nclass = \"monitoring\"");
    let payload = bench.sent(SERVICE).json()["payload"].clone();
    assert_eq!(payload["group"], "production");
    assert_eq!(payload["class"], "monitoring");
    assert_eq!(payload["component"], "Ping");
    assert_eq!(payload["source"], "web01");
    let payload = bench.sent(with(&SERVICE, "--hostgroup", "linux")).json()["payload"].clone();
    assert_eq!(payload["group"], "linux");
}

#[test]
fn an_event_of_v1_says_the_same_in_its_own_words() {
    let bench = Bench::new(PROGRAM);
    let (v1, url) = (bench.preview.pagerduty_v1(), bench.preview.url());
    for api_url in [
        v1,
        format!("{url}/generic/2010-04-15"),
        format!("{url}/generic/2010-04-15/"),
    ] {
        bench.config(&format!(
            "[pagerduty]\n{KEY}\napi_url = {api_url:?}\nchange_events = true\n"
        ));
        let received = bench.sent(SERVICE);
        assert_eq!(received.path, "/generic/2010-04-15/create_event.json");
        let mut body = received.json();
        body.as_object_mut().expect("an object").remove("details");
        assert_eq!(
            body,
            json!({
                "service_key": "0123456789abcdef0123456789abcdef",
                "event_type": "trigger",
                "incident_key": "mon:v1:default/web01/Ping",
                "description": "CRITICAL web01 / Ping: 100% packet loss",
                "client": "Monitoring",
                "contexts": [],
            })
        );
        assert_eq!(received.json()["details"]["output"], "100% packet loss");
        for (kind, state, event) in [
            ("ACKNOWLEDGEMENT", "2", "acknowledge"),
            ("RECOVERY", "0", "resolve"),
        ] {
            let line = with(
                &with(&SERVICE, "--servicestate", state),
                "--notificationtype",
                kind,
            );
            assert_eq!(bench.sent(line).json()["event_type"], event);
        }
        // v1 knows no change events.
        let (received, run) = sent(&bench, &with(&SERVICE, "--notificationtype", "CUSTOM"));
        assert!(received.is_none());
        run.says("nothing to send");
    }
}

#[test]
fn the_region_decides_where_events_go() {
    let bench = Bench::new(PROGRAM);
    for (setting, url) in [
        ("", "POST https://events.pagerduty.com/v2/enqueue\n"),
        (
            "region = \"us\"",
            "POST https://events.pagerduty.com/v2/enqueue\n",
        ),
        (
            "region = \"EU\"",
            "POST https://events.eu.pagerduty.com/v2/enqueue\n",
        ),
        (
            "region = \"eu\"\napi_url = \"https://relay.example.com\"",
            "POST https://relay.example.com/v2/enqueue\n",
        ),
    ] {
        bench.config(&format!("[pagerduty]\n{KEY}\n{setting}\n"));
        let run = bench.run([&SERVICE[..], &["--dry-run"]].concat());
        run.code(0);
        assert!(run.stdout.contains(url), "{setting}: {}", run.stdout);
    }
    bench.config(&format!(
        "[pagerduty]\n{KEY}\nregion = \"eu\"\nchange_events = true\n"
    ));
    let custom = with(&SERVICE, "--notificationtype", "CUSTOM");
    let run = bench.run([&*custom, &["--dry-run"]].concat());
    let url = "POST https://events.eu.pagerduty.com/v2/change/enqueue\n";
    assert!(run.stdout.contains(url), "{}", run.stdout);
}

#[test]
fn whatever_floods_an_event_its_state_survives() {
    let bench = Bench::new(PROGRAM);
    linked(&bench);
    for (unit, flood) in floods() {
        for option in [
            "--output",
            "--longoutput",
            "--ackcomment",
            "--hostgroup",
            "--servicedesc",
        ] {
            let received = bench.sent(with(&SERVICE, option, &flood));
            assert_eq!(received.verdict, "accepted", "{option} {unit:?}");
            assert!(
                summary(&received).starts_with("CRITICAL web01 / "),
                "{option} {unit:?}"
            );
        }
    }
}

#[test]
fn an_event_stays_below_512_kb_and_shows_what_was_cut() {
    let bench = Bench::new(PROGRAM);
    // Several, since an operating system takes no argument of more than 128 KiB.
    for (unit, count) in [("x", 9), ("\"", 9), ("é", 9), ("\u{7f}é", 9)] {
        let value = unit.repeat(100_000 / unit.len());
        let fields: Vec<String> = (0..count).map(|n| format!("Field {n}={value}")).collect();
        let mut line = with(&SERVICE, "--longoutput", &value);
        line.extend(fields.iter().flat_map(|field| ["--field", field]));
        let received = bench.sent(&line);
        assert_eq!(received.verdict, "accepted", "{unit:?}");
        let details = received.json()["payload"]["custom_details"].clone();
        assert_eq!(details["output"], "100% packet loss");
        for name in ["long output", "Field 0", "Field 8"] {
            let value = details[name].as_str().expect(name);
            assert!(value.ends_with('…'), "{unit:?} {name}: {value:.20}");
        }
    }
}

#[test]
fn a_few_thousand_small_fields_fit_too() {
    let bench = Bench::new(PROGRAM);
    let url = format!("https://wiki.example.com/{}", "y".repeat(250));
    let fields: Vec<String> = (0..3_000).map(|n| format!("Field {n}={url}")).collect();
    let mut line = SERVICE.to_vec();
    line.extend(fields.iter().flat_map(|field| ["--field", field]));
    let received = bench.sent(&line);
    assert_eq!(received.verdict, "accepted");
    assert_eq!(
        summary(&received),
        "CRITICAL web01 / Ping: 100% packet loss"
    );
}
