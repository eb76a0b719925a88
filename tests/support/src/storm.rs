//! Storms: when more than people read one by one is collected, for how long, and whom it calls.

use std::fs;
use std::thread;
use std::time::Duration;

use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::line::LineState;
use notify_preview::Received;
use serde_json::Value;

use crate::flood::{configure, meanwhile};
use crate::queue::{Queue, lane};
use crate::threads::{channels, section};
use crate::{Bench, Program, Run};

#[macro_export]
macro_rules! storm {
    ($program:expr) => {
        $crate::promises!(storm, $program;
            more_than_ten_at_once_become_one_message,
            ten_at_once_are_told_one_by_one,
            more_than_ten_in_a_minute_are_collected,
            who_finds_a_storm_leaves_without_reading_what_waits,
            only_a_storms_first_digest_calls_anybody,
            whoever_a_single_message_would_call_is_called_by_a_digest,
            there_is_one_digest_in_the_time_between_two,
            after_a_storm_messages_go_by_themselves_again,
            a_few_after_a_storm_go_in_order,
            digests_are_left_out_on_request_and_the_numbers_are_the_configs,
        );
    };
}

/// Nobody waits for anything.
pub const AT_ONCE: &str = "[flood]\ndigest_collect = 0\ndigest_every = 0\n";
const SOON: &str = "[flood]\ndigest_collect = \"300ms\"\ndigest_every = \"300ms\"\n";
const LATER: Duration = Duration::from_millis(350);

/// At a webhook, whose mentions call everybody who is there.
pub fn bench(program: Program, flood: &str) -> Bench {
    let bench = Bench::new(program);
    let section = bench.smallest_config();
    configure(&bench, &format!("{section}mention = \"here\"\n"), flood);
    bench
}

pub fn with_token(program: Program, flood: &str) -> Bench {
    let bench = Bench::new(program);
    configure(&bench, &section(&bench, channels(program)[0]), flood);
    bench
}

/// Of `HOST` or `HOST/SERVICE`; a host is up or down, a service good, warned, critical or unknown.
pub fn say<'a>(object: &'a str, kind: &'a str, state: &'a str, more: &[&'a str]) -> Vec<String> {
    let mut line = vec!["--notificationtype", kind, "--output", "no reply"];
    line.extend(match object.split_once('/') {
        Some((host, service)) => [
            ["--type", "Service"],
            ["--hostname", host],
            ["--servicedesc", service],
            ["--servicestate", state],
        ]
        .concat(),
        None => [
            ["--type", "Host"],
            ["--hostname", object],
            ["--hoststate", state],
        ]
        .concat(),
    });
    line.extend(more);
    line.into_iter().map(str::to_owned).collect()
}

pub fn down(object: &str) -> Vec<String> {
    say(object, "PROBLEM", "1", &[])
}

/// `count` of these, from the first on.
pub fn hosts(prefix: &str, count: usize) -> Vec<Vec<String>> {
    let numbers = 1..=count;
    numbers
        .map(|number| down(&format!("{prefix}{number:02}")))
        .collect()
}

/// All but the last come while somebody else is sending; the last one's notifier takes them along.
pub fn at_once(bench: &Bench, lines: &[Vec<String>]) -> Run {
    let (last, others) = lines.split_last().expect("somebody");
    meanwhile(bench, || {
        for line in others {
            bench.run(line).code(0).says("queued: another process");
        }
    });
    let run = bench.run(last);
    run.code(0).quiet();
    run
}

pub fn accepted(bench: &Bench) -> Vec<Received> {
    let received = bench.preview.received();
    let accepted = received.into_iter().filter(|one| one.verdict == "accepted");
    accepted.collect()
}

/// The messages' first lines, in the order of their arrival.
pub fn told(bench: &Bench) -> Vec<String> {
    accepted(bench).iter().map(text).collect()
}

pub fn text(received: &Received) -> String {
    let body = received.json();
    let text = body["text"].as_str().or(body["message"].as_str());
    // What Mattermost needs so that nothing acts.
    let text = text.unwrap_or_default().replace('\u{200B}', "");
    text.replace('\\', "")
}

/// What a person reads of it, without what a terminal shows around it.
pub fn lines(received: &Received) -> Vec<String> {
    let shown = received.shown.as_deref().unwrap_or_default();
    let lines = shown.lines().map(|line| {
        let line = line.trim_matches(|edge: char| edge.is_whitespace() || "│┃▌|".contains(edge));
        line.replace('\u{200B}', "")
    });
    lines.collect()
}

pub fn receipts(bench: &Bench, became: &str) -> Vec<Value> {
    let mut receipts = Queue::of(bench).receipts();
    receipts.retain(|receipt| receipt["became"] == became);
    receipts
}

