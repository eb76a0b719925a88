//! `list`: what waits where, since when, and why.

use std::fs;
use std::process::Stdio;

use notify_test::Fault;
use serde_json::{Value, json};

use crate::desk::{Desk, PROGRAM, QUICK};

const PING: [&str; 8] = [
    "--type",
    "Service",
    "--servicedesc",
    "Ping",
    "--servicestate",
    "2",
    "--output",
    "100% packet loss",
];

#[test]
fn what_waits_is_listed_by_lane_with_its_age_and_the_reason() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.store_more("web01", &PING);
    desk.store("web02");
    desk.bench.preview.always(Some(Fault::too_many(120)));
    desk.notify("web03", &["--to", "ops"]).code(0);
    let kept = desk.kept().waiting();
    desk.age(&kept[0], 14.0 * 60.0);
    let list = desk.queue(&["list"]);
    list.code(0);
    assert_eq!(list.stderr, "");
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{list:#?}");
    let head =
        "slack:default – 2 waiting, oldest 14 min; the vendor is limiting the rate (429); due now";
    assert_eq!(lines[0], head);
    assert_eq!(lines[1].trim(), "1      14 min  CRITICAL web01 / Ping");
    assert!(
        lines[2].trim().starts_with("2 ") && lines[2].ends_with("DOWN web02"),
        "{list:#?}"
    );
    let head = "slack:ops – 1 waiting, oldest ";
    assert!(lines[3].starts_with(head), "{list:#?}");
    assert!(lines[3].contains("(429); tried again in "), "{list:#?}");
}

#[test]
fn json_has_one_object_for_each_entry() {
    let desk = Desk::new();
    desk.store_more("web01", &PING);
    desk.bench.preview.always(Some(Fault::too_many(120)));
    desk.notify("web02", &[]).code(0);
    let rows = desk.json(&["list", "--json"]);
    assert_eq!(rows.len(), 2);
    let row = &rows[0];
    let config = desk.config_file();
    let file = desk.kept().waiting().remove(0).path;
    let expected = json!({
        "id": 1,
        "destination": "slack:default",
        "shelf": "waiting",
        "kind": "PROBLEM",
        "host": "web01",
        "service": "Ping",
        "state": "CRITICAL",
        "attempts": 0,
        "reason": "the vendor is limiting the rate (429)",
        "config": config.display().to_string(),
        "file": file.display().to_string(),
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&row[key], value, "{key}: {row}");
    }
    assert!(row["created"].as_f64().unwrap() > 1.7e9, "{row}");
    assert!(row["age_seconds"].as_u64().unwrap() < 60, "{row}");
    let due = row["due"].as_u64().unwrap();
    assert!((100..=120).contains(&due), "{row}");
    assert!(rows[1]["service"].is_null());
}

#[test]
fn destination_and_host_narrow_it_down() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.store("web01");
    desk.store("web02");
    desk.store_more("web01", &["--to", "ops"]);
    for (narrowed, ids) in [
        (&["--host", "web01"][..], &[1, 3][..]),
        (&["--host", "WEB02"], &[2]),
        (&["--destination", "slack:ops"], &[3]),
        (&["--destination", "slack:default", "--host", "web01"], &[1]),
        (&["--host", "web01", "--host", "web02"], &[1, 2, 3]),
        (
            &[
                "--destination",
                "slack:ops",
                "--destination",
                "slack:default",
            ],
            &[1, 2, 3],
        ),
        (&["--host", "db01"], &[]),
        (&["--failed"], &[]),
    ] {
        let rows = desk.json(&[&["list", "--json"], narrowed].concat());
        let found: Vec<u64> = rows.iter().map(|row| row["id"].as_u64().unwrap()).collect();
        assert_eq!(found, ids, "{narrowed:?}");
    }
    let list = desk.queue(&["list", "--host", "db01"]);
    assert_eq!((list.code, list.stdout.as_str()), (0, "nothing\n"));
}

#[test]
fn what_was_given_up_is_listed_with_the_last_reason() {
    let desk = Desk::new();
    desk.refuse("web01");
    desk.store("web02");
    let list = desk.queue(&["list"]);
    assert!(
        list.stdout.contains("1 failed: notify-queue list --failed"),
        "{list:#?}"
    );
    assert!(!list.stdout.contains("web01"), "{list:#?}");
    let list = desk.queue(&["list", "--failed"]);
    let text = &list.stdout;
    assert!(
        text.starts_with("slack:default – 1 failed, oldest "),
        "{list:#?}"
    );
    assert!(text.contains("DOWN web01 – refused: 400"), "{list:#?}");
    assert!(!text.contains("web02"), "{list:#?}");
    let row = desk.json(&["list", "--failed", "--json"]).remove(0);
    assert_eq!((&row["shelf"], &row["id"]), (&json!("failed"), &json!(1)));
    assert!(row["due"].is_null(), "{row}");
    assert!(
        row["reason"].as_str().unwrap().starts_with("refused: 400"),
        "{row}"
    );
}

