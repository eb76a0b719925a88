//! From the command line to a listener, or to one line that says why there is none.

use std::fs;
use std::net::TcpListener;

use notify_test::Run;
use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::ListenerBench;

use crate::{PROGRAM, SLACK, bench};

/// One line, with what was asked for.
fn refuses(run: &Run, code: i32, words: &str) {
    run.code(code).says(words);
    assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
    assert_eq!(run.stdout, "", "{run:#?}");
}

#[test]
fn it_says_where_it_listens_and_what_to_paste() {
    let (bench, core) = bench();
    let keys = "public_url = \"https://mon.example.com/\"\nbutton_secret = \"the-secret-that-seals-buttons\"";
    bench.config(keys, &format!("{}{SLACK}", core.config()));
    let listener = bench.start();
    listener.until_it_says("Slack's request_url: https://mon.example.com/slack/interaction\n");
    listener.until_it_says("Slack's slash command: https://mon.example.com/slack/command\n");
    let log = listener.stop();
    assert!(!log.contains("PagerDuty"), "that is not in use: {log}");
}

#[test]
fn a_config_that_cannot_be_used_is_told_in_one_line() {
    let bench = ListenerBench::new(PROGRAM);
    refuses(&bench.run(&[]), 78, "config.toml");
    let core = "[monitoring]\ncore = \"nagios\"\ncommand_file = \"c\"\nstatus_file = \"s\"\n";
    for (listen, text, words) in [
        ("", "site =".to_owned(), "not TOML"),
        ("", SLACK.to_owned(), "no [monitoring] section"),
        ("", core.to_owned(), "nothing to listen for"),
        (
            "",
            format!("[monitoring]\ncore = \"zabbix\"\n{SLACK}"),
            "must be one of",
        ),
        (
            "",
            format!("[monitoring]\ncore = \"nagios\"\n{SLACK}"),
            "no command_file",
        ),
        (
            "public_url = \"https://mon.example.com\"\nbutton_secret_file = \"missing\"",
            format!("{core}{SLACK}"),
            "[listen] button_secret: cannot read",
        ),
        (
            "public_url = \"https://mon.example.com\"\nbutton_secret_file = \"weak\"",
            format!("{core}{SLACK}"),
            "less than 8 different characters: openssl rand -hex 32 makes a good one",
        ),
        (
            "public_url = \"https://mon.example.com\"\nbutton_secret_file = \"short\"",
            format!("{core}{SLACK}"),
            "less than 16 characters",
        ),
    ] {
        fs::write(bench.folder().join("weak"), "a".repeat(64)).unwrap();
        fs::write(bench.folder().join("short"), "abcdefgh").unwrap();
        bench.config(listen, &text);
        refuses(&bench.run(&[]), 78, words);
    }
}

#[test]
fn a_command_line_that_cannot_be_read_is_told_in_one_line() {
    let (bench, _core) = bench();
    refuses(&bench.run(&["--chekc"]), 64, "try notify-listen --help");
    refuses(&bench.run(&["listen"]), 64, "try notify-listen --help");
}

#[test]
fn help_and_version_go_to_stdout() {
    let bench = ListenerBench::new(PROGRAM);
    for (option, words) in [("--help", "--check"), ("--version", "notify-listen ")] {
        let run = bench.run(&[option]);
        run.code(0);
        assert!(
            run.stdout.contains(words) && run.stderr.is_empty(),
            "{run:#?}"
        );
    }
}

#[test]
fn mistakes_that_stop_nothing_are_told_at_the_start() {
    let (bench, core) = bench();
    let text = format!(
        "{}{SLACK}signing_secrt = \"x\"\n[answers]\nalow = []\n",
        core.config()
    );
    bench.config("adress = \"x\"", &text);
    let listener = bench.start();
    for mistake in [
        "unknown key listen.adress: did you mean address?",
        "unknown key answers.alow: did you mean allow?",
        "unknown key slack.signing_secrt: did you mean signing_secret?",
    ] {
        listener.until_it_says(mistake);
    }
}

#[test]
fn an_address_in_use_is_told() {
    let (bench, core) = bench();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = fs::read_to_string(bench.config_file()).unwrap();
    fs::write(bench.config_file(), config.replace("127.0.0.1:0", &address)).unwrap();
    let words = format!("cannot listen on {address}: set address in [listen]");
    refuses(&bench.run(&[]), 78, &words);
    drop(core);
}

#[test]
fn a_second_one_on_the_same_state_folder_refuses_to_start() {
    let (bench, _core) = bench();
    let listener = bench.start();
    let words = format!("another listener (process {}) works with", listener.pid());
    refuses(&bench.run(&[]), 78, &words);
    listener.get("/healthz").status(200);
    // However the first one ends.
    listener.kill();
    bench.start().stop();
}

#[test]
fn a_folder_that_others_may_write_to_is_not_used() {
    let bench = ListenerBench::new(PROGRAM);
    let core = FakeNagios::start(bench.folder());
    bench.config("", &format!("{}{SLACK}", core.config()));
    fs::create_dir(bench.state()).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    fs::set_permissions(bench.state(), open).unwrap();
    refuses(&bench.run(&[]), 78, "may be written by others");
}

#[test]
fn an_address_without_buttons_is_enough_for_what_pagerduty_wants_to_have_pasted() {
    let (bench, nagios) = bench();
    bench.config(
        "public_url = \"https://mon.example.com/\"",
        &format!(
            "{}[pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\nwebhook_secrets = \"pagerduty-webhook-secret\"\n",
            nagios.config()
        ),
    );
    let listener = bench.start();
    listener.until_it_says("https://mon.example.com/pagerduty/v3");
    assert!(!listener.log().contains("buttons"), "{}", listener.log());
}
