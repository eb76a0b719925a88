//! A wall clock that jumps both ways: everything arrives, in order, and nobody waits for years.

use std::process::Command;

use notify_test::clock::{self, Clock};
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault, Run};

use crate::stage::{impatient, is_empty_with_receipts, let_a_wait_pass, problem, run};

const DAY: i64 = 24 * 3_600;
const YEARS: i64 = 3 * 365 * DAY;

struct Stage {
    bench: Bench,
    clock: Clock,
    queue: Queue,
}

impl Stage {
    fn new() -> Stage {
        let bench = impatient();
        Stage {
            clock: Clock::built(bench.folder()),
            queue: Queue::of(&bench),
            bench,
        }
    }

    fn at(&self, ahead: i64, mut command: Command) -> Run {
        run(self.clock.set(&mut command, ahead))
    }

    fn tell(&self, ahead: i64, host: &str, number: u32) -> Run {
        self.at(ahead, problem(&self.bench, host, number))
    }

    fn drain(&self, ahead: i64) -> Run {
        self.at(ahead, queue::drainer(&self.bench))
    }

    fn vendor_asks_for(&self, seconds: u64) {
        self.bench.preview.next(Fault::too_many(seconds));
    }
}

#[test]
fn the_clock_of_these_tests_is_wrong() {
    let stage = Stage::new();
    stage.vendor_asks_for(0);
    stage.tell(YEARS, "web01", 1).code(0).says("queued");
    let waiting = stage.queue.waiting();
    let stored = waiting[0].json()["created"]["wall"]
        .as_f64()
        .expect("a time");
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    let ahead = stored - now.expect("after 1970").as_secs_f64();
    assert!((ahead - YEARS as f64).abs() < 60.0, "{ahead}");
}

#[test]
fn what_was_stored_while_the_clock_was_wrong_is_sent_when_it_is_right() {
    for ahead in [YEARS, -YEARS, DAY, -DAY] {
        let stage = Stage::new();
        stage.vendor_asks_for(0);
        stage.tell(ahead, "web01", 1).code(0).says("queued");
        stage.tell(0, "web01", 2).code(0).says("delivered");
        assert_eq!(arrived(&stage.bench.preview), [1, 2], "{ahead}");
        is_empty_with_receipts(&stage.queue, 2);
    }
}

#[test]
fn what_was_stored_while_the_clock_was_right_is_sent_when_it_is_wrong() {
    for ahead in [YEARS, -YEARS] {
        let stage = Stage::new();
        stage.vendor_asks_for(0);
        stage.tell(0, "web01", 1).code(0).says("queued");
        stage.drain(ahead).code(0);
        assert_eq!(arrived(&stage.bench.preview), [1], "{ahead}");
        is_empty_with_receipts(&stage.queue, 1);
    }
}

#[test]
fn the_order_is_that_of_storing_whatever_the_clock_does() {
    let stage = Stage::new();
    let line = stage.queue.hold(&queue::lane(&stage.bench, "default"));
    let jumps = [0, YEARS, -YEARS, DAY, -40 * YEARS, -DAY, 1, YEARS, 0];
    for (number, ahead) in (1..).zip(jumps) {
        stage.tell(ahead, "web01", number).code(0).says("queued");
    }
    drop(line);
    stage.drain(-DAY).code(0);
    assert_eq!(arrived(&stage.bench.preview), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    is_empty_with_receipts(&stage.queue, 9);
}

#[test]
fn a_wait_that_began_while_the_clock_was_wrong_lasts_no_longer() {
    for ahead in [YEARS, -YEARS] {
        let stage = Stage::new();
        stage.bench.preview.next(Fault::status(503));
        stage.tell(ahead, "web01", 1).code(0).says("queued");
        let_a_wait_pass();
        stage.tell(0, "web01", 2).code(0).says("delivered");
        assert_eq!(arrived(&stage.bench.preview), [1, 2], "{ahead}");
    }
}

#[test]
fn a_wait_that_began_while_the_clock_was_wrong_is_not_cut_short() {
    for ahead in [YEARS, -YEARS] {
        let stage = Stage::new();
        stage.vendor_asks_for(600);
        stage.tell(ahead, "web01", 1).code(0).says("queued");
        stage.tell(0, "web01", 2).code(0).says("queued");
        stage.drain(YEARS).code(75);
        assert_eq!(stage.bench.preview.received().len(), 1, "{ahead}");
    }
}

#[test]
fn a_wait_that_began_while_the_clock_was_wrong_is_over_after_a_restart() {
    for ahead in [YEARS, DAY, -DAY / 2] {
        let stage = Stage::new();
        stage.vendor_asks_for(600);
        stage.tell(ahead, "web01", 1).code(0).says("queued");
        clock::restart(stage.queue.root());
        stage.tell(0, "web01", 2).code(0).says("delivered");
        assert_eq!(arrived(&stage.bench.preview), [1, 2], "{ahead}");
    }
}

#[test]
fn one_that_fails_by_itself_while_the_clock_is_ahead_is_tried_again_in_time() {
    let stage = Stage::new();
    let line = stage.queue.hold(&queue::lane(&stage.bench, "default"));
    stage.tell(YEARS, "web01", 1).code(0);
    stage.tell(YEARS, "web02", 2).code(0);
    drop(line);
    stage.bench.preview.next(Fault::status(500));
    stage.drain(YEARS).code(75);
    let_a_wait_pass();
    stage.drain(YEARS);
    assert_eq!(arrived(&stage.bench.preview), [2]);
    assert!(!stage.queue.waiting().is_empty());
    stage.drain(0).code(0);
    assert_eq!(arrived(&stage.bench.preview), [2, 1]);
    is_empty_with_receipts(&stage.queue, 2);
}

#[test]
fn after_a_restart_what_was_stored_while_the_clock_was_ahead_is_not_too_old() {
    let stage = Stage::new();
    stage.vendor_asks_for(0);
    stage.tell(YEARS, "web01", 1).code(0).says("queued");
    clock::restart(stage.queue.root());
    stage.drain(0).code(0);
    assert_eq!(arrived(&stage.bench.preview), [1]);
    is_empty_with_receipts(&stage.queue, 1);
}

/// A machine without a battery starts in 1970 and learns the time from the network, when there is one.
#[test]
fn after_a_restart_what_was_stored_before_the_clock_was_set_is_not_too_old() {
    let stage = Stage::new();
    stage.vendor_asks_for(0);
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    let since_1970 = now.expect("after 1970").as_secs() as i64;
    stage
        .tell(60 - since_1970, "web01", 1)
        .code(0)
        .says("queued");
    clock::restart(stage.queue.root());
    stage.drain(0).code(0);
    assert_eq!(arrived(&stage.bench.preview), [1]);
    is_empty_with_receipts(&stage.queue, 1);
}

#[test]
fn a_clock_before_1970_stops_nobody() {
    let stage = Stage::new();
    stage
        .tell(-100 * 365 * DAY, "web01", 1)
        .code(0)
        .says("delivered");
    stage.tell(0, "web01", 2).code(0).says("delivered");
    assert_eq!(arrived(&stage.bench.preview), [1, 2]);
}
