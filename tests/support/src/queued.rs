//! What every program does with what it cannot deliver: keep it, and send it later, in order.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use notify_preview::{Answer, Fault};

use crate::{Bench, HOST_DOWN, Program, Run};

#[macro_export]
macro_rules! queued {
    ($program:expr) => {
        $crate::promises!(queued, $program;
            what_a_vendor_cannot_take_is_sent_by_the_next_notification_and_before_it,
            after_a_fault_another_object_goes_first,
            nobody_asks_before_the_time_that_the_vendor_named,
            a_refused_message_is_kept_apart_and_holds_up_nobody,
            a_refused_destination_is_told_once_and_tried_as_soon_as_its_secret_changes,
            a_secret_that_cannot_be_read_keeps_the_notification_until_it_can,
            a_config_that_cannot_be_read_keeps_the_notification_until_it_can,
            a_destination_that_nobody_has_keeps_the_notification_until_somebody_has,
            one_dead_destination_keeps_nothing_from_the_others,
            what_is_too_old_is_given_up_with_a_receipt,
            a_queue_at_its_limit_sends_directly,
            what_sends_nothing_stores_nothing,
            no_secret_stands_in_the_state_folder,
        );
    };
}

/// With waits that a test can wait for.
fn impatient(program: Program) -> Bench {
    let bench = Bench::new(program);
    bench.config(&with_short_waits(&bench.smallest_config()));
    bench
}

fn with_short_waits(config: &str) -> String {
    format!(
        "timeout = \"2s\"\n{config}\n[queue]\nretry_first = \"20ms\"\nretry_longest = \"20ms\"\n"
    )
}

fn down(bench: &Bench, host: &str) -> Run {
    bench.run([
        "--type",
        "Host",
        "--notificationtype",
        "PROBLEM",
        "--hostname",
        host,
        "--hoststate",
        "1",
    ])
}

/// The files below a folder of the state folder, by their names' order.
pub fn files(bench: &Bench, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&bench.folder().join("state").join(folder), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a folder's entry").path();
        match path.is_dir() {
            true => collect(&path, found),
            false => found.push(path),
        }
    }
}

/// The hosts of what arrived, in its order.
fn hosts(bench: &Bench) -> Vec<String> {
    let received = bench.preview.received();
    let shown = received.iter().filter(|one| one.shown.is_some());
    shown
        .map(|one| {
            let body = String::from_utf8_lossy(&one.body).into_owned();
            let at = body.find("web").expect("a host's name");
            body[at..at + 5].to_owned()
        })
        .collect()
}

pub fn what_a_vendor_cannot_take_is_sent_by_the_next_notification_and_before_it(program: Program) {
    let bench = impatient(program);
    bench.preview.always(Some(Fault::too_many(0)));
    for host in ["web01", "web02"] {
        let run = down(&bench, host);
        run.code(0).quiet().one_line(program);
        run.says(":default: queued: ")
            .says("(429); tried again in 0 s");
    }
    assert_eq!(files(&bench, "new").len(), 2);
    bench.preview.always(None);
    down(&bench, "web03")
        .code(0)
        .one_line(program)
        .says("delivered");
    assert_eq!(hosts(&bench), ["web01", "web02", "web03"]);
    assert_eq!(files(&bench, "new").len(), 0);
}

/// A fault of the vendor's may be one message's: another object's goes first, and the first one waits by itself.
pub fn after_a_fault_another_object_goes_first(program: Program) {
    let bench = impatient(program);
    bench.preview.next(Fault::status(503));
    let run = down(&bench, "web01");
    run.code(0).quiet().one_line(program);
    run.says(":default: queued: the vendor answered 503: Service Unavailable; tried again in ");
    thread::sleep(Duration::from_millis(30));
    down(&bench, "web02").code(0).says("delivered");
    assert_eq!(hosts(&bench), ["web02"]);
    let waiting = files(&bench, "new");
    let name = waiting[0].file_name().expect("a name").to_string_lossy();
    assert_eq!(name.split('-').nth(3), Some("1"), "failed once: {name}");
    let began = Instant::now();
    while !hosts(&bench).contains(&"web01".to_owned()) {
        assert!(began.elapsed() < Duration::from_secs(10), "web01 waits");
        thread::sleep(Duration::from_millis(50));
        down(&bench, "web03").code(0);
    }
    assert_eq!(files(&bench, "new").len(), 0);
}

