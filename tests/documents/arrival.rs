//! A command run to its end, and what arrived of it.

use std::fs;
use std::process::Command;

use notify_test::{Received, Run};

use crate::stage::Stage;

/// Where the documents say that the programs are.
pub const INSTALLED: &str = "/usr/local/bin/";

#[derive(Clone, Copy, PartialEq)]
pub enum About {
    Host,
    Service,
}

pub fn finished(command: &mut Command) -> Run {
    Run::of(command.output().expect("it starts"))
}

/// Runs it to its good end and returns the one message that arrived.
pub fn arrived(stage: &Stage, command: &mut Command, place: &str) -> Received {
    let before = stage.bench.preview.received().len();
    let run = finished(command);
    let mut received = stage.bench.preview.received().split_off(before);
    assert!(
        run.code == 0 && received.len() == 1,
        "{place}: {} requests by {command:?}\n{run:#?}",
        received.len()
    );
    received.remove(0)
}

pub fn says(received: &Received, words: &str, place: &str) {
    let shown = received.shown.as_deref().unwrap_or_default();
    assert!(
        shown.contains(words),
        "{place}: {words:?} is not in {shown}\n{}",
        received.json()
    );
}

pub fn problem(about: About) -> &'static str {
    match about {
        About::Host => "DOWN web01",
        About::Service => "CRITICAL web01 / Ping",
    }
}

/// What PagerDuty takes of an acknowledgement depends on an open incident.
pub fn acknowledgement(program: &str, about: About) -> &'static str {
    match (program, about) {
        ("pagerduty-notify", About::Host) => "acknowledged DOWN web01",
        ("pagerduty-notify", About::Service) => "acknowledged CRITICAL web01 / Ping",
        (_, About::Host) => "ACK web01 (DOWN)",
        (_, About::Service) => "ACK web01 / Ping (CRITICAL)",
    }
}

/// PagerDuty's acknowledgement carries no comment that the stand-in shows.
pub fn shows_comments(program: &str) -> bool {
    program != "pagerduty-notify"
}

pub fn nothing_was_injected(stage: &Stage) {
    assert!(
        !stage.folder().join("pwned").exists(),
        "a value was run as a command"
    );
    let files = fs::read_dir(stage.folder()).expect("the stage's folder");
    let names: Vec<_> = files.flatten().map(|file| file.file_name()).collect();
    let ours = ["config.toml", "state"];
    assert!(
        names.iter().all(|name| ours.iter().any(|our| name == our)),
        "{names:?}"
    );
}
