//! Mattermost's incoming webhook and REST API, from a client's side.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use client::{post, post_text, post_with_token, send};
use notify_preview::{MattermostLimits, Options, Pace, Preview};
use serde_json::{Value, json};
use std::time::Duration;

const HOOK: &str = "/hooks/abcdefghijklmnopqrstuvwxyz";
const POSTS: &str = "/api/v4/posts";
const CHANNEL: &str = "channelchannelchannelchann";

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

fn old() -> Preview {
    Preview::start(Options {
        mattermost: MattermostLimits::Old,
        ..Options::default()
    })
    .unwrap()
}

#[test]
fn a_webhook_says_ok_and_the_message_is_shown_as_people_see_it() {
    let preview = preview();
    let message = json!({
        "text": "**CRITICAL** [web01](https://m/x) <!channel>",
        "attachments": [{
            "color": "danger", "title": "Ping @all", "text": "@\u{200b}all `lost`",
            "fields": [{"title": "Since", "value": 5, "short": true}],
            "actions": [{"id": "ack", "name": "Ack", "integration": {"url": "https://l"}}],
            "footer": "site a",
        }],
    });
    let reply = post(&preview, "/chat/hooks/abcdefghijklmnopqrstuvwxyz", &message);
    assert_eq!((reply.status, reply.text()), (200, "ok"));
    let received = &preview.received()[0];
    assert_eq!(received.verdict, "accepted");
    assert_eq!(received.mentions, ["@channel"]);
    assert_eq!(
        received.shown.as_deref().unwrap(),
        "mattermost: webhook abcd…\n\
         push: CRITICAL web01 (https://m/x) @channel\n\
         CRITICAL web01 (https://m/x) @channel\n\
         ▌ Ping @all\n\
         ▌ @\u{200b}all lost\n\
         ▌ Since: 5\n\
         ▌ [ Ack ]\n\
         ▌ site a"
    );
}

#[test]
fn a_webhooks_errors_are_those_of_a_real_server() {
    let preview = preview();
    let text = "{\"text\":\"x\"}";
    let to = |channel: &str| json!({"text": "x", "channel": channel}).to_string();
    let parse = "model.incoming_hook.parse_data.app_error";
    let empty = "web.incoming_webhook.text.app_error";
    for (hook, body, status, id) in [
        ("a1", "", 400, parse),
        ("a1", "{", 400, parse),
        ("a1", "{\"text\":1}", 400, parse),
        ("a1", "{\"text\":\"\u{1}\"}", 400, parse),
        ("nosuch1", "{", 400, parse),
        ("a1", "{}", 400, empty),
        ("nosuch1", "{}", 400, empty),
        ("a1", "{\"attachments\":[]}", 400, empty),
        ("a1", "{\"attachments\":[null]}", 400, empty),
        (
            "nosuch1",
            text,
            400,
            "web.incoming_webhook.invalid.app_error",
        ),
        (
            "a1",
            &to("No Such"),
            404,
            "web.incoming_webhook.channel.app_error",
        ),
        (
            "a1",
            &to("nosuch"),
            404,
            "web.incoming_webhook.channel.app_error",
        ),
        (
            "a1",
            &to("@nouser"),
            400,
            "web.incoming_webhook.user.app_error",
        ),
        (
            "locked1",
            &to("ops"),
            403,
            "web.incoming_webhook.channel_locked.app_error",
        ),
        (
            "private1",
            text,
            403,
            "web.incoming_webhook.permissions.app_error",
        ),
        (
            "disabled1",
            text,
            501,
            "web.incoming_webhook.disabled.app_error",
        ),
        (
            "a1",
            "{\"text\":\"a\\u0000\"}",
            500,
            "api.post.create_webhook_post.creating.app_error",
        ),
    ] {
        let reply = post_text(&preview, &format!("/hooks/{hook}"), body);
        let error = reply.json();
        assert_eq!(
            (reply.status, error["id"].as_str()),
            (status, Some(id)),
            "{hook} {body}"
        );
        assert_eq!(error["status_code"], status);
        assert_eq!(error["detailed_error"], "");
        assert_eq!(error["request_id"].as_str().unwrap().len(), 26);
        assert_eq!(preview.received().last().unwrap().verdict, id);
    }
    for (path, method, status) in [
        ("/hooks/bad-id", "POST", 405),
        ("/hooks/abc/", "POST", 405),
        ("/hooks/", "POST", 405),
        (HOOK, "GET", 404),
        ("//hooks/abc", "POST", 301),
    ] {
        let reply = send(&preview, method, path, &[], text.as_bytes()).unwrap();
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.body.is_empty(), status != 404);
    }
}

#[test]
fn what_a_real_server_takes_is_taken() {
    let preview = preview();
    for body in [
        "{\"text\":\" \"}",
        "{\"text\":\"x\"} garbage",
        "{\"text\":\"a\n\tb\"}",
        "{\"text\":\"x\",\"channel\":\"#ops\"}",
        "{\"text\":\"x\",\"channel\":\"@max\"}",
        "{\"attachments\":[{\"color\":\"nonsense\"}]}",
    ] {
        assert_eq!(post_text(&preview, HOOK, body).text(), "ok", "{body}");
    }
    let invalid = send(&preview, "POST", HOOK, &[], b"{\"text\":\"\xff\"}").unwrap();
    assert_eq!(invalid.status, 200);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply = send(
        &preview,
        "POST",
        HOOK,
        &form,
        b"payload=%7B%22text%22%3A%22x%22%7D",
    )
    .unwrap();
    assert_eq!(reply.status, 200);
}

