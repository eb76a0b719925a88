//! A notifier from its arguments to its exit code; everything else is a step of this.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::answer;
use crate::args::{self, Args, Mode, Parsed};
use crate::check;
use crate::config::error::ConfigError;
use crate::config::queue::Storage;
use crate::config::{Config, source};
use crate::dry_run;
use crate::entry::Entry;
use crate::environment::Environment;
use crate::exit::{Exit, Failure};
use crate::explain;
use crate::given::Given;
use crate::notification::Notification;
use crate::now::{Moment, Now};
use crate::owner;
use crate::plugin::Report;
use crate::provider::Provider;
use crate::queued;
use crate::receipt::Receipt;
use crate::routing::{self, Route, Routed, Wish};
use crate::state_folder::StateFolder;
use crate::syslog;
use crate::text;
use crate::unrouted::Unrouted;

/// Everything between `main` and the process's end.
pub fn run<P: Provider>() -> ExitCode {
    let now = Now::read();
    let environment = Environment::of_process();
    let ended = match args::parse(P::PROGRAM, std::env::args_os()) {
        Ok(Parsed::Args(args)) => act::<P>(&args, &environment, now),
        Ok(Parsed::Print(text)) => {
            print(&text);
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) if args::asks_for_a_plugin(std::env::args_os()) => {
            Ok(answer(&Report::unknown(P::PROGRAM, &failure.reason)))
        }
        Err(failure) => Err(failure),
    };
    ended.unwrap_or_else(|failure| {
        say::<P>(&failure.reason);
        failure.exit.into()
    })
}

fn act<P: Provider>(args: &Args, environment: &Environment, now: Now) -> Result<ExitCode, Failure> {
    match args.mode {
        Mode::Check => return Ok(answer(&check::probe_all::<P>(args, environment))),
        Mode::Test => return Ok(answer(&check::test_all::<P>(args, environment))),
        Mode::Send | Mode::DryRun | Mode::Explain => {}
    }
    let given = Given::new(args, environment);
    let said = Said::new::<P>(args, &given)?;
    let config = Config::load(args.config.as_deref(), environment);
    match args.mode {
        Mode::DryRun => dry_run::<P>(&Prepared::new::<P>(said, args, config)?, now),
        Mode::Explain => Ok(explain::<P>(
            &Prepared::new::<P>(said, args, config)?,
            &given,
            now,
        )),
        _ => Ok(send::<P>(said, args, config, now).into()),
    }
}

/// What arguments and environment say.
#[derive(Clone)]
struct Said {
    notification: Notification,
    wish: Wish,
    /// The one of our own that the core tells of here.
    answer: Option<String>,
}

impl Said {
    fn new<P: Provider>(args: &Args, given: &Given) -> Result<Said, Failure> {
        let mut notification = Notification::from_given(given, args.fields.clone())?;
        let (comment, answer) = answer::unmarked(&notification.comment);
        let answer = answer.map(str::to_owned);
        notification.comment = comment.to_owned();
        let wish = Wish::new(args, given, notification.object_kind());
        // A mistake of the command line's, whatever the config says.
        routing::by_name::<P>(&wish.to)?;
        Ok(Said {
            notification,
            wish,
            answer,
        })
    }
}

/// Everything that arguments and environment have a say in; behind it only entries and config count.
struct Prepared {
    notification: Notification,
    config: Config,
    route: Route,
    entries: Vec<Entry>,
}

impl Prepared {
    fn new<P: Provider>(
        said: Said,
        args: &Args,
        config: Result<Config, ConfigError>,
    ) -> Result<Prepared, Failure> {
        let config = config.map_err(Failure::config)?;
        let created = Moment::read();
        let route = routing::route::<P>(&said.wish, &said.notification, created.wall, &config)?;
        let entry = |routed: &Routed| Entry {
            held_back: routed.held_back.clone(),
            ..Entry::new(
                routed.id.clone(),
                said.notification.clone(),
                &config.site,
                config.file().to_owned(),
                args.emoji,
                created.clone(),
            )
        };
        let entries: Vec<Entry> = route.destinations.iter().map(entry).collect();
        for warning in warnings::<P>(args, &entries, &config) {
            say::<P>(&warning);
        }
        for warning in &route.warnings {
            say::<P>(warning);
        }
        Ok(Prepared {
            notification: said.notification,
            config,
            route,
            entries,
        })
    }
}

