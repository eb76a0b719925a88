//! A problem keeps one message where the vendor allows it: what follows is answered below it, and it changes.

use notify_preview::Shown;

use crate::flood::{USUAL, ago, configure, line, say};
use crate::queue::Queue;
use crate::{Bench, Program, Run};

#[macro_export]
macro_rules! threads {
    ($program:expr) => {
        $crate::promises!(threads, $program;
            a_problem_keeps_one_message_from_its_beginning_to_its_end,
            another_object_and_the_next_problem_have_messages_of_their_own,
            a_destination_with_another_channel_ends_the_old_problem_where_it_was_told,
            a_destination_by_another_name_knows_nothing_of_the_old_one,
            a_destination_that_was_removed_keeps_what_is_for_it,
            a_renamed_object_is_another_one,
            threads_are_left_out_on_request,
            a_webhook_has_no_threads,
            two_cores_of_one_site_are_one,
        );
    };
}

pub fn channels(program: Program) -> [&'static str; 2] {
    match program.provider() {
        "slack" => ["C024BE91L", "C024BE92M"],
        _ => ["channelchannelchannelalert", "channelchannelchannelother"],
    }
}

/// The keys of a destination with a token.
fn place(bench: &Bench, channel: &str) -> String {
    let url = bench.preview.url();
    let keys = match bench.program.provider() {
        "slack" => {
            format!("oauth_access_token = \"xoxb-1234567890-secret\"\nweb_api_url = \"{url}/api/\"")
        }
        _ => format!("bot_token = \"bottokenbottokenbottoken26\"\nserver_url = {url:?}"),
    };
    format!("{keys}\nchannel = {channel:?}\nmin_interval = 0\n")
}

pub fn section(bench: &Bench, channel: &str) -> String {
    format!("[{}]\n{}", bench.program.provider(), place(bench, channel))
}

pub fn with_token(program: Program) -> Bench {
    let bench = Bench::new(program);
    configure(&bench, &section(&bench, channels(program)[0]), USUAL);
    bench
}

/// The messages about web01 that stand in the first channel.
pub fn channel(bench: &Bench) -> Vec<Shown> {
    about(bench, channels(bench.program)[0])
}

pub(crate) fn about(bench: &Bench, channel: &str) -> Vec<Shown> {
    let mut shown = bench.preview.channel(channel);
    shown.retain(|shown| shown.text.contains("web01"));
    shown
}

pub(crate) fn replies(shown: &Shown) -> Vec<&str> {
    shown.replies.iter().map(|reply| &*reply.text).collect()
}

pub(crate) fn delivered(bench: &Bench, kind: &str, state: &str, more: &[&str]) -> Run {
    let run = say(bench, kind, state, more);
    run.one_line(bench.program).says(": delivered (");
    run
}

const RED: &str = "#d9534f";
const YELLOW: &str = "#f0ad4e";
pub(crate) const BLUE: &str = "#1895f5";
pub(crate) const GREEN: &str = "#5cb85c";
const PROBLEM: &str = "🔴 CRITICAL web01 / Ping – 100% packet loss";
pub(crate) const DISK: [&str; 4] = ["--ackauthor", "Max", "--ackcomment", "disk ordered"];

/// What is said, how the reply begins, and what the message and its colour are afterwards.
type Step = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
);

