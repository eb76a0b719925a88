//! A config that cannot be used, a folder that cannot be made: nobody is told that all is well.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;

use notify_test::Run;

use crate::desk::{Desk, PROGRAM, QUICK, Watch};

/// The state folder that this bench's user has without a config.
fn usual(desk: &Desk) -> String {
    let folder = desk.bench.folder().join(".local/state/monitoring-notify");
    folder.display().to_string()
}

fn with_state_dir(desk: &Desk, state_dir: &str) -> String {
    let good = fs::read_to_string(desk.config_file()).expect("a config");
    let section = desk.bench.smallest_config();
    let config = format!("state_dir = {state_dir:?}\n{QUICK}{section}");
    desk.bench.file("config.toml", &config);
    good
}

#[test]
fn a_folder_that_cannot_be_made_is_told_by_whoever_looks() {
    let desk = Desk::new();
    with_state_dir(&desk, "/proc/nowhere/state");
    let words = "/proc/nowhere/state cannot be made: ";
    let check = desk.queue(&["check"]);
    check.code(2);
    for words in [
        words,
        "set state_dir to another place: what is sent meanwhile is not queued\n",
    ] {
        assert!(check.stdout.contains(words), "{words}: {check:#?}");
    }
    for command in [
        &["run"][..],
        &["list"],
        &["list", "--json"],
        &["log"],
        &["show", "1"],
        &["retry", "1"],
    ] {
        let run = desk.queue(command);
        run.code(78).quiet().one_line(PROGRAM).says(words);
    }
    let watch = Watch::start(&desk);
    watch.wait_for(words);
}

#[test]
fn a_folder_that_could_be_made_is_not_made_by_a_look() {
    let desk = Desk::new();
    for command in [&["check"][..], &["list"], &["log"], &["run"]] {
        desk.queue(command).code(0);
    }
    let found = fs::read_dir(desk.bench.folder()).unwrap();
    let found: Vec<_> = found.map(|found| found.unwrap().file_name()).collect();
    assert_eq!(found, ["config.toml"]);
}

#[test]
fn who_may_not_make_the_folder_is_told_how_root_does() {
    const NOBODY: u32 = 65_534;
    let desk = Desk::new();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let may_enter = |above: &Path| fs::metadata(above).unwrap().mode() & 0o001 != 0;
    if !is_root || !Path::new(PROGRAM.path).ancestors().all(may_enter) {
        return;
    }
    fs::set_permissions(desk.bench.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    chown(desk.config_file(), Some(NOBODY), Some(NOBODY)).unwrap();
    let mut command = desk.command(&["check"]);
    let check = Run::of(command.uid(NOBODY).gid(NOBODY).output().unwrap());
    check.code(2);
    let state = desk.state().display().to_string();
    let advice = format!(
        "{state} cannot be made: Permission denied (os error 13): make it as root by install -d -m 0700 -o {NOBODY} {state}, or set state_dir"
    );
    assert!(check.stdout.contains(&advice), "{check:#?}");
}

#[test]
fn what_was_left_in_the_usual_folder_is_fetched_into_one_that_is_not_there_yet() {
    let desk = Desk::new();
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench.file("config.toml", "= = =\n");
    desk.notify("web01", &[]).code(78);
    desk.bench.file("config.toml", &good);
    let list = desk.queue(&["list"]);
    let words = format!("1 in {}: the next run fetches them", usual(&desk));
    assert!(list.code(0).stdout.contains(&words), "{list:#?}");
    let check = desk.queue(&["check"]);
    assert!(check.stdout.contains(" waiting=1;"), "{check:#?}");
    assert!(!desk.state().exists());
    desk.queue(&["run"]).code(0).says("1 delivered");
    assert_eq!(desk.arrived(), ["web01"]);
}

#[test]
fn an_empty_state_dir_strands_nothing() {
    for empty in ["", "  "] {
        let desk = Desk::new();
        let good = with_state_dir(&desk, empty);
        desk.notify("web01", &[])
            .code(78)
            .says("state_dir is empty; the notification is kept until that is mended");
        assert!(!desk.bench.folder().join("new").exists());
        assert!(Path::new(&usual(&desk)).join("new").exists());
        desk.bench.file("config.toml", &good);
        desk.queue(&["run"]).code(0).says("1 delivered");
        assert_eq!(desk.arrived(), ["web01"], "{empty:?}");
    }
}

#[test]
fn without_its_config_nobody_is_told_that_nothing_waits() {
    let desk = Desk::new();
    desk.store("web01");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    fs::remove_file(desk.config_file()).unwrap();
    let commands = [
        &["list"][..],
        &["list", "--json"],
        &["log"],
        &["show", "1"],
        &["run"],
    ];
    for command in commands {
        let run = desk.queue(command);
        run.code(78).quiet().one_line(PROGRAM);
        run.says("config.toml: cannot be read: ")
            .says(&format!("and there is no default folder {}", usual(&desk)));
    }
    // Something lies there, but what is meant may lie elsewhere.
    desk.notify("web02", &[]).code(78);
    for command in [&["list"][..], &["log"], &["list", "--json"]] {
        let run = desk.queue(command);
        run.code(78).one_line(PROGRAM);
        run.says(&format!(
            "so this is about the default folder {}",
            usual(&desk)
        ));
        let listed = command[0] == "list";
        assert_eq!(run.stdout.contains("web02"), listed, "{run:#?}");
    }
    for command in [&["retry", "1"][..], &["drop", "1"], &["drop", "--failed"]] {
        let run = desk.queue(command);
        run.code(78).quiet().one_line(PROGRAM);
        run.says("cannot be read").says("nothing was changed");
    }
    let check = desk.queue(&["check"]);
    check.code(2);
    assert!(
        check.stdout.contains("so this is about the default folder"),
        "{check:#?}"
    );
    desk.bench.file("config.toml", &good);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived().len(), 2);
}

#[test]
fn a_broken_config_that_still_names_the_folder_is_told_and_the_folder_shown() {
    let desk = Desk::new();
    desk.store("web01");
    let good = fs::read_to_string(desk.config_file()).unwrap();
    desk.bench
        .file("config.toml", &good.replace("[slack]", "[slack"));
    for (command, words) in [
        (&["list"][..], "DOWN web01"),
        (&["show", "1"], "web01"),
        (&["list", "--json"], "web01"),
    ] {
        let run = desk.queue(command);
        run.code(0).one_line(PROGRAM).says("not TOML");
        assert!(run.stdout.contains(words), "{run:#?}");
    }
    // The line about the folder is what is broken.
    desk.bench.file(
        "config.toml",
        &good.replacen("state_dir = \"", "state_dir = ", 1),
    );
    let list = desk.queue(&["list"]);
    list.code(78).quiet().says("there is no default folder");
}

#[test]
fn a_full_stdout_is_not_taken_for_a_full_queue() {
    let desk = Desk::new();
    desk.store("web01");
    for command in [&["list"][..], &["list", "--json"], &["log"], &["show", "1"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let run = Run::of(desk.command(command).stdout(full).output().unwrap());
        if command[0] == "log" {
            // Nothing has become of it yet.
            run.code(0);
            continue;
        }
        run.code(75).one_line(PROGRAM);
        run.says("not everything was shown: stdout: No space left on device");
    }
}
