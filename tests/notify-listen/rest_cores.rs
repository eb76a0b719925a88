//! Cores with a REST API: what was told once is not told twice, what cannot be told waits, and what a core cannot do is said.

use std::time::{Duration, Instant};

use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_test::fake_icinga::FakeIcinga;
use notify_test::fake_openitcockpit::FakeOpenItCockpit;
use notify_test::listener::{Listener, ListenerBench};
use notify_test::stand_in::Wrong;
use serde_json::json;

use crate::{PROGRAM, killed};

const SIGNING_SECRET: &str = "slack-signing-secret";
const HOST: &str = "c36b8048-93ce-4385-ac19-ab5c90574b77";
const SERVICE: &str = "74f14950-a58f-4f18-b6c3-5cfa9dffef4e";
/// Of the answer whose acknowledgement expires, and of that expiry.
const OURS: &str = "0123456789abcdef";
const EXPIRY: &str = "fedcba9876543210";

fn bench(monitoring: &str) -> ListenerBench {
    let bench = ListenerBench::new(PROGRAM);
    let slack = format!(
        "[slack]\nsigning_secret = {SIGNING_SECRET:?}\nwebhook_url = \"http://127.0.0.1:1/\"\n[answers]\nallow = [\"slack:UMAX\", \"slack:UMIA\"]"
    );
    bench.config(
        "public_url = \"https://example.com\"\nbutton_secret = \"the-secret-that-seals-buttons\"",
        &format!("{slack}\n{monitoring}"),
    );
    bench
}

/// A service that is CRITICAL.
fn icinga() -> (FakeIcinga, ListenerBench) {
    let icinga = FakeIcinga::start();
    icinga.host("web01", 0);
    icinga.service("web01", "Ping", 2);
    let bench = bench(&icinga.config());
    (icinga, bench)
}

fn cockpit() -> (FakeOpenItCockpit, ListenerBench) {
    let cockpit = FakeOpenItCockpit::start(Duration::from_millis(300));
    cockpit.host(HOST, "web01.example.com", 0);
    cockpit.service((HOST, SERVICE), ("web01.example.com", "Ping"), 2);
    let bench = bench(&cockpit.config());
    (cockpit, bench)
}

/// By the slash command.
fn write(listener: &Listener, who: &str, text: &str) {
    let text = text.replace(' ', "+").replace('/', "%2F");
    let name = who[1..].to_lowercase();
    let body = format!(
        "command=%2Fmonitoring&text={text}&user_id={who}&user_name={name}&team_id=T1&channel_id=C1"
    );
    let reply = listener.post_as_slack("/slack/command", SIGNING_SECRET, &body);
    reply.status(200);
    assert!(reply.body.contains("on it"), "{reply:#?}");
}

#[test]
fn what_icinga_took_is_not_given_again_where_its_answer_was_lost() {
    let (icinga, bench) = icinga();
    let listener = bench.start();
    icinga.actions_go(Wrong::AnswerLost);
    for (text, done) in [
        ("downtime web01/Ping 1h kernel", "the downtime has begun"),
        ("comment web01/Ping seen", "the comment was added"),
        ("ack web01/Ping disk ordered", ": acknowledged"),
    ] {
        write(&listener, "UMAX", text);
        listener.until_it_says(done);
    }
    let standing = icinga.standing("web01", Some("Ping"));
    assert_eq!(standing.downtimes.len(), 1, "{standing:#?}");
    assert_eq!(standing.comments.len(), 2, "{standing:#?}");
    listener.stop();
}

#[test]
fn an_answer_waits_while_icinga_reloads() {
    let (icinga, bench) = icinga();
    let listener = bench.start();
    icinga.actions_go(Wrong::Status(503));
    write(&listener, "UMAX", "ack web01/Ping disk ordered");
    listener.until_it_says("waits: Icinga 2 cannot do it now (503)");
    listener.kill();
    icinga.goes(None);
    let listener = bench.start();
    listener.until_it_says(": acknowledged");
    let standing = icinga.standing("web01", Some("Ping"));
    assert_eq!(standing.acknowledgement, 2);
    assert!(standing.comments[0].text.starts_with("disk ordered [#"));
    listener.stop();
}

