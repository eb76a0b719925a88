//! A disk that does not flush: what is not on it for sure is not promised, and what was sent is not sent again.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use notify_test::clock::library;
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault, Run};

use crate::stage::{PATIENCE, begin, ended, impatient, is_empty_with_receipts, problem, run};

/// Fails, or takes its time, for files whose path has these words in it.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_meant(const char *variable, int file) {
    char link[64], path[4096];
    const char *words = getenv(variable);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!words || length < 0) return 0;
    path[length] = 0;
    return strstr(path, words) != NULL;
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    if (is_meant("NOTIFY_TEST_BROKEN", file)) { errno = EIO; return -1; }
    return real(file);
}

int fdatasync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    if (is_meant("NOTIFY_TEST_BROKEN", file)) { errno = EIO; return -1; }
    if (is_meant("NOTIFY_TEST_SLOW", file)) usleep(200 * 1000);
    return real(file);
}
"#;

struct Stage {
    bench: Bench,
    queue: Queue,
    library: PathBuf,
}

impl Stage {
    fn new() -> Stage {
        let bench = impatient();
        Stage {
            queue: Queue::of(&bench),
            library: library(bench.folder(), "flush.so", SOURCE),
            bench,
        }
    }

    fn broken(&self, words: &str, mut command: Command) -> Run {
        command
            .env("LD_PRELOAD", &self.library)
            .env("NOTIFY_TEST_BROKEN", words);
        run(&mut command)
    }
}

#[test]
fn what_is_not_flushed_is_sent_directly() {
    // The entry itself, its folder.
    for words in ["/state/tmp/", "/state/new/slack:default"] {
        let stage = Stage::new();
        let said = stage.broken(words, problem(&stage.bench, "web01", 1));
        said.code(0).quiet().one_line(stage.bench.program);
        said.says("past the queue").says("Input/output error");
        assert!(stage.queue.waiting().is_empty(), "{words}");
        assert!(stage.queue.leftovers().is_empty(), "{words}");
        stage.bench.preview.always(Some(Fault::status(503)));
        let said = stage.broken(words, problem(&stage.bench, "web01", 2));
        said.code(74).says("LOST").says("Input/output error");
        stage.bench.preview.always(None);
        run(&mut problem(&stage.bench, "web01", 3)).code(0);
        assert_eq!(arrived(&stage.bench.preview), [1, 3], "{words}");
    }
}

#[test]
fn receipts_that_are_not_flushed_keep_their_entries_and_nothing_is_sent_again() {
    let stage = Stage::new();
    let line = stage.queue.hold(&queue::lane(&stage.bench, "default"));
    for number in 1..=20 {
        run(&mut problem(&stage.bench, "web01", number)).code(0);
    }
    drop(line);
    // Again and again: each time nothing but what was never sent may go out.
    for _ in 0..3 {
        stage.broken("/state/journal/", queue::drainer(&stage.bench));
        assert!(!stage.queue.waiting().is_empty());
    }
    run(&mut queue::drainer(&stage.bench)).code(0);
    assert_eq!(
        arrived(&stage.bench.preview),
        (1..=20).collect::<Vec<u32>>()
    );
    is_empty_with_receipts(&stage.queue, 20);
}

#[test]
fn a_delivery_whose_receipt_is_not_flushed_is_not_repeated() {
    let stage = Stage::new();
    let said = stage.broken("/state/journal/", problem(&stage.bench, "web01", 1));
    assert!([0, 75].contains(&said.code), "{said:#?}");
    run(&mut problem(&stage.bench, "web01", 2)).code(0);
    assert_eq!(arrived(&stage.bench.preview), [1, 2]);
    is_empty_with_receipts(&stage.queue, 2);
}

#[test]
fn a_counter_that_is_not_flushed_loses_nothing() {
    let stage = Stage::new();
    let said = stage.broken("/state/counter", problem(&stage.bench, "web01", 1));
    said.code(0).says("delivered");
    run(&mut problem(&stage.bench, "web01", 2)).code(0);
    assert_eq!(arrived(&stage.bench.preview), [1, 2]);
    assert!(stage.queue.waiting().is_empty());
    assert!(fs::read_dir(stage.queue.root().join("tmp")).is_ok());
}

/// The holder of the line has seen that nothing more waits, and still has the line: who comes now finds it taken.
#[test]
fn who_comes_while_the_last_receipts_are_flushed_is_not_left_behind() {
    let stage = Stage::new();
    let preview = &stage.bench.preview;
    let slow = |number| {
        let mut command = problem(&stage.bench, "web01", number);
        command
            .env("LD_PRELOAD", &stage.library)
            .env("NOTIFY_TEST_SLOW", "/state/journal/");
        begin(&mut command)
    };
    preview.next(Fault::Delay(PATIENCE / 80));
    let sender = slow(1);
    preview.wait_for(1, PATIENCE);
    run(&mut problem(&stage.bench, "web01", 2)).code(0);
    // Its receipt is not its sender's own: it is flushed when nothing more is seen to wait.
    preview.wait_for(2, PATIENCE);
    run(&mut problem(&stage.bench, "web01", 3)).code(0);
    ended(sender).code(0);
    assert_eq!(arrived(preview), [1, 2, 3]);
    is_empty_with_receipts(&stage.queue, 3);
}
