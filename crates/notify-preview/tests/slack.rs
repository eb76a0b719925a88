//! Slack's incoming webhook and Web API, from a client's side.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use client::{post, post_text, post_with_token, send};
use notify_preview::{Options, Pace, Preview};
use serde_json::json;
use std::time::Duration;

const HOOK: &str = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";
const POST: &str = "/api/chat.postMessage";

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

#[test]
fn a_webhook_says_ok_and_the_message_is_shown_as_people_see_it() {
    let preview = preview();
    let message = json!({
        "text": "🔴 CRITICAL web01 / Ping <!here>",
        "attachments": [{"color": "#d00000", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Ping &amp; more"}},
            {"type": "section", "text": {
                "type": "mrkdwn", "verbatim": true,
                "text": "*<https://m/x|web01>* @channel a &lt; b\n`100%`",
            }},
            {"type": "actions", "elements": [
                {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Ack"}},
            ]},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "since 10:02"}]},
        ]}],
    });
    let reply = post(&preview, HOOK, &message);
    assert_eq!((reply.status, reply.text()), (200, "ok"));
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    let received = preview.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].verdict, "accepted");
    assert_eq!(received[0].status, Some(200));
    assert_eq!(received[0].json(), message);
    assert_eq!(received[0].header("CONTENT-type"), Some("application/json"));
    assert_eq!(received[0].mentions, ["@here"]);
    assert_eq!(
        received[0].shown.as_deref().unwrap(),
        "slack: webhook B00000000\n\
         push: 🔴 CRITICAL web01 / Ping @here\n\
         🔴 CRITICAL web01 / Ping @here\n\
         ▌ Ping & more\n\
         ▌ web01 (https://m/x) @channel a < b\n\
         ▌ 100%\n\
         ▌ [ Ack ]\n\
         ▌ since 10:02"
    );
}

#[test]
fn a_webhook_takes_a_form_with_a_payload() {
    let preview = preview();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = b"payload=%7B%22text%22%3A%22a+b%22%7D";
    assert_eq!(
        send(&preview, "POST", HOOK, &form, body).unwrap().text(),
        "ok"
    );
    let reply = send(&preview, "POST", HOOK, &form, b"{\"text\":\"x\"}").unwrap();
    assert_eq!((reply.status, reply.text()), (400, "invalid_payload"));
    assert!(
        preview.received()[0]
            .shown
            .as_deref()
            .unwrap()
            .ends_with("\na b")
    );
}

#[test]
fn a_webhooks_errors_are_bare_words() {
    let preview = preview();
    let broken_blocks = json!({"text": "x", "blocks": [{"type": "section"}]}).to_string();
    let broken_attachments =
        json!({"attachments": [{"blocks": [{"type": "nonsense"}]}]}).to_string();
    let too_many = json!({"attachments": vec![json!({"text": "x"}); 101]}).to_string();
    for (body, error) in [
        ("", "invalid_payload"),
        ("{", "invalid_payload"),
        ("[]", "invalid_payload"),
        ("{\"text\": 1}", "invalid_payload"),
        ("{}", "no_text"),
        (broken_blocks.as_str(), "invalid_blocks"),
        (broken_attachments.as_str(), "invalid_attachments"),
        (too_many.as_str(), "too_many_attachments"),
    ] {
        let reply = post_text(&preview, HOOK, body);
        assert_eq!((reply.status, reply.text()), (400, error), "{body}");
        assert_eq!(preview.received().last().unwrap().verdict, error);
        assert_eq!(preview.received().last().unwrap().shown, None);
    }
}

