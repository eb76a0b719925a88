//! Downtimes: a host's and its services', by one person with one comment, are one message.

use std::time::{Duration, Instant};

use notify_preview::{Answer, Fault};

use crate::flood::configure;
use crate::queue::Queue;
use crate::storm::{AT_ONCE, at_once, say, told};
use crate::threads::{channels, section};
use crate::{Bench, Program};

#[macro_export]
macro_rules! downtimes {
    ($program:expr) => {
        $crate::promises!(downtimes, $program;
            a_hosts_and_its_services_downtimes_are_one_message,
            its_end_says_that_a_problem_is_over,
            another_author_comment_host_or_kind_is_another_message,
            a_single_downtime_is_told_as_ever_and_soon,
            of_twelve_services_there_is_one_message_and_no_storm,
            a_second_contacts_copy_is_none_of_them,
            an_older_problem_of_a_service_goes_first,
            a_problem_with_a_message_has_its_downtime_there,
            a_refused_message_goes_out_one_by_one,
            a_message_that_fails_is_sent_again_and_nothing_is_told_twice,
            without_digests_each_is_told_by_itself,
        );
    };
}

const KERNEL: [&str; 4] = ["--ackauthor", "Max", "--ackcomment", "kernel"];

fn bench(program: Program) -> Bench {
    let bench = Bench::new(program);
    configure(&bench, &bench.smallest_config(), AT_ONCE);
    bench
}

fn begins(object: &str) -> Vec<String> {
    say(object, "DOWNTIMESTART", "0", &KERNEL)
}

fn three(kind: &str) -> Vec<Vec<String>> {
    let objects = ["web01", "web01/Ping", "web01/Disk"];
    objects
        .map(|object| say(object, kind, "0", &KERNEL))
        .to_vec()
}

/// In the order of storing.
fn reasons(bench: &Bench) -> Vec<String> {
    let mut receipts = Queue::of(bench).receipts();
    receipts.retain(|receipt| receipt["became"] == "delivered");
    receipts.sort_by_key(|receipt| receipt["id"].as_u64());
    let reasons = receipts.iter().map(|receipt| receipt["reason"].as_str());
    reasons
        .map(|reason| reason.unwrap_or_default().to_owned())
        .collect()
}

pub fn a_hosts_and_its_services_downtimes_are_one_message(program: Program) {
    for (kind, words) in [
        ("DOWNTIMESTART", ""),
        ("DOWNTIMEEND", " ended"),
        ("DOWNTIMECANCELLED", " cancelled"),
    ] {
        let bench = bench(program);
        at_once(&bench, &three(kind)).says("delivered");
        let line = format!("🔧 DOWNTIME web01 and 2 services{words} – Max: \"kernel\"");
        assert_eq!(told(&bench), [line.as_str()]);
        assert_eq!(reasons(&bench), vec![format!("as one of 3: {line}"); 3]);
        assert!(bench.only().mentions.is_empty());
    }
}

/// Cores tell no recovery in a downtime.
pub fn its_end_says_that_a_problem_is_over(program: Program) {
    for (kind, words) in [("DOWNTIMEEND", "ended"), ("DOWNTIMECANCELLED", "cancelled")] {
        let bench = bench(program);
        at_once(&bench, &[say("web01/Ping", "PROBLEM", "2", &[])]);
        at_once(&bench, &three(kind));
        let told = told(&bench);
        assert_eq!(told.len(), 3, "{told:#?}");
        let over = format!("🔧 DOWNTIME web01 / Ping {words}, OK now – Max: \"kernel\"");
        let others = format!("🔧 DOWNTIME web01 and 1 service {words} – Max: \"kernel\"");
        assert!(told.contains(&over) && told.contains(&others), "{told:#?}");
    }
}

pub fn another_author_comment_host_or_kind_is_another_message(program: Program) {
    let bench = bench(program);
    let mut crowd = three("DOWNTIMESTART");
    let eva = ["--ackauthor", "Eva", "--ackcomment", "kernel"];
    let disk = ["--ackauthor", "Max", "--ackcomment", "disk"];
    crowd.push(say("web01/HTTP", "DOWNTIMESTART", "0", &eva));
    crowd.push(say("web01/SSH", "DOWNTIMESTART", "0", &disk));
    crowd.push(begins("web02/Ping"));
    crowd.push(say("web01/Mail", "DOWNTIMEEND", "0", &KERNEL));
    crowd.push(begins("web02/Disk"));
    at_once(&bench, &crowd);
    assert_eq!(
        told(&bench),
        [
            "🔧 DOWNTIME web01 and 2 services – Max: \"kernel\"",
            "🔧 DOWNTIME web01 / HTTP – Eva: \"kernel\"",
            "🔧 DOWNTIME web01 / SSH – Max: \"disk\"",
            "🔧 DOWNTIME web02: 2 services – Max: \"kernel\"",
            "🔧 DOWNTIME web01 / Mail ended – Max: \"kernel\"",
        ]
    );
    assert!(Queue::of(&bench).waiting().is_empty());
}