pub fn a_problem_keeps_one_message_from_its_beginning_to_its_end(program: Program) {
    let bench = with_token(program);
    let (begin, _) = ago(30);
    delivered(
        &bench,
        "PROBLEM",
        "2",
        &["--notification-number", "1", "--datetime", &begin],
    );
    let told = channel(&bench);
    assert_eq!(
        (&*told[0].text, &*told[0].colours),
        (PROBLEM, &[RED.to_owned()][..])
    );
    let acknowledged = "👤 ACK web01 / Ping (CRITICAL) – Max: \"disk ordered\"";
    let downtime = "🔧 DOWNTIME web01 / Ping – Max: \"disk ordered\"";
    let warning = "🟡 WARNING web01 / Ping – 100% packet loss";
    let steps: [Step; 10] = [
        (
            "ACKNOWLEDGEMENT",
            "2",
            &DISK,
            acknowledged,
            acknowledged,
            BLUE,
        ),
        (
            "PROBLEM",
            "2",
            &["--notification-number", "2"],
            "🔴 CRITICAL web01 / Ping – again, no. 2 since ",
            acknowledged,
            BLUE,
        ),
        (
            "CUSTOM",
            "2",
            &DISK,
            "📣 web01 / Ping (CRITICAL) – Max",
            acknowledged,
            BLUE,
        ),
        ("DOWNTIMESTART", "2", &DISK, downtime, downtime, BLUE),
        (
            "DOWNTIMEEND",
            "2",
            &[],
            "🔧 DOWNTIME web01 / Ping ended",
            PROBLEM,
            RED,
        ),
        (
            "PROBLEM",
            "1",
            &["--notification-number", "3"],
            "🟡 WARNING web01 / Ping – again, no. 3 since ",
            warning,
            YELLOW,
        ),
        (
            "PROBLEM",
            "2",
            &["--notification-number", "4"],
            PROBLEM,
            PROBLEM,
            RED,
        ),
        (
            "FLAPPINGSTART",
            "2",
            &[],
            "〰️ FLAPPING web01 / Ping (now CRITICAL)",
            PROBLEM,
            RED,
        ),
        (
            "FLAPPINGSTOP",
            "2",
            &[],
            "〰️ FLAPPING web01 / Ping (now CRITICAL)",
            PROBLEM,
            RED,
        ),
        (
            "RECOVERY",
            "0",
            &[],
            "✅ OK web01 / Ping – was CRITICAL 30 min (",
            "✅ OK web01 / Ping – was CRITICAL 30 min (",
            GREEN,
        ),
    ];
    let mut updates = 0;
    let mut before = PROBLEM.to_owned();
    for (turn, (kind, state, more, reply, text, colour)) in (1..).zip(steps) {
        delivered(&bench, kind, state, more);
        let told = channel(&bench);
        assert_eq!(told.len(), 1, "{kind}: {told:#?}");
        let replies = replies(&told[0]);
        assert_eq!(replies.len(), turn, "{kind}: {replies:?}");
        assert!(replies[turn - 1].starts_with(reply), "{kind}: {replies:?}");
        assert!(told[0].replies[turn - 1].colours.is_empty(), "{kind}");
        assert!(told[0].text.starts_with(text), "{kind}: {}", told[0].text);
        assert_eq!(told[0].colours, [colour], "{kind}");
        // What changes nothing is no update; while an object flapped it may have changed.
        let is_drawn = told[0].text != before || kind == "FLAPPINGSTOP";
        updates += usize::from(is_drawn);
        before = told[0].text.clone();
        assert_eq!(told[0].updates, updates, "{kind}");
    }
}

pub fn another_object_and_the_next_problem_have_messages_of_their_own(program: Program) {
    let bench = with_token(program);
    delivered(&bench, "PROBLEM", "2", &[]);
    delivered(&bench, "PROBLEM", "2", &["--servicedesc", "Disk"]);
    delivered(&bench, "RECOVERY", "0", &[]);
    delivered(&bench, "PROBLEM", "2", &[]);
    // After a recovery that never came.
    delivered(&bench, "PROBLEM", "1", &["--notification-number", "1"]);
    delivered(&bench, "RECOVERY", "0", &[]);
    delivered(&bench, "ACKNOWLEDGEMENT", "0", &[]);
    let told = channel(&bench);
    let threads: Vec<usize> = told.iter().map(|told| told.replies.len()).collect();
    assert_eq!(threads, [1, 0, 0, 1, 0], "{told:#?}");
    assert!(told[3].text.starts_with("✅ OK web01 / Ping"), "{told:#?}");
}

pub fn a_destination_with_another_channel_ends_the_old_problem_where_it_was_told(program: Program) {
    let bench = with_token(program);
    let [old, new] = channels(program);
    delivered(&bench, "PROBLEM", "2", &[]);
    configure(&bench, &section(&bench, new), USUAL);
    delivered(&bench, "RECOVERY", "0", &[]);
    delivered(&bench, "PROBLEM", "2", &[]);
    let (before, after) = (about(&bench, old), about(&bench, new));
    assert_eq!(
        (before.len(), after.len()),
        (1, 1),
        "{before:#?} {after:#?}"
    );
    assert_eq!((before[0].replies.len(), after[0].replies.len()), (1, 0));
    // By webhook there is no way to it any more.
    let webhook = format!(
        "[{}]\n{}",
        program.provider(),
        program.place(&bench.preview)
    );
    configure(&bench, &webhook, USUAL);
    say(&bench, "RECOVERY", "0", &[]).says(":default: delivered");
    assert_eq!(about(&bench, new)[0].replies.len(), 0);
    let last = bench.preview.received().pop().and_then(|last| last.shown);
    assert!(last.is_some_and(|shown| shown.contains("was CRITICAL")));
}

