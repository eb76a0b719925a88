//! What the vendor answers, and what becomes of it.

use notify_test::{Answer, Bench, Fault};
use serde_json::json;

use crate::PROGRAM;

pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// openITCOCKPIT's integration type: Events API v1.
pub fn first_generation() -> Bench {
    let bench = Bench::unqueued(PROGRAM);
    let config = bench.smallest_config();
    bench.config(&config.replace(&bench.preview.pagerduty_v2(), &bench.preview.pagerduty_v1()));
    bench
}

fn invalid(error: &str) -> Answer {
    Answer::json(
        400,
        json!({"status": "invalid event", "message": "Event object is invalid", "errors": [error]}),
    )
}

fn judged(bench: &Bench, answer: Answer, code: i32, words: &[&str]) {
    let case = format!("{answer:?}");
    bench.preview.always(Some(Fault::Answer(answer)));
    let run = bench.send(&[]);
    assert_eq!(run.code, code, "{case}: {run:#?}");
    run.quiet().one_line(PROGRAM);
    for words in words {
        assert!(run.stderr.contains(words), "{case}: {words:?}: {run:#?}");
    }
    // There is no plainer form of an event.
    assert_eq!(bench.preview.received().len(), 1, "{case}");
}

#[test]
fn every_answer_of_v2_has_its_verdict() {
    let destination = "destination refused: ";
    let message = "message refused: 4";
    for (answer, code, words) in [
        (
            invalid("Length of 'routing_key' is incorrect (should be 32 characters)"),
            69,
            [destination, "check integration_key"],
        ),
        (
            Answer::text(400, "Invalid routing key"),
            69,
            [destination, "check integration_key"],
        ),
        (
            invalid("'payload.summary' is missing or blank"),
            69,
            [message, "'payload.summary' is missing or blank"],
        ),
        (Answer::text(400, ""), 69, [message, "400"]),
        (
            Answer::text(413, "too large"),
            69,
            [message, "413: too large"],
        ),
        (Answer::text(403, "Forbidden"), 69, [destination, "403"]),
        (Answer::text(404, ""), 69, [destination, "404"]),
        (
            Answer::json(429, json!({"status": "throttle exceeded"})),
            75,
            ["not delivered: ", "limiting the rate (429)"],
        ),
        (
            Answer::text(429, "").header("Retry-After", "60"),
            75,
            ["limiting the rate (429)", "tried again in 60 s"],
        ),
        (Answer::text(500, ""), 75, ["not delivered: ", "500"]),
        (Answer::text(502, ""), 75, ["not delivered: ", "502"]),
        (
            Answer::json(200, json!({"status": "success"})),
            69,
            [destination, "like PagerDuty (200)"],
        ),
        (
            Answer::json(202, json!({"status": "invalid event"})),
            69,
            [destination, "like PagerDuty"],
        ),
        (
            Answer::text(202, "accepted"),
            69,
            [destination, "like PagerDuty: accepted"],
        ),
    ] {
        judged(&Bench::unqueued(PROGRAM), answer, code, &words);
    }
}

#[test]
fn every_answer_of_v1_has_its_verdict() {
    let destination = "destination refused: ";
    for (answer, code, words) in [
        // v1 throttles with it.
        (
            Answer::text(403, "Forbidden"),
            75,
            ["not delivered: ", "limiting the rate (403)"],
        ),
        (
            Answer::text(403, "").header("Retry-After", "60"),
            75,
            ["limiting the rate (403)", "tried again in 60 s"],
        ),
        (
            invalid("Service key is the wrong length (should be 32 characters)"),
            69,
            [destination, "check integration_key"],
        ),
        (
            invalid("Description is missing or blank"),
            69,
            ["message refused: 400", "Description"],
        ),
        (Answer::text(429, ""), 75, ["not delivered: ", "429"]),
        (Answer::text(500, ""), 75, ["not delivered: ", "500"]),
        (
            Answer::json(202, json!({"status": "success"})),
            69,
            [destination, "like PagerDuty (202)"],
        ),
        (Answer::text(200, "ok"), 69, [destination, "like PagerDuty"]),
    ] {
        judged(&first_generation(), answer, code, &words);
    }
}

#[test]
fn a_delivery_names_the_dedup_key_and_sends_the_integration_key_in_the_body() {
    for (bench, path, name) in [
        (Bench::unqueued(PROGRAM), "/v2/enqueue", "routing_key"),
        (
            first_generation(),
            "/generic/2010-04-15/create_event.json",
            "service_key",
        ),
    ] {
        let run = bench.send(&[]);
        run.code(0)
            .quiet()
            .one_line(PROGRAM)
            .says("pagerduty:default: delivered (mon:v1:default/web01)");
        let request = bench.only();
        assert_eq!((request.method.as_str(), &*request.path), ("POST", path));
        assert_eq!(request.json()[name], KEY);
        assert!(request.shown.is_some());
    }
}

#[test]
fn a_key_of_the_wrong_length_is_the_configs_fault() {
    for bench in [Bench::unqueued(PROGRAM), first_generation()] {
        let file = bench.folder().join("config.toml");
        let config = std::fs::read_to_string(&file).expect("a config");
        bench.file("config.toml", &config.replace(KEY, "tooshortakey"));
        let run = bench.send(&[]);
        run.code(69).quiet().one_line(PROGRAM);
        run.says("destination refused")
            .says("check integration_key");
        assert!(!run.stderr.contains("tooshortakey"), "{run:#?}");
    }
}

#[test]
fn what_pagerduty_has_no_use_for_is_said_and_not_sent() {
    let bench = Bench::unqueued(PROGRAM);
    for kind in ["DOWNTIMESTART", "FLAPPINGSTART", "CUSTOM"] {
        let run = bench.send(&["--notificationtype", kind]);
        run.code(0).quiet().one_line(PROGRAM);
        run.says("pagerduty:default: nothing to send: ");
    }
    assert_eq!(bench.preview.received().len(), 0);
}
