//! What the vendor answers, and what becomes of it.

use notify_test::{Answer, Bench, Fault, Received};
use serde_json::{Value, json};

use crate::PROGRAM;

pub const CHANNEL: &str = "C024BE91L";

/// Posts by the Web API.
fn with_token() -> Bench {
    let bench = Bench::unqueued(PROGRAM);
    bench.config(&web_api(&bench, "xoxb-1234567890-secret", CHANNEL));
    bench
}

pub fn web_api(bench: &Bench, token: &str, channel: &str) -> String {
    let url = format!("{}/api/", bench.preview.url());
    format!(
        "[slack]\noauth_access_token = {token:?}\nchannel = {channel:?}\nweb_api_url = {url:?}\n"
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
    let text = body["text"].as_str().unwrap_or_default();
    body["attachments"].is_null()
        && body["blocks"].is_null()
        && text.contains("DOWN web01")
        && text.contains("no reply")
}

#[test]
fn an_answer_that_repeats_the_longest_digest_is_read_to_its_end() {
    let bench = with_token();
    let repeated = "\u{1f534}".repeat(116_000 / 2);
    let answer =
        json!({"ok": true, "channel": CHANNEL, "ts": "1.000001", "message": {"text": repeated}});
    // As Slack escapes it.
    let escaped = answer.to_string().replace('\u{1f534}', "\\ud83d\\udd34");
    let posts = "/api/chat.postMessage";
    bench
        .preview
        .answer_path(posts, Answer::text(200, &escaped));
    bench.send(&[]).code(0);
}

#[test]
fn every_answer_of_a_webhook_has_its_verdict() {
    let destination = "destination refused: ";
    let message = "message refused: ";
    for (status, body, code, verdict, requests) in [
        (400, "user_not_found", 69, destination, 1),
        (403, "action_prohibited", 69, destination, 1),
        (403, "posting_to_general_channel_denied", 69, destination, 1),
        (403, "invalid_token", 69, destination, 1),
        (403, "team_disabled", 69, destination, 1),
        (404, "channel_not_found", 69, destination, 1),
        (404, "no_active_hooks", 69, destination, 1),
        (404, "no_service", 69, destination, 1),
        (404, "no_service_id", 69, destination, 1),
        (404, "no_team", 69, destination, 1),
        (410, "channel_is_archived", 69, destination, 1),
        (400, "invalid_payload", 69, message, 2),
        (400, "no_text", 69, message, 2),
        (400, "too_many_attachments", 69, message, 2),
        (400, "an_error_of_tomorrow", 69, message, 2),
        (500, "rollup_error", 75, "not delivered: ", 1),
        (503, "service_unavailable", 75, "not delivered: ", 1),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        let case = format!("{status} {body}");
        bench
            .preview
            .always(Some(Fault::Answer(Answer::text(status, body))));
        ends(&bench, &case, code, verdict, requests);
        let run = bench.send(&[]);
        run.says(body).says(&status.to_string());
    }
}

#[test]
fn an_ok_with_a_refusal_in_it_is_no_delivery() {
    let bench = Bench::unqueued(PROGRAM);
    let answer = Answer::json(200, json!({"ok": false, "error": "invalid_blocks"}));
    bench.preview.always(Some(Fault::Answer(answer)));
    let run = bench.send(&[]);
    run.code(69)
        .quiet()
        .one_line(PROGRAM)
        .says("invalid_blocks");
}

const PASSING: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "request_timeout",
    "service_unavailable",
    "internal_error",
    "fatal_error",
    "team_added_to_org",
    "org_login_required",
];

const OF_THE_DESTINATION: &[&str] = &[
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "no_permission",
    "missing_scope",
    "not_allowed_token_type",
    "access_denied",
    "accesslimited",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "two_factor_setup_required",
    "team_not_found",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "as_user_not_supported",
    "messages_tab_disabled",
    "method_deprecated",
    "deprecated_endpoint",
    "unknown_method",
];

const OF_THE_MESSAGE: &[&str] = &[
    "no_text",
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_attachments",
    "too_many_attachments",
    "attachment_payload_limit_exceeded",
    "markdown_text_conflict",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_array_arg",
    "invalid_charset",
    "invalid_form_data",
    "invalid_post_type",
    "missing_post_type",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "metadata_too_large",
    "metadata_must_be_sent_from_app",
    "cannot_reply_to_message",
    "an_error_of_tomorrow",
];

#[test]
fn every_error_of_the_web_api_has_its_verdict() {
    let classes = [
        (PASSING, 75, "not delivered: ", 1),
        (OF_THE_DESTINATION, 69, "destination refused: ", 1),
        (OF_THE_MESSAGE, 69, "message refused: ", 2),
    ];
    for (errors, code, verdict, requests) in classes {
        for error in errors {
            let bench = with_token();
            let answer = Answer::json(200, json!({"ok": false, "error": error}));
            bench.preview.always(Some(Fault::Answer(answer)));
            let words = format!("{verdict}{error}");
            ends(&bench, error, code, &words, requests);
        }
    }
}