fn named(bench: &Bench, name: &str) -> String {
    let provider = bench.program.provider();
    let place = place(bench, channels(bench.program)[0]);
    format!("[{provider}.destinations.{name}]\n{place}")
}

pub fn a_destination_by_another_name_knows_nothing_of_the_old_one(program: Program) {
    let bench = Bench::new(program);
    configure(&bench, &named(&bench, "ops"), USUAL);
    delivered(&bench, "PROBLEM", "2", &["--to", "ops"]);
    configure(&bench, &named(&bench, "noc"), USUAL);
    delivered(
        &bench,
        "RECOVERY",
        "0",
        &["--to", "noc", "--output", "PING OK"],
    );
    let told = channel(&bench);
    let texts: Vec<&str> = told.iter().map(|told| &*told.text).collect();
    assert_eq!(texts, [PROBLEM, "✅ OK web01 / Ping – PING OK"]);
}

pub fn a_destination_that_was_removed_keeps_what_is_for_it(program: Program) {
    let bench = Bench::new(program);
    let both = format!("{}{}", named(&bench, "ops"), named(&bench, "noc"));
    configure(&bench, &both, USUAL);
    delivered(&bench, "PROBLEM", "2", &["--to", "ops"]);
    configure(&bench, &named(&bench, "noc"), USUAL);
    bench.run(line("RECOVERY", "0", &["--to", "ops"])).code(78);
    configure(&bench, &both, USUAL);
    delivered(&bench, "PROBLEM", "2", &["--to", "ops"]);
    let told = channel(&bench);
    let threads: Vec<usize> = told.iter().map(|told| told.replies.len()).collect();
    assert_eq!(threads, [1, 0], "{told:#?}");
}

pub fn a_renamed_object_is_another_one(program: Program) {
    let bench = with_token(program);
    delivered(&bench, "PROBLEM", "2", &["--hostname", "web01"]);
    delivered(
        &bench,
        "RECOVERY",
        "0",
        &["--hostname", "web01b", "--output", "PING OK"],
    );
    let told = channel(&bench);
    let texts: Vec<&str> = told.iter().map(|told| &*told.text).collect();
    assert_eq!(texts, [PROBLEM, "✅ OK web01b / Ping – PING OK"]);
}

pub fn threads_are_left_out_on_request(program: Program) {
    let bench = with_token(program);
    let section = section(&bench, channels(program)[0]);
    configure(&bench, &section, &format!("{USUAL}threads = false\n"));
    delivered(&bench, "PROBLEM", "2", &["--notification-number", "1"]);
    delivered(&bench, "PROBLEM", "2", &["--notification-number", "2"]);
    delivered(&bench, "RECOVERY", "0", &[]);
    let told = channel(&bench);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        told.iter()
            .all(|told| told.replies.is_empty() && told.updates == 0)
    );
    // What is open is known all the same.
    assert!(told[1].text.contains("again, no. 2 since "), "{told:#?}");
    assert!(told[2].text.contains("was CRITICAL"), "{told:#?}");
}

pub fn a_webhook_has_no_threads(program: Program) {
    let bench = crate::flood::bench(program);
    for (kind, state) in [
        ("PROBLEM", "2"),
        ("ACKNOWLEDGEMENT", "2"),
        ("RECOVERY", "0"),
    ] {
        say(&bench, kind, state, &DISK).says(":default: delivered");
    }
    let received = bench.preview.received();
    assert_eq!(received.len(), 3, "{received:#?}");
    let place = &received[0].path;
    assert!(
        received
            .iter()
            .all(|one| one.method == "POST" && one.path == *place)
    );
}

/// They share the state folder; each counts for itself.
pub fn two_cores_of_one_site_are_one(program: Program) {
    let bench = with_token(program);
    for (kind, state) in [
        ("PROBLEM", "2"),
        ("ACKNOWLEDGEMENT", "2"),
        ("RECOVERY", "0"),
    ] {
        delivered(&bench, kind, state, &["--notification-id", "4711"]);
        let run = say(&bench, kind, state, &["--notification-id", "3"]);
        run.says(":default: not sent again: ");
    }
    let told = channel(&bench);
    assert_eq!((told.len(), told[0].replies.len()), (1, 2), "{told:#?}");
    assert!(Queue::of(&bench).waiting().is_empty());
}
