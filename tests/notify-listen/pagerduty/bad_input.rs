//! What nobody but PagerDuty could have sent, and what not even PagerDuty should.

use notify_core::button::signed;
use notify_test::Happened;
use notify_test::listener::{Listener, pagerduty_signature};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::stage::{SECRET, Stage, WEBHOOKS, post_v3};

/// Made by a client library of PagerDuty's webhooks; see the facts about its signatures.
const VECTOR_SECRET: &str = "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK";
const VECTOR_BODY: &str = include_str!("vector.json");
const VECTOR: &str = "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd";

fn post(listener: &Listener, signature: &str, body: &[u8]) -> u16 {
    let headers = [("X-PagerDuty-Signature", signature)];
    listener.post("/pagerduty/v3", &headers, body).status
}

#[test]
fn a_known_signature_is_accepted() {
    let body = VECTOR_BODY.trim_end().as_bytes();
    assert_eq!(
        format!("v1={}", signed(VECTOR_SECRET.as_bytes(), &[body])),
        VECTOR
    );
    let stage = Stage::new(&format!("webhook_secrets = {VECTOR_SECRET:?}\n"));
    let listener = stage.bench.start();
    assert_eq!(post(&listener, VECTOR, body), 202);
    assert_eq!(post(&listener, VECTOR, &body[1..]), 401);
}

#[test]
fn without_a_right_signature_nothing_is_read() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    post_v3(&listener, &news[0].v3).status(202);
    let body = &news[1].v3;
    listener.post("/pagerduty/v3", &[], body).status(401);
    let right = pagerduty_signature(SECRET, body);
    let of_another = pagerduty_signature("another-secret", body);
    for wrong in [
        "",
        "v1=",
        "v1=zz",
        "ä",
        right.trim_start_matches("v1="),
        &right.replace("v1=", "v2="),
        &of_another,
        &format!("{of_another},{of_another}"),
    ] {
        assert_eq!(post(&listener, wrong, body), 401, "{wrong:?}");
    }
    stage.only_commands(&listener, 0);
    listener.until_it_says("a webhook whose signature none of webhook_secrets made");
    // While a secret is changed there are several.
    assert_eq!(
        post(&listener, &format!("{of_another}, {right}"), body),
        202
    );
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}

#[test]
fn of_several_secrets_each_is_accepted() {
    let stage = Stage::new(
        "webhook_secrets = [\"slack-signing-secret\", \"pagerduty-webhook-secret\"]\n[pagerduty.destinations.db]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\nwebhook_secrets = \"mattermost-slash-token\"\n",
    );
    let listener = stage.bench.start();
    let body = json!({"event": {"id": "1", "event_type": "pagey.ping"}}).to_string();
    for secret in [SECRET, "slack-signing-secret", "mattermost-slash-token"] {
        let signature = pagerduty_signature(secret, body.as_bytes());
        assert_eq!(
            post(&listener, &signature, body.as_bytes()),
            202,
            "{secret}"
        );
    }
}

#[test]
fn events_that_mean_nothing_to_a_core_are_taken() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    let incident = json!({"id": "PINC001", "type": "incident"});
    let user = json!({"id": "PMAX", "type": "user_reference", "summary": "Max"});
    for event in [
        json!({"id": "1", "event_type": "pagey.ping", "data": {"message": "Hello", "type": "ping"}}),
        json!({"id": "2", "event_type": "incident.priority_updated", "data": incident, "agent": user}),
        json!({"id": "3", "event_type": "incident.of_tomorrow", "data": [1, 2]}),
        json!({"id": "4", "event_type": "service.updated", "data": {}}),
        // Known types that lack what they should have.
        json!({"id": "5", "event_type": "incident.acknowledged", "data": {}, "agent": user}),
        json!({"event_type": "incident.acknowledged", "data": incident, "agent": user}),
        json!({"id": "6", "event_type": "incident.acknowledged", "data": {"id": "../../x"}}),
        json!({"id": "7", "event_type": "incident.acknowledged", "data": incident, "agent": null}),
        json!({"id": "8", "event_type": "incident.annotated", "data": incident, "agent": user}),
        json!({"id": 9, "event_type": 9}),
        json!({}),
    ] {
        let body = json!({"event": event}).to_string();
        post_v3(&listener, body.as_bytes()).status(202);
    }
    post_v3(&listener, b"{}").status(202);
    stage.only_commands(&listener, 0);
}

#[test]
fn what_is_no_webhook_is_refused() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    for body in [
        &b""[..],
        b"no JSON",
        b"[]",
        b"7",
        b"{\"event\"",
        b"\xff\xfe\xfd",
        b"payload=x",
    ] {
        post_v3(&listener, body).status(400);
    }
    let deep = "[".repeat(100_000);
    post_v3(&listener, deep.as_bytes()).status(400);
    let large = json!({"event": {"id": "1", "data": "x".repeat(2_000_000)}}).to_string();
    post_v3(&listener, large.as_bytes()).status(413);
    listener.get("/pagerduty/v3").status(405);
    // V2 is not switched on.
    listener.post("/pagerduty/v2", &[], b"{}").status(404);
}

#[test]
fn any_bit_that_is_changed_spoils_the_signature() {
    let stage = Stage::new(WEBHOOKS);
    let listener = stage.bench.start();
    stage.by_max(&stage.problem(), Happened::Acknowledged);
    let news = stage.news();
    post_v3(&listener, &news[0].v3).status(202);
    let body = &news[1].v3;
    let right = pagerduty_signature(SECRET, body);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let places = (0..body.len() + right.len() - 3, 0..8_u8);
    runner
        .run(&places, |(at, bit)| {
            let (mut body, mut signature) = (body.clone(), right.clone().into_bytes());
            match at.checked_sub(body.len()) {
                None => body[at] ^= 1 << bit,
                Some(at) => signature[at + 3] ^= 1 << bit,
            }
            // The same digit in the other case is the same signature.
            prop_assume!(!signature.eq_ignore_ascii_case(right.as_bytes()) || at < body.len());
            let Ok(signature) = String::from_utf8(signature) else {
                return Ok(());
            };
            prop_assume!(!signature.contains(|character: char| character.is_control()));
            prop_assert_eq!(post(&listener, &signature, &body), 401);
            Ok(())
        })
        .unwrap();
    stage.only_commands(&listener, 0);
    let unchanged: Value = serde_json::from_slice(body).expect("JSON");
    post_v3(&listener, unchanged.to_string().as_bytes()).status(202);
    stage.nagios.until_acknowledged("web01", Some("Ping"));
}
