//! `--check` and `--test`: the whole way to the vendor, answered as a monitoring plugin answers: one line,
//! performance data, 0 to 3.

use std::fmt;
use std::process::ExitCode;

use crate::args::Args;
use crate::config::{Config, Destination};
use crate::deliver::{Outcome, Sender, redactor};
use crate::entry::{DestinationId, Emoji, Entry};
use crate::environment::Environment;
use crate::http::Response;
use crate::message::Message;
use crate::names::{Names, Origin};
use crate::notification::{Kind, Notification, State, Subject};
use crate::now::Now;
use crate::provider::{Certainty, Proof, Provider};
use crate::receipt::Receipt;
use crate::routing;
use crate::text;
use crate::verdict::Verdict;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PluginState {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl From<PluginState> for ExitCode {
    fn from(state: PluginState) -> ExitCode {
        ExitCode::from(state as u8)
    }
}

#[derive(Debug)]
pub struct Report {
    pub state: PluginState,
    program: &'static str,
    findings: Vec<(PluginState, String)>,
    performance: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            PluginState::Ok => "OK",
            PluginState::Warning => "WARNING",
            PluginState::Critical => "CRITICAL",
            PluginState::Unknown => "UNKNOWN",
        };
        // What is wrong goes before what is right.
        let mut findings: Vec<&(PluginState, String)> = self.findings.iter().collect();
        findings.sort_by_key(|(state, _)| std::cmp::Reverse(*state));
        let findings: Vec<&str> = findings
            .iter()
            .map(|(_, finding)| finding.as_str())
            .collect();
        let findings = findings.join("; ").replace('|', "/");
        write!(f, "{} {state} - {}", self.program, text::line(&findings))?;
        if !self.performance.is_empty() {
            write!(f, " | {}", self.performance.join(" "))?;
        }
        Ok(())
    }
}

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
    ask: impl Fn(&Destination<P>, Now, &Config, &mut Report),
) -> Report {
    let mut report = Report::new::<P>();
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
        Err(failure) => return Report::unknown::<P>(&failure.reason),
    };
    for name in names {
        // One that cannot be read is among the problems already, unless it was asked for by name.
        match config.destination::<P>(&name) {
            // Each has the whole time: one that hangs says nothing about the next.
            Ok(destination) => {
                if let Some(doubt) = destination.doubt() {
                    report.warning(doubt);
                }
                ask(&destination, Now::read(), &config, &mut report);
            }
            Err(error) => report.critical(error.to_string()),
        }
    }
    report
}

fn probe<P: Provider>(
    destination: &Destination<P>,
    now: Now,
    config: &Config,
    report: &mut Report,
) {
    let sender = Sender {
        destination,
        deadline: now.deadline(config.timeout),
        config,
    };
    let redactor = redactor(destination);
    let id = &destination.id;
    let mut unproven = Vec::new();
    for probe in P::probes(&destination.settings) {
        let judged = match sender.ask(&probe.request) {
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
    report.took(id, now);
}

fn post_test<P: Provider>(
    destination: &Destination<P>,
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
    let id = &destination.id;
    let entry = Entry::new(
        id.clone(),
        notification,
        &config.site,
        config.file().to_owned(),
        emoji,
        now.wall,
    );
    let names = Names {
        host: entry.notification.subject.host.clone(),
        service: None,
        origin: Origin::Core,
    };
    let message = Message::compose(&entry, &names, now.wall, config);
    let sender = Sender {
        destination,
        deadline: now.deadline(config.timeout),
        config,
    };
    let redactor = redactor(destination);
    for request in P::test(&message, &destination.settings) {
        match sender.judge(&request) {
            Outcome::Judged(Verdict::Delivered { .. }) => {
                report.well(format!("{id}: test message delivered"));
            }
            outcome => report.critical(format!("{id}: {}", redactor.redact(&reason(id, outcome)))),
        }
    }
    report.took(id, now);
}

fn reason(id: &DestinationId, outcome: Outcome) -> String {
    let receipt = Receipt {
        destination: id.clone(),
        outcome,
    };
    let line = receipt.to_string();
    line.strip_prefix(&format!("{id}: "))
        .unwrap_or(&line)
        .to_owned()
}

impl Report {
    fn new<P: Provider>() -> Report {
        Report {
            state: PluginState::Ok,
            program: P::PROGRAM,
            findings: Vec::new(),
            performance: Vec::new(),
        }
    }

    /// For a command line that cannot be read.
    pub fn unknown<P: Provider>(reason: &str) -> Report {
        let mut report = Report::new::<P>();
        report.worse(PluginState::Unknown, reason.to_owned());
        report
    }

    fn well(&mut self, finding: String) {
        self.find(PluginState::Ok, finding);
    }

    fn critical(&mut self, finding: String) {
        self.worse(PluginState::Critical, finding);
    }

    fn warning(&mut self, finding: String) {
        self.worse(PluginState::Warning, finding);
    }

    fn worse(&mut self, state: PluginState, finding: String) {
        self.find(state, finding);
        self.state = self.state.max(state);
    }

    fn find(&mut self, state: PluginState, finding: String) {
        if !self.findings.iter().any(|(_, known)| *known == finding) {
            self.findings.push((state, finding));
        }
    }

    fn took(&mut self, id: &DestinationId, now: Now) {
        let seconds = now.clock.elapsed().as_secs_f64();
        self.performance.push(format!("'{id}'={seconds:.3}s"));
    }
}
