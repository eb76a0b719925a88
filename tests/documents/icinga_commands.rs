//! The command definitions for Icinga 2, started without a shell as Icinga does.

use std::process::Command;

use crate::arrival::{
    About, INSTALLED, acknowledgement, arrived, finished, nothing_was_injected, problem, says,
    shows_comments,
};
use crate::fences::blocks_in;
use crate::icinga;
use crate::stage::{Stage, program};

/// What Icinga passes: everything.
const RAW: [&str; 4] = [
    "packet loss \"double\" 'single' `touch pwned` $(touch pwned) \\",
    "packet loss\nsecond line\r\nthird line\n",
    "--packet loss; touch pwned | touch pwned & touch pwned",
    "packet loss \u{1b}[31mred\u{1b}[0m <!channel> @all – 雪",
];

fn commands(kind: &str) -> Vec<(String, icinga::Command)> {
    let mut found = Vec::new();
    for block in blocks_in("icinga") {
        for command in icinga::commands(&block.text) {
            if command.kind == kind {
                found.push((format!("{}, {}", block.place, command.name), command));
            }
        }
    }
    found
}

/// As Icinga starts it: a list of arguments, no shell.
fn argv(stage: &Stage, command: &icinga::Command, attributes: &[(&str, &str)]) -> Command {
    let installed = command.command[0].strip_prefix(INSTALLED);
    let name = installed.unwrap_or_else(|| panic!("{}: not in {INSTALLED}", command.name));
    let mut argv = stage.command(program(name));
    argv.args(&command.command[1..]);
    for (option, value) in &command.arguments {
        argv.arg(option).arg(icinga::replaced(value, attributes));
    }
    argv
}

fn about(command: &icinga::Command) -> About {
    match command.arguments["--type"].as_str() {
        "Host" => About::Host,
        _ => About::Service,
    }
}

const PROBLEM: [(&str, &str); 6] = [
    ("notification.type", "PROBLEM"),
    ("host.name", "web01"),
    ("host.state", "DOWN"),
    ("service.name", "Ping"),
    ("service.state", "CRITICAL"),
    ("user.name", "slack"),
];

#[test]
fn every_icinga_command_brings_its_problem_whatever_the_output_holds() {
    let stage = Stage::new();
    let found = commands("NotificationCommand");
    assert!(found.len() >= 6, "host and service, three programs");
    for (place, command) in found {
        for text in RAW {
            let mut attributes = PROBLEM.to_vec();
            attributes.extend([("host.output", text), ("service.output", text)]);
            let mut started = argv(&stage, &command, &attributes);
            let received = arrived(&stage, &mut started, &place);
            says(&received, problem(about(&command)), &place);
            says(&received, "packet loss", &place);
        }
    }
    nothing_was_injected(&stage);
}

#[test]
fn every_icinga_command_brings_its_acknowledgement_whatever_people_write() {
    let stage = Stage::new();
    for (place, command) in commands("NotificationCommand") {
        let name = command.command[0].trim_start_matches(INSTALLED).to_owned();
        let mut started = argv(&stage, &command, &PROBLEM);
        arrived(&stage, &mut started, &place);
        for text in RAW {
            let mut attributes = PROBLEM.to_vec();
            attributes[0] = ("notification.type", "ACKNOWLEDGEMENT");
            attributes.extend([
                ("notification.author", text),
                ("notification.comment", text),
            ]);
            let mut started = argv(&stage, &command, &attributes);
            let received = arrived(&stage, &mut started, &place);
            says(&received, acknowledgement(&name, about(&command)), &place);
            if shows_comments(&name) {
                says(&received, "packet loss", &place);
            }
        }
    }
    nothing_was_injected(&stage);
}

#[test]
fn every_icinga_command_of_a_plugin_answers_as_one() {
    let stage = Stage::new();
    let found = commands("CheckCommand");
    assert!(!found.is_empty(), "docs/exit-codes.md has one");
    for (place, command) in found {
        let run = finished(&mut argv(&stage, &command, &[]));
        assert!(
            run.code == 0 && run.stdout.contains(" OK - "),
            "{place}: {run:#?}"
        );
    }
}
