//! People in Slack as the stand-in plays them: what an app may do with their answers.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use client::{post, post_with_token, send};
use notify_preview::{Options, Preview, SlackPerson};
use serde_json::{Value, json};

const HOOK: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
const TOKEN: &str = "xoxb-1";

/// A message with a button, and the payload of a click on it.
fn clicked(preview: &Preview) -> Value {
    let button = json!({
        "type": "button", "action_id": "ack", "value": "1",
        "text": {"type": "plain_text", "text": "Ack"},
    });
    let blocks = json!([{"type": "actions", "block_id": "answers", "elements": [button]}]);
    let message = json!({"text": "down", "attachments": [{"color": "#d00000", "blocks": blocks}]});
    assert_eq!(post(preview, HOOK, &message).status, 200);
    let channel = preview.channel(preview.slack_webhook_channel());
    let reference = &channel[0].reference;
    assert_eq!(
        preview.slack_press(reference, "dance", SlackPerson::new("UMAX")),
        None
    );
    let form = preview.slack_press(reference, "ack", SlackPerson::new("UMAX"));
    payload(&form.unwrap())
}

fn payload(form: &str) -> Value {
    let mut bytes = Vec::new();
    let mut rest = form.strip_prefix("payload=").unwrap().bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    serde_json::from_slice(&bytes).unwrap()
}

fn path(url: &Value) -> String {
    let (_, rest) = url.as_str().unwrap().split_once("://").unwrap();
    rest[rest.find('/').unwrap()..].to_owned()
}

#[test]
fn a_click_brings_the_message_and_what_was_pressed() {
    let preview = Preview::start(Options::default()).unwrap();
    let click = clicked(&preview);
    assert_eq!(click["type"], "block_actions");
    assert_eq!(click["user"]["id"], "UMAX");
    let action = &click["actions"][0];
    assert_eq!(
        (&action["block_id"], &action["value"]),
        (&json!("answers"), &json!("1"))
    );
    assert_eq!(click["container"]["type"], "message_attachment");
    // As Slack shows it to apps.
    assert_eq!(click["message"]["attachments"][0]["color"], "d00000");
    assert_eq!(click["message"]["ts"], click["container"]["message_ts"]);
}

#[test]
fn a_response_url_changes_the_message_or_whispers_five_times_in_all() {
    let preview = Preview::start(Options::default()).unwrap();
    let url = path(&clicked(&preview)["response_url"]);
    let replaced = json!({"replace_original": true, "text": "up"});
    assert_eq!(post(&preview, &url, &replaced).text(), "ok");
    let shown = preview.channel(preview.slack_webhook_channel());
    assert_eq!((shown[0].text.as_str(), shown[0].updates), ("up", 1));
    assert_eq!(post(&preview, &url, &json!({})).text(), "no_text");
    for _ in 0..3 {
        assert_eq!(post(&preview, &url, &json!({"text": "psst"})).status, 200);
    }
    assert_eq!(
        post(&preview, &url, &json!({"text": "psst"})).text(),
        "used_url"
    );
    let whispers = preview.slack_whispers();
    assert_eq!(whispers.len(), 3);
    assert_eq!(whispers[0].user, "UMAX");
    let other = "/actions/T00000000/99/x";
    assert_eq!(
        post(&preview, other, &json!({"text": "x"})).text(),
        "no_such_url"
    );
}

#[test]
fn a_trigger_opens_one_dialogue_which_slack_has_checked() {
    let preview = Preview::start(Options::default()).unwrap();
    let trigger = clicked(&preview)["trigger_id"].clone();
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let input = json!({
        "type": "input", "block_id": "what", "label": plain("What"),
        "element": {"type": "static_select", "action_id": "what", "options": [
            {"text": plain("A"), "value": "a"}, {"text": plain("B"), "value": "b"},
        ]},
    });
    let view = json!({"type": "modal", "title": plain("Answer"), "blocks": [input]});
    let open = |view: &Value, trigger: &Value| {
        let body = json!({"trigger_id": trigger, "view": view});
        post_with_token(&preview, "/api/views.open", TOKEN, &body).json()
    };
    let mut wrong = view.clone();
    wrong["title"] = plain(&"x".repeat(25));
    wrong["private_metadata"] = json!("x".repeat(3_001));
    let refused = open(&wrong, &trigger);
    assert_eq!(refused["error"], "invalid_arguments");
    let messages = refused["response_metadata"]["messages"].as_array();
    assert_eq!(messages.unwrap().len(), 2);
    assert_eq!(open(&view, &json!("1.2.x"))["error"], "invalid_trigger_id");
    assert_eq!(open(&view, &trigger)["ok"], true);
    assert_eq!(open(&view, &trigger)["error"], "exchanged_trigger_id");
    let views = preview.slack_views();
    let submitted = payload(&preview.slack_submit(&views[0], &[("what", "b")]));
    let chosen = &submitted["view"]["state"]["values"]["what"]["what"];
    assert_eq!(chosen["selected_option"]["value"], "b");
}

#[test]
fn who_somebody_is_stands_in_the_id() {
    let preview = Preview::start(Options::default()).unwrap();
    let user = |id: &str| {
        let path = format!("/api/users.info?user={id}");
        let headers = [("Authorization", "Bearer xoxb-1")];
        send(&preview, "GET", &path, &headers, b"").unwrap().json()
    };
    assert_eq!(user("UMAX")["user"]["real_name"], "Max Mustermann");
    assert_eq!(user("UMAX")["user"]["is_restricted"], false);
    assert_eq!(user("UGUESTMAX")["user"]["is_restricted"], true);
    assert_eq!(user("USTRANGER")["user"]["team_id"], "T99999999");
    assert_eq!(user("UNOSUCH")["error"], "user_not_found");
}
