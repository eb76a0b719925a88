//! What people see.

use notify_test::chat::text;
use notify_test::command_lines::{HOST, SERVICE, with};
use notify_test::notifications::{self, CASES, floods, linked};
use notify_test::{Bench, MattermostLimits, Options, Received};
use serde_json::{Value, json};

use crate::PROGRAM;

/// The section for a webhook with these lines behind it.
fn configured(more: &str) -> Bench {
    let bench = Bench::new(PROGRAM);
    bench.config(&format!("{}{more}\n", bench.smallest_config()));
    bench
}

fn attachment(received: &Received) -> String {
    let body = received.json();
    body["attachments"][0]["text"]
        .as_str()
        .expect("a text")
        .to_owned()
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
fn a_problems_first_notification_calls_whom_the_config_names() {
    let bench = configured("mention = [\"here\", \"@max.mustermann\", \"group:dba-team\"]");
    let expected = "🔴 CRITICAL web01 / Ping – 100% packet loss @here @max.mustermann @dba-team";
    let received = bench.sent(SERVICE);
    assert_eq!(text(&received), expected);
    assert_eq!(received.mentions.len(), 3, "{:?}", received.mentions);
    let again = bench.sent(with(&SERVICE, "--notification-number", "1"));
    assert_eq!(text(&again), expected);
}

#[test]
fn nothing_else_calls_anybody_or_is_urgent() {
    let bench = configured("mention = \"here\"\npriority = \"urgent\"\nrequested_ack = true");
    let quiet = |received: Received, what: &str| {
        assert!(received.mentions.is_empty(), "{what}");
        assert_eq!(received.json()["priority"], Value::Null, "{what}");
    };
    for case in CASES.iter().filter(|case| case.kind != "PROBLEM") {
        quiet(bench.sent(case.line()), &case.name());
    }
    for number in ["2", "17"] {
        quiet(
            bench.sent(with(&SERVICE, "--notification-number", number)),
            number,
        );
    }
    quiet(bench.sent(with(&SERVICE, "--servicestate", "0")), "OK");
}

#[test]
fn who_is_called_and_how_urgently_depends_on_state_and_destination() {
    let bench = Bench::new(PROGRAM);
    let webhook = bench.preview.mattermost_webhook();
    bench.config(&format!(
        "[mattermost]\nwebhook_url = {webhook:?}\n\
         mention = {{ critical = \"here\", down = [\"channel\"] }}\npriority = {{ critical = \"urgent\", down = \"important\" }}\n\
         [mattermost.destinations.quiet]\nmention = []\npriority = {{}}\n\
         [mattermost.destinations.loud]\nmention = \"all\"\npriority = \"urgent\"\nrequested_ack = true\n"
    ));
    let priority = |name: &str, ack: bool| json!({"priority": name, "requested_ack": ack});
    for (line, state, to, mention, priority) in [
        (
            &SERVICE[..],
            "2",
            "default",
            " @here",
            priority("urgent", false),
        ),
        (&SERVICE, "1", "default", "", Value::Null),
        (&SERVICE, "3", "default", "", Value::Null),
        (
            &HOST,
            "1",
            "default",
            " @channel",
            priority("important", false),
        ),
        (&HOST, "2", "default", "", Value::Null),
        (&SERVICE, "2", "quiet", "", Value::Null),
        (&SERVICE, "1", "loud", " @all", priority("urgent", true)),
    ] {
        let option = if line == HOST {
            "--hoststate"
        } else {
            "--servicestate"
        };
        let line = with(&with(line, option, state), "--to", to);
        let received = bench.sent(&line);
        let called = received.mentions.len();
        assert_eq!(called, usize::from(!mention.is_empty()), "{line:?}");
        assert!(
            text(&received).ends_with(mention),
            "{line:?}: {}",
            text(&received)
        );
        assert_eq!(received.json()["priority"], priority, "{line:?}");
    }
}

#[test]
fn what_mattermost_does_not_know_is_an_error_with_its_line() {
    for (setting, said) in [
        (
            "mention = \"max mustermann\"",
            "mattermost.mention has \"max mustermann\": use \"here\"",
        ),
        (
            "mention = 5",
            "mattermost.mention must be a string or a list of strings",
        ),
        (
            "priority = \"high\"",
            "mattermost.priority must be \"important\" or \"urgent\"",
        ),
        (
            "requested_ack = 1",
            "mattermost.requested_ack must be true or false",
        ),
        (
            "props_limit = \"7600\"",
            "mattermost.props_limit must be a whole number",
        ),
        (
            "server_url = \"chat.example.com\"",
            "mattermost.server_url must begin with",
        ),
    ] {
        let bench = configured(setting);
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
        .says("mattermost.mention.critcal: did you mean critical?")
        .says("delivered");
    assert_eq!(bench.only().mentions.len(), 1);
}

#[test]
fn nothing_that_the_core_says_calls_anybody_or_becomes_a_link() {
    let bench = configured("mention = \"here\"");
    let evil = "@all @channel &#64;all <!channel> <https://evil.example|x> [x](https://evil.example) ``` ~town #tag :fire:";
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
        // Inside a fence nothing acts.
        assert!(
            option == "--longoutput" || !attachment(&received).contains("](https://evil"),
            "{option}"
        );
        assert!(!text(&received).contains("](https://evil"), "{option}");
    }
}

#[test]
fn whatever_floods_a_message_its_state_line_survives_and_its_fence_is_closed() {
    for limits in [MattermostLimits::Old, MattermostLimits::New] {
        let options = Options {
            mattermost: limits,
            ..Options::default()
        };
        let bench = Bench::with(PROGRAM, options);
        linked(&bench);
        for (unit, flood) in floods() {
            for option in [
                "--output",
                "--longoutput",
                "--ackcomment",
                "--hostgroup",
                "--servicedesc",
            ] {
                let case = format!("{limits:?} {option} {unit:?}");
                let received = bench.sent(with(&SERVICE, option, &flood));
                assert_eq!(received.verdict, "accepted", "{case}");
                assert!(
                    text(&received).starts_with("🔴 CRITICAL web01 / "),
                    "{case}"
                );
                assert!(received.json().to_string().contains('…'), "{case}");
                let attachment = attachment(&received);
                let mut lines = attachment.lines();
                if let Some(fence) = lines.find(|line| line.starts_with("```")) {
                    assert!(
                        lines.any(|line| line == fence),
                        "{case}: {fence} stays open"
                    );
                }
            }
        }
    }
}

#[test]
fn a_server_that_keeps_more_is_given_more() {
    let long = "one line of output ".repeat(3_000);
    let line = with(&SERVICE, "--longoutput", &long);
    let shown = |more| attachment(&configured(more).sent(&line)).chars().count();
    assert!((6_000..7_600).contains(&shown("")), "{}", shown(""));
    assert!(shown("props_limit = 800000") > 50_000);
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
fn a_channel_with_a_bots_token_is_posted_to_by_rest() {
    let bench = Bench::new(PROGRAM);
    let settings = "mention = \"here\"\npriority = \"urgent\"\n";
    bench.config(&format!("{}{settings}", bench.smallest_config()));
    let by_webhook = bench.sent(SERVICE).json();
    let token = format!("bot_token = \"bottokenbottokenbottoken26\"\n{settings}");
    let (url, webhook) = (bench.preview.url(), bench.preview.mattermost_webhook());
    let channel = "channel = \"4xp9fdt77pncbef59f4k1qe83o\"\n";
    for config in [
        format!("[mattermost]\n{token}server_url = \"{url}/\"\n{channel}"),
        format!("[mattermost]\n{token}webhook_url = {webhook:?}\n{channel}"),
        format!(
            "[mattermost]\n{token}webhook_url = {webhook:?}\n[mattermost.destinations.ops]\n{channel}"
        ),
    ] {
        bench.config(&config);
        let to: &[&str] = match config.contains("ops") {
            true => &["--to", "ops"],
            false => &[],
        };
        let received = bench.sent([&SERVICE[..], to].concat());
        assert_eq!(received.path, "/api/v4/posts", "{config}");
        let authorization = received.header("authorization");
        assert_eq!(authorization, Some("Bearer bottokenbottokenbottoken26"));
        assert_eq!(
            received.json(),
            json!({
                "channel_id": "4xp9fdt77pncbef59f4k1qe83o",
                "message": by_webhook["text"],
                "props": {"attachments": by_webhook["attachments"]},
                "metadata": {"priority": by_webhook["priority"]},
            })
        );
    }
}

#[test]
fn a_channel_needs_a_token_and_a_server() {
    let bench = Bench::new(PROGRAM);
    bench.config("[mattermost]\nchannel = \"4xp9fdt77pncbef59f4k1qe83o\"\n");
    bench
        .run(SERVICE)
        .code(78)
        .says("config.toml:3: mattermost.channel needs a bot_token");
    bench.config(
        "[mattermost]\nchannel = \"4xp9fdt77pncbef59f4k1qe83o\"\nbot_token = \"bottokenbottokenbottoken26\"\n",
    );
    bench
        .run(SERVICE)
        .code(78)
        .says("config.toml:3: mattermost.channel needs a server_url");
    bench.config("[mattermost]\nbot_token = \"bottokenbottokenbottoken26\"\n");
    bench
        .run(SERVICE)
        .code(78)
        .says("neither a webhook_url nor a channel");
}
