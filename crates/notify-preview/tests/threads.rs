//! Threads and updates, from a client's side, and what a test sees of them.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees no test in the helpers of tests"
)]

mod client;

use client::{Reply, post, post_with_token, send};
use notify_preview::{Calls, Deletion, Fault, MattermostLimits, Options, Pace, Preview};
use serde_json::{Value, json};
use std::time::Duration;

const POST: &str = "/api/chat.postMessage";
const UPDATE: &str = "/api/chat.update";
const TOKEN: &str = "xoxb-1-secret";
const POSTS: &str = "/api/v4/posts";
const CHANNEL: &str = "channelchannelchannelchann";
const OTHER: &str = "otherotherotherotherothero";

fn preview() -> Preview {
    Preview::start(Options::default()).unwrap()
}

fn slack(preview: &Preview, path: &str, body: Value) -> Value {
    post_with_token(preview, path, TOKEN, &body).json()
}

/// Its ts.
fn posted(preview: &Preview, body: Value) -> String {
    let reply = slack(preview, POST, body);
    assert_eq!(reply["ok"], true, "{reply}");
    reply["ts"].as_str().unwrap().to_string()
}

fn rest(preview: &Preview, method: &str, path: &str, body: Value) -> Reply {
    let headers = [("Authorization", "Bearer good")];
    send(preview, method, path, &headers, body.to_string().as_bytes()).unwrap()
}

/// Its id.
fn created(preview: &Preview, body: Value) -> String {
    let reply = rest(preview, "POST", POSTS, body);
    assert_eq!(reply.status, 201);
    reply.json()["id"].as_str().unwrap().to_string()
}

fn patched(preview: &Preview, id: &str, body: Value) -> Reply {
    rest(preview, "PUT", &format!("{POSTS}/{id}/patch"), body)
}

fn last_shown(preview: &Preview) -> String {
    preview.received().last().unwrap().shown.clone().unwrap()
}

#[test]
fn a_slack_message_keeps_its_replies_and_its_updates() {
    let preview = preview();
    let ts = posted(
        &preview,
        json!({
            "channel": "C1", "text": "CRITICAL web01",
            "attachments": [{"color": "danger", "text": "lost"}],
        }),
    );
    let reply = json!({"channel": "C1", "text": "OK web01 <!here>", "thread_ts": ts});
    let made = slack(&preview, POST, reply);
    assert_eq!(made["message"]["thread_ts"], json!(ts));
    assert_eq!(
        last_shown(&preview),
        "slack: C1 ↳ reply to CRITICAL web01\n    push: OK web01 @here\n    OK web01 @here"
    );
    let update = slack(
        &preview,
        UPDATE,
        json!({
            "channel": "C1", "ts": ts, "text": "OK <!here> web01",
            "attachments": [{"color": "good", "text": "was lost"}],
        }),
    );
    assert_eq!(update["ok"], true);
    assert_eq!(update["channel"], "C1");
    assert_eq!(update["ts"], json!(ts));
    assert_eq!(update["text"], "OK <!here> web01");
    assert_eq!(
        last_shown(&preview),
        "slack: C1 ✎ updated CRITICAL web01\nOK @here web01\n▌ was lost"
    );
    assert_eq!(preview.received()[1].mentions, ["@here"]);
    assert!(preview.received()[2].mentions.is_empty());
    posted(&preview, json!({"channel": "C1", "text": "another"}));
    posted(&preview, json!({"channel": "C2", "text": "elsewhere"}));

    let channel = preview.channel("C1");
    assert_eq!(channel.len(), 2);
    let problem = &channel[0];
    assert_eq!(problem.reference, format!("C1/{ts}"));
    assert_eq!(problem.text, "OK <!here> web01");
    assert_eq!(problem.colours, ["good"]);
    assert_eq!(problem.body["attachments"][0]["text"], "was lost");
    assert_eq!(problem.page, "OK @here web01\n▌ was lost");
    assert_eq!((problem.updates, problem.deleted), (1, false));
    assert_eq!(problem.replies.len(), 1);
    assert_eq!(problem.replies[0].text, "OK web01 <!here>");
    assert_eq!(channel[1].text, "another");
    assert!(channel[1].replies.is_empty());
}

