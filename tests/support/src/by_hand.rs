//! What people run by hand: `--dry-run`, `--explain`, `--check`, `--test`.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use notify_preview::{Fault, Options, Preview};
use serde_json::{Value, json};

use crate::{Bench, HOST_DOWN, Program, Run};

#[macro_export]
macro_rules! by_hand {
    ($program:expr) => {
        $crate::promises!(by_hand, $program;
            a_dry_run_prints_what_a_real_run_sends,
            two_things_at_once_are_a_usage_error_and_post_nothing,
            a_dry_run_prints_every_destination_and_needs_no_vendor,
            a_dry_run_of_an_unreadable_secret_is_exit_78,
            explain_says_where_everything_comes_from,
            explain_says_where_a_secret_stands_and_not_what_it_is,
            explain_says_why_this_destination,
            a_check_of_what_works_is_ok_and_posts_nothing,
            a_check_warns_of_a_config_that_everybody_may_read,
            a_check_of_what_does_not_work_is_critical,
            a_check_asks_the_destination_that_it_is_given,
            a_dead_destination_does_not_spoil_the_check_of_the_others,
            a_test_posts_what_says_that_it_is_one,
            a_test_that_does_not_arrive_is_critical,
        );
    };
}

fn secret_key(program: Program) -> &'static str {
    match program.provider() {
        "pagerduty" => "integration_key",
        _ => "webhook_url",
    }
}

/// The request that a dry run printed for one destination: its head and its body.
fn printed(text: &str) -> (String, Value) {
    let (head, body) = text.split_once("\n\n").expect("a head and a body");
    let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {text}"));
    (head.to_owned(), body)
}

/// Without what a dry run must not show.
fn without_key(mut body: Value) -> Value {
    if body.get("routing_key").is_some() {
        body["routing_key"] = json!("<redacted>");
    }
    body
}

pub fn a_dry_run_prints_what_a_real_run_sends(program: Program) {
    let line = ["--output", "no \"reply\" <@U1>", "--datetime", "1700000000"];
    let bench = Bench::new(program);
    let dry = bench.send(&[&line[..], &["--dry-run"]].concat());
    dry.code(0);
    assert_eq!(dry.stderr, "");
    assert_eq!(bench.preview.received().len(), 0);
    bench.send(&line).code(0);
    let request = bench.only();
    let (head, body) = printed(&dry.stdout);
    assert_eq!(body, without_key(request.json()));
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines[0], format!("{}:default", program.provider()));
    assert!(lines[1].starts_with("POST http://127.0.0.1:"), "{head}");
    assert!(head.contains("Content-Type: application/json"), "{head}");
}

pub fn a_dry_run_prints_every_destination_and_needs_no_vendor(program: Program) {
    let bench = Bench::new(program);
    let (provider, place) = (program.provider(), program.place(&bench.preview));
    let dead = place.replace(&bench.preview.url(), "http://127.0.0.1:1");
    bench.config(&format!(
        "[{provider}.destinations.a]\n{place}[{provider}.destinations.b]\n{dead}"
    ));
    let run = bench.send(&["--dry-run", "--to", "a", "--to", "b"]);
    run.code(0);
    assert_eq!(run.stderr, "");
    for name in ["a", "b"] {
        let title = format!("{provider}:{name}\nPOST ");
        assert!(run.stdout.contains(&title), "{run:#?}");
    }
    assert_eq!(bench.preview.received().len(), 0);
}

pub fn a_dry_run_of_an_unreadable_secret_is_exit_78(program: Program) {
    let bench = Bench::new(program);
    let key = secret_key(program);
    bench.config(&format!(
        "[{}]\n{key}_file = \"nosuch\"\n",
        program.provider()
    ));
    let run = bench.send(&["--dry-run"]);
    run.code(78)
        .quiet()
        .one_line(program)
        .says(key)
        .says("nosuch");
}

