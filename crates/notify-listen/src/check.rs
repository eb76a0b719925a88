//! `--check`: everything that can be proven without anybody seeing it, answered as a monitoring plugin answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify_core::config::Config;
use notify_core::config::listen::{self, Keys};
use notify_core::connection::Connection;
use notify_core::environment::Environment;
use notify_core::http::{Client, Method, Wire};
use notify_core::now::Now;
use notify_core::owner;
use notify_core::plugin::Report;
use notify_core::state_folder::StateFolder;
use notify_core::time;
use serde_json::Value;

use crate::answer::Source;
use crate::command::{Command, PROGRAM};
use crate::mattermost::Mattermost;
use crate::monitoring;
use crate::pagerduty::PagerDuty;
use crate::program::{NO_VENDOR, answers};
use crate::slack::Slack;
use crate::urls::request_urls;

/// An answer that waits longer is worth a word: the core is away, or does not do what it is told.
const LONG: u64 = 300;
/// `/healthz` gives the core five seconds, and the disk as much.
const PATIENCE: Duration = Duration::from_secs(12);

pub fn check(command: &Command) -> Report {
    let mut report = Report::new(PROGRAM);
    let environment = Environment::of_process();
    let config = match Config::load(command.config.as_deref(), &environment) {
        Ok(config) => Arc::new(config),
        Err(error) => {
            report.critical(error.to_string());
            return report;
        }
    };
    owner::become_owner_of(&config.state_dir, config.file());
    look_at_config(&config, &mut report);
    let in_use = look_at_vendors(&config, &mut report);
    look_at_buttons(&config, &in_use, &mut report);
    look_at_folder(&config, &mut report);
    look_at_core(&config, &mut report);
    look_at_listener(&config, &mut report);
    for url in request_urls(&config, &in_use) {
        report.well(url);
    }
    report
}

/// Mistakes in what the listener reads: none of them stops it by itself.
pub fn problems(config: &Config) -> Vec<String> {
    let tables = [
        config.shared_problems(),
        config.unknown_keys::<slack_notify::Slack>(),
        config.unknown_keys::<mattermost_notify::Mattermost>(),
        config.unknown_keys::<pagerduty_notify::PagerDuty>(),
    ];
    tables.iter().flatten().map(ToString::to_string).collect()
}

fn look_at_config(config: &Config, report: &mut Report) {
    for problem in problems(config) {
        report.critical(problem);
    }
    if let Some(exposure) = config.exposure() {
        report.warning(exposure);
    }
    if !config.listen.address.ip().is_loopback() {
        report.warning(format!(
            "{} is no loopback address: whoever reaches it sees /healthz and /metrics, and what it is told crosses the network in the clear",
            config.listen.address
        ));
    }
    // What is wrong there is among the problems.
    if let Ok(answers) = answers(config) {
        match &answers.allow {
            None => report.well(
                "without allow in [answers] all full members may answer, and nobody may begin a downtime"
                    .to_owned(),
            ),
            Some(allow) if allow.is_empty() => {
                report.warning("allow in [answers] lists nobody: nobody may answer".to_owned());
            }
            Some(_) => {}
        }
    }
}

/// Those that the config wants answers from.
fn look_at_vendors(config: &Arc<Config>, report: &mut Report) -> Vec<Source> {
    let read = [
        (
            Source::Slack,
            Slack::read(config).map(|slack| slack.map(|slack| slack.check())),
        ),
        (
            Source::Mattermost,
            Mattermost::read(config).map(|mattermost| mattermost.map(|it| it.check())),
        ),
        (
            Source::PagerDuty,
            PagerDuty::read(config).map(|pagerduty| pagerduty.map(|it| it.check())),
        ),
    ];
    let (mut in_use, mut broken) = (Vec::new(), Vec::new());
    for (source, read) in read {
        let name = source.name();
        match read {
            Ok(None) => {}
            Ok(Some(findings)) => {
                in_use.push(source);
                for finding in findings {
                    match finding {
                        Ok(words) => report.well(named(name, words)),
                        Err(wrong) => report.critical(named(name, wrong)),
                    }
                }
            }
            Err(error) => {
                broken.push(source);
                report.critical(format!("{name}: {error:#}"));
            }
        }
    }
    if in_use.is_empty() && broken.is_empty() {
        report.critical(NO_VENDOR.to_owned());
    }
    in_use
}

