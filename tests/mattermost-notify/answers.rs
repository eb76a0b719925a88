//! What the vendor answers, and what becomes of it.

use notify_test::{Answer, Bench, Fault, Received};
use serde_json::{Value, json};

use crate::PROGRAM;

pub const TOKEN: &str = "bottokenbottokenbottoken26";
pub const CHANNEL: &str = "channelchannelchannelalert";

pub fn rest(keys: &str) -> String {
    format!("[mattermost]\nbot_token = {TOKEN:?}\nchannel = {CHANNEL:?}\n{keys}\n")
}

fn with_token() -> Bench {
    let bench = Bench::unqueued(PROGRAM);
    let server = format!("server_url = {:?}", bench.preview.url());
    bench.config(&rest(&server));
    bench
}

pub fn error(status: u16, id: &str) -> Answer {
    Answer::json(
        status,
        json!({
            "id": id,
            "message": "What the server says.",
            "detailed_error": "",
            "request_id": "qwertyqwertyqwertyqwertyqw",
            "status_code": status,
        }),
    )
}

/// One line with these words, this code and this many requests.
fn ends(bench: &Bench, case: &str, code: i32, words: &str, requests: usize) -> Vec<Received> {
    let run = bench.send(&["--output", "no reply"]);
    assert_eq!(run.code, code, "{case}: {run:#?}");
    run.quiet().one_line(PROGRAM).says(words);
    let received = bench.preview.received();
    assert_eq!(received.len(), requests, "{case}: {received:#?}");
    received
}

fn is_plain(body: &Value) -> bool {
    let text = body["text"].as_str().or(body["message"].as_str());
    let text = text.unwrap_or_default();
    let bare = body["attachments"].is_null() && body["props"]["attachments"].is_null();
    bare && text.contains("DOWN web01") && text.contains("no reply")
}

#[test]
fn every_answer_of_a_webhook_has_its_verdict() {
    let webhook = |name: &str| format!("web.incoming_webhook.{name}.app_error");
    let destination = "destination refused: ";
    let message = "message refused: ";
    let parse = "model.incoming_hook.parse_data.app_error";
    let creating = "api.post.create_webhook_post.creating.app_error";
    for (answer, code, verdict, words, requests) in [
        (
            error(400, &webhook("invalid")),
            69,
            destination,
            "does not exist",
            1,
        ),
        (
            error(400, &webhook("user")),
            69,
            destination,
            "user does not exist",
            1,
        ),
        (
            error(404, &webhook("channel")),
            69,
            destination,
            "incoming_webhook.channel",
            1,
        ),
        (
            error(403, &webhook("channel_locked")),
            69,
            destination,
            "channel_locked",
            1,
        ),
        (
            error(403, &webhook("permissions")),
            69,
            destination,
            "permissions",
            1,
        ),
        (
            error(501, &webhook("disabled")),
            69,
            destination,
            "switched off",
            1,
        ),
        (
            Answer::text(405, ""),
            69,
            destination,
            "not a webhook's address",
            1,
        ),
        (
            error(404, "api.context.404.app_error"),
            69,
            destination,
            "404",
            1,
        ),
        (
            error(400, &webhook("text")),
            69,
            message,
            "What the server says.",
            2,
        ),
        (error(400, parse), 69, message, parse, 2),
        (
            error(400, &webhook("split_props_length")),
            69,
            message,
            "split_props",
            2,
        ),
        (
            error(400, "an.error.of.tomorrow"),
            69,
            message,
            "tomorrow",
            2,
        ),
        // A NUL's: the server would say the same tomorrow.
        (error(500, creating), 69, message, creating, 2),
        (
            error(500, "app.post.save.app_error"),
            75,
            "not delivered: ",
            "500",
            1,
        ),
        (Answer::text(500, ""), 75, "not delivered: ", "500", 1),
        (
            Answer::text(429, "limit exceeded\n").header("Retry-After", "1"),
            75,
            "limiting the rate (429)",
            "tried again in 1 s",
            1,
        ),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        let case = format!("{answer:?}");
        bench.preview.always(Some(Fault::Answer(answer)));
        ends(&bench, &case, code, verdict, requests);
        bench.send(&[]).says(words);
    }
}

#[test]
fn every_answer_of_the_rest_api_has_its_verdict() {
    let destination = "destination refused: ";
    let message = "message refused: ";
    let post = |name: &str| format!("api.post.create_post.{name}");
    for (answer, code, verdict, words, requests) in [
        (
            error(401, "api.context.session_expired.app_error"),
            69,
            destination,
            "401: bot_token is not valid",
            1,
        ),
        (
            error(403, "api.context.permissions.app_error"),
            69,
            destination,
            "403: the bot is no member of the channel",
            1,
        ),
        (
            error(400, &post("can_not_post_to_deleted.error")),
            69,
            destination,
            "400: the channel is archived",
            1,
        ),
        (
            error(400, &post("root_id.app_error")),
            69,
            message,
            "root_id",
            2,
        ),
        (
            error(400, &post("channel_root_id.app_error")),
            69,
            message,
            "root_id",
            2,
        ),
        (
            error(400, "model.post.is_valid.msg.app_error"),
            69,
            message,
            "is_valid.msg",
            2,
        ),
        (
            error(400, "model.post.is_valid.props.app_error"),
            69,
            message,
            "is_valid.props",
            2,
        ),
        (
            error(404, "api.context.404.app_error"),
            69,
            destination,
            "404",
            1,
        ),
        (
            error(500, "app.post.save.app_error"),
            75,
            "not delivered: ",
            "500",
            1,
        ),
        (
            Answer::json(200, json!({})),
            69,
            destination,
            "like Mattermost",
            1,
        ),
        (
            Answer::text(201, "ok"),
            69,
            destination,
            "like Mattermost",
            1,
        ),
    ] {
        let bench = with_token();
        let case = format!("{answer:?}");
        bench.preview.always(Some(Fault::Answer(answer)));
        ends(&bench, &case, code, verdict, requests);
        bench.send(&[]).says(words);
    }
}

