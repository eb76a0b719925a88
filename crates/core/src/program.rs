//! A notifier from its arguments to its exit code; everything else is a step of this.

use std::io::Write;
use std::panic::resume_unwind;
use std::process::ExitCode;

use crate::args::{self, Args, Mode, Parsed};
use crate::check::{self, Report};
use crate::config::Config;
use crate::config::error::ConfigError;
use crate::deliver::deliver;
use crate::dry_run;
use crate::entry::{DestinationId, Entry};
use crate::environment::Environment;
use crate::exit::{Exit, Failure};
use crate::explain;
use crate::given::Given;
use crate::notification::Notification;
use crate::now::Now;
use crate::provider::Provider;
use crate::receipt::Receipt;
use crate::routing::{self, Route};
use crate::text;

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
            Ok(answer(&Report::unknown::<P>(&failure.reason)))
        }
        Err(failure) => Err(failure),
    };
    ended.unwrap_or_else(|failure| {
        say::<P>(&failure.reason);
        failure.exit.into()
    })
}

fn act<P: Provider>(args: &Args, environment: &Environment, now: Now) -> Result<ExitCode, Failure> {
    let given = Given::new(args, environment);
    let prepare = || Prepared::new::<P>(args, &given, environment, now);
    match args.mode {
        Mode::Send => Ok(send::<P>(&prepare()?, now).into()),
        Mode::DryRun => dry_run::<P>(&prepare()?, now),
        Mode::Explain => Ok(explain::<P>(&prepare()?, &given, now)),
        Mode::Check => Ok(answer(&check::probe_all::<P>(args, environment))),
        Mode::Test => Ok(answer(&check::test_all::<P>(args, environment))),
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
        args: &Args,
        given: &Given,
        environment: &Environment,
        now: Now,
    ) -> Result<Prepared, Failure> {
        let notification = Notification::from_given(given, args.fields.clone())?;
        let config = Config::load(args.config.as_deref(), environment).map_err(Failure::config)?;
        let route = routing::route::<P>(args, given, notification.object_kind(), &config)?;
        let entry = |destination: &DestinationId| {
            Entry::new(
                destination.clone(),
                notification.clone(),
                &config.site,
                config.file().to_owned(),
                args.emoji,
                now.wall,
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
            notification,
            config,
            route,
            entries,
        })
    }
}

fn send<P: Provider>(prepared: &Prepared, now: Now) -> Exit {
    let receipts = deliver_all::<P>(&prepared.entries, now, &prepared.config);
    for receipt in &receipts {
        say::<P>(&receipt.to_string());
    }
    let worst = receipts.iter().map(Receipt::exit).max();
    worst.unwrap_or(Exit::Done)
}

/// Side by side, each within the same deadline: a dead vendor does not delay the others.
fn deliver_all<P: Provider>(entries: &[Entry], now: Now, config: &Config) -> Vec<Receipt> {
    let one = |entry: &Entry| Receipt {
        destination: entry.destination.clone(),
        outcome: deliver::<P>(entry, now, config),
    };
    if let [only] = entries {
        return vec![one(only)];
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = entries
            .iter()
            .map(|entry| scope.spawn(move || one(entry)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
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
            Ok(destination) => doubts.extend(destination.doubt()),
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
