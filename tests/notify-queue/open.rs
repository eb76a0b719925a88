//! `open`: what is open where, since when, as people there know it.

use std::fs;

use serde_json::json;

use crate::desk::{Desk, PROGRAM, QUICK};

const PING: [&str; 8] = [
    "--type",
    "Service",
    "--servicedesc",
    "Ping",
    "--servicestate",
    "1",
    "--output",
    "rta 120 ms",
];
const RECOVERY: [&str; 4] = ["--notificationtype", "RECOVERY", "--hoststate", "0"];

#[test]
fn what_is_open_is_listed_by_destination_the_worst_and_oldest_first() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.notify("web01", &PING).code(0);
    desk.notify("web02", &["--datetime", "1794960001"]).code(0);
    desk.notify("web03", &["--datetime", "1794960000"]).code(0);
    desk.notify("web04", &[]).code(0);
    desk.notify("web04", &RECOVERY).code(0);
    desk.notify("web05", &["--to", "ops"]).code(0);
    let open = desk.queue(&["open"]);
    open.code(0);
    assert_eq!(open.stderr, "");
    let lines: Vec<&str> = open.stdout.lines().map(str::trim).collect();
    assert_eq!(lines.len(), 6, "{open:#?}");
    assert_eq!(lines[0], "slack:default – 3 open");
    assert!(lines[1].contains("DOWN web03, since Nov 18"), "{open:#?}");
    assert!(lines[2].contains("DOWN web02, since Nov 18"), "{open:#?}");
    assert!(
        lines[3].contains(" s  WARNING web01 / Ping, since "),
        "{open:#?}"
    );
    assert_eq!(lines[4], "slack:ops – 1 open");
    assert!(lines[5].contains("DOWN web05, since "), "{open:#?}");
}

#[test]
fn json_has_one_object_for_each_problem_with_the_vendors_reference() {
    let desk = Desk::of("pagerduty-notify");
    desk.notify("web01", &["--datetime", "1795237915"]).code(0);
    let rows = desk.json(&["open", "--json"]);
    assert_eq!(rows.len(), 1);
    let expected = json!({
        "destination": "pagerduty:default",
        "host": "web01",
        "service": null,
        "state": "DOWN",
        "since": 1795237915.0,
        "told": "yes",
        "vendor": "mon:v1:default/web01",
        "reference": "mon:v1:default/web01",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&rows[0][key], value, "{key}: {}", rows[0]);
    }
    assert!(rows[0]["age_seconds"].is_u64(), "{}", rows[0]);
    let open = desk.queue(&["open"]);
    assert!(open.stdout.contains("(mon:v1:default/web01)"), "{open:#?}");
}

#[test]
fn what_was_held_back_there_is_said_to_be_so() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    desk.bench
        .config(&format!("{QUICK}{section}open_on = \"critical\"\n"));
    desk.notify("web01", &[]).code(0);
    let open = desk.queue(&["open"]);
    open.code(0);
    assert!(
        open.stdout
            .starts_with("slack:default – 0 open, 1 not told there\n"),
        "{open:#?}"
    );
    assert!(
        open.stdout.contains("DOWN web01, since ") && open.stdout.ends_with(" – held back\n"),
        "{open:#?}"
    );
    let row = desk.json(&["open", "--json"]).remove(0);
    assert_eq!(
        (&row["told"], &row["vendor"]),
        (&json!("held_back"), &json!(null))
    );
}

#[test]
fn destination_and_host_narrow_it_down() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.notify("web01", &["--to", "ops,default"]).code(0);
    desk.notify("web02", &[]).code(0);
    for (narrowed, found) in [
        (&[][..], &["web01", "web02", "web01"][..]),
        (&["--host", "WEB01"], &["web01", "web01"]),
        (&["--destination", "slack:ops"], &["web01"]),
        (&["--destination", "default", "--host", "web02"], &["web02"]),
        (&["--destination", "ops", "--host", "web02"], &[]),
        (&["--host", "web02", "--host", "db01"], &["web02"]),
    ] {
        let rows = desk.json(&[&["open", "--json"], narrowed].concat());
        let hosts: Vec<&str> = rows
            .iter()
            .map(|row| row["host"].as_str().unwrap())
            .collect();
        assert_eq!(hosts, found, "{narrowed:?}");
    }
    let open = desk.queue(&["open", "--host", "db01"]);
    assert_eq!((open.code, open.stdout.as_str()), (0, "nothing is open\n"));
}

#[test]
fn a_map_that_is_damaged_hides_no_other() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.notify(host, &[]).code(0);
    }
    let lane = fs::read_dir(desk.state().join("open"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let files = || {
        fs::read_dir(lane.path())
            .unwrap()
            .map(|file| file.unwrap().path())
    };
    let damaged = files().find(|file| fs::read_to_string(file).unwrap().contains("web01"));
    fs::write(damaged.unwrap(), "{{{").unwrap();
    fs::write(lane.path().join("notes.txt"), "buy milk").unwrap();
    fs::create_dir(desk.state().join("open/no lane")).unwrap();
    let rows = desk.json(&["open", "--json"]);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0]["host"], "web02");
}

#[test]
fn nothing_in_it_acts_on_a_terminal() {
    let desk = Desk::new();
    desk.notify("web01\u{1b}[31m\u{202e}\r\nforged", &[])
        .code(0);
    for command in [&["open"][..], &["open", "--json"]] {
        let run = desk.queue(command);
        run.code(0);
        let acts = |character: char| {
            character != '\n' && (character.is_control() || character == '\u{202e}')
        };
        assert!(
            !run.stdout.contains(acts) && !run.stdout.contains("\nforged"),
            "{run:#?}"
        );
    }
}

#[test]
fn without_a_folder_it_says_so_and_a_typo_is_exit_64() {
    let desk = Desk::new();
    let open = desk.queue(&["open"]);
    open.code(0);
    assert!(
        open.stdout
            .starts_with("nothing was ever queued: there is no "),
        "{open:#?}"
    );
    assert!(desk.json(&["open", "--json"]).is_empty());
    desk.queue(&["open", "surplus"]).code(64).one_line(PROGRAM);
    desk.queue(&["open", "--destination", "a b"])
        .code(64)
        .one_line(PROGRAM)
        .says("written provider:name");
}
