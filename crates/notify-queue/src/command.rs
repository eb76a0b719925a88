//! The command line; what is wrong with it ends with exit 64.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use notify_core::config::section::parse_duration;
use notify_core::exit::Failure;
use notify_core::state_folder::lane::Lane;

use crate::check::{Levels, Thresholds};
use crate::history::Filter;
use crate::mute::Muting;
use crate::open::Narrowed;
use crate::replay::{Replaying, Told};
use crate::spelling;
use crate::stock::{BOTH, FAILED, Selection, WAITING};

pub const PROGRAM: &str = "notify-queue";

pub enum Parsed {
    Call(Call),
    /// `--help` or `--version`: the text for stdout.
    Print(String),
}

pub struct Call {
    pub config: Option<PathBuf>,
    pub what: What,
}

pub enum What {
    Run(Wanted),
    Watch(Wanted),
    List(Selection, Form),
    Show(u64),
    Retry(Selection),
    Drop(Selection),
    Log(Filter, Form),
    Open(Narrowed, Form),
    Mute(Muting),
    Replay(Replaying),
    Check(Thresholds),
}

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    People,
    Json,
}

/// Destinations by name, `slack:ops` or `ops`, `slack` for what is not routed yet, or a lane's full name; none means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted(pub Vec<String>);

impl Wanted {
    pub fn has(&self, lane: &Lane) -> bool {
        let bare = lane.destination.as_ref();
        let named = |name: &String| {
            *name == lane.place() || *name == lane.to_string() || Some(name) == bare
        };
        self.0.is_empty() || self.0.iter().any(named)
    }
}

pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Parsed, Failure> {
    match spelling::definition().try_get_matches_from(words) {
        Ok(matches) => Ok(Parsed::Call(call(&matches)?)),
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
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--config" {
            words.next();
        } else if !word.as_encoded_bytes().starts_with(b"-") {
            return word == "check";
        }
    }
    false
}

fn call(matches: &ArgMatches) -> Result<Call, Failure> {
    let config = matches.get_one::<OsString>("config");
    let what = match matches.subcommand() {
        Some(("run", matches)) => match matches.get_flag("watch") {
            true => What::Watch(wanted(matches)?),
            false => What::Run(wanted(matches)?),
        },
        Some(("list", matches)) => What::List(listed(matches)?, form(matches)),
        Some(("show", matches)) => What::Show(id(&text_of(matches, "id").unwrap_or_default())?),
        Some(("retry", matches)) => What::Retry(selected("retry", matches)?),
        Some(("drop", matches)) => What::Drop(selected("drop", matches)?),
        Some(("log", matches)) => What::Log(filter(matches)?, form(matches)),
        Some(("open", matches)) => What::Open(
            Narrowed {
                destinations: wanted(matches)?,
                hosts: texts(matches, "host"),
            },
            form(matches),
        ),
        Some(("mute", matches)) => What::Mute(muting(matches)?),
        Some(("replay", matches)) => What::Replay(replaying(matches)?),
        Some(("check", matches)) => What::Check(thresholds(matches)?),
        _ => return Err(Failure::usage("which command? --help lists them all")),
    };
    Ok(Call {
        config: config.filter(|file| !file.is_empty()).map(PathBuf::from),
        what,
    })
}

fn listed(matches: &ArgMatches) -> Result<Selection, Failure> {
    Ok(Selection {
        ids: Vec::new(),
        destinations: wanted(matches)?,
        hosts: texts(matches, "host"),
        shelves: match matches.get_flag("failed") {
            true => FAILED,
            false => WAITING,
        },
    })
}

fn selected(command: &str, matches: &ArgMatches) -> Result<Selection, Failure> {
    let selection = Selection {
        ids: ids(matches)?,
        destinations: wanted(matches)?,
        hosts: texts(matches, "host"),
        shelves: match matches.get_flag("failed") {
            true => FAILED,
            false => BOTH,
        },
    };
    let says_nothing = selection.ids.is_empty()
        && selection.destinations.0.is_empty()
        && selection.hosts.is_empty()
        && selection.shelves == BOTH;
    match says_nothing {
        true => Err(Failure::usage(format!(
            "{command} what? Name entries by their numbers, or by --destination, --host or --failed"
        ))),
        false => Ok(selection),
    }
}

fn filter(matches: &ArgMatches) -> Result<Filter, Failure> {
    Ok(Filter {
        hosts: texts(matches, "host"),
        services: texts(matches, "service"),
        destinations: wanted(matches)?,
        since: text_of(matches, "since"),
        until: text_of(matches, "until"),
    })
}