/// Vendors with several tables say which one.
fn named(vendor: &str, words: String) -> String {
    match words.starts_with('[') {
        true => words,
        false => format!("{vendor}: {words}"),
    }
}

fn look_at_buttons(config: &Config, in_use: &[Source], report: &mut Report) {
    let keys = &config.listen.keys;
    if let Keys::Given { public_url, .. } | Keys::Address { public_url } = keys
        && !public_url.starts_with("https://")
    {
        report.warning(format!(
            "public_url is {public_url}: without https:// anybody on the way reads and changes answers"
        ));
    }
    match keys {
        Keys::Given { button_secret, .. } => {
            if let Err(error) = listen::opening(button_secret) {
                report.critical(format!("[listen] button_secret: {error:#}"));
            }
        }
        // Its webhooks have signatures of their own.
        _ if in_use.iter().all(|source| *source == Source::PagerDuty) => {}
        Keys::Missing | Keys::Address { .. } => report.warning(
            "messages have no buttons: set public_url and button_secret in [listen]".to_owned(),
        ),
    }
}

fn look_at_folder(config: &Config, report: &mut Report) {
    let root = config.state_dir.display();
    let folder = match StateFolder::look(&config.state_dir) {
        Ok(Some(folder)) => folder,
        Ok(None) => {
            match StateFolder::could_be_made(&config.state_dir) {
                Ok(()) => report.well(format!("{root} will be made")),
                Err(unfit) => report.critical(unfit.to_string()),
            }
            return;
        }
        Err(unfit) => {
            report.critical(unfit.to_string());
            return;
        }
    };
    if let Some(medium) = folder.forgetful_medium() {
        report.critical(format!(
            "{root} is on {medium}, which forgets answers at a restart: set state_dir to a disk"
        ));
    }
    match folder.try_keeping_answers() {
        Ok(()) => report.well(format!("{root} can be written")),
        Err(error) => report.critical(format!(
            "{root} cannot be written: {error}: no answer is taken meanwhile"
        )),
    }
}

fn look_at_core(config: &Arc<Config>, report: &mut Report) {
    let core = match monitoring::core(config) {
        Ok(core) => core,
        Err(error) => {
            report.critical(format!("{error:#}"));
            return;
        }
    };
    let begun = Instant::now();
    match core.probe() {
        Ok(words) => report.well(format!("core: {words}")),
        Err(trouble) => report.critical(format!("core: {}", trouble.words())),
    }
    let seconds = begun.elapsed().as_secs_f64();
    report.perform(format!("core={seconds:.3}s"));
}

/// Whether it runs, and what it says of itself.
fn look_at_listener(config: &Config, report: &mut Report) {
    let address = config.listen.address;
    let health = match ask(config, address) {
        Ok(health) => health,
        Err(error) => {
            report.critical(format!(
                "no listener answers on {address}: {error:#}: systemctl start {PROGRAM}"
            ));
            return;
        }
    };
    for part in ["core", "state_folder"] {
        if health[part]["ok"] == false {
            let says = health[part]["says"].as_str().unwrap_or_default();
            report.critical(format!("the running listener's {part}: {says}"));
        }
    }
    let pending = |key| health["pending"][key].as_u64().unwrap_or_default();
    let (answers, oldest) = (pending("answers"), pending("oldest_seconds"));
    let words = match answers {
        0 => format!("a listener runs on {address}, no answer waits"),
        _ => format!(
            "a listener runs on {address}, {answers} answers wait for the core, the oldest for {}",
            time::span(oldest as f64)
        ),
    };
    match oldest >= LONG {
        true => report.warning(words),
        false => report.well(words),
    }
    report.perform(format!("pending={answers};;;0"));
    report.perform(format!("oldest={oldest}s;{LONG};;0"));
}

fn ask(config: &Config, address: SocketAddr) -> anyhow::Result<Value> {
    let url = format!("http://{address}/healthz");
    let client = Client::new(&Connection::default(), &url, config.connect_timeout, config)?;
    let wire = Wire {
        method: Method::Get,
        url,
        headers: Vec::new(),
        body: None,
    };
    let answer = client.send(&wire, Now::read().deadline(PATIENCE))?;
    let health: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    anyhow::ensure!(
        health["pending"].is_object(),
        "something else listens there"
    );
    Ok(health)
}
