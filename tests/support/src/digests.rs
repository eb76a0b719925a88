//! What a digest says: everybody is named or counted, and told once, whatever becomes of it on its way.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::thread;
use std::time::{Duration, Instant};

use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::state_folder::lane::Ticket;
use notify_core::state_folder::waiting::Shelf;
use notify_core::state_folder::{CachedName, StateFolder};
use notify_core::unrouted;
use notify_preview::{Answer, Fault, MattermostLimits, Options, Received};

use crate::flood::{be_patient, configure};
use crate::queue::{Queue, lane};
use crate::storm::{
    AT_ONCE, accepted, at_once, bench, down, each_delivered_once, hosts, let_pass, lines, receipts,
    say, text, told, with_token,
};
use crate::threads::channels;
use crate::{Bench, Program};

#[macro_export]
macro_rules! digests {
    ($program:expr) => {
        $crate::promises!(digests, $program;
            everything_has_its_place_in_a_digest,
            a_second_contacts_copy_is_neither_counted_nor_told,
            what_recovers_and_fails_again_in_a_storm_is_told_as_it_is,
            a_digest_that_is_refused_goes_out_one_by_one,
            a_digest_that_fails_is_sent_again_and_nobody_is_told_twice,
            a_later_digest_that_fails_calls_nobody_either,
            a_thousand_are_named_or_counted,
            of_more_than_one_digest_takes_the_rest_is_in_the_next,
            a_uuid_has_the_name_that_was_looked_up_before,
            a_problem_with_a_message_is_answered_there_after_the_digest,
            a_problem_after_an_answer_waits_behind_it,
        );
    };
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
    be_patient(&bench);
    fill(&bench, 5_500);
    let began = Instant::now();
    while !Queue::of(&bench).waiting().is_empty() {
        bench.run(down("web9999.example.com")).code(0);
        assert!(
            began.elapsed() < Duration::from_secs(300),
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