/// More than there are threads.
#[test]
fn while_a_core_hangs_whatever_comes_is_kept_at_once() {
    const PRESSES: usize = 700;
    let (icinga, bench) = icinga();
    let config = std::fs::read_to_string(bench.config_file()).unwrap();
    let config = config.replace("slack:UMAX", "slack:U1");
    std::fs::write(bench.config_file(), config).unwrap();
    let listener = bench.start();
    icinga.goes(Some(Wrong::Hangs));
    let slowest = (0..PRESSES)
        .map(|service| {
            let begun = Instant::now();
            let body = killed::pressed(service, 1);
            let reply = listener.post_as_slack("/slack/interaction", SIGNING_SECRET, &body);
            reply.status(200);
            begun.elapsed()
        })
        .max()
        .unwrap();
    // Slack's limit.
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    let pending = std::fs::read_dir(bench.state().join("answers/pending"));
    assert_eq!(pending.unwrap().count(), PRESSES);
    listener.kill();
}

#[test]
fn in_icinga_a_second_person_s_acknowledgement_is_a_comment() {
    let (icinga, bench) = icinga();
    let listener = bench.start();
    write(&listener, "UMAX", "ack web01/Ping disk ordered");
    listener.until_it_says("acknowledge by max (slack:UMAX in C1): acknowledged");
    write(&listener, "UMIA", "ack web01/Ping me too");
    listener.until_it_says("acknowledge by mia (slack:UMIA in C1): ");
    let standing = icinga.standing("web01", Some("Ping"));
    assert_eq!(standing.comments[0].author, "max");
    assert!(
        standing.comments[1]
            .text
            .starts_with("also acknowledged via Slack: me too")
    );
    listener.stop();
}

#[test]
fn openitcockpit_without_comments_says_who_has_it_already() {
    let (cockpit, bench) = cockpit();
    let listener = bench.start();
    write(&listener, "UMAX", "ack web01.example.com/Ping disk ordered");
    listener.until_it_says("acknowledge by max (slack:UMAX in C1): acknowledged");
    write(&listener, "UMIA", "ack WEB01.example.com/ping me too");
    listener.until_it_says("acknowledge by mia (slack:UMIA in C1): already acknowledged by max");
    write(&listener, "UMIA", "comment web01.example.com/Ping seen");
    listener.until_it_says("openITCOCKPIT takes no comments by its API");
    let commands = cockpit.commands();
    assert_eq!(commands.len(), 1, "{commands:#?}");
    listener.stop();
}

/// As the listener kept it when its acknowledgement was taken.
fn expiry(bench: &ListenerBench) {
    let folder = StateFolder::open(&bench.state()).expect("a state folder");
    let answer = json!({
        "format": 1,
        "id": EXPIRY,
        "taken": Moment::read(),
        "person": {"source": "timer", "id": "expiry", "name": "max"},
        "subject": {"host": HOST, "service": SERVICE},
        "wish": {"remove_acknowledgement": {"of": OURS}},
        "due": 1.0,
    });
    folder.keep_answer(EXPIRY, &answer).expect("it is kept");
}

#[test]
fn an_expiry_removes_its_own_acknowledgement_from_openitcockpit() {
    let (cockpit, bench) = cockpit();
    let ours = format!("disk ordered [#{OURS}]");
    cockpit.change(HOST, Some(SERVICE), |it| {
        it.acknowledged = Some(("max".to_owned(), ours));
    });
    expiry(&bench);
    let listener = bench.start();
    listener.until_it_says("the acknowledgement was removed");
    assert_eq!(cockpit.standing(HOST, Some(SERVICE)).acknowledged, None);
    listener.stop();
}

#[test]
fn an_expiry_leaves_what_is_another_s_or_nobody_says_whose() {
    for (comment, words) in [
        ("me", "that acknowledgement is there no more"),
        ("", "the core does not say whose acknowledgement it has"),
    ] {
        let (cockpit, bench) = cockpit();
        cockpit.change(HOST, Some(SERVICE), |it| {
            it.acknowledged = Some(("mia".to_owned(), comment.to_owned()));
        });
        expiry(&bench);
        let listener = bench.start();
        listener.until_it_says(words);
        assert!(cockpit.standing(HOST, Some(SERVICE)).acknowledged.is_some());
        assert!(cockpit.commands().is_empty());
        listener.stop();
    }
}