pub fn nobody_asks_before_the_time_that_the_vendor_named(program: Program) {
    let bench = impatient(program);
    bench.preview.next(Fault::too_many(30));
    down(&bench, "web01").code(0).says("queued: ");
    for host in ["web02", "web03"] {
        let began = Instant::now();
        let run = down(&bench, host);
        run.code(0)
            .one_line(program)
            .says("limiting the rate (429)");
        assert!(began.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(bench.preview.received().len(), 1, "nobody else asked");
    assert_eq!(files(&bench, "new").len(), 3);
}

pub fn a_refused_message_is_kept_apart_and_holds_up_nobody(program: Program) {
    let bench = impatient(program);
    // Once more in a plainer form where the vendor has one.
    for _ in 0..2 {
        bench.preview.next(Fault::Answer(Answer::text(413, "")));
    }
    let run = down(&bench, "web01");
    if program.provider() == "pagerduty" {
        bench.preview.always(None);
    }
    run.code(69)
        .one_line(program)
        .says(":default: message refused: 413");
    run.says("; kept: notify-queue show 1");
    assert_eq!(files(&bench, "failed").len(), 1);
    assert_eq!(files(&bench, "new").len(), 0);
}

pub fn a_refused_destination_is_told_once_and_tried_as_soon_as_its_secret_changes(
    program: Program,
) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let (key, secret) = match provider {
        "slack" => ("webhook_url_file", bench.preview.slack_webhook()),
        "mattermost" => ("webhook_url_file", bench.preview.mattermost_webhook()),
        _ => (
            "integration_key_file",
            "0123456789abcdef0123456789abcdef".to_owned(),
        ),
    };
    let address = match provider {
        "pagerduty" => format!("api_url = {:?}\n", bench.preview.pagerduty_v2()),
        _ => String::new(),
    };
    bench.file("secret", &secret);
    bench.config(&format!(
        "[{provider}]\n{key} = \"secret\"\nmin_interval = 0\n{address}"
    ));
    bench.preview.next(Fault::status(403));
    down(&bench, "web01")
        .code(69)
        .says("destination refused: 403")
        .says("; queued, tried again in 1 h");
    // The core's log has it; the next ones need not say it as loudly.
    down(&bench, "web02")
        .code(0)
        .says("queued: destination refused: 403");
    assert_eq!(bench.preview.received().len(), 1);
    // A change that changes nothing is none; a new secret is.
    bench.file("secret", &format!("{secret}\n\n"));
    down(&bench, "web03").code(0).says("queued");
    assert_eq!(bench.preview.received().len(), 1);
    let other = match provider {
        "pagerduty" => "fedcba9876543210fedcba9876543210".to_owned(),
        _ => format!("{secret}?"),
    };
    bench.file("secret", &other);
    down(&bench, "web04").code(0).says("delivered");
    assert_eq!(hosts(&bench), ["web01", "web02", "web03", "web04"]);
    assert_eq!(files(&bench, "new").len(), 0);
}

pub fn a_secret_that_cannot_be_read_keeps_the_notification_until_it_can(program: Program) {
    let bench = Bench::new(program);
    let good = bench.smallest_config();
    let (key, file) = match program.provider() {
        "pagerduty" => ("integration_key", "integration_key_file"),
        _ => ("webhook_url", "webhook_url_file"),
    };
    let lines: Vec<String> = good
        .lines()
        .map(|line| match line.starts_with(key) {
            true => format!("{file} = \"nosuch\""),
            false => line.to_owned(),
        })
        .collect();
    bench.config(&lines.join("\n"));
    for host in ["web01", "web02"] {
        let run = down(&bench, host);
        run.code(78)
            .one_line(program)
            .says(":default: queued, config: ");
    }
    bench.config(&good);
    down(&bench, "web03").code(0).says("delivered");
    assert_eq!(hosts(&bench), ["web01", "web02", "web03"]);
}

pub fn a_config_that_cannot_be_read_keeps_the_notification_until_it_can(program: Program) {
    let bench = Bench::new(program);
    let good = bench.smallest_config();
    bench.config("this is no TOML");
    for host in ["web01", "web02"] {
        let run = down(&bench, host);
        run.code(78).one_line(program);
        run.says("config.toml:2: not TOML")
            .says("; the notification is kept until that is mended");
    }
    assert_eq!(files(&bench, "new").len(), 2);
    bench.config(&good);
    down(&bench, "web03").code(0).says("delivered");
    assert_eq!(hosts(&bench), ["web01", "web02", "web03"]);
    assert_eq!(files(&bench, "new").len(), 0);
}

pub fn a_destination_that_nobody_has_keeps_the_notification_until_somebody_has(program: Program) {
    let bench = Bench::new(program);
    let to_db: Vec<&str> = HOST_DOWN.into_iter().chain(["--to", "db"]).collect();
    bench
        .run(&to_db)
        .code(78)
        .says(":db: add [")
        .says("kept until that is mended");
    // It is held back alone.
    down(&bench, "web02").code(0).says("delivered");
    let provider = program.provider();
    let place = program.place(&bench.preview);
    bench.config(&format!(
        "{}[{provider}.destinations.db]\n{place}",
        bench.smallest_config()
    ));
    down(&bench, "web03").code(0).says("delivered");
    let again: Vec<&str> = ["--to", "db"].into_iter().chain(HOST_DOWN).collect();
    bench.run(&again).code(0).says(":db: delivered");
    assert_eq!(hosts(&bench), ["web02", "web03", "web01", "web01"]);
}

pub fn one_dead_destination_keeps_nothing_from_the_others(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let dead = program
        .place(&bench.preview)
        .replace(&bench.preview.url(), "http://127.0.0.1:1");
    bench.config(&format!(
        "{}[{provider}.destinations.dead]\n{dead}",
        bench.smallest_config()
    ));
    for _ in 0..3 {
        let run = bench.send(&["--to", "dead,default"]);
        run.code(0);
        run.says(":dead: queued: 127.0.0.1 refused the connection; tried again in ");
        run.says(":default: delivered");
    }
    assert_eq!(files(&bench, "new").len(), 3);
    assert_eq!(hosts(&bench).len(), 3);
}

pub fn what_is_too_old_is_given_up_with_a_receipt(program: Program) {
    let bench = Bench::new(program);
    let config = with_short_waits(&bench.smallest_config());
    bench.config(&format!("{config}expire_after = \"100ms\"\n"));
    bench.preview.next(Fault::too_many(0));
    down(&bench, "web01").code(0).says("queued");
    thread::sleep(Duration::from_millis(150));
    down(&bench, "web02").code(0).says("delivered");
    assert_eq!(hosts(&bench), ["web02"]);
    assert_eq!(files(&bench, "failed").len(), 1);
    let journal = fs::read_to_string(&files(&bench, "journal")[0]).expect("the journal");
    assert!(journal.contains("\"became\":\"expired\""), "{journal}");
}

pub fn a_queue_at_its_limit_sends_directly(program: Program) {
    let bench = Bench::new(program);
    let config = with_short_waits(&bench.smallest_config());
    bench.config(&format!("{config}max_entries = 2\n"));
    bench.preview.next(Fault::too_many(30));
    for host in ["web01", "web02"] {
        down(&bench, host).code(0).says("queued");
    }
    let run = down(&bench, "web03");
    run.code(0).one_line(program);
    run.says(":default: delivered")
        .says("past the queue: the queue is full (2 entries");
    bench.preview.next(Fault::status(503));
    down(&bench, "web04")
        .code(74)
        .says(":default: LOST: the vendor answered 503")
        .says("not queued: the queue is full");
    assert_eq!(files(&bench, "new").len(), 2);
}

pub fn what_sends_nothing_stores_nothing(program: Program) {
    let bench = Bench::new(program);
    for way in ["--dry-run", "--explain", "--check", "--test"] {
        bench.send(&[way]).code(0);
        assert!(!bench.folder().join("state").exists(), "{way}");
    }
}

pub fn no_secret_stands_in_the_state_folder(program: Program) {
    let bench = impatient(program);
    let secret = match program.provider() {
        "slack" => "XXXXXXXXXXXXXXXXXXXXXXXX",
        "mattermost" => "abcdefghijklmnopqrstuvwxyz",
        _ => "0123456789abcdef0123456789abcdef",
    };
    for fault in [
        Fault::status(503),
        Fault::Answer(Answer::text(413, secret)),
        Fault::Answer(Answer::text(403, secret)),
    ] {
        bench.preview.next(fault);
        down(&bench, "web01");
        thread::sleep(Duration::from_millis(30));
    }
    let found = files(&bench, "");
    assert!(found.len() > 3, "{found:?}");
    for file in found {
        let text = String::from_utf8_lossy(&fs::read(&file).expect("a file")).into_owned();
        let name = file.display();
        assert!(!text.contains(secret), "{secret} stands in {name}: {text}");
    }
}
