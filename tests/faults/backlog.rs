//! Thousands that wait, and many processes at once.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use notify_core::config::queue::Limits;
use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::unrouted::parcel;
use notify_test::queue::{self, Queue, TempDir, arrived};
use notify_test::{Bench, Fault, NO_FLOOD};

use crate::stage::{
    SLACK, begin, ended, impatient, is_empty_with_receipts, problem, run, with_queue,
};

/// A bench whose state folder is in memory where the machine has such a place: no test of thousands should measure a
/// disk.
struct Depot {
    bench: Bench,
    queue: Queue,
    _memory: TempDir,
}

impl Depot {
    fn new(queue_lines: &str) -> Depot {
        let bench = Bench::new(SLACK);
        let memory = queue::memory();
        let state = memory.path().join("state");
        let config = bench.smallest_config();
        bench.file(
            "config.toml",
            &format!("state_dir = {state:?}\n{config}{NO_FLOOD}[queue]\n{queue_lines}"),
        );
        Depot {
            bench,
            queue: Queue::at(state),
            _memory: memory,
        }
    }

    /// As many as that, each about a host of its own, by the core's own means.
    fn store(&self, count: u32) {
        let folder = StateFolder::open(self.queue.root()).expect("a state folder");
        let config = self.bench.folder().join("config.toml");
        let parcels: Vec<_> = (0..count)
            .map(|number| parcel(&entry(&config, number)).expect("a parcel"))
            .collect();
        let unlimited = Limits {
            entries: u64::MAX,
            bytes: u64::MAX,
        };
        for stored in folder.store(&parcels, unlimited) {
            stored.expect("it is stored");
        }
    }

    fn drain(&self) {
        while !self.queue.waiting().is_empty() {
            run(&mut queue::drainer(&self.bench)).code(0);
        }
    }
}

fn entry(config: &Path, number: u32) -> Entry {
    let notification = Notification {
        kind: Kind::Problem,
        subject: Subject::host(format!("host-{number}")),
        state: Some(State::Down),
        output: format!("note-{number}-"),
        ..Notification::default()
    };
    Entry::new(
        DestinationId::new("slack", "default"),
        notification,
        "default",
        config.to_owned(),
        Emoji::Shown,
        Moment::read(),
    )
}

#[test]
fn ten_thousand_that_wait_cost_a_dead_destination_one_attempt() {
    let depot = Depot::new("retry_first = \"1h\"\nretry_longest = \"1h\"\n");
    depot.store(10_000);
    depot.bench.preview.always(Some(Fault::status(503)));
    let begun = Instant::now();
    for number in 20_000..20_100 {
        let said = run(&mut problem(&depot.bench, &format!("web{number}"), number));
        said.code(0).says("queued").says("503");
    }
    let each = begun.elapsed() / 100;
    assert_eq!(depot.bench.preview.received().len(), 1);
    assert!(each < Duration::from_millis(500), "{each:?} each");
    assert_eq!(depot.queue.waiting().len(), 10_100);
}

#[test]
fn a_long_queue_is_drained_in_order_and_each_once() {
    let depot = Depot::new("");
    depot.store(1_500);
    run(&mut queue::drainer(&depot.bench))
        .code(0)
        .says("1500 delivered");
    let preview = &depot.bench.preview;
    assert_eq!(arrived(preview), (0..1_500).collect::<Vec<u32>>());
    // The config is read again now and then, and the connection made anew.
    let connections = preview.received().last().expect("one").connection;
    assert!(connections < 10, "{connections}");
    is_empty_with_receipts(&depot.queue, 1_500);
}

/// Reads what a notifier of a crowd was told, and whether that is true.
fn all_end(crowd: Vec<Child>) {
    for child in crowd {
        ended(child).code(0).quiet().one_line(SLACK);
    }
}

#[test]
fn two_hundred_notifiers_and_three_drainers_at_once_send_everything_once_and_in_order() {
    let depot = Depot::new("");
    depot.store(600);
    let drainer = || begin(&mut queue::drainer(&depot.bench));
    let mut drainers: Vec<Child> = (0..3).map(|_| drainer()).collect();
    let mut crowd = Vec::new();
    // About one host each starts when the one before has ended: that is the order that counts.
    let mut last: HashMap<u32, Child> = HashMap::new();
    for number in 1_000..1_200 {
        let host = number % 20;
        if let Some(earlier) = last.remove(&host) {
            crowd.push(stored(earlier));
        }
        let mut command = problem(&depot.bench, &format!("web{host}"), number);
        last.insert(host, begin(&mut command));
        if number % 70 == 0 {
            drainers.push(drainer());
        }
    }
    crowd.extend(last.into_values());
    all_end(crowd);
    for drainer in drainers {
        ended(drainer).code(0);
    }
    depot.drain();
    let mut all = arrived(&depot.bench.preview);
    for host in 0..20 {
        let mut of_host = all.clone();
        of_host.retain(|number| *number >= 1_000 && number % 20 == host);
        assert!(of_host.is_sorted(), "{of_host:?}");
    }
    all.sort_unstable();
    let whole: Vec<u32> = (0..600).chain(1_000..1_200).collect();
    assert_eq!(all, whole);
    is_empty_with_receipts(&depot.queue, 800);
}

/// Waits until it has ended, which is later than storing.
fn stored(mut child: Child) -> Child {
    child.wait().expect("it ends");
    child
}

#[test]
fn a_crowd_at_an_empty_queue_leaves_nothing_behind() {
    let bench = impatient();
    for round in 0..5 {
        let crowd: Vec<Child> = (0..40)
            .map(|turn| {
                let number = round * 40 + turn;
                begin(&mut problem(&bench, &format!("web{number}"), number))
            })
            .collect();
        all_end(crowd);
        // Whoever left early was served by somebody who looked again.
        let left = Queue::of(&bench).waiting();
        assert!(left.is_empty(), "{left:#?}");
    }
    let mut all = arrived(&bench.preview);
    all.sort_unstable();
    assert_eq!(all, (0..200).collect::<Vec<u32>>());
}

#[test]
fn a_limit_acts_like_a_full_disk_and_only_until_there_is_room() {
    let bench = impatient();
    with_queue(&bench, "max_entries = 3\n");
    let line = Queue::of(&bench).hold(&queue::lane(&bench, "default"));
    for number in 1..=5 {
        let said = run(&mut problem(&bench, &format!("web{number}"), number));
        said.code(0).one_line(SLACK);
        let word = if number <= 3 {
            "queued"
        } else {
            "the queue is full"
        };
        said.says(word);
    }
    assert_eq!(arrived(&bench.preview), [4, 5]);
    drop(line);
    // Whoever finds it full helps to empty it.
    run(&mut problem(&bench, "web6", 6))
        .code(0)
        .one_line(SLACK)
        .says("delivered");
    assert_eq!(arrived(&bench.preview), [4, 5, 1, 2, 3, 6]);
    assert!(
        fs::read_dir(Queue::of(&bench).root().join("tmp"))
            .expect("a folder")
            .next()
            .is_none()
    );
}
