//! The command line. Every documented spelling is accepted by every program; what is wrong ends with exit 64.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};

use crate::entry::Emoji;
use crate::exit::Failure;
use crate::given::was_given;
use crate::vocabulary::{SPELLINGS, Spelling};

/// `0.1.0 (1a2b3c4d5e)`, the same for all programs.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("NOTIFY_COMMIT"), ")");

/// What the program is asked to do with the notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Send,
    /// Print the exact requests.
    DryRun,
    /// Print where every value, destination and choice came from.
    Explain,
    /// Prove the config and the way to the vendor, posting nothing visible.
    Check,
    /// Post a clearly marked message.
    Test,
}

/// The command line as typed.
#[derive(Debug)]
pub struct Args {
    pub mode: Mode,
    pub config: Option<PathBuf>,
    pub to: Vec<String>,
    pub emoji: Emoji,
    pub fields: Vec<(String, String)>,
    /// Words that belong to no option: a macro without quotes.
    pub stray: Vec<String>,
    matches: ArgMatches,
}

/// What the command line came to.
#[derive(Debug)]
pub enum Parsed {
    Args(Box<Args>),
    /// `--help` or `--version`: the text for stdout.
    Print(String),
}

pub fn parse(
    program: &'static str,
    words: impl IntoIterator<Item = OsString>,
) -> Result<Parsed, Failure> {
    match command(program).try_get_matches_from(words) {
        Ok(matches) => Ok(Parsed::Args(Box::new(Args::from_matches(matches)))),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            Ok(Parsed::Print(error.render().to_string()))
        }
        Err(error) => Err(Failure::usage(in_one_line(&error))),
    }
}

/// A command line that cannot be read is exit 64 to a person, but UNKNOWN to a core that runs a check.
pub fn asks_for_a_plugin(words: impl IntoIterator<Item = OsString>) -> bool {
    words
        .into_iter()
        .any(|word| word == "--check" || word == "--test")
}

impl Args {
    /// The value of an option of the vocabulary as typed, unset macros included.
    pub fn typed(&self, spelling: &Spelling) -> Option<String> {
        let name = spelling.options.first()?;
        let value = self.matches.get_one::<OsString>(name)?;
        Some(value.to_string_lossy().into_owned())
    }

    fn from_matches(matches: ArgMatches) -> Args {
        let mode = [
            ("check", Mode::Check),
            ("test", Mode::Test),
            ("explain", Mode::Explain),
            ("dry-run", Mode::DryRun),
        ]
        .into_iter()
        .find(|(flag, _)| matches.get_flag(flag))
        .map_or(Mode::Send, |(_, mode)| mode);
        let texts = |name: &str| -> Vec<String> {
            let values = matches.get_many::<OsString>(name);
            let values = values.into_iter().flatten();
            values
                .map(|value| value.to_string_lossy().into_owned())
                .filter(|value| was_given(value))
                .collect()
        };
        Args {
            mode,
            config: matches
                .get_one::<OsString>("config")
                .filter(|file| !file.is_empty())
                .map(PathBuf::from),
            to: texts("to"),
            emoji: match matches.get_flag("no-emoji") {
                true => Emoji::LeftOut,
                false => Emoji::Shown,
            },
            fields: texts("field")
                .iter()
                .map(|field| named(field))
                .filter(|(_, value)| was_given(value))
                .collect(),
            stray: texts("stray"),
            matches,
        }
    }
}

/// What has no name is shown all the same: a slip in a command line must not cost a page.
fn named(field: &str) -> (String, String) {
    match field.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => (name.trim().into(), value.into()),
        _ => ("note".to_owned(), field.to_owned()),
    }
}

