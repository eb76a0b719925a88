//! `--check`, as a core runs it: one line, 0 to 3.

use std::fs;

use notify_test::Run;
use notify_test::listener::{Listener, ListenerBench};

use crate::{PROGRAM, SLACK, bench};

const KEYS: &str =
    "public_url = \"https://mon.example.com\"\nbutton_secret = \"the-secret-that-seals-buttons\"";

fn answers(run: &Run, code: i32, words: &str) {
    run.code(code);
    assert!(run.stdout.contains(words), "{words:?} is not in {run:#?}");
    assert_eq!(run.stdout.lines().count(), 1, "{run:#?}");
    assert_eq!(run.stderr, "", "{run:#?}");
}

/// The config as it would be with the port that the listener was given.
fn with_its_port(bench: &ListenerBench, listener: &Listener) {
    let config = fs::read_to_string(bench.config_file()).unwrap();
    let address = listener.address().to_string();
    fs::write(bench.config_file(), config.replace("127.0.0.1:0", &address)).unwrap();
}

#[test]
fn a_listener_that_runs_well_is_ok() {
    let (bench, core) = bench();
    bench.config(KEYS, &format!("{}{SLACK}", core.config()));
    let listener = bench.start();
    with_its_port(&bench, &listener);
    let run = bench.run(&["--check"]);
    answers(&run, 0, "notify-listen OK - ");
    for words in [
        "Slack's request_url: https://mon.example.com/slack/interaction",
        "can be written",
        "core: ",
        &format!("a listener runs on {}, no answer waits", listener.address()),
        "nobody may begin a downtime",
        "| core=0.",
        "pending=0;;;0 oldest=0s;300;;0",
    ] {
        assert!(run.stdout.contains(words), "{words:?} is not in {run:#?}");
    }
    listener.stop();
    answers(
        &bench.run(&["--check"]),
        2,
        "no listener answers on 127.0.0.1:",
    );
}

#[test]
fn something_else_on_the_port_is_no_listener() {
    let (bench, _core) = bench();
    let preview = notify_test::Preview::start(notify_test::Options::default()).unwrap();
    let webhook = preview.slack_webhook();
    let address = webhook.split('/').nth(2).unwrap();
    let config = fs::read_to_string(bench.config_file()).unwrap();
    fs::write(bench.config_file(), config.replace("127.0.0.1:0", address)).unwrap();
    answers(&bench.run(&["--check"]), 2, "something else listens there");
}

#[test]
fn a_command_line_that_cannot_be_read_is_unknown() {
    let (bench, _core) = bench();
    answers(
        &bench.run(&["--check", "--chekc"]),
        3,
        "notify-listen UNKNOWN - ",
    );
}

#[test]
fn a_config_that_cannot_be_read_is_critical() {
    let bench = ListenerBench::new(PROGRAM);
    answers(&bench.run(&["--check"]), 2, "config.toml");
}

#[test]
fn every_mistake_is_told_at_once() {
    let (bench, core) = bench();
    let text = format!(
        "{}comand_file = \"x\"\n{SLACK}signing_secrt = \"x\"\n[answers]\nallow = [\"max\"]\ncontcts = {{}}\n[mattermost]\ntwo_wya = true\n[pagerduty]\nwebhook_secretz = []\n",
        core.config()
    );
    bench.config("adress = \"x\"\nbutton_secret = \"short\"", &text);
    let run = bench.run(&["--check"]);
    for mistake in [
        "unknown key listen.adress: did you mean address?",
        "listen.button_secret has less than 16 characters",
        "unknown key monitoring.comand_file: did you mean command_file?",
        "answers.allow has \"max\": write",
        "unknown key answers.contcts: did you mean contacts?",
        "unknown key slack.signing_secrt: did you mean signing_secret?",
        "unknown key mattermost.two_wya: did you mean two_way?",
        "unknown key pagerduty.webhook_secretz: did you mean webhook_secrets?",
    ] {
        answers(&run, 2, mistake);
    }
}

#[test]
fn secrets_that_cannot_be_read_or_are_weak_are_critical() {
    let (bench, core) = bench();
    let url = "public_url = \"https://mon.example.com\"\nbutton_secret_file = \"secret\"";
    bench.config(url, &format!("{}{SLACK}", core.config()));
    let words = "[listen] button_secret: cannot read";
    answers(&bench.run(&["--check"]), 2, words);
    fs::write(bench.folder().join("secret"), "abababababababababab").unwrap();
    let words = "[listen] button_secret: has less than 8 different characters";
    answers(&bench.run(&["--check"]), 2, words);
}

#[test]
fn a_missing_core_or_vendor_is_critical_and_the_rest_is_told_all_the_same() {
    let bench = ListenerBench::new(PROGRAM);
    bench.config("", "[links]\nnagois = \"x\"\n");
    let run = bench.run(&["--check"]);
    answers(&run, 2, "there is no [monitoring] section");
    answers(&run, 2, "nothing to listen for");
    answers(&run, 2, "did you mean nagios?");
}

#[test]
fn what_should_not_be_is_a_warning() {
    let (bench, core) = bench();
    let keys = KEYS.replace("https://", "http://");
    bench.config(
        &keys,
        &format!("{}{SLACK}[answers]\nallow = []\n", core.config()),
    );
    let run = bench.run(&["--check"]);
    for words in [
        "public_url is http://mon.example.com: without https://",
        "allow in [answers] lists nobody: nobody may answer",
    ] {
        answers(&run, 2, words);
    }
    bench.config("", &format!("{}{SLACK}", core.config()));
    let words = "messages have no buttons: set public_url and button_secret in [listen]";
    answers(&bench.run(&["--check"]), 2, words);
}

#[test]
fn who_only_looks_makes_no_folder() {
    let (bench, _core) = bench();
    answers(&bench.run(&["--check"]), 2, "will be made");
    assert!(!bench.state().exists());
}
