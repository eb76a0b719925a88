//! `retry` and `drop`: by hand, with a receipt for each.

use std::fs;
use std::thread;
use std::time::Duration;

use notify_test::Fault;
use notify_test::queue::lane;

use crate::desk::{Desk, PROGRAM};

fn became(desk: &Desk) -> Vec<String> {
    let receipts = desk.kept().receipts().into_iter();
    receipts
        .map(|receipt| {
            format!(
                "{} {}",
                receipt["id"],
                receipt["became"].as_str().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn what_failed_waits_again_and_is_sent() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.refuse(host);
    }
    let run = desk.queue(&["retry", "2"]);
    run.code(0);
    assert_eq!(run.stdout, "1 due now: notify-queue run sends them\n");
    assert_eq!(
        (desk.kept().waiting().len(), desk.kept().failed().len()),
        (1, 1)
    );
    assert_eq!(desk.kept().counted(), 1);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web02"]);
    assert_eq!(
        became(&desk),
        ["1 refused", "2 refused", "2 requeued", "2 delivered"]
    );
    assert_eq!(desk.kept().counted(), 0);
}

#[test]
fn what_waits_is_due_now() {
    let desk = Desk::new();
    desk.bench.preview.always(Some(Fault::too_many(3_600)));
    desk.notify("web01", &[]).code(0);
    desk.bench.preview.always(None);
    desk.queue(&["run"]).code(75);
    assert!(desk.arrived().is_empty());
    desk.queue(&["retry", "--destination", "slack:default"])
        .code(0);
    assert_eq!(desk.json(&["list", "--json"])[0]["due"], 0);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web01"]);
}

#[test]
fn an_entrys_own_wait_is_forgotten() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    let stem = kept.name.trim_end_matches(".json");
    // Within the longest wait there is, or it would be taken for a clock that jumped.
    let again = std::time::SystemTime::now() + Duration::from_secs(600);
    let again = again
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let renamed = kept.path.with_file_name(format!("{stem}-3-{again}.json"));
    fs::rename(&kept.path, renamed).unwrap();
    desk.queue(&["run"]).code(0);
    assert!(desk.arrived().is_empty());
    desk.queue(&["retry", "--host", "web01"]).code(0);
    assert_eq!(desk.kept().waiting()[0].name, kept.name);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web01"]);
}

#[test]
fn selectors_that_are_given_together_hold_together() {
    for (selectors, left) in [
        (&["1"][..], &[2, 3, 4][..]),
        (&["1", "4"], &[2, 3]),
        (&["--host", "web01"], &[2, 4]),
        (&["--destination", "slack:ops"], &[1, 2, 4]),
        (
            &["--host", "web01", "--destination", "slack:ops"],
            &[1, 2, 4],
        ),
        (&["--failed"], &[1, 2, 3]),
        (&["--failed", "--host", "web01"], &[1, 2, 3, 4]),
        (&["--failed", "--host", "web04"], &[1, 2, 3]),
        (&["1", "--host", "web02"], &[1, 2, 3, 4]),
        (&["1", "2", "--host", "web02"], &[1, 3, 4]),
        (
            &[
                "--destination",
                "slack:default",
                "--destination",
                "slack:ops",
            ],
            &[],
        ),
    ] {
        let desk = Desk::new();
        desk.destinations(&[("ops", &desk.bench.preview)]);
        desk.store("web01");
        desk.store("web02");
        desk.store_more("web01", &["--to", "ops"]);
        desk.refuse_in_line("web04");
        let run = desk.queue(&[&["drop"], selectors].concat());
        run.code(0);
        let mut found: Vec<u64> = desk
            .kept()
            .waiting()
            .iter()
            .map(|kept| kept.number())
            .collect();
        found.extend(desk.kept().failed().iter().map(|kept| kept.number()));
        found.sort();
        assert_eq!(found, left, "{selectors:?}: {run:#?}");
    }
}

#[test]
fn what_is_dropped_is_printed_and_has_its_receipt() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.store(host);
    }
    desk.refuse_in_line("web03");
    let run = desk.queue(&["drop", "--host", "web01", "--host", "web03"]);
    run.code(0);
    assert_eq!(
        run.stdout,
        "slack:default: dropped 1 DOWN web01\nslack:default: dropped 3 DOWN web03\n2 dropped\n"
    );
    assert_eq!(desk.kept().counted(), 1);
    let dropped: Vec<String> = became(&desk)
        .into_iter()
        .filter(|one| one.ends_with("dropped"))
        .collect();
    assert_eq!(dropped, ["1 dropped", "3 dropped"]);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web02"]);
}

