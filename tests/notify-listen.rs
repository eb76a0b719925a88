//! Tests through the real `notify-listen`.
#![allow(clippy::unwrap_used)]

#[path = "notify-listen/check.rs"]
mod check;
#[path = "notify-listen/corpus.rs"]
mod corpus;
#[path = "notify-listen/everywhere.rs"]
mod everywhere;
#[path = "notify-listen/health.rs"]
mod health;
#[path = "notify-listen/killed.rs"]
mod killed;
#[path = "notify-listen/mattermost.rs"]
mod mattermost;
#[path = "notify-listen/pagerduty.rs"]
mod pagerduty;
#[path = "notify-listen/rest_cores.rs"]
mod rest_cores;
#[path = "notify-listen/server.rs"]
mod server;
#[path = "notify-listen/slack.rs"]
mod slack;
#[path = "notify-listen/slack_command.rs"]
mod slack_command;
#[path = "notify-listen/slack_dialogue.rs"]
mod slack_dialogue;
#[path = "notify-listen/slack_door.rs"]
mod slack_door;
#[path = "notify-listen/slack_manifest.rs"]
mod slack_manifest;
#[path = "notify-listen/slack_people.rs"]
mod slack_people;
#[path = "notify-listen/slack_sdk.rs"]
mod slack_sdk;
#[path = "notify-listen/slack_stage.rs"]
mod slack_stage;
#[path = "notify-listen/starting.rs"]
mod starting;
#[path = "notify-listen/stopping.rs"]
mod stopping;
#[path = "notify-listen/systemd.rs"]
mod systemd;

use notify_test::Program;
use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::ListenerBench;

const PROGRAM: Program = Program {
    name: "notify-listen",
    path: env!("CARGO_BIN_EXE_notify-listen"),
};

/// A vendor's section, for tests that do not care which.
const SLACK: &str = "[slack]\nsigning_secret = \"slack-signing-secret\"\n";

/// A core, and a config with which the listener starts.
fn bench() -> (ListenerBench, FakeNagios) {
    let bench = ListenerBench::new(PROGRAM);
    let core = FakeNagios::start(bench.folder());
    bench.config("", &format!("{}{SLACK}", core.config()));
    (bench, core)
}
