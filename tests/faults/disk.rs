//! A state folder on a disk that is full, fills up, or cannot be written.

use std::os::unix::net::UnixDatagram;

use notify_test::namespace::Namespace;
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault};

use crate::stage::{
    PATIENCE, begin, ended, impatient, is_empty_with_receipts, let_a_wait_pass, problem, run,
};

/// A bench whose state folder is a small disk of its own.
struct Disk {
    bench: Bench,
    namespace: Namespace,
    queue: Queue,
    /// Where the namespace's syslog ends.
    syslog: UnixDatagram,
}

impl Disk {
    fn new() -> Option<Disk> {
        let bench = impatient();
        let state = bench.folder().join("state");
        std::fs::create_dir(&state).expect("a state folder");
        let syslog = UnixDatagram::bind(bench.folder().join("log")).expect("a syslog");
        syslog.set_nonblocking(true).expect("a socket");
        let folder = bench.folder().display();
        let namespace = Namespace::with(&format!(
            "cd {folder}
             mount -t tmpfs -o size=64k,mode=0700 state state
             mkdir dev
             mount -t tmpfs -o mode=0755 dev dev
             for name in null zero random urandom; do
                 touch dev/$name
                 mount --bind /dev/$name dev/$name
             done
             ln -s {folder}/log dev/log
             mount --rbind dev /dev"
        ))?;
        Some(Disk {
            queue: Queue::at(namespace.path(&state)),
            bench,
            namespace,
            syslog,
        })
    }

    fn sh(&self, script: &str) {
        let state = self.bench.folder().join("state");
        self.namespace
            .sh(&format!("cd {}\n{script}", state.display()));
    }

    fn fill(&self) {
        self.sh("head -c 1000000 /dev/zero >filling 2>/dev/null || true");
    }

    fn make_room(&self) {
        self.sh("rm filling");
    }

    fn notifier(&self, number: u32) -> std::process::Command {
        let command = problem(&self.bench, "web01", number);
        self.namespace.command(&command)
    }

    fn drainer(&self) -> std::process::Command {
        self.namespace.command(&queue::drainer(&self.bench))
    }

    /// Nobody sends them meanwhile.
    fn store(&self, notes: &[(&str, u32)]) {
        let line = self.queue.hold(&queue::lane(&self.bench, "default"));
        for (host, number) in notes {
            let command = problem(&self.bench, host, *number);
            run(&mut self.namespace.command(&command)).says("queued");
        }
        drop(line);
    }

    fn fill_during_the_first_request(&self) {
        let asked = self.bench.preview.received().len();
        self.bench.preview.next(Fault::Delay(PATIENCE / 40));
        let draining = begin(&mut self.drainer());
        self.bench.preview.wait_for(asked + 1, PATIENCE);
        self.fill();
        ended(draining);
    }

    fn heard(&self) -> String {
        let mut line = [0; 1_000];
        let length = self.syslog.recv(&mut line).expect("a line in the syslog");
        String::from_utf8_lossy(&line[..length]).into_owned()
    }
}

#[test]
fn on_a_full_disk_a_notification_is_sent_directly() {
    let Some(disk) = Disk::new() else { return };
    disk.fill();
    for number in 1..=2 {
        let run = run(&mut disk.notifier(number));
        run.code(0).quiet().one_line(disk.bench.program);
        run.says("delivered (past the queue: ")
            .says("No space left");
        assert_eq!(disk.queue.leftovers(), [""; 0]);
    }
    assert_eq!(arrived(&disk.bench.preview), [1, 2]);
    disk.make_room();
    run(&mut disk.notifier(3))
        .code(0)
        .one_line(disk.bench.program);
    is_empty_with_receipts(&disk.queue, 1);
}

#[test]
fn on_a_full_disk_before_a_dead_vendor_the_loss_is_told_to_the_syslog_too() {
    let Some(disk) = Disk::new() else { return };
    disk.fill();
    disk.bench.preview.always(Some(Fault::status(503)));
    let run = run(&mut disk.notifier(1));
    run.code(74).quiet().one_line(disk.bench.program);
    run.says("LOST: ").says("503").says("not queued: ");
    let heard = disk.heard();
    assert!(heard.starts_with("<26>slack-notify["), "{heard}");
    assert!(heard.contains("LOST: the vendor answered 503"), "{heard}");
}