#[test]
fn slack_takes_replies_only_to_what_is_there() {
    let preview = preview();
    let ts = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let digits: f64 = ts.parse().unwrap();
    for (channel, thread, error) in [
        ("C1", json!("1503435956.000247"), "thread_not_found"),
        ("C2", json!(ts), "thread_not_found"),
        ("C1", json!("0"), "invalid_thread_ts"),
        ("C1", json!(digits), "invalid_thread_ts"),
    ] {
        let reply = json!({"channel": channel, "text": "y", "thread_ts": thread});
        assert_eq!(slack(&preview, POST, reply)["error"], error, "{thread}");
    }
    for none in [Value::Null, json!("")] {
        posted(
            &preview,
            json!({"channel": "C1", "text": "y", "thread_ts": none}),
        );
    }
    assert_eq!(preview.channel("C1").len(), 3);
}

#[test]
fn a_reply_to_a_reply_joins_the_thread_and_the_verdict_says_so() {
    let preview = preview();
    let root = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let reply = posted(
        &preview,
        json!({"channel": "C1", "text": "y", "thread_ts": root, "reply_broadcast": true}),
    );
    let title = last_shown(&preview);
    assert!(
        title.starts_with("slack: C1, in the channel too, ↳ reply to x\n"),
        "{title}"
    );
    let again = slack(
        &preview,
        POST,
        json!({"channel": "C1", "text": "z", "thread_ts": reply}),
    );
    assert_eq!(again["message"]["thread_ts"], json!(root));
    assert_eq!(
        preview.received().last().unwrap().verdict,
        "accepted, thread_ts is a reply's"
    );
    assert_eq!(preview.channel("C1")[0].replies.len(), 2);
}

#[test]
fn slack_updates_only_what_is_there_and_the_bots_own() {
    let preview = preview();
    let ts = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let update =
        |channel: &str, ts: &str, text: &str| json!({"channel": channel, "ts": ts, "text": text});
    let long = "x".repeat(4_001);
    let broken = json!({"channel": "C1", "ts": ts, "blocks": [{"type": "section"}]});
    for (token, body, error) in [
        (
            TOKEN,
            update("C1", "1503435956.000247", "y"),
            "message_not_found",
        ),
        (TOKEN, update("C1", "", "y"), "message_not_found"),
        (TOKEN, update("C2", &ts, "y"), "message_not_found"),
        (TOKEN, update("CNOSUCH", &ts, "y"), "channel_not_found"),
        (TOKEN, update("#ops", &ts, "y"), "channel_not_found"),
        (TOKEN, update("CARCHIVED", &ts, "y"), "is_inactive"),
        (
            "xoxb-2-secret",
            update("C1", &ts, "y"),
            "cant_update_message",
        ),
        (TOKEN, update("C1", &ts, &long), "msg_too_long"),
        (TOKEN, json!({"channel": "C1", "ts": ts}), "no_text"),
        (TOKEN, broken, "invalid_blocks"),
        ("xoxb-missingscope", update("C1", &ts, "y"), "missing_scope"),
    ] {
        let reply = post_with_token(&preview, UPDATE, token, &body).json();
        assert_eq!(
            (reply["ok"].clone(), &reply["error"]),
            (json!(false), &json!(error))
        );
        assert_eq!(preview.received().last().unwrap().shown, None);
    }
    let message = preview.channel("C1").remove(0);
    assert_eq!((message.text.as_str(), message.updates), ("x", 0));
    // The app got a new token.
    let reply = post_with_token(&preview, UPDATE, "xoxb-1-new", &update("C1", &ts, "y")).json();
    assert_eq!(reply["ok"], true);
}

#[test]
fn a_slack_update_leaves_attachments_and_with_a_text_no_blocks() {
    let preview = preview();
    let ts = posted(
        &preview,
        json!({
            "channel": "C1", "text": "x", "parse": "full",
            "blocks": [{"type": "divider"}], "attachments": [{"color": "danger", "text": "a"}],
        }),
    );
    let update = |key: &str, value: Value| {
        let mut body = json!({"channel": "C1", "ts": ts});
        body[key] = value;
        assert_eq!(slack(&preview, UPDATE, body)["ok"], true);
        preview.channel("C1").remove(0)
    };
    let coloured = update("attachments", json!([{"color": "good", "text": "b"}]));
    assert_eq!(coloured.body["blocks"], json!([{"type": "divider"}]));
    assert_eq!(coloured.body["parse"], Value::Null);
    assert_eq!(
        (coloured.text.as_str(), coloured.colours),
        ("x", vec!["good".to_string()])
    );
    let told = update("text", json!("y"));
    assert_eq!(told.body["blocks"], Value::Null);
    assert_eq!(told.colours, ["good"]);
    let bare = update("attachments", json!([]));
    assert!(bare.colours.is_empty());
    assert_eq!((bare.page.as_str(), bare.updates), ("y", 3));
}

