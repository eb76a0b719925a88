//! `replay`: what was delivered is told again, as history or as news.

use std::fs;

use notify_test::IncidentStatus;
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
const RECOVERY: [&str; 4] = ["--notificationtype", "RECOVERY", "--hoststate", "0"];
const MENTION: &str = "mention = \"here\"\n";

/// With all that keeps people from being flooded, and somebody to call.
fn flooded(notifier: &'static str) -> Desk {
    let desk = Desk::of(notifier);
    let mention = match desk.bench.program.provider() {
        "pagerduty" => "",
        _ => MENTION,
    };
    let section = desk.bench.smallest_config();
    desk.bench
        .config(&format!("{QUICK}[flood]\n{section}{mention}"));
    desk
}

fn bodies(desk: &Desk) -> Vec<Value> {
    let received = desk.bench.preview.received();
    received.iter().map(|one| one.json()).collect()
}

fn texts(desk: &Desk) -> Vec<String> {
    let text = |body: Value| body["text"].as_str().unwrap_or_default().to_owned();
    bodies(desk).into_iter().map(text).collect()
}

fn journal(desk: &Desk) -> std::path::PathBuf {
    desk.state().join("journal/00000001.jsonl")
}

#[test]
fn what_was_delivered_is_told_again_as_one_quiet_line_each() {
    for notifier in ["slack-notify", "mattermost-notify"] {
        let desk = flooded(notifier);
        desk.notify("web01", &["--datetime", "1794960000"]).code(0);
        desk.notify("web01", &RECOVERY).code(0);
        desk.notify("web02", &PING).code(0);
        let before = desk.json(&["open", "--json"]);
        let run = desk.queue(&["replay", "--since", "1h"]);
        run.code(0);
        assert_eq!(
            run.stdout, "3 stored again, as history: notify-queue run sends them\n",
            "{run:#?}"
        );
        desk.queue(&["run"]).code(0).says("3 delivered");
        let texts = texts(&desk).split_off(3);
        assert_eq!(texts.len(), 3, "{texts:#?}");
        assert!(
            texts[0].starts_with("ℹ️ DOWN web01 – history of Nov 18"),
            "{texts:#?}"
        );
        assert!(
            texts[1].starts_with("ℹ️ UP web01 – history of "),
            "{texts:#?}"
        );
        assert!(
            texts[2].starts_with("ℹ️ CRITICAL web02 / Ping – history of "),
            "{texts:#?}"
        );
        assert!(!texts.concat().contains("here"), "{texts:#?}");
        for body in bodies(&desk).split_off(3) {
            assert!(body["attachments"].is_null(), "{body}");
        }
        // They change nothing of what is open.
        let after = desk.json(&["open", "--json"]);
        assert_eq!(after.len(), 1);
        assert_eq!(after[0]["since"], before[0]["since"]);
        let log = desk.queue(&["log"]);
        assert_eq!(log.stdout.matches(", as history").count(), 3, "{log:#?}");
    }
}

#[test]
fn by_force_it_is_news_whatever_was_told_before() {
    let desk = flooded("slack-notify");
    desk.notify("web01", &[]).code(0);
    for _ in 0..2 {
        let run = desk.queue(&["replay", "1", "--force"]);
        run.code(0);
        assert_eq!(
            run.stdout,
            "1 stored again, as news: notify-queue run sends them\n"
        );
        desk.queue(&["run"]).code(0).says("1 delivered");
    }
    let texts = texts(&desk);
    assert_eq!(texts.len(), 3, "{texts:#?}");
    for text in &texts {
        assert!(
            text.starts_with("🔴 DOWN web01") && text.contains("<!here>"),
            "{texts:#?}"
        );
    }
    assert!(
        desk.queue(&["log"])
            .stdout
            .contains("delivered DOWN web01, once more")
    );
    // The core's own copies stay what they are.
    desk.notify("web01", &[])
        .code(0)
        .says("1 said the same, for another contact");
}

