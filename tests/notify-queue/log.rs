//! `log`: what went out when, to whom, how late.

use std::fs;

use notify_test::Run;

use crate::desk::{Desk, PROGRAM, QUICK};

fn whats(run: &Run) -> Vec<&str> {
    // Behind the time: 2026-11-21 10:02:09
    run.stdout.lines().map(|line| line[19..].trim()).collect()
}

#[test]
fn each_receipt_is_one_line_the_newest_last() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    desk.refuse("web02");
    desk.store("web03");
    desk.age(&desk.kept().waiting()[0], 14.0 * 60.0);
    desk.queue(&["run"]).code(0);
    let log = desk.queue(&["log"]);
    log.code(0);
    let lines = whats(&log);
    assert_eq!(lines.len(), 3, "{log:#?}");
    assert_eq!(lines[0], "1 slack:default: delivered DOWN web01");
    assert!(
        lines[1].starts_with("2 slack:default: refused DOWN web02: 400"),
        "{log:#?}"
    );
    assert_eq!(
        lines[2],
        "3 slack:default: delivered DOWN web03, 14 min late"
    );
}

#[test]
fn the_vendors_reference_is_there() {
    let desk = Desk::of("pagerduty-notify");
    desk.notify("web01", &[]).code(0);
    let log = desk.queue(&["log"]);
    assert!(
        log.stdout
            .contains("pagerduty:default: delivered DOWN web01 (mon:v1:default/web01)"),
        "{log:#?}"
    );
}

#[test]
fn json_is_the_journal_as_it_is_stored() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    desk.refuse("web02");
    assert_eq!(desk.json(&["log", "--json"]), desk.kept().receipts());
}

#[test]
fn what_was_left_out_says_why() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    desk.bench
        .config(&format!("{QUICK}[flood]\n{section}open_on = \"down\"\n"));
    let held = [
        "--type",
        "Service",
        "--servicedesc",
        "Ping",
        "--servicestate",
        "2",
    ];
    desk.notify("web01", &[]).code(0);
    desk.notify("web01", &[]).code(0);
    desk.notify("web02", &held).code(0);
    for more in [
        &[][..],
        &["--notificationtype", "RECOVERY", "--hoststate", "0"],
    ] {
        desk.bench
            .preview
            .always(Some(notify_test::Fault::too_many(0)));
        desk.notify("web03", more).code(0);
    }
    desk.bench.preview.always(None);
    desk.queue(&["run"]).code(0);
    let log = desk.queue(&["log"]);
    for line in [
        "2 slack:default: a copy DOWN web01: 1 said the same, for another contact",
        "3 slack:default: held back CRITICAL web02 / Ping: open_on leaves out CRITICAL",
        "4 slack:default: told with a later one DOWN web03: it is over, as a later one tells",
    ] {
        assert!(whats(&log).contains(&line), "{line}: {log:#?}");
    }
    let became: Vec<serde_json::Value> = desk
        .json(&["log", "--json"])
        .into_iter()
        .map(|row| row["became"].clone())
        .collect();
    assert_eq!(
        became,
        ["delivered", "copy", "held_back", "folded", "delivered"]
    );
}

#[test]
fn host_service_destination_and_time_narrow_it_down() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    let ping = [
        "--type",
        "Service",
        "--servicedesc",
        "Ping",
        "--servicestate",
        "2",
    ];
    desk.notify("web01", &[]).code(0);
    desk.notify("web01", &ping).code(0);
    desk.notify("web02", &["--to", "ops"]).code(0);
    let journal = desk.state().join("journal/00000001.jsonl");
    // The first one was yesterday.
    let text = fs::read_to_string(&journal).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut first: serde_json::Value = serde_json::from_str(first).unwrap();
    first["at"] = (first["at"].as_f64().unwrap() - 86_400.0).into();
    fs::write(&journal, format!("{first}\n{rest}")).unwrap();
    let today = &desk.queue(&["log"]).stdout.lines().last().unwrap()[..10].to_owned();
    for (narrowed, ids) in [
        (&[][..], &[1, 2, 3][..]),
        (&["--host", "web01"], &[1, 2]),
        (&["--host", "WEB01", "--service", "ping"], &[2]),
        (&["--service", "Ping", "--service", "Disk"], &[2]),
        (&["--destination", "slack:ops"], &[3]),
        (&["--destination", "slack:ops", "--host", "web01"], &[]),
        (&["--since", "2h"], &[2, 3]),
        (&["--since", "7d"], &[1, 2, 3]),
        (&["--since", "0s"], &[]),
        (&["--since", "2020-01-01"], &[1, 2, 3]),
        (&["--since", "2020-01-01T10:00"], &[1, 2, 3]),
        (&["--since", "2099-01-01"], &[]),
        (&["--since", "2h", "--host", "web01"], &[2]),
        (&["--until", "2h"], &[1]),
        (&["--since", "2d", "--until", "2h"], &[1]),
        (&["--until", "2020-01-01"], &[]),
    ] {
        let rows = desk.json(&[&["log", "--json"], narrowed].concat());
        let found: Vec<u64> = rows.iter().map(|row| row["id"].as_u64().unwrap()).collect();
        assert_eq!(found, ids, "{narrowed:?}");
    }
    assert!(!today.is_empty());
}

#[test]
fn a_time_that_is_none_is_exit_64() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    for wrong in [
        "yesterday",
        "",
        "10:00",
        "2026-13-01",
        "-2h",
        "2 fortnights",
    ] {
        let run = desk.queue(&["log", &format!("--since={wrong}")]);
        run.code(64).quiet().one_line(PROGRAM);
        run.says("write 2h, 7d, 2026-11-21 or 2026-11-21T10:00");
    }
}

#[test]
fn times_are_those_of_the_configs_zone() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    let journal = desk.state().join("journal/00000001.jsonl");
    let receipt = r#"{"at":1795237915.5,"became":"delivered","id":7,"destination":"slack:default","kind":"RECOVERY","host":"web01","state":"UP","late":3900.0}"#;
    fs::write(&journal, format!("{receipt}\n")).unwrap();
    let line = "7 slack:default: delivered UP web01, 1 h 5 min late\n";
    for (zone, at) in [
        ("UTC", "2026-11-21 05:11:55"),
        ("Asia/Kolkata", "2026-11-21 10:41:55"),
    ] {
        desk.config(&format!("timezone = {zone:?}\n{QUICK}"));
        assert_eq!(desk.queue(&["log"]).stdout, format!("{at} {line}"));
        let since = |time: &str| desk.json(&["log", "--json", "--since", time]).len();
        assert_eq!(
            (since(&at.replace(' ', "T")), since("2026-11-21T10:41:56")),
            (1, 0)
        );
    }
    // A line that was cut off by a crash is passed over.
    fs::write(&journal, format!("{{\"at\":17952\n{receipt}\n{{\"at")).unwrap();
    assert_eq!(desk.queue(&["log"]).stdout.lines().count(), 1);
}
