//! What the tests of faults have in common.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use notify_test::namespace::as_ordinary_user;
use notify_test::queue::{self, Queue};
use notify_test::{Bench, Program, Run};

pub const SLACK: Program = Program {
    name: "slack-notify",
    path: env!("CARGO_BIN_EXE_slack-notify"),
};

/// What takes milliseconds may take this long on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// With waits that a test can wait for.
pub fn impatient() -> Bench {
    let bench = Bench::new(SLACK);
    with_queue(&bench, "");
    bench
}

/// The smallest config with further lines in `[queue]`.
pub fn with_queue(bench: &Bench, lines: &str) {
    bench.config(&format!(
        "{}[queue]\nretry_first = \"10ms\"\nretry_longest = \"50ms\"\n{lines}",
        bench.smallest_config()
    ));
}

/// The longest of this config; the machine counts its time in hundredths.
pub fn let_a_wait_pass() {
    std::thread::sleep(Duration::from_millis(70));
}

pub fn problem(bench: &Bench, host: &str, number: u32) -> Command {
    bench.command(queue::note("PROBLEM", host, number))
}

/// By whoever runs the tests, or by nobody where that is root.
pub fn ordinary(bench: &Bench, command: Command) -> Command {
    as_ordinary_user(&command, bench.folder())
}

/// While it runs the test does something else.
pub fn begin(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

pub fn ended(child: Child) -> Run {
    Run::of(child.wait_with_output().expect("it ends"))
}

pub fn run(command: &mut Command) -> Run {
    Run::of(command.output().expect("it starts"))
}

/// Everything that waited has gone, with a receipt each and without a secret anywhere.
pub fn is_empty_with_receipts(queue: &Queue, count: usize) {
    assert!(queue.waiting().is_empty(), "{:#?}", queue.waiting());
    let receipts = queue.final_receipts();
    assert_eq!(receipts.len(), count, "{receipts:#?}");
    queue.holds_no_secret();
}