pub fn explain_says_where_everything_comes_from(program: Program) {
    let mut bench = Bench::new(program);
    bench.set("NAGIOS_HOSTADDRESS", "10.1.1.1");
    let line = ["--output", "$HOSTOUTPUT$", "--hostalias", "", "--explain"];
    let run = bench.send(&line);
    run.code(0);
    assert_eq!(run.stderr, "");
    let config = bench.folder().join("config.toml").display().to_string();
    let default = format!("{}:default, by the default", program.provider());
    for words in [
        "\"web01\" from --hostname",
        "\"1\" from --hoststate",
        "\"10.1.1.1\" from $NAGIOS_HOSTADDRESS",
        "not given: --output is a macro that was not replaced (\"$HOSTOUTPUT$\")",
        "not given: --hostalias is empty",
        &config,
        &default,
        "DOWN web01",
    ] {
        assert!(run.stdout.contains(words), "{words:?}: {}", run.stdout);
    }
    // The request in it is the dry run's.
    let dry = bench.send(&[&line[..4], &["--dry-run"]].concat());
    let (head, _) = printed(&dry.stdout);
    assert!(run.stdout.contains(&head), "{}", run.stdout);
    assert_eq!(bench.preview.received().len(), 0);
}

pub fn explain_says_where_a_secret_stands_and_not_what_it_is(program: Program) {
    let mut bench = Bench::new(program);
    let inline = bench.smallest_config();
    let key = secret_key(program);
    let line = inline.lines().find(|line| line.starts_with(key));
    let line = line.expect("the secret's line");
    let secret = line.split('"').nth(1).expect("a string");
    let file = bench.file("secret", secret);
    bench.set("NOTIFIERS_SECRET", secret);
    for (form, words) in [
        (line.to_owned(), "in the config itself".to_owned()),
        (
            format!("{key}_file = \"secret\""),
            format!("in the file {}", file.display()),
        ),
        (
            format!("{key}_env = \"NOTIFIERS_SECRET\""),
            "in the environment variable NOTIFIERS_SECRET".to_owned(),
        ),
    ] {
        bench.config(&inline.replace(line, &form));
        let run = bench.send(&["--explain"]);
        run.code(0);
        assert!(run.stdout.contains(&words), "{form}: {run:#?}");
        bench.send(&[]).code(0);
    }
}

pub fn explain_says_why_this_destination(program: Program) {
    let bench = Bench::new(program);
    let (provider, place) = (program.provider(), program.place(&bench.preview));
    bench.config(&format!(
        "[contacts]\nmax = \"{provider}:db\"\n[{provider}]\n{place}[{provider}.destinations.db]\n{place}"
    ));
    for (more, words) in [
        (&["--to", "db"][..], format!("{provider}:db, by --to")),
        (
            &["--contact", "max"],
            format!("{provider}:db, by contact \"max\""),
        ),
        (&[], format!("{provider}:default, by the default")),
    ] {
        let run = bench.send(&[more, &["--explain"]].concat());
        run.code(0);
        assert!(run.stdout.contains(&words), "{words}: {run:#?}");
    }
}

/// One line for a plugin's reader: program, state, findings, and how long it took as performance data.
pub fn plugin_line(program: Program, run: &Run, state: &str) -> String {
    let code = match state {
        "OK" => 0,
        "WARNING" => 1,
        _ => 2,
    };
    assert_eq!(run.code, code, "{run:#?}");
    assert_eq!(run.stderr, "", "{run:#?}");
    let line = run.stdout.strip_suffix('\n').expect("a line");
    assert!(!line.contains('\n'), "{run:#?}");
    let start = format!("{} {state} - ", program.name);
    assert!(line.starts_with(&start), "{run:#?}");
    let (text, performance) = line.split_once(" | ").unwrap_or((line, ""));
    for data in performance.split_whitespace() {
        let (label, value) = data.split_once('=').expect("label=value");
        let quoted = format!("'{}:", program.provider());
        assert!(
            label.starts_with(&quoted) && label.ends_with('\''),
            "{line}"
        );
        let seconds = value.strip_suffix('s').expect("seconds");
        assert!(seconds.parse::<f64>().is_ok(), "{line}");
    }
    text.to_owned()
}

