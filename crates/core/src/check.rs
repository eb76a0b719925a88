//! `--check` and `--test`: the whole way to the vendor, answered as a monitoring plugin answers.

use crate::args::Args;
use crate::config::{Config, Destination};
use crate::deliver::{Outcome, Session};
use crate::entry::{DestinationId, Emoji, Entry};
use crate::environment::Environment;
use crate::http::Response;
use crate::names::{Names, Origin};
use crate::notification::{Kind, Notification, State, Subject};
use crate::now::{Moment, Now};
use crate::plugin::Report;
use crate::provider::{Certainty, Proof, Provider};
use crate::receipt::{Fate, Kept, Receipt};
use crate::routing;
use crate::story::Story;
use crate::verdict::Verdict;

/// `--check`: posts nothing that anybody sees.
pub fn probe_all<P: Provider>(args: &Args, environment: &Environment) -> Report {
    for_each::<P>(args, environment, probe)
}

/// `--test`: posts a message that says that it is one.
pub fn test_all<P: Provider>(args: &Args, environment: &Environment) -> Report {
    for_each::<P>(args, environment, |destination, now, config, report| {
        post_test(destination, args.emoji, now, config, report);
    })
}

fn for_each<P: Provider>(
    args: &Args,
    environment: &Environment,
    ask: impl Fn(Destination<P>, Now, &Config, &mut Report),
) -> Report {
    let mut report = Report::new(P::PROGRAM);
    let config = match Config::load(args.config.as_deref(), environment) {
        Ok(config) => config,
        Err(error) => {
            report.critical(error.to_string());
            return report;
        }
    };
    for problem in config.problems::<P>() {
        report.critical(problem.to_string());
    }
    if let Some(exposure) = config.exposure() {
        report.warning(exposure);
    }
    // Who routes everything never needs it, until the first unknown contact.
    if args.to.is_empty()
        && let Err(error) = config.default_destination::<P>()
    {
        report.warning(error.to_string());
    }
    if let Some(Err(error)) = config
        .openitcockpit
        .as_ref()
        .map(|it| it.probe(Now::read(), &config))
    {
        report.warning(format!("[openitcockpit] gives no names: {error:#}"));
    }
    let names = match routing::by_name::<P>(&args.to) {
        Ok(Some(named)) => named.into_iter().map(|id| id.name).collect(),
        Ok(None) => config.destinations::<P>().unwrap_or_default(),
        Err(failure) => return Report::unknown(P::PROGRAM, &failure.reason),
    };
    for name in names {
        // One that cannot be read is among the problems already, unless it was asked for by name.
        match config.destination::<P>(&name) {
            // Each has the whole time: one that hangs says nothing about the next.
            Ok(destination) => {
                for doubt in destination.doubts(&config.listen) {
                    report.warning(doubt);
                }
                ask(destination, Now::read(), &config, &mut report);
            }
            Err(error) => report.critical(error.to_string()),
        }
    }
    report
}

fn probe<P: Provider>(destination: Destination<P>, now: Now, config: &Config, report: &mut Report) {
    let deadline = now.deadline(config.timeout);
    let session = Session::with(destination, config);
    let redactor = session.destination.redactor();
    let id = &session.destination.id;
    let mut unproven = Vec::new();
    for probe in P::probes(&session.destination.settings) {
        let judged = match session.ask(&probe.request, deadline) {
            // Somebody else's storm is no fault of this config.
            Ok(Response { status: 429, .. }) => {
                report.warning(format!("{id}: the vendor is limiting the rate (429)"));
                continue;
            }
            Ok(response) => (probe.judge)(&probe.request, &response),
            Err(outcome) => Err(reason(id, outcome)),
        };
        match judged {
            Ok(Proof { words, certainty }) => match certainty {
                Certainty::Sure => report.well(format!("{id}: {words}")),
                Certainty::Doubtful => report.warning(format!("{id}: {words}")),
            },
            Err(wrong) => report.critical(format!("{id}: {}", redactor.redact(&wrong))),
        }
        unproven.extend(probe.unproven);
    }
    for what in unproven {
        report.well(format!("{id}: not provable: {what}"));
    }
    took(report, id, now);
}

fn post_test<P: Provider>(
    destination: Destination<P>,
    emoji: Emoji,
    now: Now,
    config: &Config,
    report: &mut Report,
) {
    let notification = Notification {
        kind: Kind::Other("TEST".to_owned()),
        subject: Subject::host("monitoring-notify"),
        state: Some(State::Up),
        output: format!("This is a test by {} --test. Nothing is wrong.", P::PROGRAM),
        ..Notification::default()
    };
    let deadline = now.deadline(config.timeout);
    let session = Session::with(destination, config);
    let id = &session.destination.id;
    let entry = Entry::new(
        id.clone(),
        notification,
        &config.site,
        config.file().to_owned(),
        emoji,
        Moment::read(),
    );
    let names = Names {
        host: entry.notification.subject.host.clone(),
        service: None,
        origin: Origin::Core,
    };
    let story = Story::alone(&entry.notification, &config.flood);
    let message = session.compose(&entry, &story, &names, now);
    let redactor = session.destination.redactor();
    for request in P::test(&message, &session.destination.settings) {
        match session.judge(&request, deadline) {
            Outcome::Judged(Verdict::Delivered { .. }) => {
                report.well(format!("{id}: test message delivered"));
            }
            outcome => report.critical(format!("{id}: {}", redactor.redact(&reason(id, outcome)))),
        }
    }
    took(report, id, now);
}

fn reason(id: &DestinationId, outcome: Outcome) -> String {
    let receipt = Receipt {
        destination: id.clone(),
        fate: Fate::Tried(outcome, Kept::Off),
    };
    let line = receipt.to_string();
    line.strip_prefix(&format!("{id}: "))
        .unwrap_or(&line)
        .to_owned()
}

fn took(report: &mut Report, id: &DestinationId, now: Now) {
    let seconds = now.clock.elapsed().as_secs_f64();
    report.perform(format!("'{id}'={seconds:.3}s"));
}
