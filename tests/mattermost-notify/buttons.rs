//! *Acknowledge* and *More…* below a problem.

use notify_test::command_lines::{SERVICE, with};
use notify_test::notifications::CASES;
use notify_test::{Bench, MattermostLimits, Options, Received};
use serde_json::{Value, json};

use crate::PROGRAM;

const KEYS: &str = "[listen]\npublic_url = \"https://monitoring.example.com/\"\nbutton_secret = \"the-secret-that-seals-buttons\"\n";

/// A webhook of an old server, whose problems get buttons.
fn two_way(listen: &str) -> Bench {
    let options = Options {
        mattermost: MattermostLimits::Old,
        ..Options::default()
    };
    let bench = Bench::with(PROGRAM, options);
    bench.config(&format!(
        "{}two_way = true\n{listen}",
        bench.smallest_config()
    ));
    bench
}

fn actions(received: &Received) -> Vec<Value> {
    let actions = &received.json()["attachments"][0]["actions"];
    actions.as_array().cloned().unwrap_or_default()
}

#[test]
fn problems_have_buttons_and_nothing_else_has() {
    let bench = two_way(KEYS);
    for case in CASES {
        let actions = actions(&bench.sent(case.line()));
        let ids: Vec<&Value> = actions.iter().map(|action| &action["id"]).collect();
        match case.kind {
            "PROBLEM" => assert_eq!(ids, ["acknowledge", "more"], "{}", case.name()),
            _ => assert_eq!(ids, [&json!(""); 0], "{}", case.name()),
        }
    }
}

#[test]
fn a_button_brings_back_what_it_is_about_and_what_the_post_says() {
    let bench = two_way(KEYS);
    let received = bench.sent(SERVICE);
    assert_eq!(received.verdict, "accepted");
    let body = received.json();
    let attachment = &body["attachments"][0];
    let [acknowledge, more] = &actions(&received)[..] else {
        panic!("two of them");
    };
    assert_eq!(
        (
            &acknowledge["name"],
            &acknowledge["type"],
            &acknowledge["style"]
        ),
        (&json!("Acknowledge"), &json!("button"), &json!("primary"))
    );
    assert_eq!(
        (&more["name"], &more["type"]),
        (&json!("More…"), &json!("select"))
    );
    for action in [acknowledge, more] {
        let integration = &action["integration"];
        assert_eq!(
            integration["url"],
            "https://monitoring.example.com/mattermost/action"
        );
        let context = &integration["context"];
        assert_eq!(context["button"]["reference"], "mon:v1:default/web01/Ping");
        assert_eq!(context["button"]["seal"].as_str().map(str::len), Some(64));
        assert_eq!(
            context["post"],
            json!({
                "message": body["text"],
                "text": attachment["text"],
                "color": attachment["color"],
                "fallback": attachment["fallback"],
                "limit": 7_600,
            })
        );
    }
    let nonce = |action: &Value| action["integration"]["context"]["button"]["nonce"].clone();
    assert_eq!(nonce(acknowledge), nonce(more));
    assert_ne!(nonce(acknowledge), nonce(&actions(&bench.sent(SERVICE))[0]));
    for option in more["options"].as_array().expect("choices") {
        let value = option["value"].as_str().expect("a value");
        assert!(
            value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{value}"
        );
    }
}

#[test]
fn beside_its_buttons_a_post_is_as_it_was() {
    let plain = Bench::new(PROGRAM).sent(SERVICE).json();
    let mut with_buttons = two_way(KEYS).sent(SERVICE).json();
    with_buttons["attachments"][0]
        .as_object_mut()
        .expect("one")
        .remove("actions");
    assert_eq!(with_buttons, plain);
}

#[test]
fn a_dry_run_shows_buttons_that_open_nothing() {
    let bench = two_way(KEYS);
    let run = bench.run(SERVICE.iter().chain(&["--dry-run"]));
    run.code(0);
    assert!(run.stdout.contains("\"Acknowledge\""), "{run:?}");
    assert!(run.stdout.contains("\"seal\": \"…\""), "{run:?}");
    assert!(run.stdout.contains("\"nonce\": \"…\""), "{run:?}");
    assert_eq!(bench.preview.received().len(), 0);
}

#[test]
fn without_the_listeners_keys_there_is_one_warning_and_no_button() {
    for listen in [
        "",
        "[listen]\npublic_url = \"https://monitoring.example.com\"\n",
    ] {
        let bench = two_way(listen);
        let run = bench.run(SERVICE);
        let warning = "two_way = true, but messages have no buttons";
        assert_eq!(run.code(0).stderr.matches(warning).count(), 1, "{run:?}");
        assert_eq!(actions(&bench.only()), [json!(0); 0]);
    }
}

#[test]
fn what_costs_much_is_cut_before_the_server_cuts_it() {
    let bench = two_way(KEYS);
    for output in [
        "x".repeat(20_000),
        "<".repeat(3_000),
        "`".repeat(3_000),
        "a & \"b\"\n".repeat(2_000),
    ] {
        let received = bench.sent(with(&SERVICE, "--output", &output));
        assert_eq!(received.verdict, "accepted", "{}", &output[..9]);
        let actions = actions(&received);
        let post = &actions[0]["integration"]["context"]["post"];
        assert!(
            post["text"].as_str().expect("a text").contains('…'),
            "{post}"
        );
        // There is room for one copy.
        assert_eq!(actions[1]["integration"]["context"]["post"], Value::Null);
    }
}

#[test]
fn a_newer_server_has_room_for_all_of_it() {
    let bench = Bench::new(PROGRAM);
    let section = bench.smallest_config();
    bench.config(&format!(
        "{section}two_way = true\nprops_limit = 800000\n{KEYS}"
    ));
    let output = format!("{}\n{}", "x".repeat(200), "more\n".repeat(2_000));
    let received = bench.sent(with(&SERVICE, "--output", &output));
    let text = received.json()["attachments"][0]["text"].clone();
    for action in actions(&received) {
        assert_eq!(action["integration"]["context"]["post"]["text"], text);
    }
}