/// Each of the hosts exactly once.
pub fn each_delivered_once(bench: &Bench, count: usize) {
    let receipts = receipts(bench, "delivered");
    let mut numbers: Vec<u64> = receipts
        .iter()
        .filter_map(|receipt| receipt["id"].as_u64())
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), receipts.len()), (count, count));
    assert!(Queue::of(bench).waiting().is_empty());
}

fn state(bench: &Bench) -> LineState {
    let folder = StateFolder::open(&bench.folder().join("state")).expect("a state folder");
    folder.line_state(&lane(bench, "default"))
}

/// As if everything had been told so much earlier.
pub fn let_pass(bench: &Bench, seconds: f64) {
    let mut line = Queue::of(bench).hold(&lane(bench, "default"));
    for post in &mut line.state.posts {
        *post -= seconds;
    }
    let earlier = |moment: &mut Moment| {
        moment.wall -= seconds;
        moment.uptime = None;
    };
    if let Some(storm) = &mut line.state.storm {
        earlier(&mut storm.begun);
        storm.told.as_mut().map(earlier);
    }
    line.write().expect("a line's state");
}

pub fn more_than_ten_at_once_become_one_message(program: Program) {
    let bench = with_token(program, SOON);
    let run = at_once(&bench, &hosts("web", 11));
    run.one_line(program)
        .says(":default: queued: many at once are told together, in 1 s");
    assert_eq!(bench.preview.received().len(), 0);
    thread::sleep(LATER);
    let run = bench.run(down("web12"));
    run.code(0).one_line(program).says(":default: delivered (");
    let told = bench.only();
    assert_eq!(text(&told), "🔴 12 problems, 12 hosts – 12 DOWN");
    let lines = lines(&told);
    for number in 1..=12 {
        let line = format!("🔴 web{number:02} – DOWN");
        assert!(lines.contains(&line), "{line:?} is not in {lines:#?}");
    }
    let shown = bench.preview.channel(channels(program)[0]);
    each_delivered_once(&bench, 12);
    for receipt in receipts(&bench, "delivered") {
        let vendor = receipt["vendor"].as_str().unwrap_or_default();
        assert!(vendor.ends_with(&shown[0].reference), "{receipt:#}");
        let because = "as one of 12: 🔴 12 problems, 12 hosts – 12 DOWN";
        assert_eq!(receipt["reason"], because);
    }
}

pub fn ten_at_once_are_told_one_by_one(program: Program) {
    let bench = bench(program, SOON);
    at_once(&bench, &hosts("web", 10)).says("delivered");
    let expected: Vec<String> = (1..=10)
        .map(|number| format!("🔴 DOWN web{number:02} – no reply"))
        .collect();
    let told = told(&bench);
    for (told, expected) in told.iter().zip(&expected) {
        assert!(told.starts_with(expected), "{told}");
    }
    assert_eq!(told.len(), 10);
}

pub fn more_than_ten_in_a_minute_are_collected(program: Program) {
    let bench = bench(program, SOON);
    for line in hosts("web", 10) {
        bench.run(line).code(0).says("delivered");
    }
    for line in hosts("db", 2) {
        let run = bench.run(line);
        run.code(0).says("queued: many at once are told together");
    }
    assert_eq!(accepted(&bench).len(), 10);
    thread::sleep(LATER);
    bench.run(down("db03")).code(0).says("delivered");
    let told = told(&bench);
    assert_eq!(told.len(), 11);
    assert!(
        told[10].starts_with("🔴 3 problems, 3 hosts – 3 DOWN"),
        "{told:?}"
    );
    each_delivered_once(&bench, 13);
}

/// A thousand notifiers at once must not read a thousand entries each.
pub fn who_finds_a_storm_leaves_without_reading_what_waits(program: Program) {
    let bench = bench(program, "[flood]\n");
    at_once(&bench, &hosts("web", 11)).says("told together, in 10 s");
    // Whoever reads it sets it aside.
    let first = Queue::of(&bench).waiting().remove(0);
    fs::write(&first.path, "garbage").expect("garbage");
    for line in hosts("db", 3) {
        bench
            .run(line)
            .code(0)
            .one_line(program)
            .says("told together");
    }
    let waiting = Queue::of(&bench).waiting();
    assert_eq!(waiting.len(), 14);
    assert_eq!(waiting[0].name, first.name);
    assert!(Queue::of(&bench).failed().is_empty());
}

pub fn only_a_storms_first_digest_calls_anybody(program: Program) {
    let bench = bench(program, AT_ONCE);
    let called = |prefix: &str| {
        at_once(&bench, &hosts(prefix, 11)).says("delivered");
        let received = accepted(&bench);
        let last = received.last().expect("a digest");
        assert!(text(last).starts_with("🔴 11 problems, 11 hosts – 11 DOWN"));
        last.mentions.len()
    };
    assert_eq!(called("web"), 1);
    assert_eq!(called("db"), 0);
    let_pass(&bench, 59.0);
    assert_eq!(called("mail"), 0);
    // For so long nothing came that people have turned to something else.
    let_pass(&bench, 61.0);
    assert_eq!(called("dns"), 1);
    assert_eq!(accepted(&bench).len(), 4);
}

