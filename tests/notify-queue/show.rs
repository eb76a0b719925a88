//! `show ID`: an entry as it is stored, and what has become of it so far.

use std::fs;

use notify_test::queue::lane;
use serde_json::Value;

use crate::desk::{Desk, PROGRAM};

#[test]
fn an_entry_that_waits_is_shown_as_it_is_stored() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    let run = desk.queue(&["show", "1"]);
    run.code(0);
    assert_eq!(run.stderr, "");
    let (file, json) = run.stdout.split_once('\n').unwrap();
    assert_eq!(file, kept.path.display().to_string());
    assert_eq!(serde_json::from_str::<Value>(json).unwrap(), kept.json());
    assert!(json.starts_with("{\n  \"format\": 1,"), "{json}");
    // As it stands in file names.
    assert_eq!(desk.queue(&["show", "0000000000000001"]).stdout, run.stdout);
}

#[test]
fn what_holds_an_entry_back_is_shown() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    desk.bench
        .config(&format!("{section}open_on = \"critical\"\n"));
    let line = desk.kept().hold(&lane(&desk.bench, "default"));
    desk.notify("web01", &[]).code(0);
    let run = desk.queue(&["show", "1"]);
    drop(line);
    run.code(0);
    let held_back = "\n  \"held_back\": \"open_on leaves out DOWN\",\n";
    assert!(run.stdout.contains(held_back), "{run:#?}");
}

#[test]
fn one_that_failed_is_shown_with_its_history() {
    let desk = Desk::new();
    desk.refuse("web01");
    let run = desk.queue(&["show", "1"]);
    run.code(0);
    assert!(
        run.stdout.contains("/state/failed/slack:default@"),
        "{run:#?}"
    );
    let last = run.stdout.lines().last().unwrap();
    assert!(
        last.contains(" 1 slack:default: refused DOWN web01: 400"),
        "{last}"
    );
}

#[test]
fn one_that_is_gone_has_its_history_still() {
    let desk = Desk::new();
    desk.notify("web01", &[]).code(0);
    let run = desk.queue(&["show", "1"]);
    run.code(0);
    assert_eq!(run.stdout.lines().count(), 1, "{run:#?}");
    assert!(
        run.stdout.contains("1 slack:default: delivered DOWN web01"),
        "{run:#?}"
    );
}

#[test]
fn a_number_that_nobody_has_is_exit_64() {
    let desk = Desk::new();
    desk.store("web01");
    let run = desk.queue(&["show", "4711"]);
    run.code(64).quiet().one_line(PROGRAM);
    run.says("there is no entry 4711, and the journal knows none");
    for wrong in [
        "0",
        "-1",
        "abc",
        "",
        "1.5",
        "99999999999999999999",
        "../../etc/passwd",
    ] {
        let run = desk.queue(&["show", wrong]);
        run.code(64).quiet().one_line(PROGRAM);
    }
    desk.queue(&["show"]).code(64).one_line(PROGRAM);
    desk.queue(&["show", "1", "2"]).code(64).one_line(PROGRAM);
}

#[test]
fn a_file_that_is_no_entry_is_shown_as_it_is() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    for (content, problem, shown) in [
        ("{\"format\":1,", "it is cut off", "{\"format\":1,"),
        ("", "it is empty", ""),
        ("\u{1b}[31m", "it is no entry", "[31m"),
        (
            "{\"format\":7}",
            "its format 7 is of a newer version",
            "\"format\": 7",
        ),
    ] {
        fs::write(&kept.path, content).unwrap();
        let run = desk.queue(&["show", "1"]);
        run.code(0);
        assert!(run.stdout.contains(problem), "{content:?}: {run:#?}");
        assert!(run.stdout.contains(shown), "{content:?}: {run:#?}");
        assert!(!run.stdout.contains('\u{1b}'), "{run:#?}");
    }
}