fn replaying(matches: &ArgMatches) -> Result<Replaying, Failure> {
    let replaying = Replaying {
        ids: ids(matches)?,
        filter: filter(matches)?,
        told: match matches.get_flag("force") {
            true => Told::AsNews,
            false => Told::AsHistory,
        },
    };
    match replaying.ids.is_empty() && replaying.filter == Filter::default() {
        true => Err(Failure::usage(
            "replay what? Name entries by their numbers, or by --destination, --host, --service, --since or --until",
        )),
        false => Ok(replaying),
    }
}

fn muting(matches: &ArgMatches) -> Result<Muting, Failure> {
    let destination = text_of(matches, "muted");
    let span = text_of(matches, "span");
    let reason = text_of(matches, "reason");
    match (destination, span, reason, matches.get_flag("off")) {
        (None, None, None, false) => Ok(Muting::Show),
        (None, ..) => Err(Failure::usage(
            "mute what? Name a destination: notify-queue mute slack:ops 1h",
        )),
        (Some(destination), None, None, true) => Ok(Muting::End { destination }),
        (Some(_), _, _, true) => Err(Failure::usage(
            "--off ends a mute at once: it takes no time and no reason",
        )),
        (Some(destination), Some(span), reason, false) => match parse_duration(&span) {
            Some(span) if !span.is_zero() => Ok(Muting::Begin {
                destination,
                span,
                reason: reason.unwrap_or_default(),
            }),
            _ => Err(Failure::usage(format!(
                "{span:?} is no time to mute for: write 30m or 1h"
            ))),
        },
        (Some(destination), None, _, false) => Err(Failure::usage(format!(
            "for how long? notify-queue mute {destination} 1h; --off ends it"
        ))),
    }
}

fn thresholds(matches: &ArgMatches) -> Result<Thresholds, Failure> {
    let usual = Thresholds::default();
    let count = |name: &str, usual| match text_of(matches, name) {
        None => Ok(usual),
        Some(text) => match text.parse() {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(Failure::usage(format!("--{name} {text:?} is no number"))),
        },
    };
    let age = |name: &str, usual| match text_of(matches, name) {
        None => Ok(usual),
        Some(text) => match parse_duration(&text) {
            Some(age) => Ok(Some(age.as_secs())),
            None => Err(Failure::usage(format!(
                "--{name} {text:?} is no duration: write 90s, 5m or 2h"
            ))),
        },
    };
    Ok(Thresholds {
        waiting: Levels {
            warning: count("waiting-warning", usual.waiting.warning)?,
            critical: count("waiting-critical", usual.waiting.critical)?,
        },
        oldest: Levels {
            warning: age("oldest-warning", usual.oldest.warning)?,
            critical: age("oldest-critical", usual.oldest.critical)?,
        },
        failed: Levels {
            warning: count("failed-warning", usual.failed.warning)?,
            critical: count("failed-critical", usual.failed.critical)?,
        },
    })
}

fn form(matches: &ArgMatches) -> Form {
    match matches.get_flag("json") {
        true => Form::Json,
        false => Form::People,
    }
}

fn ids(matches: &ArgMatches) -> Result<Vec<u64>, Failure> {
    let ids = texts(matches, "id");
    ids.iter().map(|text| id(text)).collect()
}

fn id(text: &str) -> Result<u64, Failure> {
    match text.trim().parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Failure::usage(format!(
            "{text:?} is no entry's number: notify-queue list shows them"
        ))),
    }
}

fn wanted(matches: &ArgMatches) -> Result<Wanted, Failure> {
    let names = texts(matches, "destination");
    for name in &names {
        if name.parse::<Lane>().is_err() {
            return Err(Failure::usage(format!(
                "--destination {name:?}: a destination is written provider:name, like slack:ops"
            )));
        }
    }
    Ok(Wanted(names))
}

fn text_of(matches: &ArgMatches, name: &str) -> Option<String> {
    let value = matches.get_one::<OsString>(name)?;
    Some(value.to_string_lossy().into_owned())
}

fn texts(matches: &ArgMatches, name: &str) -> Vec<String> {
    let values = matches.get_many::<OsString>(name);
    let values = values.into_iter().flatten();
    values
        .map(|value| value.to_string_lossy().into_owned())
        .collect()
}

/// clap's errors span several lines; a log has one.
fn in_one_line(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let meant = text(ContextKind::SuggestedArg).or_else(|| text(ContextKind::SuggestedSubcommand));
    let advice = match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => "--help lists them all".to_owned(),
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => format!("unknown option {argument}: {advice}"),
        ErrorKind::InvalidSubcommand => {
            let command = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("unknown command {command}: {advice}")
        }
        ErrorKind::MissingSubcommand => format!("which command? {advice}"),
        ErrorKind::InvalidValue
            if text(ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) =>
        {
            format!("{argument} needs a value")
        }
        ErrorKind::MissingRequiredArgument => format!("{argument} is missing: {advice}"),
        kind => format!(
            "{}: {argument}",
            kind.as_str().unwrap_or("the command line cannot be read")
        ),
    }
}
