//! What came while its config could not be used.

use std::fs;

use notify_test::Run;
use serde_json::Value;

use crate::desk::{Desk, PROGRAM, QUICK, Watch, wait_until};

/// The notifier cannot read this; the state folder is named all the same.
fn break_config(desk: &Desk) -> String {
    let good = fs::read_to_string(desk.config_file()).expect("a config");
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    good
}

fn kept_unrouted(desk: &Desk, host: &str) -> Run {
    let run = desk.notify(host, &[]);
    run.code(78)
        .says("the notification is kept until that is mended");
    run
}

#[test]
fn they_are_routed_in_order_and_before_later_ones() {
    let desk = Desk::new();
    let good = break_config(&desk);
    for host in ["web01", "web02", "web03"] {
        kept_unrouted(&desk, host);
    }
    let run = desk.queue(&["run"]);
    run.code(78)
        .says("slack: not routed: ")
        .says("not TOML")
        .says("3 waiting until it is mended");
    let again = desk.queue(&["run"]);
    again.code(78).one_line(PROGRAM).says("not TOML");
    desk.bench.file("config.toml", &good);
    desk.store("web04");
    desk.queue(&["run"])
        .code(0)
        .says("slack:default: 4 delivered");
    assert_eq!(desk.arrived(), ["web01", "web02", "web03", "web04"]);
    assert_eq!(desk.kept().counted(), 0);
}

#[test]
fn what_routes_nowhere_is_held_back_with_the_reason() {
    let desk = Desk::new();
    desk.bench.config(&format!("{QUICK}[slakc]\n"));
    kept_unrouted(&desk, "web01");
    let run = desk.queue(&["run"]);
    run.code(78).quiet().one_line(PROGRAM);
    run.says("slack: not routed: ")
        .says("slakc is unknown: did you mean slack?");
    let list = desk.queue(&["list"]);
    list.code(0);
    assert!(
        list.stdout.contains("slack (not routed) – 1 waiting"),
        "{list:#?}"
    );
    assert!(list.stdout.contains("did you mean slack?"), "{list:#?}");
    desk.config(QUICK);
    desk.queue(&["run"])
        .code(0)
        .says("slack:default: 1 delivered");
}

#[test]
fn what_is_too_old_goes_to_failed_although_the_config_is_still_broken() {
    let desk = Desk::new();
    break_config(&desk);
    kept_unrouted(&desk, "web01");
    kept_unrouted(&desk, "web02");
    desk.age(&desk.kept().waiting()[0], 25.0 * 3_600.0);
    let run = desk.queue(&["run"]);
    run.code(78)
        .says("slack: 1 DOWN web01: expired: older than expire_after");
    assert_eq!(
        (desk.kept().waiting().len(), desk.kept().failed().len()),
        (1, 1)
    );
    let failed = desk.queue(&["list", "--failed", "--json"]);
    let row: Value = serde_json::from_str(&failed.code(0).stdout).unwrap();
    assert_eq!(row["destination"], "slack");
    assert_eq!(row["reason"], "expired: older than expire_after");
}

#[test]
fn what_was_left_in_the_usual_folder_is_fetched() {
    let desk = Desk::new();
    let good = fs::read_to_string(desk.config_file()).unwrap();
    // Not even the state folder can be read from this one.
    desk.bench.file("config.toml", "= = =\n");
    kept_unrouted(&desk, "web01");
    assert!(!desk.state().exists());
    desk.bench.file("config.toml", &good);
    desk.store("web02");
    let run = desk.queue(&["run"]);
    run.code(0).says("slack:default: ");
    let mut arrived = desk.arrived();
    arrived.sort();
    assert_eq!(arrived, ["web01", "web02"]);
}

#[test]
fn a_watch_fetches_them_as_soon_as_the_config_is_mended() {
    let desk = Desk::new();
    desk.store("web00");
    desk.queue(&["run"]).code(0);
    let good = fs::read_to_string(desk.config_file()).unwrap();
    let watch = Watch::start(&desk);
    watch.wait_for("watching ");
    break_config(&desk);
    kept_unrouted(&desk, "web01");
    watch.wait_for("slack: not routed: ");
    desk.bench.file("config.toml", &good);
    wait_until("it arrives", || {
        desk.arrived().contains(&"web01".to_owned())
    });
}

#[test]
fn a_newer_format_is_named_and_stays() {
    let desk = Desk::new();
    let good = break_config(&desk);
    kept_unrouted(&desk, "web01");
    let kept = desk.kept().waiting().remove(0);
    let mut unrouted = kept.json();
    unrouted["format"] = 7.into();
    fs::write(&kept.path, unrouted.to_string()).unwrap();
    desk.bench.file("config.toml", &good);
    let run = desk.queue(&["run"]);
    run.says("slack: ")
        .says("format 7 is of a newer version: left where it is");
    assert_eq!(desk.kept().waiting().len(), 1);
}