#[test]
fn slack_answers_a_channels_name_with_its_id() {
    let preview = preview();
    let reply = slack(&preview, POST, json!({"channel": "#ops", "text": "x"}));
    let id = reply["channel"].as_str().unwrap();
    assert!(id.starts_with('C') && id.len() == 11, "{id}");
    for name in ["#ops", "ops", id] {
        assert_eq!(preview.channel(name).len(), 1, "{name}");
    }
    let update = json!({"channel": id, "ts": reply["ts"], "text": "y"});
    assert_eq!(slack(&preview, UPDATE, update)["ok"], true);
}

#[test]
fn a_message_that_a_person_deleted_in_slack_takes_no_update_and_no_first_reply() {
    let preview = preview();
    let ts = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let other = posted(&preview, json!({"channel": "C1", "text": "y"}));
    let reply = |ts: &str| {
        let body = json!({"channel": "C1", "text": "z", "thread_ts": ts});
        slack(&preview, POST, body)
    };
    assert_eq!(reply(&other)["ok"], true);
    for ts in [&ts, &other] {
        assert_eq!(preview.delete(&format!("C1/{ts}")), Deletion::Done);
        let update = json!({"channel": "C1", "ts": ts, "text": "z"});
        assert_eq!(
            slack(&preview, UPDATE, update)["error"],
            "message_not_found"
        );
    }
    assert_eq!(preview.delete("C1/1.000000"), Deletion::NoSuchMessage);
    assert_eq!(reply(&ts)["error"], "thread_not_found");
    assert_eq!(reply(&other)["ok"], true);
    let channel = preview.channel("C1");
    assert!(channel.iter().all(|message| message.deleted));
    assert_eq!(channel[1].replies.len(), 2);
    assert!(!channel[1].replies[0].deleted);
}

#[test]
fn a_mattermost_post_keeps_its_replies_and_its_updates() {
    let preview = preview();
    let button = json!({"id": "ack", "name": "Ack", "integration": {"url": "https://l"}});
    let attachment = json!({"color": "#d00000", "text": "lost", "actions": [button]});
    let id = created(
        &preview,
        json!({"channel_id": CHANNEL, "message": "CRITICAL web01", "props": {"attachments": [attachment]}}),
    );
    let reply = json!({"channel_id": CHANNEL, "message": "OK web01", "root_id": id});
    let reply = rest(&preview, "POST", POSTS, reply).json();
    assert_eq!(reply["root_id"], json!(id));
    assert_eq!(
        last_shown(&preview),
        format!(
            "mattermost: channel {CHANNEL} ↳ reply to CRITICAL web01\n    push: OK web01\n    OK web01"
        )
    );
    let before = preview.channel(CHANNEL).remove(0);
    assert_eq!(before.colours, ["#d00000"]);
    assert_eq!(
        before.body["props"]["attachments"][0]["actions"][0],
        json!({"id": "ack", "name": "Ack"})
    );

    let told = patched(&preview, &id, json!({"message": "OK @all web01"}));
    assert_eq!(told.status, 200);
    let post = told.json();
    assert_eq!(post["id"], json!(id));
    assert_eq!(post["message"], "OK @all web01");
    assert_ne!(post["edit_at"], 0);
    assert_eq!(post["props"]["attachments"][0]["color"], "#d00000");
    assert_eq!(
        post["props"]["attachments"][0]["actions"][0]["integration"],
        Value::Null
    );
    assert_eq!(
        last_shown(&preview).lines().next().unwrap(),
        format!("mattermost: channel {CHANNEL} ✎ updated CRITICAL web01")
    );
    assert!(preview.received().last().unwrap().mentions.is_empty());
    let props = json!({"props": {"attachments": [{"color": "#2eb886", "text": "was lost"}]}});
    assert_eq!(patched(&preview, &id, props).status, 200);

    let channel = preview.channel(CHANNEL);
    assert_eq!(channel.len(), 1);
    let problem = &channel[0];
    assert_eq!((&problem.reference, problem.updates), (&id, 2));
    assert_eq!(problem.text, "OK @all web01");
    assert_eq!(problem.colours, ["#2eb886"]);
    assert_eq!(problem.page, "OK @all web01\n▌ was lost");
    assert_eq!(problem.replies[0].text, "OK web01");
}

