//! PagerDuty: the Events API v2, and v1 where `api_url` is v1's.

mod answer;
mod event;
#[cfg(test)]
mod safety;

use std::time::Duration;

use anyhow::Context;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::config::section::Section;
use notify_core::http::{Method, Response, Wire};
use notify_core::links;
use notify_core::message::Message;
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::per_state::PerState;
use notify_core::provider::{Plan, Probe, Provider, Request};
use notify_core::reference;
use notify_core::story::{self, Surface};
use notify_core::verdict::Verdict;

/// Everything that this crate knows about PagerDuty, behind the face that all vendors have.
pub struct PagerDuty;

#[derive(Debug)]
pub struct Settings {
    integration_key: SecretSource,
    url: String,
    api: Api,
    severities: PerState<Severity>,
    changes: Changes,
    group: Option<String>,
    class: Option<String>,
    api_key: Option<SecretSource>,
    answers: Answers,
}

/// The two generations of the Events API; openITCOCKPIT's integration type issues keys for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    V1,
    V2,
}

/// The only four that PagerDuty takes: any other drops the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Critical,
    Error,
    Warning,
    Info,
}

/// Whether what is neither trouble nor its end is told as a change event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changes {
    Told,
    Silent,
}

/// Whether an incident's webhooks are to say which object it is about: they do not bring its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    Wanted,
    Unwanted,
}

/// What an event does to the incident of its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Trigger,
    Acknowledge,
    Resolve,
}

const WORLD: &str = "https://events.pagerduty.com";
const EUROPE: &str = "https://events.eu.pagerduty.com";
const ENQUEUE: &str = "/v2/enqueue";
const CHANGE: &str = "/v2/change/enqueue";
/// The mark of a v1 address.
const GENERIC: &str = "/generic/2010-04-15";

/// The two endpoints.
const EVENT: &str = "event";
const CHANGE_EVENT: &str = "change event";

impl Provider for PagerDuty {
    const NAME: &'static str = "pagerduty";
    const PROGRAM: &'static str = "pagerduty-notify";
    const PLACE: &'static [&'static str] = &["integration_key", "routing_key", "service_key"];
    const SURFACE: Surface = Surface::Incidents;
    const ANSWER_SECRETS: &'static [&'static str] = &["webhook_secrets", "webhook_password"];
    const ANSWER_KEYS: &'static [&'static str] = &["rest_url", "poll"];
    // About 120 events a minute per integration key.
    const MIN_INTERVAL: Duration = Duration::from_millis(500);
    const SMALLEST_CONFIG: &'static str =
        "two lines are enough: [pagerduty] and integration_key = \"…\"";

    type Settings = Settings;

    fn settings(section: &Section) -> Result<Settings, ConfigError> {
        let integration_key = section.secret(Self::PLACE)?;
        let region = section.word("region", &[("us", WORLD), ("eu", EUROPE)])?;
        let api_url = section.text("api_url")?;
        if api_url.is_some_and(|url| !links::is_web(url)) {
            return Err(section.error("api_url", "must begin with https://"));
        }
        let (url, api) = address(api_url, region.unwrap_or(WORLD));
        let changes = match section.flag("change_events")? {
            Some(true) => Changes::Told,
            _ => Changes::Silent,
        };
        let answers = match section.flag("two_way")? {
            Some(true) => Answers::Wanted,
            _ => Answers::Unwanted,
        };
        let api_key = section.secret(&["api_key"])?;
        let own_text = |key| Ok(section.text(key)?.map(str::to_owned));
        Ok(Settings {
            severities: PerState::read(section, "severity", severity)?,
            group: own_text("group")?,
            class: own_text("class")?,
            integration_key: integration_key.ok_or_else(|| {
                section.missing(&format!("[{}] has no integration_key", section.name()))
            })?,
            url,
            api,
            changes,
            api_key,
            answers,
        })
    }

    fn secrets(settings: &Settings) -> Vec<&SecretSource> {
        std::iter::once(&settings.integration_key)
            .chain(&settings.api_key)
            .collect()
    }

    fn plan(message: &Message, settings: &Settings) -> Plan {
        match action(&message.entry.notification) {
            Ok(action) => Plan::Send(Request::post(
                EVENT,
                event::of(settings.api, action, message, settings),
            )),
            Err(_) if settings.changes == Changes::Told && settings.api == Api::V2 => {
                Plan::Send(Request::post(CHANGE_EVENT, event::change(message)))
            }
            Err(why) => Plan::Nothing(why),
        }
    }

    fn authorize(request: &Request, settings: &Settings) -> anyhow::Result<Wire> {
        let key = settings.integration_key.read().context("integration_key")?;
        let mut body = request.body.clone().unwrap_or_default();
        let name = match settings.api {
            Api::V1 => "service_key",
            Api::V2 => "routing_key",
        };
        body[name] = key.expose().into();
        let url = match request.endpoint.as_str() {
            CHANGE_EVENT => settings.url.replace(ENQUEUE, CHANGE),
            _ => settings.url.clone(),
        };
        Ok(Wire {
            method: Method::Post,
            url,
            headers: vec![("Content-Type", "application/json".to_owned())],
            body: Some(body.to_string().into_bytes()),
        })
    }

    fn verdict(request: &Request, response: &Response) -> Verdict {
        answer::judge(Api::of(request), response)
    }

    /// Resolving what was never opened is taken and does nothing.
    fn probes(settings: &Settings) -> Vec<Probe> {
        let nothing = reference::reference("check", &Subject::host("monitoring-notify"));
        vec![Probe {
            request: Request::post(EVENT, event::bare(settings.api, Action::Resolve, &nothing)),
            judge: answer::of_probe,
            unproven: Some(
                "whether the key's service is active (PagerDuty takes any well-formed key)",
            ),
        }]
    }

    /// A test must not leave an incident open.
    fn test(message: &Message, settings: &Settings) -> Vec<Request> {
        [Action::Trigger, Action::Resolve]
            .map(|action| Request::post(EVENT, event::of(settings.api, action, message, settings)))
            .into()
    }
}