#[test]
fn without_a_selector_nothing_is_done() {
    let desk = Desk::new();
    desk.store("web01");
    for command in ["retry", "drop"] {
        let run = desk.queue(&[command]);
        run.code(64).quiet().one_line(PROGRAM);
        run.says(&format!("{command} what?"));
    }
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn a_number_that_nobody_has_changes_nothing() {
    let desk = Desk::new();
    desk.store("web01");
    for command in ["retry", "drop"] {
        let run = desk.queue(&[command, "1", "4711"]);
        run.code(64).quiet().one_line(PROGRAM);
        run.says("there is no entry 4711: nothing was changed");
        for wrong in ["x", "0", "-1"] {
            desk.queue(&[command, wrong]).code(64).one_line(PROGRAM);
        }
    }
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn nothing_that_matches_is_no_error() {
    let desk = Desk::new();
    desk.store("web01");
    let run = desk.queue(&["drop", "--host", "db01"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "nothing was changed: nothing of that kind is there\n")
    );
    let run = desk.queue(&["retry", "--failed"]);
    run.code(0);
    assert!(run.stdout.starts_with("nothing was changed"), "{run:#?}");
}

#[test]
fn what_is_being_sent_is_left_as_it_is() {
    let desk = Desk::new();
    desk.store("web01");
    let lane = lane(&desk.bench, "default");
    let line = desk.kept().hold(&lane);
    for command in ["retry", "drop"] {
        let run = desk.queue(&[command, "1"]);
        run.code(75);
        assert!(
            run.stdout
                .contains("slack:default: is being sent right now"),
            "{run:#?}"
        );
    }
    assert_eq!(desk.kept().waiting().len(), 1);
    // Who lets go soon is waited for.
    let run = thread::scope(|scope| {
        let dropping = scope.spawn(|| desk.queue(&["drop", "1"]));
        thread::sleep(Duration::from_millis(300));
        drop(line);
        dropping.join().unwrap()
    });
    run.code(0);
    assert!(desk.kept().waiting().is_empty());
}

#[test]
fn what_would_only_expire_again_stays() {
    let desk = Desk::new();
    desk.store("web01");
    desk.age(&desk.kept().waiting()[0], 25.0 * 3_600.0);
    desk.queue(&["run"]).code(69);
    let run = desk.queue(&["retry", "1"]);
    run.code(69);
    assert!(
        run.stdout
            .contains("1 stays: it is older than expire_after (1 d)"),
        "{run:#?}"
    );
    assert_eq!(desk.kept().failed().len(), 1);
    desk.config("[queue]\nexpire_after = \"2d\"\n");
    desk.queue(&["retry", "1"]).code(0);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web01"]);
}

#[test]
fn what_is_no_entry_can_be_dropped_and_not_retried() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    fs::write(&kept.path, "{").unwrap();
    fs::write(kept.path.with_file_name("readme.txt"), "hello").unwrap();
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.kept().failed().len(), 2);
    let run = desk.queue(&["retry", "--failed"]);
    run.code(69);
    assert!(run.stdout.contains("it is cut off"), "{run:#?}");
    assert!(
        run.stdout
            .contains("readme.txt stays: not one of the queue's files"),
        "{run:#?}"
    );
    let run = desk.queue(&["drop", "--failed"]);
    run.code(0);
    assert!(run.stdout.ends_with("2 dropped\n"), "{run:#?}");
    assert!(desk.kept().failed().is_empty());
}

#[test]
fn a_config_that_is_broken_keeps_nobody_from_it() {
    let desk = Desk::new();
    desk.store("web01");
    desk.refuse_in_line("web02");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    desk.queue(&["retry", "--failed"]).code(0);
    desk.queue(&["drop", "1"]).code(0);
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn a_retry_does_not_promise_what_the_config_forbids() {
    let desk = Desk::new();
    desk.bench.config("[slakc]\n");
    desk.notify("web01", &[]).code(78);
    for _ in 0..2 {
        let retry = desk.queue(&["retry", "1"]);
        retry.code(78);
        assert!(
            retry.stdout.starts_with("slack: config: ")
                && retry
                    .stdout
                    .contains("did you mean slack?; 1 waiting until it is mended\n"),
            "{retry:#?}"
        );
        assert!(!retry.stdout.contains("due now"), "{retry:#?}");
        desk.queue(&["run"]).code(78);
    }
}
