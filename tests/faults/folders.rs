//! A state folder that is none, belongs to somebody else, or may not be written: a clear word and a direct send.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify_test::namespace::hand_over;
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault};

use crate::stage::{
    PATIENCE, begin, ended, impatient, is_empty_with_receipts, ordinary, problem, run,
};

fn state_of(bench: &Bench) -> PathBuf {
    bench.folder().join("state")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

/// Past the queue with this word; with a dead vendor it is lost, and says so.
fn sends_directly(bench: &Bench, word: &str) {
    let sent = run(&mut ordinary(bench, problem(bench, "web01", 1)));
    sent.code(0).quiet().one_line(bench.program);
    sent.says("delivered (past the queue: ").says(word);
    assert_eq!(arrived(&bench.preview), [1]);
    bench.preview.always(Some(Fault::status(503)));
    let lost = run(&mut ordinary(bench, problem(bench, "web01", 2)));
    lost.code(74).quiet().one_line(bench.program);
    lost.says("LOST: the vendor answered 503").says(word);
}

#[test]
fn a_symbolic_link_is_no_state_folder() {
    let bench = impatient();
    let elsewhere = bench.folder().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    symlink(&elsewhere, state_of(&bench)).expect("a link");
    hand_over(bench.folder());
    sends_directly(
        &bench,
        "is a symbolic link: set state_dir to the folder itself",
    );
    assert_eq!(fs::read_dir(elsewhere).expect("a folder").count(), 0);
}

#[test]
fn a_link_that_leads_to_itself_is_no_state_folder() {
    let bench = impatient();
    symlink("round", bench.folder().join("round")).expect("a link");
    let config = fs::read_to_string(bench.folder().join("config.toml")).expect("a config");
    let (_, rest) = config.split_once('\n').expect("a first line");
    let inside = bench.folder().join("round/state");
    bench.file("config.toml", &format!("state_dir = {inside:?}\n{rest}"));
    hand_over(bench.folder());
    sends_directly(&bench, "symbolic links");
}

#[test]
fn a_file_is_no_state_folder() {
    let bench = impatient();
    bench.file("state", "notes of mine\n");
    hand_over(bench.folder());
    sends_directly(&bench, "is not a folder");
    let kept = fs::read_to_string(state_of(&bench)).expect("the file");
    assert_eq!(kept, "notes of mine\n");
}

#[test]
fn a_folder_of_somebody_else_is_not_used() {
    let bench = impatient();
    hand_over(bench.folder());
    // Root's everywhere, and readable.
    let config = fs::read_to_string(bench.folder().join("config.toml")).expect("a config");
    let (_, rest) = config.split_once('\n').expect("a first line");
    bench.file("config.toml", &format!("state_dir = \"/usr\"\n{rest}"));
    hand_over(bench.folder());
    sends_directly(&bench, "/usr belongs to user 0, and this is user ");
}

#[test]
fn a_folder_that_others_may_write_is_not_used() {
    let bench = impatient();
    fs::create_dir(state_of(&bench)).expect("a folder");
    hand_over(bench.folder());
    for mode in [0o777, 0o770, 0o1777] {
        set_mode(&state_of(&bench), mode);
        let sent = run(&mut ordinary(&bench, problem(&bench, "web01", 9)));
        sent.code(0).says("chmod 0700 it");
    }
    assert_eq!(fs::read_dir(state_of(&bench)).expect("a folder").count(), 0);
    set_mode(&state_of(&bench), 0o700);
    run(&mut ordinary(&bench, problem(&bench, "web01", 9)))
        .code(0)
        .says("delivered");
    is_empty_with_receipts(&Queue::of(&bench), 1);
}

#[test]
fn a_folder_that_may_not_be_written_is_sent_past() {
    let bench = impatient();
    fs::create_dir(state_of(&bench)).expect("a folder");
    hand_over(bench.folder());
    for mode in [0o500, 0o000] {
        set_mode(&state_of(&bench), mode);
        bench.preview.always(None);
        let sent = run(&mut ordinary(&bench, problem(&bench, "web01", 1)));
        sent.code(0).quiet();
        sent.says("past the queue").says("Permission denied");
        bench.preview.always(Some(Fault::status(503)));
        run(&mut ordinary(&bench, problem(&bench, "web01", 2)))
            .code(74)
            .says("LOST")
            .says("Permission denied");
    }
    set_mode(&state_of(&bench), 0o700);
}

#[test]
fn a_place_where_no_folder_can_be_made_is_sent_past() {
    let bench = impatient();
    let closed = bench.folder().join("closed");
    fs::create_dir(&closed).expect("a folder");
    let config = fs::read_to_string(bench.folder().join("config.toml")).expect("a config");
    let (_, rest) = config.split_once('\n').expect("a first line");
    let inside = closed.join("state");
    bench.file("config.toml", &format!("state_dir = {inside:?}\n{rest}"));
    hand_over(bench.folder());
    set_mode(&closed, 0o500);
    sends_directly(&bench, "cannot be made");
    set_mode(&closed, 0o700);
}

/// Delivered, and its receipt is there: that it cannot be removed must not send it again.
#[test]
fn an_entry_that_cannot_be_removed_is_not_sent_again() {
    let bench = impatient();
    fs::create_dir(state_of(&bench)).expect("a folder");
    set_mode(&state_of(&bench), 0o700);
    hand_over(bench.folder());
    let queue = Queue::of(&bench);
    let lane = state_of(&bench)
        .join("new")
        .join(queue::lane(&bench, "default").to_string());
    let drainer = || ordinary(&bench, queue::drainer(&bench));
    bench.preview.next(Fault::too_many(0));
    for number in 1..=3 {
        // Nobody of them sends: the vendor has just asked for patience.
        let host = format!("web0{number}");
        run(&mut ordinary(&bench, problem(&bench, &host, number))).code(0);
        if number == 1 {
            assert_eq!(queue.waiting().len(), 1);
            bench.preview.next(Fault::too_many(60));
        }
    }
    let waiting = queue.waiting().len();
    assert_eq!(waiting, 3, "{:#?}", queue.lines());
    forget_the_trouble(&queue);
    bench.preview.next(Fault::Delay(PATIENCE / 40));
    let asked = bench.preview.received().len();
    let draining = begin(&mut drainer());
    bench.preview.wait_for(asked + 1, PATIENCE);
    set_mode(&lane, 0o500);
    ended(draining);
    run(&mut drainer());
    set_mode(&lane, 0o700);
    let begun = Instant::now();
    while !queue.waiting().is_empty() && begun.elapsed() < PATIENCE {
        run(&mut drainer());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
    is_empty_with_receipts(&queue, 3);
}

/// As if the time had passed.
fn forget_the_trouble(queue: &Queue) {
    for (name, _) in queue.lines() {
        let path = queue.root().join("lanes").join(format!("{name}.json"));
        fs::write(path, "").expect("a lane's state");
    }
}
