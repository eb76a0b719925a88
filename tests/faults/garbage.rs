//! What somebody or something else put into the queue: set aside with a receipt, and the drain goes on.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use notify_test::Bench;
use notify_test::namespace::hand_over;
use notify_test::queue::{self, Queue, arrived};

use crate::stage::{PATIENCE, begin, impatient, ordinary, problem, run};

const FIRST: &str = "0000000000000000-0000000000000001.json";
const SECOND: &str = "0000000000000000-0000000000000002.json";

/// Two that wait, and the folder in which they do.
fn with_two_waiting() -> (Bench, PathBuf) {
    let bench = impatient();
    let queue = Queue::of(&bench);
    let lane = queue::lane(&bench, "default");
    let line = queue.hold(&lane);
    run(&mut problem(&bench, "web01", 1)).code(0);
    run(&mut problem(&bench, "web02", 2)).code(0);
    drop(line);
    let folder = queue.root().join("new").join(lane.to_string());
    (bench, folder)
}

/// By a drainer that comes to an end.
fn drains(bench: &Bench) {
    hand_over(bench.folder());
    let mut draining = begin(&mut ordinary(bench, queue::drainer(bench)));
    let begun = Instant::now();
    while draining.try_wait().expect("a child").is_none() {
        if begun.elapsed() > PATIENCE {
            draining.kill().expect("it is killed");
            draining.wait().expect("it ends");
            panic!("the drainer hangs");
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(arrived(&bench.preview), [1, 2]);
}

/// They arrive, and this is what is in `failed/` afterwards, with a receipt each.
fn goes_to_failed(bench: &Bench, names: &[&str]) {
    drains(bench);
    let queue = Queue::of(bench);
    let mut failed: Vec<String> = queue.failed().into_iter().map(|kept| kept.name).collect();
    failed.sort();
    assert_eq!(failed, names);
    let receipts = queue.receipts();
    let unreadable = receipts
        .iter()
        .filter(|receipt| receipt["became"] == "unreadable");
    assert_eq!(unreadable.count(), names.len(), "{receipts:#?}");
    assert!(queue.waiting().is_empty(), "{:#?}", queue.waiting());
}

#[test]
fn what_is_empty_cut_off_or_alien_is_set_aside() {
    let (bench, folder) = with_two_waiting();
    let entry = fs::read(&Queue::of(&bench).waiting()[0].path).expect("an entry");
    let elsewhere = String::from_utf8_lossy(&entry).replace("slack:default", "slack:db");
    fs::write(folder.join(FIRST), "").expect("an empty one");
    fs::write(folder.join(SECOND), &entry[..entry.len() / 2]).expect("half of one");
    fs::write(folder.join("0000000000000000-0000000000000003.json"), "{}").expect("another");
    fs::write(
        folder.join("0000000000000000-0000000000000004.json"),
        elsewhere,
    )
    .expect("another's");
    fs::write(folder.join("alien"), "what is this?").expect("an alien");
    fs::write(folder.join("alien.json"), &entry).expect("one without a number");
    goes_to_failed(
        &bench,
        &[
            FIRST,
            SECOND,
            "0000000000000000-0000000000000003.json",
            "0000000000000000-0000000000000004.json",
            "alien",
            "alien.json",
        ],
    );
}

#[test]
fn a_folder_in_the_queue_is_set_aside_however_often_it_comes() {
    let (bench, folder) = with_two_waiting();
    for name in ["alien", FIRST] {
        fs::create_dir_all(folder.join(name).join("inside")).expect("a folder");
    }
    goes_to_failed(&bench, &[FIRST, "alien"]);
    for number in 3..=4 {
        fs::create_dir_all(folder.join(FIRST).join("inside")).expect("a folder");
        fs::write(folder.join("alien"), "now a file").expect("a file");
        hand_over(bench.folder());
        let passed = run(&mut ordinary(&bench, problem(&bench, "web03", number)));
        passed.code(0).says("delivered");
        assert!(Queue::of(&bench).waiting().is_empty());
    }
}

#[test]
fn what_cannot_be_set_aside_stops_nobody() {
    let (bench, folder) = with_two_waiting();
    hand_over(bench.folder());
    for name in ["alien", FIRST] {
        // A folder can be moved only by who may write in it.
        fs::create_dir(folder.join(name)).expect("a folder");
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o500)).expect("a mode");
        hand_over(&folder.join(name));
    }
    drains(&bench);
}

#[test]
fn a_pipe_in_the_queue_stops_nobody() {
    let (bench, folder) = with_two_waiting();
    for name in ["pipe", FIRST] {
        let made = Command::new("mkfifo").arg(folder.join(name)).status();
        assert!(made.expect("mkfifo").success());
    }
    drains(&bench);
}

#[test]
fn a_link_in_the_queue_is_not_followed_to_strangers() {
    let (bench, folder) = with_two_waiting();
    let private = bench.file("private", "somebody's notes\n");
    symlink(&private, folder.join("link")).expect("a link");
    symlink("/nowhere", folder.join(FIRST)).expect("a link");
    symlink(FIRST, folder.join(SECOND)).expect("a link");
    drains(&bench);
    let kept = fs::read_to_string(private).expect("it is still there");
    assert_eq!(kept, "somebody's notes\n");
}

#[test]
fn an_entry_that_may_not_be_read_holds_up_no_other() {
    let (bench, folder) = with_two_waiting();
    fs::write(folder.join(FIRST), "{}").expect("a file");
    fs::write(folder.join("alien"), "{}").expect("a file");
    hand_over(bench.folder());
    for name in [FIRST, "alien"] {
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o000)).expect("a mode");
    }
    drains(&bench);
}

#[test]
fn an_entry_of_a_later_version_is_left_where_it_is() {
    let (bench, folder) = with_two_waiting();
    let entry = fs::read_to_string(&Queue::of(&bench).waiting()[0].path).expect("an entry");
    let newer = entry.replace("\"format\":1", "\"format\":2,\"more\":true");
    fs::write(folder.join(FIRST), &newer).expect("a newer one");
    fs::write(folder.join("of-another-name"), "{\"format\":99}").expect("a newer one");
    let said = run(&mut queue::drainer(&bench));
    said.says("newer version");
    assert_eq!(arrived(&bench.preview), [1, 2]);
    let left: Vec<String> = Queue::of(&bench)
        .waiting()
        .into_iter()
        .map(|kept| kept.name)
        .collect();
    assert_eq!(left, [FIRST, "of-another-name"]);
    run(&mut problem(&bench, "web03", 3))
        .code(0)
        .says("newer version");
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
}

#[test]
fn aliens_beside_the_lanes_and_in_the_other_folders_stop_nobody() {
    let (bench, folder) = with_two_waiting();
    let queue = Queue::of(&bench);
    for place in ["new", "failed", "lanes", "journal", "tmp", "."] {
        let place = queue.root().join(place);
        fs::create_dir_all(place.join("a folder/inside")).expect("a folder");
        fs::write(place.join("a file"), "?").expect("a file");
        fs::write(place.join("00000000.jsonl"), "no record\n{\n").expect("a file");
    }
    fs::write(queue.root().join("counter"), "no counter").expect("a file");
    fs::write(queue.root().join("tidied"), "?").expect("a file");
    let state = queue.root().join("lanes");
    let name = folder
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    fs::write(state.join(format!("{name}.json")), "no state").expect("a file");
    drains(&bench);
    run(&mut problem(&bench, "web03", 3))
        .code(0)
        .says("delivered");
}
