//! A storm's digest where nobody else comes: whoever drains waits for it.

use std::process::Command;
use std::thread;
use std::time::Duration;

use notify_test::Run;
use notify_test::flood::{configure, meanwhile};
use notify_test::storm::{say, told};

use crate::desk::{Desk, PROGRAM, Watch, wait_until};

const COLLECTED: &str = "[flood]\ndigest_collect = \"1s\"\ndigest_every = \"2s\"\n";

/// A desk at which so many hosts are down.
fn storm(notifier: &'static str, count: usize) -> Desk {
    let desk = Desk::of(notifier);
    configure(&desk.bench, &desk.bench.smallest_config(), COLLECTED);
    meanwhile(&desk.bench, || down(&desk, "web", count));
    desk
}

fn down(desk: &Desk, prefix: &str, count: usize) {
    for number in 1..=count {
        let line = say(&format!("{prefix}{number}"), "PROBLEM", "1", &[]);
        desk.bench.run(line).code(0);
    }
}

#[test]
fn a_run_collects_tells_and_ends() {
    for notifier in ["slack-notify", "mattermost-notify"] {
        let desk = storm(notifier, 11);
        let provider = desk.bench.program.provider();
        desk.queue(&["run"])
            .code(0)
            .says(&format!("{provider}:default: 11 delivered"));
        assert_eq!(told(&desk.bench), ["🔴 11 problems, 11 hosts – 11 DOWN"]);
        assert!(desk.kept().waiting().is_empty());
        let log = desk.queue(&["log", "--host", "web7"]);
        let words = "delivered DOWN web7: as one of 11: 🔴 11 problems, 11 hosts – 11 DOWN";
        assert!(log.stdout.contains(words), "{log:#?}");
    }
}

#[test]
fn who_watches_tells_a_storm_as_it_goes_on_and_messages_after_it() {
    let desk = storm("slack-notify", 11);
    let _watch = Watch::start(&desk);
    wait_until("the first digest", || told(&desk.bench).len() == 1);
    down(&desk, "db", 12);
    wait_until("the second digest", || told(&desk.bench).len() == 2);
    assert!(told(&desk.bench)[1].starts_with("🔴 12 problems, 12 hosts – 12 DOWN"));
    // With few behind it a storm is over.
    thread::sleep(Duration::from_millis(2_100));
    down(&desk, "mail", 1);
    wait_until("a message", || told(&desk.bench).len() == 3);
    assert!(told(&desk.bench)[2].starts_with("🔴 DOWN mail1"));
    assert!(desk.kept().waiting().is_empty());
}

/// What the last line names where there is no room for all shows all of them.
#[test]
fn the_command_at_a_digests_end_shows_everybody() {
    let desk = Desk::of("mattermost-notify");
    let section = desk.bench.smallest_config();
    let small = format!("{section}props_limit = 900\n");
    configure(&desk.bench, &small, COLLECTED);
    meanwhile(&desk.bench, || down(&desk, "web", 30));
    desk.queue(&["run"]).code(0);
    let digest = desk.bench.only();
    let shown = digest.shown.expect("shown").replace('\u{200B}', "");
    let (_, last) = shown.split_once("… and ").expect("a last line");
    let (missing, command) = last.split_once(": notify-queue ").expect("a command");
    let named = shown.matches(" – DOWN").count();
    let expected = format!("{0} more problems on {0} hosts", 30 - named);
    assert_eq!(missing, expected, "{shown}");
    let command = command.lines().next().expect("a line");
    let like = desk.command(&[]);
    let environment = like
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("'{}' {command}", PROGRAM.path)]);
    shell.env_clear().envs(environment);
    let log = Run::of(shell.output().expect("a shell"));
    log.code(0);
    assert_eq!(log.stdout.lines().count(), 30, "{log:#?}");
}
