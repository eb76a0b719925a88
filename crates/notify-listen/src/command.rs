//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, value_parser};
use notify_core::exit::{Exit, Failure};

pub const PROGRAM: &str = "notify-listen";

const ABOUT: &str = "Takes acknowledgements and other answers from Slack, Mattermost and PagerDuty back to the core.";

pub struct Command {
    pub config: Option<PathBuf>,
    pub mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Listen,
    /// Prove what can be proven, answer as a plugin, and end.
    Check,
}

pub enum Parsed {
    Command(Command),
    Print(String),
}

pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, Failure> {
    match definition().try_get_matches_from(arguments) {
        Ok(matches) => Ok(Parsed::Command(Command {
            config: matches.get_one("config").cloned(),
            mode: match matches.get_flag("check") {
                true => Mode::Check,
                false => Mode::Listen,
            },
        })),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ok(Parsed::Print(error.render().to_string()))
            }
            _ => Err(Failure {
                exit: Exit::Usage,
                reason: first_line(&error.render().to_string()),
            }),
        },
    }
}

/// Whether a command line that cannot be read meant to be a plugin's.
pub fn asks_for_a_plugin(mut arguments: impl Iterator<Item = OsString>) -> bool {
    arguments.any(|argument| argument == "--check")
}

fn definition() -> clap::Command {
    clap::Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The config file"),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help(
                    "Prove config, secrets, vendors and core, answer as a Nagios plugin, and end",
                ),
        )
}

fn first_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    format!("{line}: try {PROGRAM} --help")
}
