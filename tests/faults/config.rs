//! A config that is broken and mended in between: what comes meanwhile is kept, and goes out before what comes later.

use std::fs;
use std::thread;
use std::time::Duration;

use notify_core::state_folder::lane::Lane;
use notify_test::Bench;
use notify_test::queue::{self, Queue, arrived};

use crate::stage::{
    SLACK, begin, ended, impatient, is_empty_with_receipts, problem, run, with_queue,
};

fn is_kept(bench: &Bench, host: &str, number: u32) {
    let said = run(&mut problem(bench, host, number));
    said.code(78).quiet().one_line(SLACK);
    said.says("the notification is kept until that is mended");
}

#[test]
fn what_came_while_the_config_was_broken_goes_out_before_what_comes_later() {
    let bench = impatient();
    run(&mut problem(&bench, "web01", 1)).code(0);
    bench.config("[slack\n");
    for (host, number) in [("web01", 2), ("web02", 3), ("web01", 4)] {
        is_kept(&bench, host, number);
    }
    run(&mut queue::drainer(&bench)).code(78);
    assert_eq!(Queue::of(&bench).waiting().len(), 3);
    with_queue(&bench, "");
    run(&mut problem(&bench, "web01", 5))
        .code(0)
        .says("delivered");
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 4, 5]);
    is_empty_with_receipts(&Queue::of(&bench), 5);
}

#[test]
fn what_came_while_the_config_was_broken_is_sent_by_the_drainer() {
    let bench = impatient();
    bench.config("[slack\n");
    for number in 1..=20 {
        is_kept(&bench, "web01", number);
    }
    with_queue(&bench, "");
    run(&mut queue::drainer(&bench)).code(0);
    assert_eq!(arrived(&bench.preview), (1..=20).collect::<Vec<u32>>());
    is_empty_with_receipts(&Queue::of(&bench), 20);
}

#[test]
fn what_came_while_the_config_was_gone_is_found_again() {
    let bench = impatient();
    let config = bench.folder().join("config.toml");
    let aside = bench.folder().join("aside.toml");
    fs::rename(&config, &aside).expect("it is gone");
    is_kept(&bench, "web01", 1);
    is_kept(&bench, "web01", 2);
    fs::rename(&aside, &config).expect("it is back");
    run(&mut problem(&bench, "web01", 3)).code(0);
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
}

#[test]
fn a_destination_that_leaves_the_config_and_comes_back_gets_everything() {
    let bench = impatient();
    let line = Queue::of(&bench).hold(&queue::lane(&bench, "db"));
    let to_db = |number| {
        let mut command = problem(&bench, "web01", number);
        command.args(["--to", "db"]);
        command
    };
    let with_db = |lines: &str| {
        with_queue(&bench, &format!("[slack.destinations.{lines}]\n"));
    };
    with_db("db");
    run(&mut to_db(1)).code(0).says("queued");
    drop(line);
    with_db("other");
    run(&mut queue::drainer(&bench)).code(78);
    run(&mut to_db(2)).code(78).says("kept");
    assert_eq!(arrived(&bench.preview), [0; 0]);
    with_db("db");
    run(&mut to_db(3)).code(0);
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
    is_empty_with_receipts(&Queue::of(&bench), 3);
}

#[test]
fn who_comes_while_another_routes_what_came_before_goes_behind_that() {
    let bench = impatient();
    bench.config("[slack\n");
    is_kept(&bench, "web01", 1);
    with_queue(&bench, "");
    let queue = Queue::of(&bench);
    let unrouted = Lane::unrouted("slack", &bench.folder().join("config.toml"));
    let routing = queue.hold(&unrouted);
    let later = begin(&mut problem(&bench, "web01", 2));
    thread::sleep(Duration::from_millis(500));
    assert_eq!(arrived(&bench.preview), [0; 0]);
    drop(routing);
    ended(later).code(0);
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2]);
}

/// However long that takes.
#[test]
fn who_comes_while_another_routes_for_very_long_goes_behind_that_too() {
    let bench = impatient();
    bench.config("[slack\n");
    is_kept(&bench, "web01", 1);
    with_queue(&bench, "");
    let queue = Queue::of(&bench);
    let unrouted = Lane::unrouted("slack", &bench.folder().join("config.toml"));
    let routing = queue.hold(&unrouted);
    run(&mut problem(&bench, "web01", 2)).code(0);
    drop(routing);
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2]);
}