#[test]
fn what_failed_by_itself_says_how_often_and_when_again() {
    let desk = Desk::new();
    desk.bench.config(&format!(
        "[queue]\nretry_first = \"1ms\"\nretry_longest = \"1h\"\n{}",
        desk.bench.smallest_config()
    ));
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    let again = std::time::SystemTime::now() + std::time::Duration::from_secs(300);
    let again = again
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let stem = kept.name.trim_end_matches(".json");
    let renamed = kept.path.with_file_name(format!("{stem}-3-{again}.json"));
    fs::rename(&kept.path, renamed).unwrap();
    let list = desk.queue(&["list"]);
    assert!(
        list.stdout
            .contains("DOWN web01 – failed 3 times, again in 5 min"),
        "{list:#?}"
    );
    let row = desk.json(&["list", "--json"]).remove(0);
    assert_eq!(row["attempts"], 3);
    assert!((290..=300).contains(&row["due"].as_u64().unwrap()), "{row}");
}

#[test]
fn a_config_that_is_broken_is_the_reason_and_hides_nothing() {
    let desk = Desk::new();
    desk.store("web01");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    desk.notify("web02", &[]).code(78);
    let list = desk.queue(&["list"]);
    list.code(0);
    for words in [
        "slack (not routed) – 1 waiting",
        "slack:default – 1 waiting",
        "not TOML",
        "until that is mended",
        "DOWN web01",
        "DOWN web02",
    ] {
        assert!(list.stdout.contains(words), "{words}: {list:#?}");
    }
    let rows = desk.queue(&["list", "--json"]);
    rows.code(0);
    for row in rows.stdout.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        assert!(row["due"].is_null(), "{row}");
        assert!(
            row["reason"].as_str().unwrap().contains("not TOML"),
            "{row}"
        );
    }
}

#[test]
fn what_lies_in_the_usual_folder_is_mentioned() {
    let desk = Desk::new();
    desk.store("web01");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench.file("config.toml", "= = =\n");
    desk.notify("web02", &[]).code(78);
    desk.bench.file("config.toml", &good);
    let list = desk.queue(&["list"]);
    assert!(list.stdout.contains("1 more in "), "{list:#?}");
    assert!(
        list.stdout.contains("the next run fetches them"),
        "{list:#?}"
    );
}

#[test]
fn names_are_those_that_people_know() {
    let desk = Desk::new();
    let uuid = "c36b8048-93ce-4385-ac19-ab5c90574b77";
    desk.store_more(uuid, &["--hostdisplayname", "db01"]);
    desk.store(uuid);
    let names = desk.state().join("names");
    fs::create_dir_all(&names).unwrap();
    let known = r#"{"host":"db01","learnt":1795235515.0}"#;
    fs::write(names.join(format!("{uuid}.json")), known).unwrap();
    let list = desk.queue(&["list", "--host", "db01"]);
    assert_eq!(list.stdout.matches("DOWN db01").count(), 2, "{list:#?}");
    assert!(!list.stdout.contains(uuid), "{list:#?}");
}

#[test]
fn nothing_in_it_acts_on_a_terminal() {
    let desk = Desk::new();
    let hostile = "web01\u{1b}[31m\u{9b}31m\u{202e}\r\n2026 forged";
    desk.store_more("x", &["--hostname", hostile, "--output", hostile]);
    for command in [
        &["list"][..],
        &["list", "--json"],
        &["show", "1"],
        &["log"],
        &["run"],
        &["log", "--json"],
    ] {
        let run = desk.queue(command);
        run.code(0);
        for stream in [&run.stdout, &run.stderr] {
            let acts = |character: char| {
                character != '\n' && (character.is_control() || character == '\u{202e}')
            };
            assert!(!stream.contains(acts), "{command:?}: {run:#?}");
            assert!(!stream.contains("\n2026 forged"), "{command:?}: {run:#?}");
        }
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let desk = Desk::new();
    desk.store("web01");
    for command in [&["list"][..], &["list", "--json"], &["log"], &["show", "1"]] {
        let mut child = desk
            .command(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{command:?}: {ended:?}");
        assert!(ended.stderr.is_empty(), "{command:?}: {ended:?}");
    }
}

#[test]
fn without_a_folder_it_says_so() {
    let desk = Desk::new();
    for command in [&["list"][..], &["log"]] {
        let run = desk.queue(command);
        run.code(0);
        assert!(
            run.stdout
                .starts_with("nothing was ever queued: there is no "),
            "{run:#?}"
        );
    }
    assert!(desk.json(&["list", "--json"]).is_empty());
    assert!(desk.json(&["log", "--json"]).is_empty());
    desk.queue(&["show", "1"]).code(64).one_line(PROGRAM);
    desk.config(QUICK);
}