#[test]
fn an_unknown_webhook_is_404_with_a_word_and_another_path_with_a_page() {
    let preview = preview();
    let reply = post(&preview, "/services/T1/B1/nosuch1", &json!({"text": "x"}));
    assert_eq!((reply.status, reply.text()), (404, "no_service"));
    for path in [
        "/services/T1/B1",
        "/services/T1/B1/",
        "/services/X/B1/x",
        "/services/T1/B1/x/y",
    ] {
        let reply = post(&preview, path, &json!({"text": "x"}));
        assert_eq!(reply.status, 404, "{path}");
        assert!(
            reply
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
    }
}

#[test]
fn a_posted_message_has_a_ts_that_grows() {
    let preview = preview();
    let mut last = String::new();
    for _ in 0..50 {
        let body = json!({"channel": "C123", "text": "x"});
        let reply = post_with_token(&preview, POST, "xoxb-1", &body).json();
        assert_eq!(reply["ok"], true);
        assert_eq!(reply["channel"], "C123");
        assert_eq!(reply["message"]["text"], "x");
        let ts = reply["ts"].as_str().unwrap().to_string();
        assert!(
            ts > last && ts.split_once('.').unwrap().1.len() == 6,
            "{ts}"
        );
        last = ts;
    }
}

#[test]
fn the_web_api_refuses_with_200_and_a_word() {
    let preview = preview();
    let in_channel = |channel: &str| json!({"channel": channel, "text": "x"});
    for (token, body, error) in [
        ("xoxp-1", in_channel("C1"), "invalid_auth"),
        ("xoxb-missingscope", in_channel("C1"), "missing_scope"),
        ("xoxb-1", json!({"text": "x"}), "channel_not_found"),
        ("xoxb-1", in_channel("CNOSUCH1"), "channel_not_found"),
        ("xoxb-1", in_channel("CNOTIN1"), "not_in_channel"),
        ("xoxb-1", in_channel("CARCHIVED1"), "is_archived"),
        ("xoxb-1", json!({"channel": "C1"}), "no_text"),
        (
            "xoxb-1",
            json!({"channel": "C1", "blocks": "{"}),
            "invalid_blocks_format",
        ),
    ] {
        let reply = post_with_token(&preview, POST, token, &body);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json()["ok"], false);
        assert_eq!(reply.json()["error"], error);
    }
    let unauthorised = post(&preview, POST, &in_channel("C1")).json();
    assert_eq!(unauthorised["error"], "not_authed");
    let unknown = post_with_token(&preview, "/api/chat.nonsense", "xoxb-1", &json!({})).json();
    assert_eq!(unknown["error"], "unknown_method");
    let scope = post_with_token(&preview, POST, "xoxb-missingscope", &in_channel("C1")).json();
    assert_eq!(scope["needed"], "chat:write");
    assert!(scope["provided"].is_string());
}

#[test]
fn the_web_api_says_where_a_block_is_wrong() {
    let preview = preview();
    let text = json!({"type": "mrkdwn", "text": "x".repeat(3001)});
    let body = json!({"channel": "C1", "text": "x", "blocks": [{"type": "section", "text": text}]});
    let reply = post_with_token(&preview, POST, "xoxb-1", &body).json();
    assert_eq!(reply["error"], "invalid_blocks");
    let message = reply["response_metadata"]["messages"][0].as_str().unwrap();
    assert!(message.contains("/blocks/0/text/text"), "{message}");
}

#[test]
fn look_ups_take_a_form_or_a_query() {
    let preview = preview();
    let headers = [
        ("Authorization", "Bearer xoxb-1"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let who = send(&preview, "POST", "/api/auth.test", &headers, b"").unwrap();
    assert_eq!(who.json()["ok"], true);
    let path = "/api/conversations.info";
    let by_form = send(&preview, "POST", path, &headers, b"channel=CNOTIN1").unwrap();
    assert_eq!(by_form.json()["channel"]["is_member"], false);
    let by_query = send(
        &preview,
        "GET",
        &format!("{path}?channel=CARCHIVED1"),
        &headers,
        b"",
    );
    assert_eq!(by_query.unwrap().json()["channel"]["is_archived"], true);
    let without = send(&preview, "GET", path, &headers, b"").unwrap();
    assert_eq!(without.json()["error"], "channel_not_found");
    assert!(
        preview
            .received()
            .iter()
            .all(|received| received.shown.is_none())
    );
}

#[test]
fn messages_over_the_pace_of_their_channel_get_429() {
    let preview = Preview::start(Options {
        pace: Some(Pace {
            messages: 1,
            window: Duration::from_secs(60),
        }),
        ..Options::default()
    })
    .unwrap();
    let message = json!({"channel": "C1", "text": "x"});
    assert_eq!(post(&preview, HOOK, &message).status, 200);
    let late = post(&preview, HOOK, &message);
    assert_eq!((late.status, late.text()), (429, "rate_limited"));
    assert_eq!(late.header("retry-after"), Some("60"));
    assert_eq!(
        post_with_token(&preview, POST, "xoxb-1", &message).status,
        200
    );
    let late = post_with_token(&preview, POST, "xoxb-1", &message);
    assert_eq!(late.status, 429);
    assert_eq!(late.json()["error"], "ratelimited");
    assert!(late.header("retry-after").is_some());
    let other = json!({"channel": "C2", "text": "x"});
    assert_eq!(
        post_with_token(&preview, POST, "xoxb-1", &other).status,
        200
    );
}