#[test]
fn a_pager_takes_no_history_and_is_triggered_by_force() {
    let desk = flooded("pagerduty-notify");
    desk.notify("web01", &[]).code(0);
    desk.notify("web01", &RECOVERY).code(0);
    desk.notify("web02", &[]).code(0);
    let run = desk.queue(&["replay", "--destination", "pagerduty:default"]);
    run.code(69);
    assert!(run.stdout.starts_with("3 not stored (1, 2, 3): pagerduty:default: history opens and closes no incident; --force tells it as news\n"), "{run:#?}");
    assert!(desk.kept().waiting().is_empty());
    let run = desk.queue(&["replay", "1", "--force"]);
    run.code(0);
    assert!(
        run.stdout
            .contains("1 of the objects had later news there: they will look as they were then"),
        "{run:#?}"
    );
    desk.queue(&["run"]).code(0);
    let incidents = desk.bench.preview.incidents();
    let open: Vec<_> = incidents
        .iter()
        .filter(|one| one.status == IncidentStatus::Triggered)
        .map(|one| one.dedup_key.as_str())
        .collect();
    assert_eq!(open, ["mon:v1:default/web02", "mon:v1:default/web01"]);
    // With its end it is closed again.
    let run = desk.queue(&["replay", "1", "2", "--force"]);
    assert_eq!(
        run.stdout,
        "2 stored again, as news: notify-queue run sends them\n"
    );
    desk.queue(&["run"]).code(0);
    let incidents = desk.bench.preview.incidents();
    assert!(
        incidents
            .iter()
            .all(|one| one.dedup_key != "mon:v1:default/web01"
                || one.status == IncidentStatus::Resolved),
        "{incidents:#?}"
    );
}

#[test]
fn a_replay_ends_nothing_that_waits() {
    let desk = flooded("slack-notify");
    desk.notify("web01", &[]).code(0);
    desk.notify("web01", &RECOVERY).code(0);
    // A new problem waits; the recovery of the last one is told behind it.
    desk.store("web01");
    desk.queue(&["replay", "2"]).code(0);
    desk.queue(&["run"]).code(0).says("2 delivered");
    let texts = texts(&desk).split_off(3);
    assert!(texts[0].starts_with("🔴 DOWN web01"), "{texts:#?}");
    assert!(
        texts[1].starts_with("ℹ️ UP web01 – history of "),
        "{texts:#?}"
    );
    let open = desk.json(&["open", "--json"]);
    assert_eq!(open.len(), 1, "{open:#?}");
}

#[test]
fn many_become_a_digest_and_that_is_said() {
    let desk = Desk::new();
    for number in 0..12 {
        desk.notify(&format!("web{number}"), &[]).code(0);
    }
    let section = desk.bench.smallest_config();
    desk.bench
        .config(&format!("{QUICK}[flood]\ndigest_collect = 0\n{section}"));
    let run = desk.queue(&["replay", "--since", "1h"]);
    run.code(0);
    assert!(
        run.stdout.starts_with(
            "slack:default: 12 at once become digests, at most one each 1 min\n12 stored again"
        ),
        "{run:#?}"
    );
    desk.queue(&["run"]).code(0).says("12 delivered");
    let told = bodies(&desk).split_off(12);
    assert_eq!(told.len(), 1, "{told:#?}");
    let shown = told[0].to_string();
    assert!(
        (0..12).all(|number| shown.contains(&format!("DOWN web{number} – history of "))),
        "{shown}"
    );
}

