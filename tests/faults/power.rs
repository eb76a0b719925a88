//! What a power cut may leave on a disk that honours flush: receipts beside entries that are back, half a line, a
//! counter that lags behind or is gone.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use notify_test::clock;
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault};

use crate::stage::{SLACK, impatient, is_empty_with_receipts, problem, run};

/// Entries as they were before they were sent, to be put back.
struct Copies(Vec<(PathBuf, Vec<u8>)>);

impl Copies {
    fn of(queue: &Queue) -> Copies {
        let copy = |kept: queue::Kept| {
            let content = fs::read(&kept.path).expect("an entry");
            (kept.path, content)
        };
        Copies(queue.waiting().into_iter().map(copy).collect())
    }

    fn put_back(&self) {
        for (path, content) in &self.0 {
            fs::write(path, content).expect("it is back");
        }
    }
}

fn with_three_waiting() -> (Bench, Queue) {
    let bench = impatient();
    let queue = Queue::of(&bench);
    let line = queue.hold(&queue::lane(&bench, "default"));
    for number in 1..=3 {
        run(&mut problem(&bench, "web01", number))
            .code(0)
            .says("queued");
    }
    drop(line);
    (bench, queue)
}

#[test]
fn an_entry_that_is_back_beside_its_receipt_is_not_sent_again() {
    for next in [queue::drainer, |bench: &Bench| problem(bench, "web02", 4)] {
        let (bench, queue) = with_three_waiting();
        let copies = Copies::of(&queue);
        run(&mut queue::drainer(&bench)).code(0);
        copies.put_back();
        clock::restart(queue.root());
        run(&mut next(&bench)).code(0);
        run(&mut problem(&bench, "web02", 5)).code(0);
        let mut all = arrived(&bench.preview);
        all.retain(|number| *number != 4);
        assert_eq!(all, [1, 2, 3, 5]);
        assert!(queue.waiting().is_empty());
        assert_eq!(queue.counted(), 0);
    }
}

#[test]
fn a_refused_one_that_is_back_stays_refused() {
    let (bench, queue) = with_three_waiting();
    let copies = Copies::of(&queue);
    bench.preview.next(Fault::status(400));
    bench.preview.next(Fault::status(400));
    run(&mut queue::drainer(&bench)).code(69);
    fs::remove_file(&queue.failed()[0].path).expect("it was moved and is back");
    copies.put_back();
    clock::restart(queue.root());
    run(&mut queue::drainer(&bench)).code(0);
    assert_eq!(arrived(&bench.preview), [2, 3]);
    assert_eq!(queue.failed().len(), 1);
    is_empty_with_receipts(&queue, 3);
}

#[test]
fn receipts_that_were_not_synced_are_sent_again_and_no_others() {
    let (bench, queue) = with_three_waiting();
    let copies = Copies::of(&queue);
    run(&mut queue::drainer(&bench)).code(0);
    let page = queue.root().join("journal/00000001.jsonl");
    let text = fs::read_to_string(&page).expect("a page");
    let second = text.match_indices('\n').nth(1).expect("two lines").0;
    // In the middle of the third line.
    fs::write(&page, &text[..second + 40]).expect("a torn page");
    // What people know is not synced either.
    fs::remove_dir_all(queue.root().join("open")).expect("it was there");
    copies.put_back();
    clock::restart(queue.root());
    run(&mut problem(&bench, "web02", 4)).code(0);
    queue::drain(&bench);
    let all = arrived(&bench.preview);
    assert_eq!(
        all.iter().filter(|number| **number == 3).count(),
        2,
        "{all:?}"
    );
    assert_eq!(all.len(), 5, "{all:?}");
    let text = fs::read_to_string(&page).expect("a page");
    let torn = text.lines().filter(|line| !line.ends_with('}')).count();
    assert_eq!(torn, 1, "{text}");
}

/// The number that the next one gets.
fn next_number(bench: &Bench) -> u64 {
    let queue = Queue::of(bench);
    let line = queue.hold(&queue::lane(bench, "default"));
    let before: Vec<u64> = queue.waiting().iter().map(queue::Kept::number).collect();
    run(&mut problem(bench, "web09", 99)).code(0);
    drop(line);
    let waiting = queue.waiting();
    let mut new = waiting.iter().map(queue::Kept::number);
    new.find(|number| !before.contains(number))
        .expect("a new one")
}

#[test]
fn a_lost_counter_goes_on_above_everything_known() {
    // What waits, what failed, what only the journal knows.
    let (bench, queue) = with_three_waiting();
    let delete = |queue: &Queue| fs::remove_file(queue.root().join("counter")).expect("a counter");
    delete(&queue);
    assert_eq!(next_number(&bench), 4);
    queue::drain(&bench);
    delete(&queue);
    assert_eq!(next_number(&bench), 5);
    for _ in 0..2 {
        bench.preview.next(Fault::status(400));
    }
    run(&mut queue::drainer(&bench)).code(69);
    fs::remove_dir_all(queue.root().join("journal")).expect("a journal");
    delete(&queue);
    assert_eq!(next_number(&bench), 6);
    queue::drain(&bench);
}

#[test]
fn a_counter_that_lags_behind_gives_no_number_twice() {
    let (bench, queue) = with_three_waiting();
    let counter = queue.root().join("counter");
    // What was synced, at the first number: all up to there were promised.
    let text = fs::read_to_string(&counter).expect("a counter");
    let lagging = text.replace("\"next\":4", "\"next\":2");
    assert_ne!(lagging, text);
    fs::write(&counter, lagging).expect("it lags");
    clock::restart(queue.root());
    assert!(next_number(&bench) > 3);
    queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 99]);
}

#[test]
fn an_empty_or_torn_counter_stops_nobody() {
    for content in ["", "{\"boot\":\"", "\0\0\0\0"] {
        let (bench, queue) = with_three_waiting();
        fs::write(queue.root().join("counter"), content).expect("a counter");
        run(&mut problem(&bench, "web02", 4))
            .code(0)
            .one_line(SLACK);
        queue::drain(&bench);
        let mut all = arrived(&bench.preview);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 4]);
        is_empty_with_receipts(&queue, 4);
    }
}

#[test]
fn what_was_begun_and_never_named_is_swept_away_when_it_is_old() {
    let (bench, queue) = with_three_waiting();
    let tmp = queue.root().join("tmp");
    for (name, age) in [("young", 60), ("old", 2 * 3_600)] {
        let mut file = fs::File::create(tmp.join(name)).expect("a file");
        file.write_all(b"half an ent").expect("its content");
        let then = SystemTime::now() - Duration::from_secs(age);
        file.set_modified(then).expect("its age");
    }
    queue.let_it_be_tidied();
    run(&mut problem(&bench, "web02", 4)).code(0);
    assert_eq!(queue.leftovers(), ["young"]);
}