/// Nobody was shown anything: PagerDuty drops a resolve of what was never opened.
pub fn unseen(program: Program, preview: &Preview) {
    for request in preview.received() {
        match program.provider() {
            "pagerduty" => {
                assert_eq!(request.json()["event_action"], "resolve");
                let shown = request.shown.unwrap_or_default();
                assert!(shown.is_empty() || shown.contains("dropped"), "{shown}");
            }
            _ => assert_eq!(request.shown, None, "{request:#?}"),
        }
    }
}

pub fn a_check_of_what_works_is_ok_and_posts_nothing(program: Program) {
    let bench = Bench::new(program);
    let run = bench.run(["--check"]);
    let text = plugin_line(program, &run, "OK");
    assert!(
        text.contains(&format!("{}:default: ", program.provider())),
        "{text}"
    );
    assert!(text.contains("not provable: "), "{text}");
    assert!(run.stdout.contains(" | "), "{run:#?}");
    assert_eq!(bench.preview.received().len(), 1);
    unseen(program, &bench.preview);
}

pub fn a_check_warns_of_a_config_that_everybody_may_read(program: Program) {
    let bench = Bench::new(program);
    let file = bench.folder().join("config.toml");
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("its mode");
    let text = plugin_line(program, &bench.run(["--check"]), "WARNING");
    assert!(text.contains("everybody may read it"), "{text}");
    unseen(program, &bench.preview);
}

pub fn a_check_of_what_does_not_work_is_critical(program: Program) {
    let key = secret_key(program);
    type Spoil = fn(&Bench, &str) -> String;
    let cases: [(&str, Spoil, &str); 7] = [
        (
            "unknown key",
            |bench, _| format!("{}use_proxi = true\n", bench.smallest_config()),
            "did you mean",
        ),
        (
            "no section",
            |_, _| "site = \"x\"\n".to_owned(),
            "there is no [",
        ),
        ("no TOML", |_, _| "[[".to_owned(), "not TOML"),
        (
            "no secret",
            |bench, key| {
                let provider = bench.program.provider();
                format!("[{provider}]\n{key}_file = \"nosuch\"\n")
            },
            "nosuch",
        ),
        (
            "dead vendor",
            |bench, _| {
                let config = bench.smallest_config();
                config.replace(&bench.preview.url(), "http://127.0.0.1:1")
            },
            "refused the connection",
        ),
        (
            "dead proxy",
            |bench, _| {
                let config = bench.smallest_config();
                format!("[proxy]\nurl = \"http://me:pr0xy-pa55word@127.0.0.1:1\"\n{config}")
            },
            "the proxy 127.0.0.1:1 refused the connection",
        ),
        (
            "not the vendor",
            |bench, _| {
                bench.preview.next(Fault::html(200));
                bench.smallest_config()
            },
            "does not answer like",
        ),
    ];
    for (case, spoil, words) in cases {
        let bench = Bench::new(program);
        bench.config(&spoil(&bench, key));
        let text = plugin_line(program, &bench.run(["--check"]), "CRITICAL");
        assert!(text.contains(words), "{case}: {text}");
        unseen(program, &bench.preview);
    }
    let bench = Bench::new(program);
    let run = bench.run(["--check", "--config", "/nonexistent/config.toml"]);
    assert!(plugin_line(program, &run, "CRITICAL").contains("/nonexistent/config.toml"));
}

fn two_destinations(bench: &Bench, one: &Preview, other: &Preview) {
    let provider = bench.program.provider();
    bench.config(&format!(
        "timeout = \"1s\"\n[{provider}.destinations.one]\n{}[{provider}.destinations.other]\n{}",
        bench.program.place(one),
        bench.program.place(other)
    ));
}