#[test]
fn long_text_is_split_and_the_verdict_says_so() {
    let preview = preview();
    assert_eq!(
        post(&preview, HOOK, &json!({"text": "ä".repeat(16_383)})).status,
        200
    );
    assert_eq!(
        post(&preview, HOOK, &json!({"text": "ä".repeat(16_384)})).status,
        200
    );
    let verdicts: Vec<String> = preview
        .received()
        .into_iter()
        .map(|one| one.verdict)
        .collect();
    assert_eq!(verdicts, ["accepted", "accepted, split into 2 posts"]);
}

#[test]
fn an_old_server_cuts_attachments_silently_or_refuses_them() {
    let with = |text: String| json!({"attachments": [{"text": text}]});
    let preview = old();
    assert_eq!(post(&preview, HOOK, &with("x".repeat(9_000))).text(), "ok");
    let received = &preview.received()[0];
    assert_eq!(received.verdict, "accepted, text cut");
    let shown = received.shown.as_deref().unwrap().matches('x').count();
    assert!((6_900..7_600).contains(&shown), "{shown}");
    let costly = post(&preview, HOOK, &with("<".repeat(1_500)));
    assert_eq!(costly.status, 400);
    let id = "web.incoming_webhook.split_props_length.app_error";
    assert_eq!(costly.json()["id"], id);
    let new = self::preview();
    assert_eq!(post(&new, HOOK, &with("x".repeat(9_000))).status, 200);
    assert_eq!(new.received()[0].verdict, "accepted");
}

#[test]
fn a_bot_posts_by_rest() {
    let preview = preview();
    let body = json!({
        "channel_id": CHANNEL,
        "message": "x",
        "props": {"attachments": [{"actions": [{"id": "ack", "integration": {"url": "https://l"}}]}]},
    });
    let reply = post_with_token(&preview, "/chat/api/v4/posts", "good", &body);
    assert_eq!(reply.status, 201);
    let made = reply.json();
    assert_eq!(made["id"].as_str().unwrap().len(), 26);
    assert_eq!(made["channel_id"], CHANNEL);
    assert_eq!(made["type"], "slack_attachment");
    assert_eq!(
        made["props"]["attachments"][0]["actions"][0]["integration"],
        Value::Null
    );
}

#[test]
fn rest_errors_are_those_of_a_real_server() {
    let preview = old();
    let good = json!({"channel_id": CHANNEL, "message": "x"});
    let with = |key: &str, value: Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let props = json!({"attachments": [{"text": "x".repeat(8_000)}]});
    let permissions = "api.context.permissions.app_error";
    for (token, body, status, id) in [
        (
            "bad1",
            good.clone(),
            401,
            "api.context.session_expired.app_error",
        ),
        ("good", with("channel_id", json!("short")), 403, permissions),
        (
            "good",
            with("channel_id", json!("nosuchnosuchnosuchnosuchno")),
            403,
            permissions,
        ),
        (
            "good",
            with("root_id", json!("bad")),
            400,
            "api.post.create_post.root_id.app_error",
        ),
        (
            "good",
            with("message", json!("ä".repeat(16_384))),
            400,
            "model.post.is_valid.msg.app_error",
        ),
        (
            "good",
            with("props", props),
            400,
            "model.post.is_valid.props.app_error",
        ),
        (
            "good",
            with("message", json!("\0")),
            500,
            "app.post.save.app_error",
        ),
        (
            "good",
            json!([]),
            400,
            "api.context.invalid_body_param.app_error",
        ),
    ] {
        let reply = post_with_token(&preview, POSTS, token, &body);
        assert_eq!(
            (reply.status, reply.json()["id"].as_str()),
            (status, Some(id))
        );
    }
    assert_eq!(post(&preview, POSTS, &good).status, 401);
}

#[test]
fn a_bot_looks_itself_and_its_channel_up() {
    let preview = preview();
    let headers = [("Authorization", "Bearer good")];
    let get = |path: &str| send(&preview, "GET", path, &headers, b"").unwrap();
    assert_eq!(get("/api/v4/users/me").json()["is_bot"], true);
    assert_eq!(
        get(&format!("/api/v4/channels/{CHANNEL}")).json()["id"],
        CHANNEL
    );
    assert_eq!(
        get("/api/v4/channels/nosuchnosuchnosuchnosuchno").status,
        403
    );
    assert_eq!(get("/api/v4/nonsense").status, 404);
}

#[test]
fn messages_over_the_pace_get_429_as_text() {
    let preview = Preview::start(Options {
        pace: Some(Pace {
            messages: 1,
            window: Duration::from_secs(60),
        }),
        ..Options::default()
    })
    .unwrap();
    post(&preview, HOOK, &json!({"text": "x"}));
    let late = post(&preview, HOOK, &json!({"text": "x"}));
    assert_eq!((late.status, late.text()), (429, "limit exceeded\n"));
    assert_eq!(late.header("retry-after"), Some("60"));
    assert_eq!(late.header("x-ratelimit-reset"), Some("60"));
}
