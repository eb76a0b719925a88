//! A service's notifications one after the other, and what people see of them.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use notify_preview::Received;
use serde_json::json;

use crate::command_lines::with;
use crate::queue::{Queue, lane};
use crate::{Bench, Program, Run};

/// As by default; digests have tests of their own.
pub const USUAL: &str = "[flood]\ndigest = false\n";
/// With waits that a test can wait for.
const IMPATIENT: &str = "timeout = \"2s\"\n";
const SHORT_WAITS: &str = "[queue]\nretry_first = \"20ms\"\nretry_longest = \"20ms\"\n";

/// A bench with a destination called `default`.
pub fn bench(program: Program) -> Bench {
    let bench = Bench::new(program);
    configure(&bench, &bench.smallest_config(), USUAL);
    bench
}

/// These sections, with this `[flood]`.
pub fn configure(bench: &Bench, sections: &str, flood: &str) {
    bench.config(&format!("{IMPATIENT}{sections}\n{SHORT_WAITS}{flood}"));
}

/// For thousands of entries, which take their time on a busy machine: what has timed out is said again.
pub fn be_patient(bench: &Bench) {
    let config = std::fs::read_to_string(bench.folder().join("config.toml")).expect("the config");
    bench.file(
        "config.toml",
        &config.replace(IMPATIENT, "timeout = \"60s\"\n"),
    );
}

/// Two contacts, and the destinations `default` and `ops`; `more` stands in the table of the first contact.
pub fn two_contacts(bench: &Bench, more: &str) -> String {
    let program = bench.program;
    let provider = program.provider();
    format!(
        "{}[{provider}.destinations.ops]\n{}[contacts.alice]\ndestinations = \"{provider}:default\"\n{more}\n\
         [contacts.bob]\ndestinations = \"{provider}:default\"\n",
        bench.smallest_config(),
        program.place(&bench.preview),
    )
}

/// Of the service Ping on web01, whose state is one of 0 to 3.
pub fn line<'a>(kind: &'a str, state: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = [
        "--type",
        "Service",
        "--hostname",
        "web01",
        "--servicedesc",
        "Ping",
        "--output",
        "100% packet loss",
        "--notificationtype",
        kind,
        "--servicestate",
        state,
    ];
    let pairs = more.chunks(2);
    pairs.fold(usual.to_vec(), |line, pair| with(&line, pair[0], pair[1]))
}

/// To its good end.
pub fn say(bench: &Bench, kind: &str, state: &str, more: &[&str]) -> Run {
    let run = bench.run(line(kind, state, more));
    run.code(0).quiet();
    run
}

/// Whatever is said meanwhile waits: somebody else is sending.
pub fn meanwhile(bench: &Bench, say: impl FnOnce()) {
    let line = Queue::of(bench).hold(&lane(bench, "default"));
    say();
    drop(line);
}

/// Said one after the other while somebody else is sending, and then for a long time by nobody.
pub fn waits(bench: &Bench, minutes: u32, said: &[(&str, &str, &[&str])]) {
    meanwhile(bench, || {
        for (kind, state, more) in said {
            say(bench, kind, state, more).says("queued: another process is sending");
        }
    });
    let_wait(bench, minutes);
    take_along(bench);
}

/// Sends what waits: whoever comes with something else takes it along.
pub fn take_along(bench: &Bench) {
    const PATIENCE: Duration = Duration::from_secs(20);
    let queue = Queue::of(bench);
    let begun = Instant::now();
    loop {
        let run = say(bench, "CUSTOM", "0", &["--hostname", "other"]);
        if queue.waiting().is_empty() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{run:#?}");
    }
}

/// The first lines that people got about web01, in their order; for PagerDuty with the event's action before it.
pub fn told(bench: &Bench) -> Vec<String> {
    let received = bench.preview.received();
    let accepted = received.iter().filter(|one| one.verdict == "accepted");
    let told = accepted.map(first_line);
    told.filter(|told| told.contains("web01")).collect()
}

fn first_line(received: &Received) -> String {
    let body = received.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    if body["event_action"].is_string() {
        // Only a trigger has more to say than its name.
        let named = text(&body["payload"]["summary"]);
        let named = if named.is_empty() {
            text(&body["dedup_key"])
        } else {
            named
        };
        return format!("{}: {named}", text(&body["event_action"]));
    }
    let first = [&body["text"], &body["message"]];
    first.into_iter().map(text).collect()
}

/// What became of each notification about web01 in the end: `PROBLEM delivered`, in the order of storing.
pub fn became(bench: &Bench) -> Vec<String> {
    let mut receipts = Queue::of(bench).receipts();
    receipts.retain(|receipt| receipt["host"] == "web01" && receipt["became"] != "postponed");
    receipts.sort_by_key(|receipt| receipt["id"].as_u64());
    let words = receipts.iter().map(|receipt| {
        let word = |key: &str| receipt[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}", word("kind"), word("became"))
    });
    words.collect()
}

/// What waits has waited for so much longer.
pub fn let_wait(bench: &Bench, minutes: u32) {
    for kept in Queue::of(bench).waiting() {
        let mut entry = kept.json();
        let earlier =
            entry["created"]["wall"].as_f64().expect("a moment") - f64::from(minutes) * 60.0;
        // Without the machine's own clock, which may have run for less.
        entry["created"] = json!({"wall": earlier});
        fs::write(&kept.path, entry.to_string()).expect("an entry");
    }
}

/// So many minutes ago: as a core says it, and what clocks in UTC showed then.
pub fn ago(minutes: u64) -> (String, String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = since.expect("after 1970").as_secs() - minutes * 60;
    let of_day = then % 86_400;
    let clock = format!("{:02}:{:02}", of_day / 3_600, of_day / 60 % 60);
    (then.to_string(), clock)
}