fn send<P: Provider>(
    said: Said,
    args: &Args,
    config: Result<Config, ConfigError>,
    now: Now,
) -> Exit {
    let (file, state_dir, storage) = match &config {
        Ok(config) => (
            config.file().to_owned(),
            config.state_dir.clone(),
            config.queue.storage,
        ),
        Err(error) => (
            error.file.clone(),
            source::state_dir_despite(&error.file).path(),
            Storage::OnDisk,
        ),
    };
    if storage == Storage::OnDisk {
        owner::become_owner_of(&state_dir, &file);
        tell_the_listener(&said, &state_dir);
    }
    let prepared = match Prepared::new::<P>(said.clone(), args, config) {
        Ok(prepared) => prepared,
        Err(failure) if storage == Storage::Off => {
            say::<P>(&failure.reason);
            return failure.exit;
        }
        Err(failure) => return keep_unrouted::<P>(said, args, &file, &state_dir, &failure),
    };
    let whole = || unrouted::<P>(said, args, &file);
    let ended = queued::deliver_all::<P>(&prepared.entries, whole, now, &prepared.config);
    for remark in &ended.remarks {
        say::<P>(remark);
    }
    for receipt in &ended.receipts {
        tell::<P>(receipt.exit(), &receipt.to_string());
    }
    queued::tidy(&prepared.config);
    let worst = ended.receipts.iter().map(Receipt::exit).max();
    worst.unwrap_or(Exit::Done)
}

/// That the core took somebody's answer. Where that cannot be told, the core's own state tells it later.
fn tell_the_listener(said: &Said, state_dir: &Path) {
    if let Some(answer) = &said.answer
        && let Ok(Some(folder)) = StateFolder::look(state_dir)
    {
        let _ = folder.answer_was_seen(answer);
    }
}

/// Where it goes only the config knows: it waits until that can be read again.
fn keep_unrouted<P: Provider>(
    said: Said,
    args: &Args,
    file: &Path,
    state_dir: &Path,
    failure: &Failure,
) -> Exit {
    let (exit, line) = match unrouted::<P>(said, args, file).keep(state_dir) {
        Ok(()) => (
            failure.exit,
            format!(
                "{}; the notification is kept until that is mended",
                failure.reason
            ),
        ),
        Err(why) => (
            Exit::Lost,
            format!("LOST: {}; not queued: {why}", failure.reason),
        ),
    };
    tell::<P>(exit, &line);
    exit
}

fn unrouted<P: Provider>(said: Said, args: &Args, config: &Path) -> Unrouted {
    Unrouted::new::<P>(said.notification, said.wish, args.emoji, config)
}

/// What is lost is said where somebody may look although nobody reads our stderr.
fn tell<P: Provider>(exit: Exit, line: &str) {
    say::<P>(line);
    if exit == Exit::Lost {
        syslog::critical(P::PROGRAM, &text::line(line));
    }
}

fn dry_run<P: Provider>(prepared: &Prepared, now: Now) -> Result<ExitCode, Failure> {
    for entry in &prepared.entries {
        print(&dry_run::text::<P>(entry, now, &prepared.config)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn explain<P: Provider>(prepared: &Prepared, given: &Given, now: Now) -> ExitCode {
    print(&explain::text::<P>(
        given,
        &prepared.notification,
        &prepared.route,
        &prepared.entries,
        now,
        &prepared.config,
    ));
    ExitCode::SUCCESS
}

fn answer(report: &Report) -> ExitCode {
    print(&format!("{report}\n"));
    report.state.into()
}

/// What does not stop a page but should not stay unseen.
fn warnings<P: Provider>(
    args: &Args,
    entries: &[Entry],
    config: &Config,
) -> impl Iterator<Item = String> {
    let stray = (!args.stray.is_empty()).then(|| {
        format!(
            "ignored {:?}: put the macro before it in quotes",
            args.stray.join(" ")
        )
    });
    // What is wrong with these very destinations is told as their outcome.
    let mut told: Vec<ConfigError> = Vec::new();
    let mut doubts: Vec<String> = Vec::new();
    for entry in entries {
        match config.destination::<P>(&entry.destination.name) {
            Ok(destination) => doubts.extend(destination.doubts(&config.listen)),
            Err(error) => told.push(error),
        }
    }
    let problems = config.problems::<P>().into_iter();
    problems
        .filter(move |problem| !told.contains(problem))
        .map(|problem| problem.to_string())
        .chain(config.exposure())
        .chain(stray)
        .chain(doubts)
}

/// A reader that went away is no error of ours, here and below.
fn say<P: Provider>(line: &str) {
    let line = text::line(line);
    let _ = writeln!(std::io::stderr().lock(), "{}: {line}", P::PROGRAM);
}

fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
