use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::monitoring::harmless;

const ID: &str = "0123456789abcdef";
const NOW: u64 = 1_800_000_000;

fn order(what: What) -> Order {
    Order {
        subject: Subject {
            host: "web01".to_owned(),
            service: Some("Ping".to_owned()),
        },
        what,
        author: "Max".to_owned(),
        comment: mark::marked("disk ordered", ID),
        now: NOW,
    }
}

fn acknowledge(sticky: Sticky, until: Option<u64>) -> What {
    What::Acknowledge { sticky, until }
}

#[test]
fn each_order_is_the_line_that_the_core_knows() {
    for (what, service, host) in [
        (
            acknowledge(Sticky::Yes, None),
            "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max;disk ordered [#0123456789abcdef]",
            "ACKNOWLEDGE_HOST_PROBLEM;web01;2;1;0;Max;disk ordered [#0123456789abcdef]",
        ),
        (
            acknowledge(Sticky::No, Some(NOW + 60)),
            "ACKNOWLEDGE_SVC_PROBLEM_EXPIRE;web01;Ping;0;1;0;1800000060;Max;disk ordered [#0123456789abcdef]",
            "ACKNOWLEDGE_HOST_PROBLEM_EXPIRE;web01;0;1;0;1800000060;Max;disk ordered [#0123456789abcdef]",
        ),
        (
            What::RemoveAcknowledgement,
            "REMOVE_SVC_ACKNOWLEDGEMENT;web01;Ping",
            "REMOVE_HOST_ACKNOWLEDGEMENT;web01",
        ),
        (
            What::Downtime { seconds: 600 },
            "SCHEDULE_SVC_DOWNTIME;web01;Ping;1800000000;1800000600;1;0;600;Max;disk ordered [#0123456789abcdef]",
            "SCHEDULE_HOST_DOWNTIME;web01;1800000000;1800000600;1;0;600;Max;disk ordered [#0123456789abcdef]",
        ),
        (
            What::Recheck,
            "SCHEDULE_FORCED_SVC_CHECK;web01;Ping;1800000000",
            "SCHEDULE_FORCED_HOST_CHECK;web01;1800000000",
        ),
        (
            What::Comment,
            "ADD_SVC_COMMENT;web01;Ping;1;Max;disk ordered [#0123456789abcdef]",
            "ADD_HOST_COMMENT;web01;1;Max;disk ordered [#0123456789abcdef]",
        ),
    ] {
        let mut order = order(what);
        for expected in [service, host] {
            let line = command(&order, Flavour::Naemon).unwrap();
            assert_eq!(line, format!("[{NOW}] {expected}\n"));
            order.subject.service = None;
        }
    }
    let line = command(&order(acknowledge(Sticky::No, Some(NOW))), Flavour::Nagios).unwrap();
    assert!(
        line.contains("ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;0;1;0;Max;"),
        "{line}"
    );
}

#[test]
fn a_name_that_could_be_a_command_is_refused() {
    for name in ["a;b", "a\nb", "a\0b", "", "a\u{FFFD}b", "a\u{85}b"] {
        let mut host = order(What::Recheck);
        host.subject.host = name.to_owned();
        let mut service = order(What::Recheck);
        service.subject.service = Some(name.to_owned());
        for order in [host, service] {
            let refused = command(&order, Flavour::Nagios).unwrap_err();
            assert!(refused.contains("a character that"), "{refused}");
        }
    }
    let mut long = order(What::Recheck);
    long.subject.host = "a".repeat(5_000);
    let refused = command(&long, Flavour::Nagios).unwrap_err();
    assert!(refused.contains("too long"), "{refused}");
}

#[test]
fn what_is_said_gives_way_and_its_mark_stays() {
    let mut long = order(acknowledge(Sticky::Yes, None));
    long.comment = mark::marked(&"€".repeat(3_000), ID);
    long.author = "é".repeat(3_000);
    let line = command(&long, Flavour::Nagios).unwrap();
    assert!(
        line.len() <= LONGEST && line.len() > LONGEST - 8,
        "{}",
        line.len()
    );
    assert!(line.ends_with(&format!("€… [#{ID}]\n")), "{line}");
}

proptest! {
    #[test]
    fn whatever_is_said_is_one_command_with_its_fields(
        host in "\\PC{1,40}|.{0,40}",
        service in prop::option::of("\\PC{1,40}|.{0,40}"),
        author in ".{0,400}",
        comment in ".{0,3000}|[;\n\r\0$`\"\\\\]{0,50}",
        kind in 0usize..6,
    ) {
        let what = [
            acknowledge(Sticky::Yes, None),
            acknowledge(Sticky::No, Some(NOW)),
            What::RemoveAcknowledgement,
            What::Downtime { seconds: 60 },
            What::Recheck,
            What::Comment,
        ][kind];
        let fields = [5, 6, 0, 7, 1, 3][kind];
        let order = Order {
            subject: Subject { host: host.clone(), service: service.clone() },
            what,
            author: harmless(&author),
            comment: mark::marked(&harmless(&comment), ID),
            now: NOW,
        };
        let names = std::iter::once(&host).chain(&service);
        let is_plain = names.clone().all(|name| {
            !name.is_empty() && !name.contains(|c: char| c == ';' || c == '\u{FFFD}' || c.is_control())
        });
        match command(&order, Flavour::Naemon) {
            Ok(line) => {
                prop_assert!(is_plain);
                prop_assert!(line.len() <= LONGEST);
                prop_assert_eq!(line.matches(char::is_control).collect::<Vec<_>>(), ["\n"]);
                prop_assert!(line.ends_with('\n'));
                let count = line.split(';').count();
                prop_assert_eq!(count, 1 + names.count() + fields);
                if fields > 1 {
                    prop_assert_eq!(mark::unmarked(line.trim_end()).1, Some(ID));
                }
            }
            Err(_) => prop_assert!(!is_plain),
        }
    }
}