pub fn whoever_a_single_message_would_call_is_called_by_a_digest(program: Program) {
    let bench = bench(program, AT_ONCE);
    let section = bench.smallest_config();
    let (critical, warning) = match program.provider() {
        "slack" => ("here", "U012ABCDEF"),
        _ => ("here", "bob"),
    };
    let mention = format!("mention = {{ critical = {critical:?}, warning = {warning:?} }}\n");
    configure(&bench, &format!("{section}{mention}"), AT_ONCE);
    let mut crowd = hosts("web", 10);
    crowd.push(say("db/Disk", "PROBLEM", "1", &[]));
    crowd.push(say("db/Ping", "PROBLEM", "2", &[]));
    at_once(&bench, &crowd);
    let digest = bench.only();
    assert_eq!(digest.mentions.len(), 2, "{digest:#?}");
    // Of what people know already nobody is reminded so loudly.
    let_pass(&bench, 3_600.0);
    let again: Vec<Vec<String>> = (1..=11)
        .map(|number| {
            let object = format!("db/{number}");
            let more = ["--notification-number", "5"];
            say(&object, "PROBLEM", "2", &more)
        })
        .collect();
    at_once(&bench, &again);
    let received = accepted(&bench);
    assert_eq!(received.len(), 2);
    assert!(received[1].mentions.is_empty(), "{:#?}", received[1]);
}

pub fn there_is_one_digest_in_the_time_between_two(program: Program) {
    let bench = bench(program, "[flood]\ndigest_collect = 0\n");
    at_once(&bench, &hosts("web", 11)).says("delivered");
    for _ in 0..2 {
        at_once(&bench, &hosts("db", 11)).says("queued: many at once are told together, in 1 min");
    }
    assert_eq!(accepted(&bench).len(), 1);
    let_pass(&bench, 58.0);
    bench.run(down("db12")).says("told together, in 2 s");
    let_pass(&bench, 2.0);
    bench.run(down("db13")).says("delivered");
    let told = told(&bench);
    assert_eq!(told.len(), 2);
    // The second one of each is a copy.
    assert_eq!(told[1], "🔴 13 problems, 13 hosts – 13 DOWN");
}

pub fn after_a_storm_messages_go_by_themselves_again(program: Program) {
    let bench = bench(program, AT_ONCE);
    at_once(&bench, &hosts("web", 11));
    assert!(state(&bench).storm.is_some());
    bench.run(down("db01")).code(0).says("delivered");
    assert!(state(&bench).storm.is_none());
    let told = told(&bench);
    assert_eq!(told.len(), 2);
    assert!(told[1].starts_with("🔴 DOWN db01 – no reply"), "{told:?}");
    // That the digest told them is known.
    let up = say("web01", "RECOVERY", "0", &[]);
    bench.run(up).code(0).says("delivered");
    let told = self::told(&bench);
    assert!(told[2].starts_with("✅ UP web01 – was DOWN"), "{told:?}");
}

/// What was put aside for a digest that there will not be goes out in the order of storing.
pub fn a_few_after_a_storm_go_in_order(program: Program) {
    let bench = bench(
        program,
        "[flood]\ndigest_collect = 0\ndigest_every = \"30s\"\ncollapse = false\n",
    );
    at_once(&bench, &hosts("web", 11));
    let_pass(&bench, 61.0);
    // Eleven objects, until two of them turn out to be copies.
    let mut crowd = vec![down("db01"), say("db01", "RECOVERY", "0", &[])];
    crowd.extend(hosts("web", 2));
    crowd.extend(hosts("mail", 8));
    at_once(&bench, &crowd);
    let told = told(&bench);
    assert_eq!(told.len(), 11, "{told:#?}");
    assert!(told[1].starts_with("🔴 DOWN db01"), "{told:#?}");
    assert!(told[2].starts_with("✅ UP db01"), "{told:#?}");
    assert!(told[10].starts_with("🔴 DOWN mail08"), "{told:#?}");
}

pub fn digests_are_left_out_on_request_and_the_numbers_are_the_configs(program: Program) {
    for (flood, count, messages) in [
        ("digest = false\n", 30, 30),
        ("digest_above = 3\n", 3, 3),
        ("digest_above = 3\n", 4, 1),
        ("digest_above = 30\n", 30, 30),
    ] {
        let bench = bench(program, &format!("{AT_ONCE}{flood}"));
        at_once(&bench, &hosts("web", count)).says("delivered");
        assert_eq!(accepted(&bench).len(), messages, "{flood}{count}");
        each_delivered_once(&bench, count);
    }
}
