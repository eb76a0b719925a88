//! Who is let in where Slack knocks: nothing unsigned, old, changed or copied, and no button that is not its message's.

use notify_core::button::{Action, Button};
use notify_core::config::secret::Secret;
use notify_test::listener::{Listener, Reply, now, slack_signature};
use serde_json::{Value, json};

use crate::slack_stage::{ALLOW, LISTEN, MAX, SIGNING_SECRET, Stage, Way, changed};

const FORM: &str = "application/x-www-form-urlencoded";
const VECTORS: &str = include_str!("signature-vectors.json");

fn post(listener: &Listener, timestamp: &str, signature: &str, body: &[u8]) -> Reply {
    let headers = [
        ("Content-Type", FORM),
        ("X-Slack-Request-Timestamp", timestamp),
        ("X-Slack-Signature", signature),
    ];
    listener.post("/slack/interaction", &headers, body)
}

fn is_untouched(stage: &Stage) {
    assert!(stage.nagios.commands().is_empty());
    assert_eq!(stage.answers_pending(), 0);
    assert!(!stage.bench.state().join("answers/done").exists());
}

#[test]
fn wrong_missing_old_and_future_signatures_are_refused_and_counted() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let body = stage.form("acknowledge", MAX);
    let at = |seconds: i64| (now() as i64 + seconds).to_string();
    let sign = |secret: &str, timestamp: &str| slack_signature(secret, timestamp, body.as_bytes());
    for (timestamp, secret) in [
        (at(0), "another secret"),
        (at(-310), SIGNING_SECRET),
        (at(310), SIGNING_SECRET),
        ("0".to_owned(), SIGNING_SECRET),
        ("-1".to_owned(), SIGNING_SECRET),
        ("soon".to_owned(), SIGNING_SECRET),
        ("99999999999999999999999".to_owned(), SIGNING_SECRET),
    ] {
        let signature = sign(secret, &timestamp);
        post(&listener, &timestamp, &signature, body.as_bytes()).status(401);
    }
    let good = sign(SIGNING_SECRET, &at(0));
    for signature in [
        "",
        "v0=",
        "v0=zz",
        "v1=00",
        &good[3..],
        &good[..66],
        &format!("{good}00"),
    ] {
        post(&listener, &at(0), signature, body.as_bytes()).status(401);
    }
    for headers in [
        &[("Content-Type", FORM)][..],
        &[("Content-Type", FORM), ("X-Slack-Signature", &good)],
        &[
            ("Content-Type", FORM),
            ("X-Slack-Request-Timestamp", &at(0)),
        ],
    ] {
        listener
            .post("/slack/interaction", headers, body.as_bytes())
            .status(401);
    }
    listener
        .post("/slack/command", &[("Content-Type", FORM)], b"text=ack")
        .status(401);
    is_untouched(&stage);
    let metrics = listener.get("/metrics").body;
    for reason in ["signature_missing", "signature_wrong", "signature_stale"] {
        let line = format!("notify_listen_refused_total{{source=\"slack\",reason=\"{reason}\"}}");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    // However often somebody knocks, the log has a line of each kind.
    assert!(
        listener.log().matches("wrong signature").count() == 1,
        "{}",
        listener.log()
    );
}

#[test]
fn each_flipped_bit_is_refused() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    let (timestamp, body) = (now().to_string(), b"payload={}".to_vec());
    let signature = slack_signature(SIGNING_SECRET, &timestamp, &body);
    let flipped = |text: &[u8]| {
        let bits = 0..text.len() * 8;
        let flip = |bit: usize| {
            let mut changed = text.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        };
        bits.map(flip).collect::<Vec<_>>()
    };
    for body in flipped(&body) {
        post(&listener, &timestamp, &signature, &body).status(401);
    }
    let is_header = |bytes: &Vec<u8>| bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    for timestamp in flipped(timestamp.as_bytes()).into_iter().filter(is_header) {
        let timestamp = String::from_utf8(timestamp).expect("ASCII");
        post(&listener, &timestamp, &signature, &body).status(401);
    }
    for changed in flipped(signature.as_bytes()).into_iter().filter(is_header) {
        let changed = String::from_utf8(changed).expect("ASCII");
        // Another spelling of the same digest.
        if changed.eq_ignore_ascii_case(&signature) && changed.starts_with("v0=") {
            continue;
        }
        post(&listener, &timestamp, &changed, &body).status(401);
    }
    // As it was signed it is let in: its JSON says nothing.
    post(&listener, &timestamp, &signature, &body).status(400);
}

#[test]
fn slacks_own_example_has_this_signature_and_is_too_old() {
    let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
    let vector = |key: &str| {
        vectors["slack_v0"][key]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let body = vector("body");
    let signature = slack_signature(&vector("secret"), &vector("timestamp"), body.as_bytes());
    assert_eq!(signature, vector("signature"));
    let stage = Stage::new(Way::Webhook, ALLOW);
    let section = stage.section().replace(SIGNING_SECRET, &vector("secret"));
    stage
        .bench
        .config(LISTEN, &format!("{section}{}", stage.nagios.config()));
    let listener = stage.bench.start();
    post(&listener, &vector("timestamp"), &signature, body.as_bytes()).status(401);
    listener.until_it_says("older than five minutes");
    // The same with today's date is let in.
    let said = listener.post_as_slack("/slack/command", &vector("secret"), &body);
    said.status(200);
}

#[test]
fn a_request_is_taken_once() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let (timestamp, body) = (now().to_string(), stage.form("acknowledge", MAX));
    let signature = slack_signature(SIGNING_SECRET, &timestamp, body.as_bytes());
    post(&listener, &timestamp, &signature, body.as_bytes()).status(200);
    post(&listener, &timestamp, &signature, body.as_bytes()).status(401);
    // Another spelling is no other request.
    let shouted = format!("v0={}", signature[3..].to_uppercase());
    post(&listener, &timestamp, &shouted, body.as_bytes()).status(401);
    stage.until_it_says("Acknowledged by max · ");
    listener.stop();
    // Nor does a new start forget it.
    let listener = stage.bench.start();
    post(&listener, &timestamp, &signature, body.as_bytes()).status(401);
    assert_eq!(stage.nagios.commands().len(), 1);
}

