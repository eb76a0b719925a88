//! What is not ours, or not whole: it reaches no core.

use notify_test::listener::Reply;
use serde_json::{Value, json};

use super::{Posts, Stage, id};

const ACTION: &str = "/mattermost/action";
const JSON: [(&str, &str); 1] = [("Content-Type", "application/json")];

/// As the server would send it.
fn click(post: &str, context: Value) -> Value {
    json!({
        "user_id": id("max"),
        "user_name": "max",
        "channel_id": id("alerts"),
        "channel_name": "alerts",
        "team_id": id("team"),
        "team_domain": "ops",
        "post_id": post,
        "trigger_id": format!("trigger of {post}"),
        "type": "button",
        "data_source": "",
        "context": context,
    })
}

fn send(stage: &Stage, click: &Value) -> Reply {
    stage.while_it_writes(|| {
        stage
            .listener
            .post(ACTION, &JSON, click.to_string().as_bytes())
    })
}

fn heard(reply: &Reply) -> String {
    reply.status(200);
    let answer = reply.json();
    assert_eq!(answer["update"], Value::Null, "{reply:?}");
    let words = answer["ephemeral_text"].as_str();
    words.expect("a word").to_owned()
}

#[test]
fn a_context_of_somebodys_own_making_does_nothing() {
    let stage = Stage::new(Posts::ByWebhook);
    stage.problem();
    let genuine = stage.context("acknowledge");
    let with = |pointer: &str, value: Value| {
        let mut context = genuine.clone();
        *context.pointer_mut(pointer).expect("it is there") = value;
        context
    };
    let forged = [
        json!({}),
        Value::Null,
        json!([1]),
        json!("x"),
        json!({"host": "web01", "action": "acknowledge"}),
        with("/button/reference", json!("mon:v1:berlin/web01/Other")),
        with("/button/action", json!("more")),
        with("/button/action", json!("reboot")),
        with("/button/nonce", json!("0")),
        with("/button/expires", json!(9_999_999_999_u64)),
        with("/button/expires", json!(0.5)),
        with("/button/seal", json!("")),
        with("/button/seal", json!("0".repeat(64))),
        with("/button", json!(null)),
    ];
    for context in forged {
        let words = heard(&send(&stage, &click(&id("post"), context.clone())));
        assert!(
            words.contains("not one of the monitoring's"),
            "{words}: {context}"
        );
    }
    assert_eq!(stage.nagios.commands(), [""; 0]);
    stage
        .listener
        .until_it_says("this button is not one of the monitoring's");
}

#[test]
fn a_button_that_was_copied_into_another_post_does_nothing() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    let context = stage.context("acknowledge");
    let answer = send(&stage, &click(&post, context.clone()));
    assert_ne!(answer.json()["update"], Value::Null);
    let words = heard(&send(&stage, &click(&id("other"), context)));
    assert!(words.contains("belongs to another message"), "{words}");
    assert_eq!(stage.nagios.commands().len(), 1);
}

#[test]
fn a_click_that_is_sent_twice_is_taken_once() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    let click = click(&post, stage.context("acknowledge"));
    assert_ne!(send(&stage, &click).json()["update"], Value::Null);
    let words = heard(&send(&stage, &click));
    assert!(words.contains("taken already"), "{words}");
    assert_eq!(stage.nagios.commands().len(), 1);
}

#[test]
fn another_sites_button_is_for_another_listener() {
    let stage = Stage::new(Posts::ByWebhook);
    let secret = notify_core::config::secret::Secret::new(super::BUTTON_SECRET);
    let button = notify_core::button::Button::new(
        "mon:v1:paris/web01/Ping",
        notify_core::button::Action::Acknowledge,
        "abc",
        notify_test::listener::now() as f64,
        &secret,
    );
    let words = heard(&send(
        &stage,
        &click(&id("post"), json!({"button": button})),
    ));
    assert!(words.contains("another monitoring site"), "{words}");
}

#[test]
fn numbers_that_went_through_a_float_are_the_same_button() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    let mut context = stage.context("acknowledge");
    for pointer in ["/button/expires", "/post/limit"] {
        let number = context.pointer_mut(pointer).expect("a number");
        *number = json!(number.as_f64());
    }
    let text = click(&post, context).to_string();
    assert!(text.contains(".0"), "{text}");
    let click: Value = serde_json::from_str(&text).unwrap();
    assert_ne!(send(&stage, &click).json()["update"], Value::Null);
}

#[test]
fn a_click_that_lacks_something_is_told_to_whoever_clicked() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    for key in ["user_id", "post_id"] {
        for value in [None, Some(json!("")), Some(json!("a/b"))] {
            let mut click = click(&post, stage.context("acknowledge"));
            match value {
                None => drop(click.as_object_mut().unwrap().remove(key)),
                Some(value) => click[key] = value,
            }
            let words = heard(&send(&stage, &click));
            assert!(words.contains("did not say who clicked what"), "{words}");
        }
    }
    assert_eq!(stage.nagios.commands(), [""; 0]);
}

#[test]
fn what_is_no_click_is_refused_and_counted() {
    let stage = Stage::new(Posts::ByWebhook);
    let post = stage.problem().reference;
    let genuine = click(&post, stage.context("acknowledge")).to_string();
    let listener = &stage.listener;
    let as_type = |kind: &str| listener.post(ACTION, &[("Content-Type", kind)], genuine.as_bytes());
    as_type("text/plain").status(415);
    as_type("application/x-www-form-urlencoded").status(415);
    listener.post(ACTION, &[], genuine.as_bytes()).status(415);
    for body in [
        &b""[..],
        b"x",
        b"[]",
        b"null",
        b"{\"user_id\":1}",
        b"{\"user_id\":\"\xff\"}",
        b"{\"user_id\":\"a\"",
    ] {
        listener.post(ACTION, &JSON, body).status(400);
    }
    let deep = "[".repeat(100_000);
    listener.post(ACTION, &JSON, deep.as_bytes()).status(400);
    listener.get(ACTION).status(405);
    assert_eq!(stage.nagios.commands(), [""; 0]);
    let metrics = listener.get("/metrics").body;
    for reason in ["content_type", "not_json", "method"] {
        let counted = format!("source=\"mattermost\",reason=\"{reason}\"");
        assert!(metrics.contains(&counted), "{counted} is not in {metrics}");
    }
}

#[test]
fn after_each_answer_the_connection_is_closed() {
    let stage = Stage::new(Posts::ByWebhook);
    for reply in [
        send(&stage, &click(&id("post"), json!({}))),
        stage.listener.get(ACTION),
    ] {
        let head = reply.head.to_lowercase();
        assert!(head.contains("connection: close"), "{head}");
    }
}
