//! What people see.

use notify_test::Bench;
use notify_test::chat::text;
use notify_test::command_lines::{HOST, SERVICE, with, without};
use notify_test::notifications::{self, CASES, floods, linked};
use serde_json::json;

use crate::PROGRAM;

/// The section for a webhook with these lines behind it.
fn configured(more: &str) -> Bench {
    let bench = Bench::new(PROGRAM);
    bench.config(&format!("{}{more}\n", bench.smallest_config()));
    bench
}

#[test]
fn every_type_is_as_its_golden_file() {
    notifications::every_type_is_as_its_golden_file(PROGRAM);
}

#[test]
fn a_rich_problem_is_as_its_golden_file() {
    notifications::a_rich_problem_is_as_its_golden_file(PROGRAM);
}

#[test]
fn text_without_a_mention_is_no_markup_and_makes_no_links() {
    let body = Bench::new(PROGRAM).sent(SERVICE).json();
    for (key, value) in [
        ("mrkdwn", json!(false)),
        ("parse", json!("none")),
        ("unfurl_links", json!(false)),
        ("unfurl_media", json!(false)),
        ("link_names", json!(null)),
    ] {
        assert_eq!(body[key], value, "{key}");
    }
}

#[test]
fn a_problems_first_notification_calls_whom_the_config_names() {
    let bench = configured("mention = [\"here\", \"U012ABCDEF\", \"group:S012ABCDEF\"]");
    let received = bench.sent(SERVICE);
    assert_eq!(
        text(&received),
        "🔴 CRITICAL web01 / Ping – 100% packet loss <!here> <@U012ABCDEF> <!subteam^S012ABCDEF>"
    );
    assert_eq!(received.json()["mrkdwn"], true);
    assert_eq!(received.mentions.len(), 3, "{:?}", received.mentions);
    let again = with(&SERVICE, "--notification-number", "1");
    assert_eq!(bench.sent(again).mentions.len(), 3);
}

#[test]
fn nothing_else_calls_anybody() {
    let bench = configured("mention = \"here\"");
    for case in CASES.iter().filter(|case| case.kind != "PROBLEM") {
        let received = bench.sent(case.line());
        assert!(received.mentions.is_empty(), "{}", case.name());
    }
    for number in ["2", "17"] {
        let received = bench.sent(with(&SERVICE, "--notification-number", number));
        assert!(received.mentions.is_empty(), "{number}");
    }
    let good = bench.sent(with(&SERVICE, "--servicestate", "0"));
    assert!(good.mentions.is_empty(), "{:?}", good.mentions);
}

#[test]
fn who_is_called_depends_on_state_and_destination() {
    let bench = Bench::new(PROGRAM);
    let webhook = bench.preview.slack_webhook();
    bench.config(&format!(
        "[slack]\nwebhook_url = {webhook:?}\nmention = {{ critical = \"here\", down = [\"channel\"] }}\n\
         [slack.destinations.quiet]\nmention = []\n\
         [slack.destinations.loud]\nmention = \"everyone\"\n"
    ));
    for (line, state, to, mentions) in [
        (&SERVICE[..], "2", "default", &["<!here>"][..]),
        (&SERVICE, "1", "default", &[]),
        (&SERVICE, "3", "default", &[]),
        (&HOST, "1", "default", &["<!channel>"]),
        (&HOST, "2", "default", &[]),
        (&SERVICE, "2", "quiet", &[]),
        (&SERVICE, "1", "loud", &["<!everyone>"]),
    ] {
        let option = if line == HOST {
            "--hoststate"
        } else {
            "--servicestate"
        };
        let line = with(&with(line, option, state), "--to", to);
        let received = bench.sent(&line);
        assert_eq!(received.mentions.len(), mentions.len(), "{line:?}");
        for mention in mentions {
            assert!(
                text(&received).ends_with(mention),
                "{line:?}: {}",
                text(&received)
            );
        }
    }
}

#[test]
fn whom_slack_cannot_call_is_an_error_with_its_line() {
    for (mention, said) in [
        ("\"@max\"", "slack.mention has \"@max\": use \"here\""),
        ("\"max\"", "slack.mention has \"max\""),
        ("5", "slack.mention must be a string or a list of strings"),
    ] {
        let bench = configured(&format!("mention = {mention}"));
        bench
            .run(SERVICE)
            .code(78)
            .says(&format!("config.toml:5: {said}"));
    }
}

#[test]
fn a_state_that_nobody_has_is_a_warning() {
    let bench = configured("mention = { critcal = \"here\", critical = \"channel\" }");
    let run = bench.run(SERVICE);
    run.code(0)
        .says("slack.mention.critcal: did you mean critical?")
        .says("delivered");
    assert_eq!(bench.only().mentions.len(), 1);
}