pub fn a_single_downtime_is_told_as_ever_and_soon(program: Program) {
    let bench = bench(program);
    let began = Instant::now();
    bench.run(begins("web01/Ping")).code(0).says("delivered");
    let took = began.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let told = bench.only();
    let body = told.json();
    let line = "🔧 DOWNTIME web01 / Ping – Max: \"kernel\"";
    assert_eq!(body["text"], line);
    let below = body["attachments"][0].to_string();
    assert!(below.contains("state OK"), "it is no digest: {below}");
}

pub fn of_twelve_services_there_is_one_message_and_no_storm(program: Program) {
    let bench = bench(program);
    let mut crowd = vec![begins("web01")];
    crowd.extend((1..=12).map(|number| begins(&format!("web01/{number}"))));
    crowd.push(say("web02", "PROBLEM", "1", &[]));
    at_once(&bench, &crowd);
    let told = told(&bench);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(
        told[0],
        "🔧 DOWNTIME web01 and 12 services – Max: \"kernel\""
    );
    assert!(told[1].starts_with("🔴 DOWN web02"), "{told:#?}");
}

pub fn a_second_contacts_copy_is_none_of_them(program: Program) {
    let bench = bench(program);
    let three = three("DOWNTIMESTART");
    let crowd: Vec<Vec<String>> = three
        .iter()
        .flat_map(|line| [line.clone(), line.clone()])
        .collect();
    at_once(&bench, &crowd);
    let line = "🔧 DOWNTIME web01 and 2 services – Max: \"kernel\"";
    assert_eq!(told(&bench), [line]);
    assert!(Queue::of(&bench).waiting().is_empty());
    assert_eq!(reasons(&bench).len(), 3);
}

/// What waits before the downtime of its own service is not overtaken by it.
pub fn an_older_problem_of_a_service_goes_first(program: Program) {
    let bench = bench(program);
    let crowd = [
        begins("web01"),
        say("web01/Ping", "PROBLEM", "2", &[]),
        begins("web01/Disk"),
        begins("web01/Ping"),
        begins("web01/Load"),
    ];
    at_once(&bench, &crowd);
    assert_eq!(
        told(&bench),
        [
            "🔧 DOWNTIME web01 and 2 services – Max: \"kernel\"",
            "🔴 CRITICAL web01 / Ping – no reply",
            "🔧 DOWNTIME web01 / Ping – Max: \"kernel\"",
        ]
    );
}

pub fn a_problem_with_a_message_has_its_downtime_there(program: Program) {
    let bench = Bench::new(program);
    let channel = channels(program)[0];
    configure(&bench, &section(&bench, channel), AT_ONCE);
    let problem = say("web01/Ping", "PROBLEM", "2", &[]);
    bench.run(problem).code(0);
    at_once(&bench, &three("DOWNTIMESTART"));
    let shown = bench.preview.channel(channel);
    let texts: Vec<&str> = shown.iter().map(|one| &*one.text).collect();
    assert_eq!(
        texts,
        [
            "🔧 DOWNTIME web01 / Ping – Max: \"kernel\"",
            "🔧 DOWNTIME web01 and 1 service – Max: \"kernel\"",
        ]
    );
    assert_eq!((shown[0].updates, shown[0].replies.len()), (1, 1));
}

pub fn a_refused_message_goes_out_one_by_one(program: Program) {
    let bench = bench(program);
    bench.preview.next(Fault::Answer(Answer::text(413, "")));
    at_once(&bench, &three("DOWNTIMESTART"));
    assert_eq!(
        told(&bench),
        [
            "🔧 DOWNTIME web01 – Max: \"kernel\"",
            "🔧 DOWNTIME web01 / Ping – Max: \"kernel\"",
            "🔧 DOWNTIME web01 / Disk – Max: \"kernel\"",
        ]
    );
    assert_eq!(bench.preview.received().len(), 4);
    assert!(Queue::of(&bench).waiting().is_empty());
}

pub fn a_message_that_fails_is_sent_again_and_nothing_is_told_twice(program: Program) {
    let bench = bench(program);
    bench.preview.next(Fault::too_many(0));
    at_once(&bench, &three("DOWNTIMESTART")).says("queued: the vendor");
    assert_eq!(Queue::of(&bench).waiting().len(), 3);
    let began = Instant::now();
    while !Queue::of(&bench).waiting().is_empty() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it waits for ever"
        );
        bench.run(begins("web01/Load")).code(0);
    }
    let line = "🔧 DOWNTIME web01 and 3 services – Max: \"kernel\"";
    assert_eq!(told(&bench), [line]);
}

pub fn without_digests_each_is_told_by_itself(program: Program) {
    let bench = Bench::new(program);
    let flood = "[flood]\ndigest = false\n";
    configure(&bench, &bench.smallest_config(), flood);
    at_once(&bench, &three("DOWNTIMESTART"));
    assert_eq!(told(&bench).len(), 3);
}