pub fn a_check_asks_the_destination_that_it_is_given(program: Program) {
    let bench = Bench::new(program);
    let other = Preview::start(Options::default()).expect("the stand-in starts");
    two_destinations(&bench, &bench.preview, &other);
    let full = format!("{}:other", program.provider());
    for to in ["other", &full] {
        let run = bench.run(["--check", "--to", to]);
        assert!(plugin_line(program, &run, "OK").contains(&full), "{run:#?}");
    }
    assert_eq!(bench.preview.received().len(), 0);
    assert_eq!(other.received().len(), 2);
    let run = bench.run(["--check"]);
    let text = plugin_line(program, &run, "WARNING");
    assert!(text.contains("no default"), "{text}");
    let performance = run.stdout.split(" | ").nth(1).unwrap_or_default();
    assert_eq!(performance.split_whitespace().count(), 2, "{run:#?}");
    assert_eq!(bench.preview.received().len(), 1);
    let run = bench.run(["--check", "--to", "othr"]);
    let text = plugin_line(program, &run, "CRITICAL");
    assert!(text.contains("did you mean"), "{text}");
}

pub fn a_dead_destination_does_not_spoil_the_check_of_the_others(program: Program) {
    let bench = Bench::new(program);
    let dead = Preview::start(Options::default()).expect("the stand-in starts");
    dead.always(Some(Fault::Hang));
    two_destinations(&bench, &dead, &bench.preview);
    for mode in ["--check", "--test"] {
        let before = bench.preview.received().len();
        let run = bench.run([mode]);
        let text = plugin_line(program, &run, "CRITICAL");
        assert!(
            text.contains(":one: not delivered: 127.0.0.1 did not answer in time"),
            "{text}"
        );
        assert!(bench.preview.received().len() > before, "{mode}: {run:#?}");
    }
}

pub fn a_test_posts_what_says_that_it_is_one(program: Program) {
    let bench = Bench::new(program);
    let run = bench.run(["--test"]);
    let text = plugin_line(program, &run, "OK");
    assert!(text.contains(":default: test message delivered"), "{text}");
    let received = bench.preview.received();
    let shown: Vec<&str> = received
        .iter()
        .map(|request| request.shown.as_deref().expect("a message"))
        .collect();
    let marked = format!(
        "This is a test by {} --test. Nothing is wrong.",
        program.name
    );
    assert!(shown[0].contains(&marked), "{shown:#?}");
    match program.provider() {
        "pagerduty" => {
            assert_eq!(shown.len(), 2, "{shown:#?}");
            assert!(shown[0].contains("incident opened"), "{shown:#?}");
            assert!(shown[1].contains("pagerduty: resolved"), "{shown:#?}");
        }
        _ => assert_eq!(shown.len(), 1, "{shown:#?}"),
    }
    let mentions: Vec<&String> = received.iter().flat_map(|one| &one.mentions).collect();
    assert_eq!(mentions, Vec::<&String>::new());
}

pub fn a_test_that_does_not_arrive_is_critical(program: Program) {
    for (fault, words) in [
        (Fault::status(503), "not delivered: the vendor answered 503"),
        (Fault::status(404), "destination refused: 404"),
        (Fault::Close, "closed the connection without an answer"),
        (Fault::html(200), "does not answer like"),
    ] {
        let bench = Bench::new(program);
        bench.preview.always(Some(fault));
        let run = bench.run(HOST_DOWN.iter().chain(&["--test"]));
        let text = plugin_line(program, &run, "CRITICAL");
        assert!(text.contains(words), "{words}: {text}");
    }
}

pub fn two_things_at_once_are_a_usage_error_and_post_nothing(program: Program) {
    for modes in [["--test", "--dry-run"], ["--explain", "--test"]] {
        let bench = Bench::new(program);
        let run = bench.run(modes);
        assert_eq!(run.code, 3, "{run:#?}");
        assert!(bench.preview.received().is_empty(), "{modes:?}");
    }
    let bench = Bench::new(program);
    bench.run(["--dry-run", "--explain"]).code(64);
}
