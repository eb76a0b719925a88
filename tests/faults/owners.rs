//! `sudo slack-notify` by root beside the core's own user: one queue, and no file in it that the core cannot read.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

use notify_test::namespace::{NOBODY, as_root_beside_others, hand_over, is_root, skip};
use notify_test::queue::{self, Queue, arrived};
use notify_test::{Bench, Fault};

use crate::stage::{impatient, is_empty_with_receipts, let_a_wait_pass, ordinary, problem, run};

/// An ordinary user becomes root of a namespace with several users, and runs the tests of this file again.
#[test]
fn root_is_told_from_the_cores_user() {
    if is_root() {
        return;
    }
    let with_users = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-auto", "--map-root-user"]);
        unshare
    };
    let probe = with_users().args(["chown", "--help"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return skip(
            "root beside the core's own user: neither root runs the tests, nor are there further users \
             (newuidmap, of the package uidmap, and a line in /etc/subuid)",
        );
    }
    let test = std::env::current_exe().expect("this program's path");
    let again = with_users().arg(test).arg("owners::").output();
    let again = again.expect("it starts");
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success(), "{said}");
}

/// The core's user is nobody here; its folder and config are there. `None` where root does not run the test.
fn beside_the_core() -> Option<Bench> {
    if !is_root() {
        return None;
    }
    let bench = impatient();
    fs::create_dir(bench.folder().join("state")).expect("a state folder");
    hand_over(bench.folder());
    Some(bench)
}

fn by_root(bench: &Bench, command: Command) -> Command {
    as_root_beside_others(&command, bench.folder())
}

fn all_is_the_cores(folder: &Path) {
    for found in fs::read_dir(folder).expect("a folder") {
        let path = found.expect("a file").path();
        let owner = fs::symlink_metadata(&path).expect("it is there");
        assert_eq!((owner.uid(), owner.gid()), (NOBODY, NOBODY), "{path:?}");
        if owner.is_dir() {
            all_is_the_cores(&path);
        }
    }
}

#[test]
fn root_delivers_through_the_cores_queue() {
    let Some(bench) = beside_the_core() else {
        return;
    };
    run(&mut by_root(&bench, problem(&bench, "web01", 1)))
        .code(0)
        .quiet()
        .one_line(bench.program);
    all_is_the_cores(&bench.folder().join("state"));
    run(&mut ordinary(&bench, problem(&bench, "web01", 2))).code(0);
    run(&mut by_root(&bench, problem(&bench, "web01", 3))).code(0);
    all_is_the_cores(&bench.folder().join("state"));
    assert_eq!(arrived(&bench.preview), [1, 2, 3]);
    is_empty_with_receipts(&Queue::of(&bench), 3);
}

#[test]
fn what_root_stores_the_core_sends() {
    let Some(bench) = beside_the_core() else {
        return;
    };
    bench.preview.always(Some(Fault::too_many(0)));
    run(&mut by_root(&bench, problem(&bench, "web01", 1)))
        .code(0)
        .says("queued");
    all_is_the_cores(&bench.folder().join("state"));
    run(&mut ordinary(&bench, problem(&bench, "web01", 2)))
        .code(0)
        .says("queued");
    bench.config("[slack\n");
    hand_over(bench.folder());
    run(&mut by_root(&bench, problem(&bench, "web02", 3)))
        .code(78)
        .says("kept");
    all_is_the_cores(&bench.folder().join("state"));
    crate::stage::with_queue(&bench, "");
    hand_over(bench.folder());
    bench.preview.always(None);
    let_a_wait_pass();
    run(&mut ordinary(&bench, queue::drainer(&bench))).code(0);
    let mut all = arrived(&bench.preview);
    assert_eq!(
        all.iter().filter(|number| **number < 3).collect::<Vec<_>>(),
        [&1, &2]
    );
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3]);
    all_is_the_cores(&bench.folder().join("state"));
    is_empty_with_receipts(&Queue::of(&bench), 3);
}

#[test]
fn a_drainer_that_root_starts_leaves_no_file_that_the_core_cannot_read() {
    let Some(bench) = beside_the_core() else {
        return;
    };
    bench.preview.always(Some(Fault::too_many(0)));
    run(&mut ordinary(&bench, problem(&bench, "web01", 1))).code(0);
    bench.preview.always(None);
    let_a_wait_pass();
    run(&mut by_root(&bench, queue::drainer(&bench)));
    all_is_the_cores(&bench.folder().join("state"));
    run(&mut ordinary(&bench, problem(&bench, "web01", 2))).code(0);
    run(&mut ordinary(&bench, queue::drainer(&bench)));
    assert_eq!(arrived(&bench.preview), [1, 2]);
}

#[test]
fn a_config_that_only_root_may_read_makes_root_send_past_the_queue() {
    let Some(bench) = beside_the_core() else {
        return;
    };
    let config = bench.folder().join("config.toml");
    chown(&config, Some(0), Some(0)).expect("root's again");
    // Neither can anybody know which folder it names: the usual one is used.
    let unread = run(&mut ordinary(&bench, problem(&bench, "web01", 1)));
    unread
        .code(78)
        .says("config.toml: cannot be read")
        .says("kept");
    // Root itself reads it, but what it stored there the owner could not send.
    let direct = run(&mut by_root(&bench, problem(&bench, "web01", 2)));
    direct
        .code(0)
        .says("past the queue")
        .says("belongs to user 65534");
    assert_eq!(arrived(&bench.preview), [2]);
    hand_over(&config);
    run(&mut ordinary(&bench, problem(&bench, "web01", 3))).code(0);
    assert_eq!(arrived(&bench.preview), [2, 1, 3]);
}
