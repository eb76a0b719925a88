//! What lies in the folder and is not what it should be: named, set aside, and in nobody's way.

use std::fs;

use notify_test::queue::Kept;

use crate::desk::{Desk, Watch};

/// The words about it, and what is done to the file.
type Spoilt = (&'static str, fn(&Kept));

/// Three entries, of which the middle one is to be spoilt.
fn three() -> (Desk, Kept) {
    let desk = Desk::new();
    for host in ["web01", "web02", "web03"] {
        desk.store(host);
    }
    let middle = desk.kept().waiting().remove(1);
    (desk, middle)
}

#[test]
fn a_broken_file_goes_to_failed_and_the_others_are_sent() {
    let spoil: [Spoilt; 6] = [
        ("it is cut off", |kept| {
            let text = fs::read(&kept.path).unwrap();
            fs::write(&kept.path, &text[..text.len() / 2]).unwrap();
        }),
        ("it is empty", |kept| fs::write(&kept.path, "").unwrap()),
        ("it is no entry", |kept| {
            fs::write(&kept.path, b"\xff\xfe\x00 no JSON").unwrap();
        }),
        ("it is no entry", |kept| {
            fs::write(&kept.path, "{\"format\":1,\"destination\":\"slack\"}").unwrap();
        }),
        ("it belongs to slack:other", |kept| {
            let mut entry = kept.json();
            entry["destination"] = "slack:other".into();
            fs::write(&kept.path, entry.to_string()).unwrap();
        }),
        ("it is no plain file", |kept| {
            fs::remove_file(&kept.path).unwrap();
            fs::create_dir(&kept.path).unwrap();
        }),
    ];
    for (words, spoil) in spoil {
        let (desk, middle) = three();
        spoil(&middle);
        let list = desk.queue(&["list"]);
        list.code(0);
        assert!(list.stdout.contains(words), "{words}: {list:#?}");
        let run = desk.queue(&["run"]);
        run.code(0)
            .says(words)
            .says("moved to failed/")
            .says("slack:default: 2 delivered");
        assert_eq!(desk.arrived(), ["web01", "web03"], "{words}");
        assert!(desk.kept().waiting().is_empty(), "{words}");
        assert_eq!(desk.kept().failed().len(), 1, "{words}");
        let list = desk.queue(&["list", "--failed"]);
        list.code(0);
        assert!(list.stdout.contains("unreadable: "), "{words}: {list:#?}");
    }
}

#[test]
fn an_alien_file_goes_to_failed_wherever_it_lies() {
    let desk = Desk::new();
    desk.store("web01");
    let folder = desk.kept().waiting()[0].path.with_file_name("");
    fs::write(folder.join("notes.txt"), "buy milk").unwrap();
    fs::write(desk.state().join("new").join("notes.txt"), "buy milk").unwrap();
    fs::create_dir(desk.state().join("new").join("a folder")).unwrap();
    desk.kept().let_it_be_tidied();
    let run = desk.queue(&["run"]);
    run.code(0)
        .says("slack:default: 1 delivered")
        .says("notes.txt");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let left = fs::read_dir(desk.state().join("new")).unwrap();
    let left: Vec<_> = left.map(|left| left.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(desk.arrived(), ["web01"]);
    desk.queue(&["list", "--failed"]).code(0);
}

#[test]
fn an_alien_in_a_lane_without_entries_goes_to_failed_too() {
    let desk = Desk::new();
    desk.store("web01");
    desk.queue(&["run"]).code(0);
    for lane in [
        "slack:default@1a2b3c4d",
        "slack",
        "slack@1a2b3c4d",
        "teams:ops",
    ] {
        let folder = desk.state().join("new").join(lane);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("notes.txt"), "buy milk").unwrap();
    }
    let run = desk.queue(&["run"]);
    for name in ["slack:default@1a2b3c4d", "slack@1a2b3c4d"] {
        run.says(&format!("{name}: notes.txt: it is no entry"));
    }
    // Of the provider that nobody knows nobody knows what that is.
    assert_eq!(desk.kept().waiting().len(), 1, "{run:#?}");
    assert_eq!(desk.kept().failed().len(), 3, "{run:#?}");
}

#[test]
fn a_newer_format_stays_and_only_its_own_object_waits_behind_it() {
    let (desk, middle) = three();
    desk.store("web02");
    let mut entry = middle.json();
    entry["format"] = 7.into();
    fs::write(&middle.path, entry.to_string()).unwrap();
    let watch = Watch::start(&desk);
    watch.wait_for("format 7 is of a newer version: left where it is");
    watch.wait_for("slack:default: 2 delivered");
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    let said = watch.said();
    assert_eq!(said.matches("format 7").count(), 1, "{said}");
    drop(watch);
    assert_eq!(desk.arrived(), ["web01", "web03"]);
    assert_eq!(desk.kept().waiting().len(), 2);
    let rows = desk.json(&["list", "--json"]);
    assert_eq!(rows[0]["reason"], "its format 7 is of a newer version");
    assert!(
        rows[0]["due"].is_null() && rows[0]["host"].is_null(),
        "{}",
        rows[0]
    );
    // An older version's drop is as good as any.
    desk.queue(&["drop", "2"]).code(0);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web01", "web03", "web02"]);
}

#[test]
fn a_lanes_state_that_is_nonsense_is_forgotten() {
    let desk = Desk::new();
    desk.store("web01");
    for (name, _) in desk.kept().lines() {
        fs::write(
            desk.state().join("lanes").join(format!("{name}.json")),
            "{{{",
        )
        .unwrap();
    }
    fs::write(desk.state().join("counter"), "nonsense").unwrap();
    desk.queue(&["run"])
        .code(0)
        .says("slack:default: 1 delivered");
}

/// As a later version would have stored it.
fn make_newer(kept: &Kept) {
    let mut entry = kept.json();
    entry["format"] = 7.into();
    fs::write(&kept.path, entry.to_string()).expect("a newer entry");
}

#[test]
fn entries_of_a_newer_format_are_counted_and_somebody_hears_what_to_do() {
    let (desk, middle) = three();
    desk.age(&middle, 3_600.0);
    make_newer(&middle);
    let words = "slack:default: 1 entry is of a newer version: update the programs here, or notify-queue drop 2";
    let run = desk.queue(&["run"]);
    run.code(0).says(words).says("2 delivered");
    let check = desk.queue(&["check", "--oldest-critical", "2h"]);
    assert!(check.code > 0, "{check:#?}");
    assert!(check.stdout.contains(words), "{check:#?}");
    assert!(
        check.stdout.contains("the oldest waits for 1 h") && check.stdout.contains(" oldest=36"),
        "{check:#?}"
    );
    let check = desk.queue(&["check", "--oldest-critical", "30m"]);
    check.code(2);
    let list = desk.queue(&["list"]);
    let head = "slack:default – 1 waiting, oldest 1 h; 1 entry is of a newer version: update";
    assert!(list.stdout.starts_with(head), "{list:#?}");
    assert!(
        desk.json(&["list", "--json"])[0]["age_seconds"].as_u64() >= Some(3_600),
        "{list:#?}"
    );
    // What another version's drainer would send is not due here.
    let retry = desk.queue(&["retry", "2"]);
    let stays = format!(
        "slack:default: {} stays: its format 7 is of a newer version\n",
        middle.name
    );
    assert_eq!(retry.code(69).stdout, stays);
    // Nor what waits behind it.
    desk.store("web02");
    desk.age(&desk.kept().waiting()[1], 3_600.0);
    desk.age_config(3_600);
    desk.forget_lines();
    let check = desk.queue(&["check"]);
    check.code(2);
    assert!(!check.stdout.contains("has been due"), "{check:#?}");
    desk.queue(&["drop", "2"]).code(0);
    desk.queue(&["run"]).code(0);
    assert_eq!(desk.arrived(), ["web01", "web03", "web02"]);
}

#[test]
fn a_newer_format_that_says_no_time_is_as_old_as_its_file() {
    let desk = Desk::new();
    desk.store("web01");
    let kept = desk.kept().waiting().remove(0);
    fs::write(&kept.path, "{\"format\":7}").unwrap();
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(7_200);
    let file = fs::File::options().write(true).open(&kept.path).unwrap();
    file.set_modified(then).unwrap();
    let check = desk.queue(&["check"]);
    check.code(2);
    assert!(
        check.stdout.contains("the oldest waits for 2 h"),
        "{check:#?}"
    );
}

#[test]
fn each_alien_has_its_own_reason_and_says_it_once() {
    let (desk, middle) = three();
    let text = fs::read(&middle.path).unwrap();
    fs::write(&middle.path, &text[..text.len() / 2]).unwrap();
    let folder = middle.path.with_file_name("");
    fs::create_dir(folder.join("a folder")).unwrap();
    fs::write(folder.join("notes.txt"), "buy milk").unwrap();
    fs::write(desk.state().join("new").join("stray"), "x").unwrap();
    let list = desk.queue(&["list"]);
    for line in ["a folder: it is no plain file", "notes.txt: it is no entry"] {
        assert!(list.stdout.contains(line), "{list:#?}");
    }
    desk.kept().let_it_be_tidied();
    desk.queue(&["run"]).code(0);
    // Nobody knows how this one came there.
    fs::write(
        desk.state().join("failed/strangers/later"),
        "put there by hand",
    )
    .unwrap();
    let list = desk.queue(&["list", "--failed"]);
    let lines: Vec<&str> = list.stdout.lines().map(str::trim).collect();
    for line in [
        format!("{}: unreadable: it is cut off", middle.name),
        "a folder: unreadable: it is no plain file".to_owned(),
        "stray: unreadable: it is no lane".to_owned(),
        "later: not one of the queue's files".to_owned(),
    ] {
        assert!(
            lines.iter().any(|said| said.ends_with(&line)),
            "{line}: {list:#?}"
        );
    }
    let notes = lines
        .iter()
        .find(|line| line.contains("notes.txt"))
        .unwrap();
    assert!(
        notes.contains("notes.txt: unreadable: it is no entry"),
        "{notes}"
    );
    assert_eq!(list.stdout.matches("it is cut off").count(), 1, "{list:#?}");
    let rows = desk.json(&["list", "--failed", "--json"]);
    let reasons: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["reason"].as_str())
        .collect();
    assert_eq!(reasons.len(), 4, "{rows:#?}");
    assert!(reasons.contains(&"unreadable: it is cut off"), "{rows:#?}");
}
