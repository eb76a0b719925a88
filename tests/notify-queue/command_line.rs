//! The command line, as people and cores mistype it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use crate::desk::{Desk, PROGRAM};

#[test]
fn help_has_examples_and_exit_codes() {
    let desk = Desk::new();
    for (command, words) in [
        (
            &["--help"][..],
            &[
                "notify-queue run --watch",
                "notify-queue show 42",
                "Exit codes: 0",
            ][..],
        ),
        (
            &["run", "--help"],
            &["--watch", "--destination", "Exit codes: 0", "--config"],
        ),
        (&["list", "--help"], &["--json", "--failed", "--host"]),
        (&["retry", "--help"], &["[ID]...", "--failed"]),
        (&["drop", "--help"], &["[ID]...", "together"]),
        (&["open", "--help"], &["--json", "--host", "--destination"]),
        (
            &["mute", "--help"],
            &["[DESTINATION]", "--off", "--reason", "expire_after"],
        ),
        (
            &["replay", "--help"],
            &["[ID]...", "--until", "--force", "together", "digest"],
        ),
        (
            &["log", "--help"],
            &["--since", "2h", "2026-11-21", "--service"],
        ),
        (
            &["check", "--help"],
            &["--waiting-warning", "[default: 100]", "[default: 30m]"],
        ),
    ] {
        let help = desk.queue(command);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""), "{help:#?}");
        for words in words {
            assert!(help.stdout.contains(words), "{words}: {}", help.stdout);
        }
    }
}

#[test]
fn the_version_is_that_of_the_notifiers() {
    let desk = Desk::new();
    let ours = desk.queue(&["--version"]);
    assert_eq!((ours.code, ours.stderr.as_str()), (0, ""));
    let theirs = desk.bench.run(["--version"]);
    // The commit may differ where only one of them was built anew.
    let number = |text: &str| text.split(' ').nth(1).map(str::to_owned);
    assert!(ours.stdout.starts_with("notify-queue "), "{ours:#?}");
    assert_eq!(number(&ours.stdout), number(&theirs.stdout));
    let commit = ours.stdout.trim_end().rsplit(" (").next().unwrap();
    assert!(commit.ends_with(')'), "{ours:#?}");
}

#[test]
fn a_mistake_is_one_line_with_advice_and_exit_64() {
    let desk = Desk::new();
    for (command, words) in [
        (&[][..], "which command?"),
        (&["lst"], "unknown command lst: did you mean list?"),
        (
            &["frobnicate"],
            "unknown command frobnicate: --help lists them all",
        ),
        (
            &["run", "--wach"],
            "unknown option --wach: did you mean --watch?",
        ),
        (
            &["list", "--destinatio", "slack:ops"],
            "did you mean --destination?",
        ),
        (&["list", "surplus"], "unknown option surplus"),
        (&["show"], "<ID> is missing"),
        (&["list", "--host"], "--host"),
        (&["run", "--destination", "slack:"], "written provider:name"),
        (&["run", "--destination", "a b"], "written provider:name"),
        (&["list", "--destination", ""], "written provider:name"),
        (
            &["drop", "--destination", "slack:ops,slack:db"],
            "written provider:name",
        ),
    ] {
        let run = desk.queue(command);
        run.code(64).quiet().one_line(PROGRAM).says(words);
    }
}

#[test]
fn a_check_that_is_mistyped_is_unknown() {
    let desk = Desk::new();
    for command in [
        &["check", "--frobnicate"][..],
        &["check", "--waiting-warning", "many"],
        &["check", "--waiting-warning", "-1"],
        &["check", "--oldest-critical", "soon"],
        &["check", "surplus"],
        &["--config", "x.toml", "check", "--frobnicate"],
    ] {
        let run = desk.queue(command);
        run.code(3);
        assert_eq!(run.stderr, "", "{run:#?}");
        assert!(
            run.stdout.starts_with("notify-queue UNKNOWN - "),
            "{run:#?}"
        );
        assert_eq!(run.stdout.lines().count(), 1, "{run:#?}");
    }
    desk.queue(&["list", "--host", "check", "--frobnicate"])
        .code(64);
}

#[test]
fn the_config_may_stand_before_or_behind_the_command() {
    let desk = Desk::new();
    desk.store("web01");
    let file = desk.bench.folder().join("other.toml");
    std::fs::copy(desk.config_file(), &file).unwrap();
    std::fs::write(desk.config_file(), "state_dir = \"nowhere\"\n").unwrap();
    let file = file.display().to_string();
    for command in [
        &["--config", &file, "list"][..],
        &["list", "--config", &file],
    ] {
        let list = desk.queue(command);
        list.code(0);
        assert!(list.stdout.contains("DOWN web01"), "{list:#?}");
    }
    let gone = desk.queue(&["run", "--config", "/nonexistent/config.toml"]);
    gone.code(78)
        .quiet()
        .says("/nonexistent/config.toml: cannot be read");
}

#[test]
fn root_becomes_the_owner_of_the_folder() {
    const NOBODY: u32 = 65_534;
    let desk = Desk::new();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let may_enter = |above: &Path| fs::metadata(above).unwrap().mode() & 0o001 != 0;
    if !is_root || !Path::new(PROGRAM.path).ancestors().all(may_enter) {
        return;
    }
    desk.store("web01");
    desk.store("web02");
    let given = Command::new("chown")
        .args(["-R", &NOBODY.to_string()])
        .arg(desk.bench.folder())
        .status();
    assert!(given.unwrap().success());
    assert!(desk.queue(&["list"]).stdout.contains("DOWN web01"));
    desk.queue(&["drop", "1"]).code(0);
    desk.queue(&["show", "2"]).code(0);
    desk.queue(&["check"]);
    desk.queue(&["run"]).code(0).says("1 delivered");
    let mut folders = vec![desk.state()];
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(folder).unwrap() {
            let found = found.unwrap();
            let metadata = found.metadata().unwrap();
            assert_eq!(metadata.uid(), NOBODY, "{:?}", found.path());
            if metadata.is_dir() {
                folders.push(found.path());
            }
        }
    }
}