#[test]
fn selectors_that_are_given_together_hold_together() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.notify("web01", &[]).code(0);
    desk.notify("web01", &PING).code(0);
    desk.notify("web02", &["--to", "ops"]).code(0);
    let text = fs::read_to_string(journal(&desk)).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut first: Value = serde_json::from_str(first).unwrap();
    first["at"] = (first["at"].as_f64().unwrap() - 86_400.0).into();
    fs::write(journal(&desk), format!("{first}\n{rest}")).unwrap();
    for (selectors, hosts) in [
        (&["1"][..], &["web01"][..]),
        (&["3", "1"], &["web01", "web02"]),
        (&["1", "1"], &["web01"]),
        (&["--host", "WEB01"], &["web01", "web01"]),
        (&["--host", "web01", "--service", "ping"], &["web01"]),
        (&["--destination", "slack:ops"], &["web02"]),
        (&["--destination", "ops", "--host", "web01"], &[]),
        (&["--since", "2h"], &["web01", "web02"]),
        (&["--until", "2h"], &["web01"]),
        (&["--since", "2d", "--until", "2020-01-01"], &[]),
        (&["1", "--since", "2h"], &[]),
    ] {
        let run = desk.queue(&[&["replay"], selectors].concat());
        run.code(0);
        let mut kept = desk.kept().waiting();
        kept.sort_by_key(|kept| kept.number());
        let found: Vec<String> = kept
            .iter()
            .map(|kept| {
                kept.json()["notification"]["subject"]["host"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(found, hosts, "{selectors:?}: {run:#?}");
        assert!(
            run.stdout
                .contains(&format!("{} stored again", hosts.len())),
            "{run:#?}"
        );
        desk.queue(&["drop", "--destination", "default", "--destination", "ops"])
            .code(0);
    }
}

#[test]
fn what_was_itself_a_replay_is_told_again_only_by_its_number() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    for _ in 0..2 {
        let run = desk.queue(&["replay", "--host", "web01"]);
        assert!(run.stdout.starts_with("1 stored again"), "{run:#?}");
        desk.queue(&["run"]).code(0).says("1 delivered");
    }
    let run = desk.queue(&["replay", "2"]);
    assert!(run.stdout.starts_with("1 stored again"), "{run:#?}");
}

#[test]
fn without_a_selector_nothing_is_done() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    for command in [&["replay"][..], &["replay", "--force"]] {
        let run = desk.queue(command);
        run.code(64).quiet().one_line(PROGRAM);
        run.says("replay what? Name entries by their numbers, or by --destination");
    }
    for wrong in ["x", "0", "-1", "", "1.5", "99999999999999999999"] {
        desk.queue(&["replay", wrong])
            .code(64)
            .quiet()
            .one_line(PROGRAM);
    }
    for option in ["--since", "--until"] {
        let run = desk.queue(&["replay", &format!("{option}=yesterday")]);
        run.code(64).quiet().one_line(PROGRAM);
        run.says(&format!("{option} \"yesterday\": write 2h, 7d, 2026-11-21"));
    }
    let run = desk.queue(&["replay", "1", "4711"]);
    run.code(64).quiet().one_line(PROGRAM);
    run.says("the journal knows no entry 4711: nothing was stored");
    assert!(desk.kept().waiting().is_empty());
    Desk::new()
        .queue(&["replay", "1"])
        .code(64)
        .one_line(PROGRAM);
}

#[test]
fn what_cannot_be_told_again_is_counted_and_named() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.notify("web01", &[]).code(0);
    desk.notify("web02", &["--to", "ops"]).code(0);
    desk.refuse("web03");
    desk.notify("web04", &["--comment", &"x".repeat(20_000)])
        .code(0);
    desk.notify("web05", &[]).code(0);
    // The first receipt as the version before wrote it, and one of a version to come.
    let text = fs::read_to_string(journal(&desk)).unwrap();
    let mut lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines[0].as_object_mut().unwrap().remove("entry");
    let mut newer = lines[4].clone();
    newer["id"] = 77.into();
    newer["entry"] = json!({"format": 7, "notification": [1, 2]});
    lines.push(newer);
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(journal(&desk), text.join("\n") + "\nnonsense\n").unwrap();
    desk.config(QUICK);
    let run = desk.queue(&["replay", "1", "2", "3", "4", "5", "77"]);
    run.code(69);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{run:#?}");
    assert_eq!(
        lines[0],
        "1 not stored (3): never delivered: notify-queue show says what became of it"
    );
    assert_eq!(
        lines[1],
        "3 not stored (1, 4, 77): slack:default: cannot be told again: written by an earlier version, or too long for the journal"
    );
    assert!(
        lines[2].starts_with("1 not stored (2): slack:ops: ")
            && lines[2].ends_with("has no such destination any more"),
        "{run:#?}"
    );
    assert!(lines[3].starts_with("1 stored again"), "{run:#?}");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    let run = desk.queue(&["replay", "5"]);
    run.code(69);
    assert!(
        run.stdout.contains("1 not stored (5): slack:default: ") && run.stdout.contains("not TOML"),
        "{run:#?}"
    );
}

#[test]
fn a_queue_without_room_says_how_far_it_came() {
    let desk = Desk::new();
    for host in ["web01", "web02", "web03"] {
        desk.notify(host, &[]).code(0);
    }
    desk.config("[queue]\nmax_entries = 2\n");
    let run = desk.queue(&["replay", "--since", "1h"]);
    run.code(78).says("the queue is full (2 entries");
    assert!(run.stdout.contains("\n2 stored again"), "{run:#?}");
    assert_eq!(desk.kept().waiting().len(), 2);
}

#[test]
fn the_journal_holds_no_secret_and_log_shows_it_as_it_is() {
    let desk = Desk::new();
    desk.notify("web01", &PING).code(0);
    desk.kept().holds_no_secret();
    let receipts = desk.kept().receipts();
    assert_eq!(
        receipts[0]["entry"]["notification"]["output"],
        "100% packet loss"
    );
    assert_eq!(desk.json(&["log", "--json"]), receipts);
}