impl Settings {
    pub fn answers(&self) -> Answers {
        self.answers
    }

    /// Where the config says nothing: DOWN and CRITICAL are critical, WARNING is a warning, what nobody knows an error.
    pub fn severity(&self, notification: &Notification) -> Severity {
        let state = notification.state.unwrap_or(State::Unknown);
        let usual = match state {
            State::Down | State::Critical => Severity::Critical,
            State::Warning => Severity::Warning,
            State::Unreachable | State::Unknown => Severity::Error,
            State::Up | State::Ok if notification.kind == Kind::Problem => Severity::Error,
            State::Up | State::Ok => Severity::Info,
        };
        self.severities.of(state).copied().unwrap_or(usual)
    }
}

impl Api {
    /// The request's shape is the API's.
    fn of(request: &Request) -> Api {
        match request
            .body
            .as_ref()
            .and_then(|body| body.get("event_type"))
        {
            Some(_) => Api::V1,
            None => Api::V2,
        }
    }
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Action::Trigger => "trigger",
            Action::Acknowledge => "acknowledge",
            Action::Resolve => "resolve",
        }
    }
}

/// At the end of a problem, of a downtime or of flapping UP or OK resolves: cores swallow the RECOVERY in the last two.
/// What is still a problem never resolves. The error says why nothing is to be sent.
fn action(notification: &Notification) -> Result<Action, String> {
    let name = notification.kind.name();
    let good = notification.state.map(State::is_good);
    match (&notification.kind, good) {
        (Kind::Problem, _) => Ok(Action::Trigger),
        (Kind::Acknowledgement, Some(false) | None) => Ok(Action::Acknowledge),
        (Kind::Acknowledgement, Some(true)) => {
            Err(format!("{name} of something that is no problem"))
        }
        _ if story::closes(notification) => Ok(Action::Resolve),
        (Kind::Recovery | Kind::DowntimeEnd | Kind::DowntimeCancelled | Kind::FlappingStop, _) => {
            Err(format!(
                "{name}, but the state is {}",
                notification.state.map_or("not given", State::name)
            ))
        }
        _ => Err(format!("{name} neither opens nor closes an incident")),
    }
}

fn severity(words: &[&str]) -> Result<Severity, String> {
    const ALL: [Severity; 4] = [
        Severity::Critical,
        Severity::Error,
        Severity::Warning,
        Severity::Info,
    ];
    match words {
        [word] => ALL
            .into_iter()
            .find(|severity| severity.name() == *word)
            .ok_or_else(|| "must be critical, error, warning or info".to_owned()),
        _ => Err("must be one word".to_owned()),
    }
}

/// An address without a path is only a host's.
fn address(api_url: Option<&str>, region: &str) -> (String, Api) {
    let Some(url) = api_url else {
        return (format!("{region}{ENQUEUE}"), Api::V2);
    };
    let url = url.trim_end_matches('/');
    if let Some((base, _)) = url.split_once(GENERIC) {
        return (format!("{base}{GENERIC}/create_event.json"), Api::V1);
    }
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    match path {
        "" | "v2" => (format!("{}{ENQUEUE}", url.trim_end_matches("/v2")), Api::V2),
        _ => (url.to_owned(), Api::V2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_that_people_paste_is_understood() {
        for (api_url, url, api) in [
            (None, "https://events.pagerduty.com/v2/enqueue", Api::V2),
            (
                Some("https://events.pagerduty.com"),
                "https://events.pagerduty.com/v2/enqueue",
                Api::V2,
            ),
            (
                Some("https://events.pagerduty.com/v2/"),
                "https://events.pagerduty.com/v2/enqueue",
                Api::V2,
            ),
            (
                Some("https://relay.example.com/pd/v2/enqueue"),
                "https://relay.example.com/pd/v2/enqueue",
                Api::V2,
            ),
            (
                Some("https://events.pagerduty.com/generic/2010-04-15/create_event.json"),
                "https://events.pagerduty.com/generic/2010-04-15/create_event.json",
                Api::V1,
            ),
            (
                Some("https://events.pagerduty.com/generic/2010-04-15"),
                "https://events.pagerduty.com/generic/2010-04-15/create_event.json",
                Api::V1,
            ),
        ] {
            assert_eq!(
                address(api_url, WORLD),
                (url.to_owned(), api),
                "{api_url:?}"
            );
        }
    }

    #[test]
    fn what_may_still_be_a_problem_never_resolves() {
        for kind in [
            Kind::Problem,
            Kind::Recovery,
            Kind::Acknowledgement,
            Kind::FlappingStart,
            Kind::FlappingStop,
            Kind::FlappingDisabled,
            Kind::DowntimeStart,
            Kind::DowntimeEnd,
            Kind::DowntimeCancelled,
            Kind::Custom,
            Kind::Other("STALKING".into()),
        ] {
            for state in [
                State::Down,
                State::Unreachable,
                State::Warning,
                State::Critical,
                State::Unknown,
            ] {
                let notification = Notification {
                    kind: kind.clone(),
                    state: Some(state),
                    ..Notification::default()
                };
                assert_ne!(
                    action(&notification),
                    Ok(Action::Resolve),
                    "{kind:?} {state:?}"
                );
            }
        }
    }
}