#[test]
fn nothing_that_the_core_says_calls_anybody_or_becomes_a_link() {
    let bench = configured("mention = \"here\"");
    let evil = "<!channel> @channel <@U012ABCDEF> <https://evil.example|x> &lt;!here&gt; *b* _i_ `c` :fire:";
    for option in [
        "--output",
        "--longoutput",
        "--ackcomment",
        "--hostalias",
        "--servicedesc",
        "--attempt",
    ] {
        let received = bench.sent(with(&SERVICE, option, evil));
        assert_eq!(received.mentions, ["@here"], "{option}");
        let shown = received.shown.expect("shown");
        for word in ["<!channel>", "@channel", "<https://evil.example|x>"] {
            assert!(shown.contains(word), "{option}: {word} is not in {shown}");
        }
    }
}

#[test]
fn whatever_floods_a_message_its_state_line_survives() {
    let bench = Bench::new(PROGRAM);
    linked(&bench);
    for (unit, flood) in floods() {
        for option in [
            "--output",
            "--longoutput",
            "--ackcomment",
            "--hostgroup",
            "--servicedesc",
        ] {
            let received = bench.sent(with(&SERVICE, option, &flood));
            assert_eq!(received.verdict, "accepted", "{option} {unit:?}");
            assert!(
                text(&received).starts_with("🔴 CRITICAL web01 / "),
                "{option} {unit:?}"
            );
            assert!(
                received.json().to_string().contains('…'),
                "{option} {unit:?}"
            );
        }
    }
}

#[test]
fn more_fields_than_fit_are_seen_to_be_cut() {
    let bench = Bench::new(PROGRAM);
    for value in ["x", "https://wiki.example.com/"] {
        let value = format!("{value}{}", "y".repeat(200));
        let fields: Vec<String> = (0..200).map(|n| format!("Field {n}={value}")).collect();
        let mut line = SERVICE.to_vec();
        line.extend(fields.iter().flat_map(|field| ["--field", field]));
        let received = bench.sent(&line);
        let body = received.json().to_string();
        assert_eq!(received.verdict, "accepted");
        assert!(body.contains("Field 0"), "{value:.10}");
        assert!(body.contains('…'), "{value:.10}: {body}");
    }
}

#[test]
fn a_channel_with_a_token_is_posted_to_by_the_web_api() {
    let bench = Bench::new(PROGRAM);
    let by_webhook = bench.sent(SERVICE).json();
    let url = bench.preview.url();
    let api =
        format!("web_api_url = \"{url}/api/\"\noauth_access_token = \"xoxb-1234567890-secret\"\n");
    for config in [
        format!("[slack]\n{api}channel = \"C0123456789\"\n"),
        format!(
            "[slack]\n{api}webhook_url = \"http://127.0.0.1:1/x\"\nchannel = \"C0123456789\"\n"
        ),
        format!(
            "[slack]\n{api}webhook_url = \"http://127.0.0.1:1/x\"\n[slack.destinations.ops]\nchannel = \"C0123456789\"\n"
        ),
    ] {
        bench.config(&config);
        let to: &[&str] = match config.contains("ops") {
            true => &["--to", "ops"],
            false => &[],
        };
        let received = bench.sent([&SERVICE[..], to].concat());
        assert_eq!(received.path, "/api/chat.postMessage", "{config}");
        assert_eq!(
            received.header("authorization"),
            Some("Bearer xoxb-1234567890-secret")
        );
        let mut body = received.json();
        assert_eq!(body["channel"], "C0123456789");
        body.as_object_mut().expect("an object").remove("channel");
        assert_eq!(body, by_webhook);
    }
}

#[test]
fn a_nearer_webhook_replaces_an_inherited_channel() {
    let bench = Bench::new(PROGRAM);
    let (url, webhook) = (bench.preview.url(), bench.preview.slack_webhook());
    bench.config(&format!(
        "[slack]\nweb_api_url = \"{url}/api\"\nbot_token = \"xoxb-1234567890-secret\"\nchannel = \"C0123456789\"\n\
         [slack.destinations.hook]\napi_url = {webhook:?}\n"
    ));
    assert_eq!(bench.sent(SERVICE).path, "/api/chat.postMessage");
    let received = bench.sent(with(&SERVICE, "--to", "hook"));
    assert!(received.path.starts_with("/services/"), "{}", received.path);
}

#[test]
fn a_channel_needs_a_token() {
    let bench = Bench::new(PROGRAM);
    bench.config("[slack]\nchannel = \"C0123456789\"\n");
    bench
        .run(without(&SERVICE, "--to"))
        .code(78)
        .says("config.toml:3: slack.channel needs an oauth_access_token");
    bench.config("[slack]\noauth_access_token = \"xoxb-1234567890-secret\"\n");
    bench
        .run(SERVICE)
        .code(78)
        .says("neither a webhook_url nor a channel");
}