/// A core's two files in a folder of their own.
fn nagios(folder: &Path) -> Nagios {
    Nagios::new(CommandFile {
        flavour: Flavour::Nagios,
        command_file: folder.join("nagios.cmd"),
        status_file: folder.join("status.dat"),
    })
}

fn later(done: Result<impl Sized, Trouble>) -> String {
    match done {
        Err(Trouble::Later(why)) => why,
        Err(Trouble::Never(why)) => panic!("never: {why}"),
        Ok(_) => panic!("it worked"),
    }
}

#[test]
fn a_command_file_that_nobody_reads_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    let nagios = nagios(folder.path());
    let fifo = folder.path().join("nagios.cmd");
    let given = || later(nagios.give(&order(What::Recheck)));
    assert!(
        given().contains("does not exist: start the core"),
        "{}",
        given()
    );

    fs::write(&fifo, "").unwrap();
    assert!(given().contains("is no FIFO: remove it"), "{}", given());
    assert_eq!(fs::read(&fifo).unwrap(), b"");

    fs::remove_file(&fifo).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    assert!(
        given().contains("is read by nobody: start the core"),
        "{}",
        given()
    );

    // Somebody has it open and does not read.
    let _reader = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&fifo)
        .unwrap();
    let full = (0..10_000).find_map(|_| nagios.give(&order(What::Comment)).err());
    let full = later(full.map_or(Ok(()), Err));
    assert!(
        full.contains("is full: the core does not read it"),
        "{full}"
    );
}

#[test]
fn a_status_file_is_read_anew_when_the_core_writes_it() {
    let folder = TempDir::new().unwrap();
    let nagios = nagios(folder.path());
    let status = folder.path().join("status.dat");
    let looked = || nagios.look(&Subject::host("web01"));
    assert!(later(looked()).contains("does not exist: start the core"));

    let write = |text: &str| {
        let aside = folder.path().join("aside");
        fs::write(&aside, text).unwrap();
        fs::rename(aside, &status).unwrap();
    };
    let whole = "info {\n\tcreated=1800000000\n\t}\n\nhoststatus {\n\thost_name=web01\n\thas_been_checked=1\n\tcurrent_state=1\n\t}\n";
    write(whole);
    let first = nagios.status.picture().unwrap();
    assert!(std::sync::Arc::ptr_eq(
        &first,
        &nagios.status.picture().unwrap()
    ));
    assert_eq!(looked().unwrap().unwrap().as_of, 1_800_000_000.0);

    write(&whole.replace("1800000000", "1800000010"));
    assert_eq!(looked().unwrap().unwrap().as_of, 1_800_000_010.0);

    write(&whole[..whole.len() - 5]);
    assert!(later(looked()).contains("ends in the middle"));
    write("");
    assert!(later(looked()).contains("ends in the middle"));
    write("define host {\n}\n");
    assert!(later(looked()).contains("is not a core's status file"));

    fs::remove_file(&status).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&status)
            .status()
            .unwrap()
            .success()
    );
    assert!(later(looked()).contains("is not a core's status file"));
}

#[test]
fn a_probe_says_how_old_the_status_is() {
    let folder = TempDir::new().unwrap();
    let nagios = nagios(folder.path());
    let fifo = folder.path().join("nagios.cmd");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let _reader = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&fifo)
        .unwrap();
    let status = |age: u64| {
        let created = Moment::read().wall as u64 - age;
        fs::write(
            folder.path().join("status.dat"),
            format!(
                "info {{\n\tcreated={created}\n\t}}\n\n{}",
                "\n".repeat(age as usize)
            ),
        )
        .unwrap();
    };
    status(7);
    let words = nagios.probe().unwrap();
    assert!(
        words.contains("the status of 0 objects is 7 s old") || words.contains("8 s old"),
        "{words}"
    );
    status(400);
    assert!(later(nagios.probe()).contains("s old: start the core"));
}

#[test]
fn what_may_not_be_used_says_as_whom_to_run() {
    let folder = TempDir::new().unwrap();
    let nagios = nagios(folder.path());
    fs::write(folder.path().join("status.dat"), "").unwrap();
    for name in ["nagios.cmd", "status.dat"] {
        fs::write(folder.path().join(name), "").unwrap();
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // To root nothing is forbidden.
    if fs::read(folder.path().join("status.dat")).is_err() {
        assert!(later(nagios.give(&order(What::Recheck))).contains("as the core's user"));
        assert!(later(nagios.look(&Subject::host("a"))).contains("as the core's user"));
    }
}
