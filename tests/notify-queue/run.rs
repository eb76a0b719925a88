//! `run`: what is due, once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use notify_test::queue::lane;
use notify_test::{Fault, Run};

use crate::desk::{Desk, PROGRAM, QUICK};

/// The words about it, and what is done to the folder.
type Spoilt = (&'static str, fn(&Desk));

#[test]
fn what_waits_is_sent_in_order_and_summed_up() {
    let desk = Desk::new();
    for host in ["web01", "web02", "web03"] {
        desk.store(host);
    }
    let run = desk.queue(&["run"]);
    run.code(0).quiet().says("slack:default: 3 delivered");
    assert_eq!(desk.arrived(), ["web01", "web02", "web03"]);
    assert!(desk.kept().waiting().is_empty());
    assert_eq!(desk.kept().counted(), 0);
    // A log has no use for "nothing".
    let again = desk.queue(&["run"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""), "{again:#?}");
}

#[test]
fn without_a_folder_nothing_waits() {
    let desk = Desk::new();
    let run = desk.queue(&["run"]);
    run.code(0).quiet().one_line(PROGRAM);
    run.says("nothing was ever queued: there is no ")
        .says("/state yet");
    assert!(!desk.state().exists());
}

#[test]
fn a_folder_that_is_unfit_is_exit_78() {
    let cases: [Spoilt; 3] = [
        ("is not a folder", |desk| {
            fs::write(desk.state(), "").unwrap();
        }),
        ("is a symbolic link", |desk| {
            symlink(desk.bench.folder(), desk.state()).unwrap();
        }),
        ("may be written by others", |desk| {
            fs::create_dir(desk.state()).unwrap();
            fs::set_permissions(desk.state(), fs::Permissions::from_mode(0o777)).unwrap();
        }),
    ];
    for (words, spoil) in cases {
        let desk = Desk::new();
        spoil(&desk);
        for command in [
            &["run"][..],
            &["list"],
            &["log"],
            &["show", "1"],
            &["drop", "1"],
            &["retry", "--failed"],
        ] {
            let run = desk.queue(command);
            run.code(78).quiet().one_line(PROGRAM).says(words);
        }
    }
}

#[test]
fn a_vendor_that_fails_is_exit_75_and_told_once() {
    let desk = Desk::new();
    desk.store("web01");
    desk.bench.preview.always(Some(Fault::status(503)));
    let run = desk.queue(&["run"]);
    run.code(75).quiet().one_line(PROGRAM);
    run.says("slack:default: the vendor answered 503")
        .says("1 waiting, tried again in ");
    let again = desk.queue(&["run"]);
    assert_eq!((again.code, again.stderr.as_str()), (75, ""), "{again:#?}");
    desk.bench.preview.always(None);
    thread::sleep(Duration::from_millis(20));
    let run = desk.queue(&["run"]);
    run.code(0).says("slack:default: works again");
}

#[test]
fn a_refused_message_is_told_with_its_number_and_the_others_go_on() {
    let desk = Desk::new();
    for host in ["web01", "web02"] {
        desk.store(host);
    }
    // Once more in plain text, and not then either.
    for _ in 0..2 {
        desk.bench.preview.next(Fault::status(400));
    }
    let run = desk.queue(&["run"]);
    run.code(69).quiet();
    run.says("slack:default: 1 DOWN web01: refused: 400")
        .says("kept: notify-queue show 1")
        .says("slack:default: 1 delivered, 1 failed");
    assert_eq!(desk.arrived(), ["web02"]);
    assert_eq!(desk.kept().failed().len(), 1);
}

#[test]
fn a_refused_destination_keeps_its_entries_and_is_exit_69() {
    let desk = Desk::new();
    desk.store("web01");
    desk.bench.preview.always(Some(Fault::status(403)));
    let run = desk.queue(&["run"]);
    run.code(69).quiet().one_line(PROGRAM);
    run.says("slack:default: destination refused: 403")
        .says("1 waiting, tried again in 1 h, and as soon as its config or secret changes");
    let asked = desk.bench.preview.received().len();
    desk.queue(&["run"]).code(69);
    assert_eq!(
        desk.bench.preview.received().len(),
        asked,
        "it is asked hourly"
    );
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn an_entry_that_is_too_old_goes_to_failed() {
    let desk = Desk::new();
    desk.store("web01");
    desk.age(&desk.kept().waiting()[0], 25.0 * 3_600.0);
    let run = desk.queue(&["run"]);
    run.code(69).quiet();
    run.says("1 DOWN web01: expired: older than expire_after");
    assert!(desk.arrived().is_empty());
    assert_eq!(desk.kept().failed().len(), 1);
}

#[test]
fn only_the_destinations_that_are_named_are_drained() {
    let desk = Desk::new();
    desk.destinations(&[("ops", &desk.bench.preview)]);
    desk.store("web01");
    desk.store_more("web02", &["--to", "ops"]);
    let run = desk.queue(&["run", "--destination", "slack:ops"]);
    run.code(0).says("slack:ops: 1 delivered");
    assert_eq!(desk.arrived(), ["web02"]);
    let run = desk.queue(&["run", "--destination", "slack:nobody"]);
    run.code(0).says("nothing waits for slack:nobody");
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn the_pace_is_kept_and_waited_for() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    let paced = section.replace("min_interval = 0", "min_interval = \"1700ms\"");
    for host in ["web01", "web02"] {
        desk.store(host);
    }
    // More than a nap: the line is given back in between.
    desk.bench.config(&format!("{QUICK}{paced}"));
    desk.queue(&["run"]).code(0).says("2 delivered");
    let received = desk.bench.preview.received();
    let [.., first, second] = &received[..] else {
        panic!("{received:#?}");
    };
    let between = second.at.duration_since(first.at);
    assert!(between > Duration::from_millis(1_600), "{between:?}");
}

#[test]
fn a_pace_of_minutes_is_not_waited_for() {
    let desk = Desk::new();
    let section = desk.bench.smallest_config();
    desk.store("web01");
    let paced = section.replace("min_interval = 0", "min_interval = \"10m\"");
    desk.bench.config(&format!("{QUICK}{paced}"));
    let began = Instant::now();
    let run = desk.queue(&["run"]);
    run.code(0).quiet();
    assert!(began.elapsed() < Duration::from_secs(10), "{run:#?}");
    assert_eq!(desk.kept().waiting().len(), 1);
}

#[test]
fn another_sender_is_waited_for_and_then_left_alone() {
    let desk = Desk::new();
    desk.store("web01");
    let lane = lane(&desk.bench, "default");
    let line = desk.kept().hold(&lane);
    let waits = thread::scope(|scope| {
        let waits = scope.spawn(|| desk.queue(&["run"]));
        thread::sleep(Duration::from_millis(500));
        drop(line);
        waits.join().unwrap()
    });
    waits.code(0).says("slack:default: 1 delivered");

    desk.store("web02");
    let line = desk.kept().hold(&lane);
    let began = Instant::now();
    let run = desk.queue(&["run"]);
    let took = began.elapsed();
    run.code(75)
        .one_line(PROGRAM)
        .says("slack:default: another process is sending; 1 waiting");
    assert!(
        took > Duration::from_secs(5) && took < Duration::from_secs(15),
        "{took:?}"
    );
    drop(line);
}

#[test]
fn many_entries_show_a_bar_on_a_terminal_and_none_in_a_log() {
    let fill = |desk: &Desk| {
        let hosts: Vec<String> = (0..60).map(|number| format!("web{number}")).collect();
        desk.bench.preview.always(Some(Fault::too_many(3_600)));
        for host in &hosts {
            desk.notify(host, &[]).code(0);
        }
        desk.bench.preview.always(None);
        desk.queue(&["retry", "--destination", "slack:default"])
            .code(0);
    };
    let desk = Desk::new();
    fill(&desk);
    let run = desk.queue(&["run"]);
    run.code(0).says("60 delivered");
    assert!(!run.stderr.contains('\r'), "{run:#?}");

    let desk = Desk::new();
    fill(&desk);
    let run = on_a_terminal(&desk, "run");
    run.code(0);
    let shown = &run.stdout;
    assert!(
        shown.contains("\r\x1b[K[") && shown.contains(" of 60"),
        "{run:#?}"
    );
    let last = shown.rsplit("\x1b[K").next().unwrap();
    let alone = last.trim() == "notify-queue: slack:default: 60 delivered";
    assert!(alone, "the bar is gone at the end: {run:#?}");
    let redrawn = shown.matches(" of 60").count();
    assert!(redrawn < 60, "{redrawn} times");
}

#[test]
fn a_person_is_told_what_a_log_knows_already() {
    let desk = Desk::new();
    let run = on_a_terminal(&desk, "run");
    assert!(run.stdout.contains("nothing was ever queued"), "{run:#?}");
    desk.store("web01");
    desk.bench.preview.always(Some(Fault::too_many(3_600)));
    desk.queue(&["run"]).code(75);
    let run = on_a_terminal(&desk, "run");
    run.code(75);
    assert!(
        run.stdout.contains("limiting the rate (429); 1 waiting"),
        "{run:#?}"
    );
    desk.bench.preview.always(None);
    desk.queue(&["retry", "1"]).code(0);
    desk.queue(&["run"]).code(0);
    let run = on_a_terminal(&desk, "run");
    assert!(
        run.stdout.contains("notify-queue: nothing waits"),
        "{run:#?}"
    );
}

/// Both streams are the terminal's.
pub fn on_a_terminal(desk: &Desk, line: &str) -> Run {
    let command = desk.command(&[]);
    let environment = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let mut script = Command::new("script");
    let line = format!("'{}' {line}", PROGRAM.path);
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.env_clear().envs(environment);
    Run::of(script.output().expect("script, of bsdutils"))
}