#[test]
fn attachments_that_are_refused_go_once_more_as_text() {
    for (bench, refusal) in [
        (
            Bench::unqueued(PROGRAM),
            error(400, "web.incoming_webhook.split_props_length.app_error"),
        ),
        (
            Bench::unqueued(PROGRAM),
            error(400, "model.incoming_hook.parse_data.app_error"),
        ),
        (
            with_token(),
            error(400, "model.post.is_valid.props.app_error"),
        ),
    ] {
        let case = format!("{refusal:?}");
        bench.preview.next(Fault::Answer(refusal));
        let received = ends(&bench, &case, 0, "delivered", 2);
        assert!(!is_plain(&received[0].json()), "{case}: {received:#?}");
        assert!(is_plain(&received[1].json()), "{case}: {received:#?}");
        assert!(received[1].shown.is_some(), "{case}");
    }
}

#[test]
fn a_webhook_may_live_below_a_path_and_end_with_a_slash() {
    for (from, to, path) in [
        (
            "/hooks/",
            "/chat/hooks/",
            "/chat/hooks/abcdefghijklmnopqrstuvwxyz",
        ),
        ("z\"\n", "z/\"\n", "/hooks/abcdefghijklmnopqrstuvwxyz"),
        ("z\"\n", "z//\"\n", "/hooks/abcdefghijklmnopqrstuvwxyz"),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        bench.config(&bench.smallest_config().replace(from, to));
        bench.send(&[]).code(0).quiet().one_line(PROGRAM);
        assert_eq!(bench.only().path, path, "{to}");
    }
}

#[test]
fn what_is_no_webhook_is_refused() {
    for (hook, words) in [
        ("nosuchhooknosuchhooknosuch", "does not exist"),
        ("disabledhookdisabledhookdi", "switched off"),
        ("privatehookprivatehookpriv", "permissions"),
        ("abc-def", "405: webhook_url is not a webhook's address"),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        let config = bench.smallest_config();
        bench.config(&config.replace("abcdefghijklmnopqrstuvwxyz", hook));
        let run = bench.send(&[]);
        assert_eq!(run.code, 69, "{hook}: {run:#?}");
        run.quiet().one_line(PROGRAM).says(words);
        assert!(!run.stderr.contains(hook), "{run:#?}");
    }
}

#[test]
fn a_token_and_a_channel_post_by_the_rest_api() {
    let bench = with_token();
    let run = bench.send(&[]);
    run.code(0).quiet().one_line(PROGRAM);
    let request = bench.only();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, "/api/v4/posts");
    let authorization = format!("Bearer {TOKEN}");
    assert_eq!(request.header("authorization"), Some(&*authorization));
    assert_eq!(request.json()["channel_id"], CHANNEL);
    assert!(request.shown.is_some());
    // What a later reply or update needs.
    let reference = run.stderr.split(['(', ')']).nth(1).unwrap_or_default();
    let (channel, post) = reference.split_once('/').expect("a channel and a post");
    assert_eq!((channel, post.len()), (CHANNEL, 26), "{run:#?}");
}

#[test]
fn the_server_is_the_webhooks_unless_it_is_named() {
    let bench = Bench::unqueued(PROGRAM);
    let url = bench.preview.url();
    let webhook = format!("webhook_url = \"{url}/hooks/abcdefghijklmnopqrstuvwxyz\"");
    for (keys, path) in [
        (webhook.clone(), "/api/v4/posts"),
        (
            webhook.replace("/hooks/", "/chat/hooks/"),
            "/chat/api/v4/posts",
        ),
        (webhook.replace("z\"", "z/\""), "/api/v4/posts"),
        (format!("server_url = \"{url}/\""), "/api/v4/posts"),
        (
            format!("server_url = \"{url}/chat/\""),
            "/chat/api/v4/posts",
        ),
        (
            format!("server_url = \"{url}/chat\"\nwebhook_url = \"http://127.0.0.1:1/hooks/a\""),
            "/chat/api/v4/posts",
        ),
    ] {
        bench.config(&rest(&keys));
        let run = bench.send(&[]);
        assert_eq!(run.code, 0, "{keys}: {run:#?}");
        let request = bench.preview.received().pop().expect("a request");
        assert_eq!(request.path, path, "{keys}");
    }
}

#[test]
fn a_webhook_without_hooks_in_it_gives_no_server_away() {
    let bench = Bench::unqueued(PROGRAM);
    let webhook = format!(
        "webhook_url = \"{}/abcdefghijklmnopqrstuvwxyz\"",
        bench.preview.url()
    );
    bench.config(&rest(&webhook));
    let run = bench.send(&[]);
    run.code(78)
        .quiet()
        .one_line(PROGRAM)
        .says("set server_url");
    assert_eq!(bench.preview.received().len(), 0);
}