#[test]
fn of_several_secrets_each_opens_and_each_app_has_its_own() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let webhook = stage.preview.slack_webhook();
    let section = stage.section().replace(
        &format!("signing_secret = {SIGNING_SECRET:?}"),
        &format!("signing_secret = [\"the new one\", {SIGNING_SECRET:?}]"),
    );
    let other = format!(
        "[slack.destinations.db]\nwebhook_url = {webhook:?}\nsigning_secret_file = \"other\"\n"
    );
    std::fs::write(stage.bench.folder().join("other"), "another app's\n").expect("a file");
    stage.bench.config(
        LISTEN,
        &format!("{section}{other}{}{ALLOW}", stage.nagios.config()),
    );
    let listener = stage.bench.start();
    for secret in ["the new one", SIGNING_SECRET, "another app's"] {
        listener
            .post_as_slack("/slack/command", secret, "ssl_check=1")
            .status(200);
    }
    listener
        .post_as_slack("/slack/command", "nobody's", "ssl_check=1")
        .status(401);
}

#[test]
fn what_slack_signed_and_is_no_answer_does_nothing() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let send = |body: &str| listener.post_as_slack("/slack/interaction", SIGNING_SECRET, body);
    for body in [
        "",
        "payload=",
        "payload={",
        "payload=%ff",
        "x=1",
        "payload=[]",
        "payload=7",
    ] {
        send(body).status(400);
    }
    let deep = format!("payload={}", "[".repeat(100_000));
    send(&deep).status(400);
    for body in [
        r#"payload={"type":"view_closed"}"#,
        r#"payload={"type":"shortcut","x":[{}]}"#,
    ] {
        send(body).status(200);
    }
    let form = stage.form("acknowledge", MAX);
    let theirs = changed(&form, |payload| {
        payload["actions"][0]["block_id"] = "theirs".into()
    });
    send(&theirs).status(200);
    let unknown = changed(&form, |payload| {
        payload["actions"][0]["action_id"] = "dance".into()
    });
    send(&unknown).status(200);
    let large = format!("payload={}", "x".repeat(2 * 1024 * 1024));
    send(&large).status(413);
    let timestamp = now().to_string();
    let signature = slack_signature(SIGNING_SECRET, &timestamp, form.as_bytes());
    let headers = [
        ("Content-Type", "text/plain"),
        ("X-Slack-Request-Timestamp", &*timestamp),
        ("X-Slack-Signature", &*signature),
    ];
    listener
        .post("/slack/interaction", &headers, form.as_bytes())
        .status(400);
    is_untouched(&stage);
}

#[test]
fn a_button_that_is_not_its_messages_does_nothing_and_the_person_hears_why() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    // Each click has a response URL of its own.
    let value = |value: String| {
        let form = stage.form("acknowledge", MAX);
        changed(&form, |payload| {
            payload["actions"][0]["value"] = value.into()
        })
    };
    let sealed = |reference: &str, action: Action, wall: f64, secret: &str| {
        let button = Button::new(reference, action, "abc", wall, &Secret::new(secret));
        value(json!(button).to_string())
    };
    let (ping, own) = ("mon:v1:berlin/web01/Ping", "the-secret-that-seals-buttons");
    let today = now() as f64;
    for (form, why) in [
        (value("{}".to_owned()), "not one of the monitoring's"),
        (value(String::new()), "not one of the monitoring's"),
        (
            sealed(ping, Action::Acknowledge, today, "somebody else's secret"),
            "not one of the monitoring's",
        ),
        (
            sealed(ping, Action::More, today, own),
            "not one of the monitoring's",
        ),
        (
            sealed(ping, Action::Acknowledge, today - 31.0 * 86_400.0, own),
            "more than 30 days old",
        ),
        (
            sealed("mon:v1:paris/web01", Action::Acknowledge, today, own),
            "another monitoring site",
        ),
    ] {
        let before = stage.preview.slack_whispers().len();
        stage.interact(&listener, &form).status(200);
        let whispers = stage.until("a word", |stage| {
            let whispers = stage.preview.slack_whispers();
            (whispers.len() > before).then_some(whispers)
        });
        let said = &whispers.last().expect("one").text;
        assert!(said.contains(why), "{why:?} is not in {said:?}");
    }
    is_untouched(&stage);
}

#[test]
fn a_button_copied_into_another_message_belongs_to_the_first() {
    let stage = Stage::new(Way::Webhook, ALLOW);
    let listener = stage.bench.start();
    stage.problem();
    let form = stage.form("acknowledge", MAX);
    stage.interact(&listener, &form).status(200);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
    stage.until_it_says("Acknowledged by max");
    let copied = changed(&form, |payload| {
        payload["container"]["message_ts"] = "1548261231.000200".into();
    });
    stage.interact(&listener, &copied).status(200);
    stage.until_whispered("this button belongs to another message");
    assert_eq!(stage.nagios.commands().len(), 1);
}