#[test]
fn the_web_api_answers_other_than_200_as_well() {
    for (answer, code, words) in [
        (
            Answer::json(429, json!({"ok": false, "error": "ratelimited"}))
                .header("Retry-After", "7"),
            75,
            "may be tried again in 7 s",
        ),
        (Answer::text(503, "upstream"), 75, "answered 503: upstream"),
        (Answer::html(404, "<html>"), 69, "destination refused: 404"),
        (
            Answer::text(400, "bad request"),
            69,
            "destination refused: 400",
        ),
        (
            Answer::text(200, "ok"),
            69,
            "does not answer like Slack: ok",
        ),
        (Answer::json(200, json!({})), 69, "no reason given"),
    ] {
        let bench = with_token();
        let case = format!("{answer:?}");
        bench.preview.always(Some(Fault::Answer(answer)));
        let run = bench.send(&[]);
        assert_eq!(run.code, code, "{case}: {run:#?}");
        run.quiet().one_line(PROGRAM).says(words);
    }
}

#[test]
fn a_refusal_says_what_to_do_about_it() {
    for (token, channel, words) in [
        ("xoxb-missingscope", CHANNEL, "add the scope chat:write"),
        (
            "xoxp-of-a-person",
            CHANNEL,
            "oauth_access_token is not valid",
        ),
        ("xoxb-1", "CNOTIN1", "invite the bot to the channel"),
        ("xoxb-1", "CNOSUCH", "use the channel's id"),
        ("xoxb-1", "CARCHIVED", "is_archived"),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        bench.config(&web_api(&bench, token, channel));
        let run = bench.send(&[]);
        assert_eq!(run.code, 69, "{token} {channel}: {run:#?}");
        run.quiet().one_line(PROGRAM).says(words);
        assert!(!run.stderr.contains(token), "{run:#?}");
    }
}

#[test]
fn markup_that_is_refused_goes_once_more_as_text() {
    let in_json = |error| Answer::json(200, json!({"ok": false, "error": error}));
    for (bench, refusal) in [
        (
            Bench::unqueued(PROGRAM),
            Answer::text(400, "invalid_blocks"),
        ),
        (
            Bench::unqueued(PROGRAM),
            Answer::text(400, "invalid_attachments"),
        ),
        (
            Bench::unqueued(PROGRAM),
            Answer::text(400, "invalid_payload"),
        ),
        (Bench::unqueued(PROGRAM), Answer::text(413, "")),
        (with_token(), in_json("invalid_blocks")),
        (with_token(), in_json("invalid_attachments")),
        (with_token(), in_json("msg_blocks_too_long")),
        (with_token(), in_json("attachment_payload_limit_exceeded")),
    ] {
        let case = format!("{refusal:?}");
        bench.preview.next(Fault::Answer(refusal));
        let received = ends(&bench, &case, 0, "delivered", 2);
        assert!(!is_plain(&received[0].json()), "{case}: {received:#?}");
        assert!(is_plain(&received[1].json()), "{case}: {received:#?}");
        assert_eq!(received[0].path, received[1].path, "{case}");
        assert!(received[1].shown.is_some(), "{case}");
    }
}

#[test]
fn what_the_text_alone_meets_is_the_last_word() {
    for (second, code, words) in [
        (
            Answer::text(400, "no_text"),
            69,
            "message refused: 400: no_text",
        ),
        (Answer::text(503, ""), 75, "not delivered: "),
        (Answer::text(404, "no_service"), 69, "destination refused: "),
    ] {
        let bench = Bench::unqueued(PROGRAM);
        let first = Answer::text(400, "invalid_blocks");
        bench.preview.next(Fault::Answer(first));
        bench.preview.next(Fault::Answer(second));
        ends(&bench, words, code, words, 2);
    }
}

#[test]
fn a_token_and_a_channel_post_by_the_web_api() {
    for key in ["oauth_access_token", "bot_token"] {
        let bench = with_token();
        let config = web_api(&bench, "xoxb-1234567890-secret", CHANNEL);
        bench.config(&config.replace("oauth_access_token", key));
        let run = bench.send(&[]);
        run.code(0).quiet().one_line(PROGRAM);
        let request = bench.only();
        assert_eq!(request.method, "POST");
        assert_eq!(request.path, "/api/chat.postMessage");
        let authorization = request.header("authorization");
        assert_eq!(authorization, Some("Bearer xoxb-1234567890-secret"));
        assert_eq!(request.json()["channel"], CHANNEL);
        assert!(request.shown.is_some());
        // Channel and ts are what a later reply or update needs.
        let reference = run.stderr.split(['(', ')']).nth(1).unwrap_or_default();
        let ts = reference.strip_prefix("C024BE91L/").unwrap_or_default();
        assert!(ts.parse::<f64>().is_ok(), "{run:#?}");
    }
}

#[test]
fn a_token_without_a_channel_leaves_the_webhook_in_charge() {
    let bench = Bench::unqueued(PROGRAM);
    let config = bench.smallest_config();
    let token = "oauth_access_token = \"xoxb-1234567890-secret\"\n";
    bench.config(&format!("{config}{token}"));
    bench.send(&[]).code(0).quiet().one_line(PROGRAM);
    let request = bench.only();
    assert!(request.path.starts_with("/services/"), "{request:#?}");
    assert_eq!(request.header("authorization"), None);
}
