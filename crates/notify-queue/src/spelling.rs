//! The commands and options as clap knows them.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};
use notify_core::args::VERSION;

use crate::command::PROGRAM;

const EXAMPLES: &str = "\
Examples:
  notify-queue run --watch                         stay, and send whatever comes due
  notify-queue list                                what waits where, since when, and why
  notify-queue show 42                             an entry, and what became of it so far
  notify-queue retry --failed --destination slack:ops
  notify-queue drop 42 43                          gone for good
  notify-queue log --host web01 --since 2h         what went out when, to whom, how late
  notify-queue open                                what is open where, since when
  notify-queue mute slack:ops 1h --reason deploy   kept meanwhile, and summed up then
  notify-queue replay --host web01 --since 2h      told again, as history
  notify-queue check                               a monitoring plugin: OK, WARNING, CRITICAL, UNKNOWN

Exit codes: 0 done, 64 usage, 69 something was refused, 75 something waits for its vendor, 78 config.
check answers as plugins do: 0, 1, 2, 3.";

const RUN: &str = "\
Examples:
  notify-queue run                                 for a timer, cron, or by hand
  notify-queue run --destination slack:ops
  notify-queue run --watch                         as a service; a kill loses nothing

Exit codes: 0 nothing is left that is due, 69 something was refused, 75 something waits for its vendor, 78 config.";

const SELECT: &str =
    "What is given together must hold together; without any of it nothing is done.";

const MUTE: &str = "\
Examples:
  notify-queue mute slack:ops 1h --reason 'new core switch'
  notify-queue mute                                what is muted, until when, by whom and why
  notify-queue mute slack:ops --off                what came meanwhile is summed up at once

In a chat what came meanwhile is one digest at the end; a pager hears only of what is still open then.
A mute may last as long as expire_after (usually 24h), and longer ones are refused: what waits longer would expire.
Its end is an option and no command of its own, so that one place begins, shows and ends a mute.

Exit codes: 0 done, 64 usage, 75 somebody is sending there and keeps at it, 78 config.";

const REPLAY: &str = "\
Examples:
  notify-queue log --host web01 --since 2h         see first what that is
  notify-queue replay --host web01 --since 2h      in a chat, each as one quiet line
  notify-queue replay 42 --force                   as fresh news: calls people, opens and closes as it did then

What is given together must hold together; without any of it nothing is done. What was itself a replay is only told
again by its number. More than ten at once become a digest, as always.

Exit codes: 0 done, 64 usage, 69 some of it cannot be told again, 78 config.";

pub fn definition() -> Command {
    Command::new(PROGRAM)
        .version(VERSION)
        .about("Sends, shows, changes and checks what waits in the queue")
        .after_help(EXAMPLES)
        .subcommand_required(true)
        .arg(
            text("config", "FILE")
                .global(true)
                .help("The config [default: $MONITORING_NOTIFY_CONFIG, /etc/monitoring-notify/config.toml, ~/.config/monitoring-notify/config.toml]"),
        )
        .subcommand(
            Command::new("run")
                .about("Send what is due, once or for good")
                .after_help(RUN)
                .arg(destination())
                .arg(flag("watch").help("Stay, and send whatever comes due")),
        )
        .subcommand(
            Command::new("list")
                .about("What waits where, since when, and why")
                .args([destination(), host()])
                .arg(flag("failed").help("What was given up, in place of what waits"))
                .arg(json()),
        )
        .subcommand(
            Command::new("show")
                .about("An entry as it is stored, and what has become of it so far")
                .arg(number().required(true).help("Its number, as list shows it")),
        )
        .subcommand(selecting("retry").about("Failed ones wait again, and waiting ones are due now"))
        .subcommand(selecting("drop").about("Remove entries for good, each with a receipt"))
        .subcommand(
            Command::new("log")
                .about("What went out when, to whom, how late; the newest last")
                .args([destination(), host(), service(), since(), until(), json()]),
        )
        .subcommand(
            Command::new("open")
                .about("What is open where, since when, as people there know it; the worst and oldest first")
                .args([destination(), host(), json()]),
        )
        .subcommand(mute())
        .subcommand(
            Command::new("replay")
                .about("What was delivered is told again, as history")
                .after_help(REPLAY)
                .arg(number().num_args(0..).help("Their numbers, as log shows them"))
                .args([destination(), host(), service(), since(), until()])
                .arg(flag("force").help("As fresh news")),
        )
        .subcommand(check())
}

fn selecting(name: &'static str) -> Command {
    Command::new(name)
        .after_help(SELECT)
        .arg(
            number()
                .num_args(0..)
                .help("Their numbers, as list shows them"),
        )
        .args([destination(), host()])
        .arg(flag("failed").help("Only what was given up, not what waits"))
}

fn mute() -> Command {
    Command::new("mute")
        .about("What comes for a destination waits for a while, and is summed up then")
        .after_help(MUTE)
        .arg(word("muted", "DESTINATION").help("Which: slack:ops"))
        .arg(word("span", "TIME").help("For how long: 30m, 1h"))
        .arg(text("reason", "TEXT").help("Why, for whoever asks"))
        .arg(flag("off").help("End it now"))
}

fn check() -> Command {
    let mut check = Command::new("check")
        .about("Is the queue well? A monitoring plugin: one line, performance data, 0 to 3");
    for (name, value, usual, what) in [
        ("waiting-warning", "N", "100", "so many waiting"),
        ("waiting-critical", "N", "1000", "so many waiting"),
        ("oldest-warning", "AGE", "5m", "the oldest is as old"),
        ("oldest-critical", "AGE", "30m", "the oldest is as old"),
        ("failed-warning", "N", "1", "so many given up"),
        ("failed-critical", "N", "none", "so many given up"),
    ] {
        let level = match name.ends_with("warning") {
            true => "WARNING",
            false => "CRITICAL",
        };
        check = check.arg(
            text(name, value).help(format!("{level} where {what}, or more [default: {usual}]")),
        );
    }
    check
}

fn destination() -> Arg {
    many("destination", "DESTINATION").help(
        "Only this destination (slack:ops; slack for what is not routed yet); may be repeated",
    )
}

fn host() -> Arg {
    many("host", "HOST").help("Only of this host; may be repeated")
}

fn service() -> Arg {
    many("service", "SERVICE").help("Only of this service; may be repeated")
}

fn since() -> Arg {
    text("since", "WHEN").help("Only from then on: 2h, 7d, 2026-11-21, 2026-11-21T10:00")
}

fn until() -> Arg {
    text("until", "WHEN").help("Only before then")
}

fn json() -> Arg {
    flag("json").help("One JSON object a line")
}

fn number() -> Arg {
    word("id", "ID").allow_negative_numbers(true)
}

fn word(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name)
        .value_name(value)
        .value_parser(ValueParser::os_string())
}

fn many(name: &'static str, value: &'static str) -> Arg {
    text(name, value).action(ArgAction::Append)
}

fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(value)
        .value_parser(ValueParser::os_string())
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}
