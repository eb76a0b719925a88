//! Storms: more than people read one by one becomes a digest, in which everybody is named or counted.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::thread;
use std::time::{Duration, Instant};

use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::state_folder::lane::Ticket;
use notify_core::state_folder::line::LineState;
use notify_core::state_folder::waiting::Shelf;
use notify_core::state_folder::{CachedName, StateFolder};
use notify_core::unrouted;
use notify_preview::{Answer, Fault, MattermostLimits, Options, Received};
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
            everything_has_its_place_in_a_digest,
            a_second_contacts_copy_is_neither_counted_nor_told,
            what_recovers_and_fails_again_in_a_storm_is_told_as_it_is,
            a_digest_that_is_refused_goes_out_one_by_one,
            a_digest_that_fails_is_sent_again_and_nobody_is_told_twice,
            a_later_digest_that_fails_calls_nobody_either,
            digests_are_left_out_on_request_and_the_numbers_are_the_configs,
            a_thousand_are_named_or_counted,
            of_more_than_one_digest_takes_the_rest_is_in_the_next,
            a_uuid_has_the_name_that_was_looked_up_before,
            a_problem_with_a_message_is_answered_there_after_the_digest,
            a_problem_after_an_answer_waits_behind_it,
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

fn with_token(program: Program, flood: &str) -> Bench {
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

fn down(object: &str) -> Vec<String> {
    say(object, "PROBLEM", "1", &[])
}

/// `count` of these, from the first on.
fn hosts(prefix: &str, count: usize) -> Vec<Vec<String>> {
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

fn accepted(bench: &Bench) -> Vec<Received> {
    let received = bench.preview.received();
    let accepted = received.into_iter().filter(|one| one.verdict == "accepted");
    accepted.collect()
}

/// The messages' first lines, in the order of their arrival.
pub fn told(bench: &Bench) -> Vec<String> {
    accepted(bench).iter().map(text).collect()
}

fn text(received: &Received) -> String {
    let body = received.json();
    let text = body["text"].as_str().or(body["message"].as_str());
    // What Mattermost needs so that nothing acts.
    let text = text.unwrap_or_default().replace('\u{200B}', "");
    text.replace('\\', "")
}

/// What a person reads of it, without what a terminal shows around it.
fn lines(received: &Received) -> Vec<String> {
    let shown = received.shown.as_deref().unwrap_or_default();
    let lines = shown.lines().map(|line| {
        let line = line.trim_matches(|edge: char| edge.is_whitespace() || "│┃▌|".contains(edge));
        line.replace('\u{200B}', "")
    });
    lines.collect()
}

fn receipts(bench: &Bench, became: &str) -> Vec<Value> {
    let mut receipts = Queue::of(bench).receipts();
    receipts.retain(|receipt| receipt["became"] == became);
    receipts
}

/// Each of the hosts exactly once.
fn each_delivered_once(bench: &Bench, count: usize) {
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
fn let_pass(bench: &Bench, seconds: f64) {
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

pub fn everything_has_its_place_in_a_digest(program: Program) {
    let bench = bench(program, AT_ONCE);
    for host in ["gone", "back/Ping", "back/Disk"] {
        bench.run(down(host)).code(0);
    }
    let max = ["--ackauthor", "Max", "--ackcomment", "disk ordered"];
    let crowd = [
        say("web01/Disk", "PROBLEM", "1", &[]),
        say("web02/Ping", "PROBLEM", "2", &[]),
        say("web02/Disk", "PROBLEM", "2", &[]),
        say("web02/Load", "PROBLEM", "3", &[]),
        say("core", "PROBLEM", "1", &[]),
        say("core/Ping", "PROBLEM", "2", &[]),
        say("far", "PROBLEM", "2", &[]),
        say("back/Ping", "RECOVERY", "0", &[]),
        say("back/Disk", "RECOVERY", "0", &[]),
        say("short/Ping", "PROBLEM", "2", &[]),
        say("short/Ping", "RECOVERY", "0", &[]),
        say("gone", "ACKNOWLEDGEMENT", "1", &max),
        say("web03", "CUSTOM", "0", &max),
        say("web04/Ping", "FLAPPINGSTART", "0", &[]),
        say("web05", "DOWNTIMESTART", "0", &max),
        say("web05/Ping", "DOWNTIMESTART", "0", &max),
        say("web05/Disk", "DOWNTIMESTART", "0", &max),
        say("web06", "DOWNTIMEEND", "0", &max),
    ];
    at_once(&bench, &crowd);
    let received = accepted(&bench);
    let digest = received.last().expect("a digest");
    let summary = "🔴 7 problems, 4 hosts – 1 DOWN, 3 CRITICAL, 1 UNREACHABLE, 1 UNKNOWN, 1 WARNING, 2 recovered, 1 \
                   over already, 7 other";
    let first = text(digest);
    assert!(first.starts_with(summary), "{first}");
    let lines = lines(digest);
    let begin = lines.iter().position(|line| line.contains("core –"));
    let rows = &lines[begin.expect("the worst host")..];
    let expected = [
        "🔴 core – DOWN, 1 CRITICAL (Ping)",
        "🔴 web02 – 2 CRITICAL (Ping, Disk), 1 UNKNOWN (Load)",
        "⚪ far – UNREACHABLE",
        "🟡 web01 – 1 WARNING (Disk)",
        "✅ back – 2 OK (Ping, Disk)",
        "ℹ️ short – 1 OK (Ping)",
        "🔧 DOWNTIME web05 and 2 services – Max: \"disk ordered\"",
        "🔧 DOWNTIME web06 ended – Max: \"disk ordered\"",
        "👤 ACK gone (DOWN) – Max: \"disk ordered\"",
        "📣 web03 (UP) – Max: \"disk ordered\"",
        "〰️ FLAPPING web04 / Ping (now OK) – alerts paused",
    ];
    assert_eq!(
        rows[..expected.len().min(rows.len())],
        expected,
        "{lines:#?}"
    );
    // 3 before; of the one that is over the problem was folded.
    assert_eq!(receipts(&bench, "delivered").len(), 3 + 17);
    assert_eq!(receipts(&bench, "folded").len(), 1);
}

pub fn a_second_contacts_copy_is_neither_counted_nor_told(program: Program) {
    for collapse in ["", "collapse = false\n"] {
        let flood = format!("{AT_ONCE}copies_within = \"2m\"\n{collapse}");
        let twice = |lines: &[Vec<String>]| -> Vec<Vec<String>> {
            let twice = lines.iter().flat_map(|line| [line.clone(), line.clone()]);
            twice.collect()
        };
        let bench = bench(program, &flood);
        at_once(&bench, &twice(&hosts("web", 10)));
        assert_eq!(accepted(&bench).len(), 10, "ten are no storm");
        let bench = self::bench(program, &flood);
        let mut crowd = hosts("web", 11);
        for number in 1..=11 {
            let more = ["--ackauthor", "Max"];
            let host = format!("web{number:02}");
            crowd.push(say(&host, "ACKNOWLEDGEMENT", "1", &more));
        }
        at_once(&bench, &twice(&crowd));
        let told = told(&bench);
        assert_eq!(told.len(), 1, "{told:#?}");
        assert!(
            told[0].starts_with("🔴 11 problems, 11 hosts – 11 DOWN, 11 other"),
            "{told:#?}"
        );
        let (delivered, waiting) = (receipts(&bench, "delivered"), Queue::of(&bench).waiting());
        assert_eq!((delivered.len(), waiting.len()), (22, 0));
    }
}

/// By what was told before the storm the second problem would be a copy of the first.
pub fn what_recovers_and_fails_again_in_a_storm_is_told_as_it_is(program: Program) {
    for collapse in ["", "collapse = false\n"] {
        let bench = bench(program, &format!("{AT_ONCE}{collapse}"));
        bench.run(down("web00")).code(0);
        let mut crowd = vec![say("web00", "RECOVERY", "0", &[]), down("web00")];
        crowd.extend(hosts("web", 11));
        at_once(&bench, &crowd);
        let told = told(&bench);
        assert_eq!(told.len(), 2, "{told:#?}");
        // Its last state alone: lines have no order in time.
        let expected = "🔴 12 problems, 12 hosts – 12 DOWN";
        assert!(told[1].starts_with(expected), "{told:#?}");
        assert!(!told[1].contains("recovered"), "{told:#?}");
        each_delivered_once(&bench, 14);
    }
}

pub fn a_digest_that_is_refused_goes_out_one_by_one(program: Program) {
    let bench = bench(program, AT_ONCE);
    bench.preview.next(Fault::Answer(Answer::text(413, "")));
    at_once(&bench, &hosts("web", 11)).says("delivered");
    let told = told(&bench);
    assert_eq!(told.len(), 11, "{told:#?}");
    for (number, told) in (1..).zip(&told) {
        let expected = format!("🔴 DOWN web{number:02} – no reply");
        assert!(told.starts_with(&expected), "{told}");
    }
    each_delivered_once(&bench, 11);
}

pub fn a_digest_that_fails_is_sent_again_and_nobody_is_told_twice(program: Program) {
    let bench = bench(program, AT_ONCE);
    bench.preview.next(Fault::too_many(0));
    at_once(&bench, &hosts("web", 11)).says("queued: the vendor");
    bench.preview.next(Fault::status(500));
    bench.run(down("web12")).code(0).says("queued: the vendor");
    assert_eq!(accepted(&bench).len(), 0);
    send_all(&bench, down("web13"));
    let received = accepted(&bench);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].mentions.len(), 1, "the first that arrived");
    let first = text(&received[0]);
    assert!(
        first.starts_with("🔴 13 problems, 13 hosts – 13 DOWN"),
        "{first}"
    );
    each_delivered_once(&bench, 13);
}

pub fn a_later_digest_that_fails_calls_nobody_either(program: Program) {
    let bench = bench(program, AT_ONCE);
    at_once(&bench, &hosts("web", 11)).says("delivered");
    bench.preview.next(Fault::too_many(0));
    at_once(&bench, &hosts("db", 11)).says("queued: the vendor");
    send_all(&bench, down("db12"));
    let received = accepted(&bench);
    let called: Vec<usize> = received.iter().map(|one| one.mentions.len()).collect();
    assert_eq!(called, [1, 0]);
    each_delivered_once(&bench, 23);
}

/// With one more; where the vendor was left alone for a moment by the same one again, as a copy.
fn send_all(bench: &Bench, line: Vec<String>) {
    let began = Instant::now();
    loop {
        bench.run(&line).code(0);
        if Queue::of(bench).waiting().is_empty() {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it waits for ever"
        );
        thread::sleep(Duration::from_millis(20));
    }
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

/// A host is down, two of its services are critical; as so many notifiers would have left it, without a sync for each.
fn fill(bench: &Bench, count: usize) {
    let folder = StateFolder::open(&bench.folder().join("state")).expect("a state folder");
    let lane = lane(bench, "default");
    let place = folder.file(Shelf::Waiting, &lane, "");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(place)
        .expect("a lane");
    for number in 0..count {
        let host = format!("web{:04}.example.com", number / 3);
        let (subject, state) = match number % 3 {
            0 => (Subject::host(&host), State::Down),
            service => (
                Subject::service(&host, service.to_string()),
                State::Critical,
            ),
        };
        let notification = Notification {
            kind: Kind::Problem,
            subject,
            state: Some(state),
            ..Notification::default()
        };
        let entry = Entry::new(
            DestinationId::new(bench.program.provider(), "default"),
            notification,
            "default",
            bench.folder().join("config.toml"),
            Emoji::Shown,
            Moment::read(),
        );
        let parcel = unrouted::parcel(&entry).expect("JSON");
        let ticket = Ticket::fresh(number as u64 + 1, parcel.object, parcel.sort);
        let file = folder.file(Shelf::Waiting, &lane, &ticket.to_string());
        fs::write(file, parcel.text).expect("an entry");
    }
}

/// The stand-in refuses what breaks a vendor's limit.
pub fn a_thousand_are_named_or_counted(program: Program) {
    for (limits, more) in [
        (MattermostLimits::Old, ""),
        (MattermostLimits::New, "props_limit = 800000\n"),
    ] {
        let options = Options {
            mattermost: limits,
            ..Options::default()
        };
        let bench = Bench::with(program, options);
        let more = match program.provider() {
            "mattermost" => more,
            _ => "",
        };
        let section = bench.smallest_config();
        configure(&bench, &format!("{section}{more}"), AT_ONCE);
        fill(&bench, 999);
        let run = bench.run(down("web9999.example.com"));
        run.code(0).says("delivered");
        let digest = bench.only();
        assert_eq!(digest.verdict, "accepted");
        let expected = "🔴 1000 problems, 334 hosts – 334 DOWN, 666 CRITICAL";
        assert_eq!(text(&digest), expected);
        all_are_there(&digest, 334, 1_000);
        each_delivered_once(&bench, 1_000);
    }
}

/// By name, or by the last line's counts.
fn all_are_there(digest: &Received, hosts: usize, problems: usize) {
    let lines = lines(digest);
    let is_host = |line: &&String| line.starts_with("🔴 web");
    let named: Vec<&String> = lines.iter().filter(is_host).collect();
    assert!(named.len() > 50, "{lines:#?}");
    let told: usize = named
        .iter()
        .map(|line| {
            if line.contains(" 2 CRITICAL (1, 2)") {
                3
            } else {
                1
            }
        })
        .sum();
    let more = lines.iter().find(|line| line.starts_with("… and "));
    let expected = format!(
        "… and {} more problems on {} hosts: notify-queue log --destination ",
        problems - told,
        hosts - named.len()
    );
    match more {
        Some(line) => assert!(line.starts_with(&expected), "{line}"),
        None => assert_eq!((named.len(), told), (hosts, problems), "{lines:#?}"),
    }
}

const PROBLEMS: &str = " problems, ";

pub fn of_more_than_one_digest_takes_the_rest_is_in_the_next(program: Program) {
    let bench = bench(program, "[flood]\ndigest_collect = 0\n");
    fill(&bench, 5_500);
    let began = Instant::now();
    while !Queue::of(&bench).waiting().is_empty() {
        bench.run(down("web9999.example.com")).code(0);
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "it waits for ever"
        );
        let_pass(&bench, 60.0);
    }
    // A machine with other work makes more of it.
    let told = told(&bench);
    let counts = told.iter().map(|told| told.split(' ').nth(1)?.parse().ok());
    let counts: Vec<usize> = counts.map(|count| count.expect(PROBLEMS)).collect();
    assert!(
        counts.len() > 1 && counts.iter().all(|count| *count <= 5_000),
        "{told:#?}"
    );
    assert_eq!(counts.iter().sum::<usize>(), 5_501, "{told:#?}");
    assert!(told.iter().all(|told| told.contains(PROBLEMS)), "{told:#?}");
    let called = accepted(&bench)
        .iter()
        .filter(|one| !one.mentions.is_empty())
        .count();
    assert_eq!(called, 1);
    assert_eq!(receipts(&bench, "delivered").len(), 5_501);
}

pub fn a_uuid_has_the_name_that_was_looked_up_before(program: Program) {
    const KNOWN: &str = "c36b8048-93ce-4385-ac19-ab5c90574b77";
    const UNKNOWN: &str = "74f14950-a58f-4f18-b6c3-5cfa9dffef4e";
    let bench = bench(program, AT_ONCE);
    let url = bench.preview.url();
    let section = bench.smallest_config();
    let names = format!("[openitcockpit]\nurl = {url:?}\napi_key = \"openitcockpit-api-key\"\n");
    configure(&bench, &format!("{names}{section}"), AT_ONCE);
    let state = bench.folder().join("state");
    bench.run(say("web01", "CUSTOM", "0", &[])).code(0);
    let folder = StateFolder::open(&state).expect("a state folder");
    let name = CachedName {
        host: "shop.example.com".to_owned(),
        service: None,
        learnt: 0.0,
    };
    folder.remember_name(KNOWN, &name).expect("a name");
    let mut crowd = hosts("web", 10);
    crowd.extend([down(KNOWN), down(UNKNOWN)]);
    at_once(&bench, &crowd);
    let received = bench.preview.received();
    assert_eq!(
        received.len(),
        2,
        "nobody is asked for names: {received:#?}"
    );
    let lines = lines(&received[1]);
    for line in [
        "🔴 shop.example.com – DOWN".to_owned(),
        format!("🔴 {UNKNOWN} – DOWN"),
    ] {
        assert!(lines.contains(&line), "{line:?} is not in {lines:#?}");
    }
}

pub fn a_problem_with_a_message_is_answered_there_after_the_digest(program: Program) {
    let bench = with_token(program, AT_ONCE);
    bench.run(down("web00")).code(0);
    let mut crowd = vec![say("web00", "RECOVERY", "0", &[])];
    crowd.extend(hosts("web", 11));
    at_once(&bench, &crowd);
    let shown = bench.preview.channel(channels(program)[0]);
    assert_eq!(shown.len(), 2, "{shown:#?}");
    let (problem, digest) = (&shown[0], &shown[1]);
    assert!(
        digest.text.starts_with("🔴 11 problems, 11 hosts"),
        "{digest:#?}"
    );
    assert!(problem.text.starts_with("✅ UP web00"), "{problem:#?}");
    assert_eq!((problem.updates, problem.replies.len()), (1, 1));
    let requests = bench.preview.received();
    let texts: Vec<String> = requests.iter().map(text).collect();
    assert!(texts[1].starts_with("🔴 11 problems"), "{texts:#?}");
    each_delivered_once(&bench, 13);
}

/// Told before it, the answer would be taken for history.
pub fn a_problem_after_an_answer_waits_behind_it(program: Program) {
    let bench = with_token(program, "[flood]\ndigest_collect = 0\n");
    bench.run(down("web00")).code(0);
    let mut crowd = vec![
        say("web00", "RECOVERY", "0", &[]),
        say("web00", "PROBLEM", "1", &["--notification-number", "1"]),
    ];
    crowd.extend(hosts("web", 11));
    at_once(&bench, &crowd);
    let shown = bench.preview.channel(channels(program)[0]);
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown[0].text.starts_with("✅ UP web00"), "{shown:#?}");
    let waiting = Queue::of(&bench).waiting();
    assert_eq!(waiting.len(), 1, "the second problem: {waiting:#?}");
    let_pass(&bench, 60.0);
    bench.run(down("web12")).code(0);
    let shown = bench.preview.channel(channels(program)[0]);
    assert!(shown[2].text.starts_with("🔴 DOWN web00"), "{shown:#?}");
    assert!(Queue::of(&bench).waiting().is_empty());
}
