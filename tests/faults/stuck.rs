//! A process that stops in the middle, with a lock in its hand: it stops nobody else for long.

use std::fs::{self, File};
use std::time::Instant;

use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault};

use crate::stage::{PATIENCE, SLACK, impatient, is_empty_with_receipts, problem, run};

/// As a stopped process would.
fn lock(queue: &Queue, name: &str) -> File {
    let file = File::options()
        .read(true)
        .write(true)
        .open(queue.root().join(name))
        .expect("a file of the queue");
    file.lock().expect("its lock");
    file
}

fn with_one_delivered() -> (Bench, Queue) {
    let bench = impatient();
    run(&mut problem(&bench, "web01", 1))
        .code(0)
        .says("delivered");
    let queue = Queue::of(&bench);
    (bench, queue)
}

#[test]
fn with_the_counter_in_the_hand_of_one_that_is_stuck_others_send_directly() {
    let (bench, queue) = with_one_delivered();
    let counter = lock(&queue, "counter");
    let begun = Instant::now();
    let said = run(&mut problem(&bench, "web01", 2));
    said.code(0)
        .one_line(SLACK)
        .says("past the queue")
        .says("lock");
    assert!(begun.elapsed() < PATIENCE / 2);
    drop(counter);
    run(&mut problem(&bench, "web01", 3))
        .code(0)
        .says("delivered");
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
    is_empty_with_receipts(&queue, 2);
}

#[test]
fn with_the_line_in_the_hand_of_one_that_is_stuck_others_store_and_leave() {
    let (bench, queue) = with_one_delivered();
    let line = queue.hold(&queue::lane(&bench, "default"));
    let begun = Instant::now();
    for number in 2..=4 {
        run(&mut problem(&bench, "web01", number))
            .code(0)
            .says("queued");
    }
    assert!(begun.elapsed() < PATIENCE / 2);
    drop(line);
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 4]);
    is_empty_with_receipts(&queue, 4);
}

#[test]
fn with_the_journal_in_the_hand_of_one_that_is_stuck_nothing_is_sent_twice() {
    let (bench, queue) = with_one_delivered();
    let page = lock(&queue, "journal/00000001.jsonl");
    let begun = Instant::now();
    run(&mut problem(&bench, "web01", 2))
        .code(0)
        .says("delivered");
    run(&mut queue::drainer(&bench));
    assert!(begun.elapsed() < PATIENCE / 2);
    drop(page);
    run(&mut problem(&bench, "web01", 3))
        .code(0)
        .says("delivered");
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
    is_empty_with_receipts(&queue, 3);
}

/// Stopped for good while the vendor has its request: who comes later takes over as soon as it is killed.
#[test]
fn a_sender_that_is_stuck_at_its_vendor_holds_up_nobodys_storing() {
    let bench = impatient();
    bench.preview.next(Fault::Hang);
    let mut stuck = crate::stage::begin(&mut problem(&bench, "web01", 1));
    bench.preview.wait_for(1, PATIENCE);
    let begun = Instant::now();
    for number in 2..=5 {
        run(&mut problem(&bench, "web02", number))
            .code(0)
            .says("queued");
    }
    assert!(begun.elapsed() < PATIENCE / 4);
    stuck.kill().expect("it is killed");
    stuck.wait().expect("it ends");
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 4, 5]);
    assert!(fs::read_dir(Queue::of(&bench).root().join("tmp")).is_ok());
}