#[test]
fn on_a_read_only_disk_a_notification_is_sent_directly_and_the_drainer_waits() {
    let Some(disk) = Disk::new() else { return };
    disk.bench.preview.always(Some(Fault::status(503)));
    run(&mut disk.notifier(1)).code(0).says("queued");
    disk.bench.preview.always(None);
    disk.sh("mount -o remount,bind,ro .");
    let direct = run(&mut disk.notifier(2));
    direct.code(0).one_line(disk.bench.program);
    direct.says("past the queue").says("Read-only");
    assert_ne!(run(&mut disk.drainer()).code, 0);
    assert_eq!(arrived(&disk.bench.preview), [2]);
    disk.bench.preview.always(Some(Fault::status(503)));
    run(&mut disk.notifier(3)).code(74).says("LOST");
    assert!(disk.heard().contains("LOST"));
    disk.bench.preview.always(None);
    disk.sh("mount -o remount,bind,rw .");
    run(&mut disk.drainer()).code(0);
    assert_eq!(arrived(&disk.bench.preview), [2, 1]);
    is_empty_with_receipts(&disk.queue, 1);
}

#[test]
fn a_receipt_that_finds_no_room_comes_later_and_nothing_is_sent_twice() {
    let Some(disk) = Disk::new() else { return };
    disk.bench.preview.next(Fault::Delay(PATIENCE / 20));
    let mut sending = begin(&mut disk.notifier(1));
    disk.bench.preview.wait_for(1, PATIENCE);
    disk.fill();
    let in_time = sending.try_wait().expect("a child").is_none();
    ended(sending).code(0).quiet().says("delivered");
    for _ in 0..2 {
        run(&mut disk.drainer());
        assert!(!in_time || disk.queue.waiting().len() == 1);
    }
    disk.make_room();
    run(&mut disk.drainer()).code(0);
    assert_eq!(arrived(&disk.bench.preview), [1]);
    is_empty_with_receipts(&disk.queue, 1);
}

#[test]
fn on_a_full_disk_the_drainer_sends_each_once_and_gives_the_receipts_later() {
    let Some(disk) = Disk::new() else { return };
    disk.store(&[("a", 1), ("b", 2), ("a", 3)]);
    disk.fill();
    for _ in 0..3 {
        run(&mut disk.drainer());
        assert_eq!(disk.queue.waiting().len(), 3);
    }
    disk.make_room();
    run(&mut disk.drainer()).code(0);
    let mut all = arrived(&disk.bench.preview);
    all.retain(|number| *number != 2);
    assert_eq!(all, [1, 3]);
    assert_eq!(arrived(&disk.bench.preview).len(), 3);
    is_empty_with_receipts(&disk.queue, 3);
}

#[test]
fn a_disk_that_fills_up_in_the_middle_of_a_drain_has_nothing_sent_twice() {
    let Some(disk) = Disk::new() else { return };
    disk.store(&[("a", 1), ("b", 2), ("a", 3), ("c", 4)]);
    disk.fill_during_the_first_request();
    for _ in 0..2 {
        run(&mut disk.drainer());
    }
    disk.make_room();
    run(&mut disk.drainer()).code(0);
    let mut all = arrived(&disk.bench.preview);
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 4]);
    is_empty_with_receipts(&disk.queue, 4);
}

#[test]
fn what_passed_on_a_full_disk_after_another_had_failed_is_not_sent_twice() {
    let Some(disk) = Disk::new() else { return };
    disk.store(&[("a", 1), ("b", 2)]);
    disk.bench.preview.next(Fault::status(500));
    run(&mut disk.drainer()).code(75);
    let_a_wait_pass();
    disk.fill_during_the_first_request();
    let_a_wait_pass();
    run(&mut disk.drainer());
    disk.make_room();
    let_a_wait_pass();
    run(&mut disk.drainer()).code(0);
    assert_eq!(arrived(&disk.bench.preview), [2, 1]);
    is_empty_with_receipts(&disk.queue, 2);
}