#[test]
fn mattermost_takes_replies_only_to_a_threads_root_in_the_same_channel() {
    let preview = preview();
    let root = created(&preview, json!({"channel_id": CHANNEL, "message": "x"}));
    let reply = json!({"channel_id": CHANNEL, "message": "y", "root_id": root});
    let reply = created(&preview, reply);
    let no_root = "api.post.create_post.root_id.app_error";
    for (channel, root, id) in [
        (CHANNEL, "bad", no_root),
        (CHANNEL, "unknownunknownunknownunkno", no_root),
        (CHANNEL, &reply, no_root),
        (
            OTHER,
            &root,
            "api.post.create_post.channel_root_id.app_error",
        ),
    ] {
        let body = json!({"channel_id": channel, "message": "z", "root_id": root});
        let answer = rest(&preview, "POST", POSTS, body);
        assert_eq!(
            (answer.status, answer.json()["id"].as_str()),
            (400, Some(id))
        );
    }
    assert_eq!(preview.channel(CHANNEL)[0].replies.len(), 1);
    assert!(preview.channel(OTHER).is_empty());
}

#[test]
fn mattermost_patches_only_what_is_there_and_fits() {
    let preview = Preview::start(Options {
        mattermost: MattermostLimits::Old,
        ..Options::default()
    })
    .unwrap();
    let id = created(&preview, json!({"channel_id": CHANNEL, "message": "x"}));
    let unreadable = "api.context.invalid_body_param.app_error";
    let permissions = "api.context.permissions.app_error";
    let large = json!({"attachments": [{"text": "x".repeat(8_000)}]});
    for (post, body, status, error) in [
        (id.as_str(), json!([]), 400, unreadable),
        (&id, json!({"message": 1}), 400, unreadable),
        (&id, json!({"props": []}), 400, unreadable),
        (
            &id,
            json!({"message": "ä".repeat(16_384)}),
            400,
            "model.post.is_valid.msg.app_error",
        ),
        (
            &id,
            json!({"props": large}),
            400,
            "model.post.is_valid.props.app_error",
        ),
        (
            &id,
            json!({"message": "\0"}),
            500,
            "app.post.save.app_error",
        ),
        ("bad", json!({"message": "y"}), 403, permissions),
        (
            "unknownunknownunknownunkno",
            json!({"message": "y"}),
            403,
            permissions,
        ),
    ] {
        let answer = patched(&preview, post, body);
        assert_eq!(
            (answer.status, answer.json()["id"].as_str()),
            (status, Some(error))
        );
    }
    let message = preview.channel(CHANNEL).remove(0);
    assert_eq!((message.text.as_str(), message.updates), ("x", 0));
    let path = format!("{POSTS}/{id}/patch");
    assert_eq!(
        send(&preview, "PUT", &path, &[], b"{}").unwrap().status,
        401
    );
}

#[test]
fn a_post_that_a_person_deleted_in_mattermost_takes_its_thread_with_it() {
    let preview = preview();
    let id = created(&preview, json!({"channel_id": CHANNEL, "message": "x"}));
    let reply = json!({"channel_id": CHANNEL, "message": "y", "root_id": id});
    let first = created(&preview, reply.clone());
    assert_eq!(preview.delete(&id), Deletion::Done);
    for gone in [&id, &first] {
        assert_eq!(patched(&preview, gone, json!({"message": "z"})).status, 403);
    }
    assert_eq!(rest(&preview, "POST", POSTS, reply).status, 400);
    let post = preview.channel(CHANNEL).remove(0);
    assert!(post.deleted && post.replies[0].deleted);
    assert_ne!(post.body["delete_at"], 0);
}