fn command(program: &'static str) -> Command {
    let mut command = Command::new(program)
        .version(VERSION)
        .about("Sends one monitoring notification and exits")
        .after_help(examples(program))
        .args_override_self(true)
        .arg(text_or_nothing("to").value_name("DESTINATION").action(ArgAction::Append).help(
            "Send to this destination of the config (slack:db, or db); may be repeated",
        ))
        .arg(
            text_or_nothing("field")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("Something more to show; may be repeated"),
        )
        .arg(flag("no-emoji").help("Leave the symbol at the beginning out"))
        .arg(text("config").value_name("FILE").help(
            "The config [default: $MONITORING_NOTIFY_CONFIG, /etc/monitoring-notify/config.toml, ~/.config/monitoring-notify/config.toml]",
        ))
        .arg(flag("dry-run").help("Print the exact requests, secrets redacted; send nothing"))
        .arg(flag("explain").help(
            "Print where each value, destination and choice came from; send nothing",
        ))
        .arg(flag("check").help(
            "Prove config, secrets, proxy, TLS and the vendor's answer; post nothing (a monitoring plugin)",
        ))
        .arg(flag("test").help("Post a clearly marked test message (a monitoring plugin)"))
        .group(ArgGroup::new("mode").args(["dry-run", "explain", "check", "test"]))
        .arg(
            Arg::new("stray")
                .hide(true)
                .num_args(0..)
                .value_parser(ValueParser::os_string()),
        );
    let mut known: Vec<&str> = Vec::with_capacity(SPELLINGS.len());
    for spelling in SPELLINGS {
        let Some((name, aliases)) = spelling.options.split_first() else {
            continue;
        };
        if known.contains(name) {
            continue;
        }
        known.push(name);
        command = command.arg(
            text_or_nothing(name)
                .visible_aliases(aliases.iter().copied())
                .help_heading("What the core says")
                .help(spelling.help),
        );
    }
    command
}

fn text(name: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("TEXT")
        .allow_hyphen_values(true)
        .value_parser(ValueParser::os_string())
}

/// A macro that is empty and stands unquoted at the end leaves an option without a value.
fn text_or_nothing(name: &'static str) -> Arg {
    text(name).num_args(0..=1).default_missing_value("")
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

fn examples(program: &str) -> String {
    format!(
        "\
Try it by hand:
  {program} --type Service --notificationtype PROBLEM --hostname web01 \\
      --servicedesc Ping --servicestate 2 --output '100% packet loss' --dry-run

The documented command lines work as they are, host and service:
  {program} --type Host --notificationtype $NOTIFICATIONTYPE$ --hostname \"$HOSTNAME$\" \\
      --hostaddress \"$HOSTADDRESS$\" --hoststate \"$HOSTSTATEID$\" --output \"$HOSTOUTPUT$\"
  {program} --type Service --notificationtype $NOTIFICATIONTYPE$ --hostname \"$HOSTNAME$\" \\
      --hostaddress \"$HOSTADDRESS$\" --hoststate \"$HOSTSTATEID$\" --servicedesc \"$SERVICEDESC$\" \\
      --servicestate \"$SERVICESTATEID$\" --output \"$SERVICEOUTPUT$\"
Safer ones, with single quotes and clean macros, stand in docs/.

Exit codes: 0 delivered, queued or nothing to send, 64 usage, 69 refused, 74 lost, 75 not delivered and no queue, 78 config."
    )
}

/// clap's errors span several lines; a core's log has one.
fn in_one_line(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let meant = text(ContextKind::SuggestedArg);
    match (error.kind(), meant) {
        (ErrorKind::UnknownArgument, Some(meant)) => {
            format!("unknown option {argument}: did you mean {meant}?")
        }
        (ErrorKind::UnknownArgument, None) => {
            format!("unknown option {argument}: --help lists them all")
        }
        (ErrorKind::InvalidValue, _)
            if text(ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) =>
        {
            format!("{argument} needs a value")
        }
        (kind, _) => format!(
            "{}: {argument}",
            kind.as_str().unwrap_or("the command line cannot be read")
        ),
    }
}