#[test]
fn updates_have_a_pace_of_their_own() {
    let one = Some(Pace {
        messages: 1,
        window: Duration::from_secs(60),
    });
    let slow = Preview::start(Options {
        pace: one,
        ..Options::default()
    })
    .unwrap();
    let update = |preview: &Preview, ts: &str| {
        let body = json!({"channel": "C1", "ts": ts, "text": "y"});
        post_with_token(preview, UPDATE, TOKEN, &body)
    };
    let ts = posted(&slow, json!({"channel": "C1", "text": "x"}));
    for _ in 0..3 {
        assert_eq!(update(&slow, &ts).status, 200);
    }
    let reply = json!({"channel": "C1", "text": "y", "thread_ts": ts});
    assert_eq!(post_with_token(&slow, POST, TOKEN, &reply).status, 429);

    let paced = Preview::start(Options {
        update_pace: one,
        ..Options::default()
    })
    .unwrap();
    let ts = posted(&paced, json!({"channel": "C1", "text": "x"}));
    assert_eq!(update(&paced, &ts).status, 200);
    let late = update(&paced, &ts);
    assert_eq!(late.status, 429);
    assert_eq!(late.json()["error"], "ratelimited");
    assert_eq!(late.header("retry-after"), Some("60"));
    let id = created(&paced, json!({"channel_id": CHANNEL, "message": "x"}));
    assert_eq!(patched(&paced, &id, json!({"message": "y"})).status, 200);
    assert_eq!(patched(&paced, &id, json!({"message": "z"})).status, 429);
}

#[test]
fn a_fault_can_be_for_posts_replies_or_updates_alone() {
    let preview = preview();
    let ts = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let id = created(&preview, json!({"channel_id": CHANNEL, "message": "x"}));
    let statuses = || {
        let slack = |path: &str, body: Value| post_with_token(&preview, path, TOKEN, &body).status;
        let text = "y";
        [
            slack(POST, json!({"channel": "C1", "text": text})),
            rest(
                &preview,
                "POST",
                POSTS,
                json!({"channel_id": CHANNEL, "message": text}),
            )
            .status,
            post(&preview, "/hooks/abc", &json!({"text": text})).status,
            slack(
                POST,
                json!({"channel": "C1", "text": text, "thread_ts": ts}),
            ),
            rest(
                &preview,
                "POST",
                POSTS,
                json!({"channel_id": CHANNEL, "message": text, "root_id": id}),
            )
            .status,
            slack(UPDATE, json!({"channel": "C1", "ts": ts, "text": text})),
            patched(&preview, &id, json!({"message": text})).status,
            slack("/api/auth.test", json!({})),
        ]
    };
    for (calls, expected) in [
        (Calls::Posts, [503, 503, 503, 200, 201, 200, 200, 200]),
        (Calls::Replies, [200, 201, 200, 503, 503, 200, 200, 200]),
        (Calls::Updates, [200, 201, 200, 200, 201, 503, 503, 200]),
    ] {
        preview.always_on(calls, Some(Fault::status(503)));
        assert_eq!(statuses(), expected, "{calls:?}");
        preview.always_on(calls, None);
        preview.next_on(calls, Fault::status(503));
        let once = statuses();
        assert_eq!(once.iter().filter(|status| **status == 503).count(), 1);
        assert_eq!(preview.unused_faults(), 0);
    }
}

#[test]
fn an_update_can_be_too_late_in_the_vendors_own_words() {
    let preview = preview();
    let ts = posted(&preview, json!({"channel": "C1", "text": "x"}));
    let id = created(&preview, json!({"channel_id": CHANNEL, "message": "x"}));
    preview.always_on(Calls::Updates, Some(Fault::EditWindowClosed));
    let update = json!({"channel": "C1", "ts": ts, "text": "y"});
    let refused = post_with_token(&preview, UPDATE, TOKEN, &update);
    assert_eq!(refused.status, 200);
    assert_eq!(refused.json()["error"], "edit_window_closed");
    let refused = patched(&preview, &id, json!({"message": "y"}));
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["id"],
        "api.post.update_post.permissions_time_limit.app_error"
    );
    assert_eq!(preview.channel("C1")[0].updates, 0);
    assert_eq!(preview.channel(CHANNEL)[0].updates, 0);
}

#[test]
fn an_answer_that_breaks_off_is_a_message_all_the_same() {
    let preview = preview();
    let body = json!({"channel": "C1", "text": "x"}).to_string();
    let token = format!("Bearer {TOKEN}");
    let headers = [
        ("Content-Type", "application/json"),
        ("Authorization", token.as_str()),
    ];
    for fault in [Fault::HalfBody, Fault::Reset, Fault::Close] {
        preview.next_on(Calls::Posts, fault);
        assert!(send(&preview, "POST", POST, &headers, body.as_bytes()).is_err());
        // Of these only the first lets Slack read what it was sent.
        assert_eq!(preview.channel("C1").len(), 1);
    }
}
