//! What the core said: kind, subject, state, output, people and times. Knows no vendor.

use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::given::Given;
use crate::time::When;
use crate::vocabulary::Thing;

/// Stored in every entry, so its fields only grow and what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    pub kind: Kind,
    pub subject: Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_state: Option<State>,
    /// The host's state in a service's notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_state: Option<State>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub output: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub long_output: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub comment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_display_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_display_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_alias: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_address: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_group: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub attempt: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<When>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ok: Option<When>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub duration: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes_url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub action_url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
}

/// A host, or a service on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Host,
    Service,
}

/// Why the core notifies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Kind {
    #[default]
    Problem,
    Recovery,
    Acknowledgement,
    FlappingStart,
    FlappingStop,
    FlappingDisabled,
    DowntimeStart,
    DowntimeEnd,
    DowntimeCancelled,
    Custom,
    /// A type that no core we know has: shown as it is, never lost.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    Up,
    Down,
    Unreachable,
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl Notification {
    pub fn from_given(
        given: &Given,
        fields: Vec<(String, String)>,
    ) -> Result<Notification, Failure> {
        let kind = object_kind(given)?;
        let essential = |thing, what, option| essential(given, thing, Some(kind), what, option);
        let notification_type = essential(
            Thing::NotificationType,
            "notification type",
            "--notificationtype",
        )?;
        let host = essential(Thing::Host, "host name", "--hostname")?;
        let service = match kind {
            ObjectKind::Host => None,
            ObjectKind::Service => Some(essential(
                Thing::Service,
                "service description",
                "--servicedesc",
            )?),
        };
        let text = |thing| given.text(thing, kind);
        let when = |thing| When::parse(&given.text(thing, kind));
        let (output, long_output) = whole_output(text(Thing::Output), text(Thing::LongOutput));
        Ok(Notification {
            kind: Kind::from(notification_type),
            subject: Subject { host, service },
            state: state(given, kind)?,
            last_state: State::parse(&text(Thing::LastState), kind),
            host_state: State::parse(&text(Thing::HostState), ObjectKind::Host),
            output,
            long_output,
            author: text(Thing::Author),
            comment: text(Thing::Comment),
            host_display_name: text(Thing::HostDisplayName),
            service_display_name: text(Thing::ServiceDisplayName),
            host_alias: text(Thing::HostAlias),
            host_address: text(Thing::HostAddress),
            host_group: text(Thing::HostGroup),
            attempt: text(Thing::Attempt),
            id: text(Thing::NotificationId),
            number: text(Thing::NotificationNumber).trim().parse().ok(),
            at: when(Thing::DateTime),
            since: when(Thing::Since),
            last_ok: when(Thing::LastOk),
            duration: text(Thing::Duration),
            notes_url: text(Thing::NotesUrl),
            action_url: text(Thing::ActionUrl),
            fields,
        })
    }

    pub fn object_kind(&self) -> ObjectKind {
        match self.subject.service {
            Some(_) => ObjectKind::Service,
            None => ObjectKind::Host,
        }
    }

    /// Whether something is wrong as far as the core said.
    pub fn is_problem(&self) -> bool {
        match self.state {
            Some(state) => !state.is_good(),
            None => self.kind != Kind::Recovery,
        }
    }
}

impl Subject {
    pub fn host(host: impl Into<String>) -> Subject {
        Subject {
            host: host.into(),
            service: None,
        }
    }

    pub fn service(host: impl Into<String>, service: impl Into<String>) -> Subject {
        Subject {
            host: host.into(),
            service: Some(service.into()),
        }
    }
}

impl ObjectKind {
    fn parse(text: &str) -> Option<ObjectKind> {
        match text.trim().to_ascii_lowercase().as_str() {
            "host" => Some(ObjectKind::Host),
            "service" => Some(ObjectKind::Service),
            _ => None,
        }
    }
}

impl From<String> for Kind {
    fn from(word: String) -> Kind {
        match word.trim().to_ascii_uppercase().as_str() {
            "PROBLEM" => Kind::Problem,
            "RECOVERY" => Kind::Recovery,
            "ACKNOWLEDGEMENT" | "ACKNOWLEDGMENT" => Kind::Acknowledgement,
            "FLAPPINGSTART" => Kind::FlappingStart,
            "FLAPPINGSTOP" | "FLAPPINGEND" => Kind::FlappingStop,
            "FLAPPINGDISABLED" => Kind::FlappingDisabled,
            "DOWNTIMESTART" => Kind::DowntimeStart,
            "DOWNTIMEEND" => Kind::DowntimeEnd,
            "DOWNTIMECANCELLED" | "DOWNTIMECANCELED" | "DOWNTIMEREMOVED" => Kind::DowntimeCancelled,
            "CUSTOM" => Kind::Custom,
            _ => Kind::Other(word.trim().to_owned()),
        }
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> String {
        kind.name().to_owned()
    }
}

impl Kind {
    pub fn name(&self) -> &str {
        match self {
            Kind::Problem => "PROBLEM",
            Kind::Recovery => "RECOVERY",
            Kind::Acknowledgement => "ACKNOWLEDGEMENT",
            Kind::FlappingStart => "FLAPPINGSTART",
            Kind::FlappingStop => "FLAPPINGSTOP",
            Kind::FlappingDisabled => "FLAPPINGDISABLED",
            Kind::DowntimeStart => "DOWNTIMESTART",
            Kind::DowntimeEnd => "DOWNTIMEEND",
            Kind::DowntimeCancelled => "DOWNTIMECANCELLED",
            Kind::Custom => "CUSTOM",
            Kind::Other(word) => word,
        }
    }
}

impl State {
    pub fn parse(text: &str, kind: ObjectKind) -> Option<State> {
        let word = text.trim().to_ascii_uppercase();
        Some(match (kind, word.as_str()) {
            (ObjectKind::Host, "0" | "UP" | "OK") => State::Up,
            (ObjectKind::Host, "1" | "DOWN") => State::Down,
            (ObjectKind::Host, "2" | "UNREACHABLE") => State::Unreachable,
            (ObjectKind::Service, "0" | "OK" | "UP") => State::Ok,
            (ObjectKind::Service, "1" | "WARNING") => State::Warning,
            (ObjectKind::Service, "2" | "CRITICAL") => State::Critical,
            (ObjectKind::Service, "3" | "UNKNOWN") => State::Unknown,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            State::Up => "UP",
            State::Down => "DOWN",
            State::Unreachable => "UNREACHABLE",
            State::Ok => "OK",
            State::Warning => "WARNING",
            State::Critical => "CRITICAL",
            State::Unknown => "UNKNOWN",
        }
    }

    pub fn is_good(self) -> bool {
        matches!(self, State::Up | State::Ok)
    }
}

fn object_kind(given: &Given) -> Result<ObjectKind, Failure> {
    match given.find(Thing::Type, None) {
        Some(value) => ObjectKind::parse(&value.text).ok_or_else(|| {
            Failure::usage(format!(
                "{} {:?} is neither Host nor Service",
                value.origin, value.text
            ))
        }),
        None => given
            .kind_by_environment()
            .ok_or_else(|| missing(given, Thing::Type, None, "object type", "--type")),
    }
}

fn essential(
    given: &Given,
    thing: Thing,
    kind: Option<ObjectKind>,
    what: &str,
    option: &str,
) -> Result<String, Failure> {
    match given.find(thing, kind) {
        Some(value) => Ok(value.text),
        None => Err(missing(given, thing, kind, what, option)),
    }
}

/// Why an essential value counts as missing, and how to try by hand.
fn missing(
    given: &Given,
    thing: Thing,
    kind: Option<ObjectKind>,
    what: &str,
    option: &str,
) -> Failure {
    let why = match given.rejected(thing, kind) {
        Some(value) if value.text.trim().is_empty() => format!("{} is empty", value.origin),
        Some(value) => format!(
            "{} is {:?}, a macro that was not replaced",
            value.origin, value.text
        ),
        None => format!("{option} is missing"),
    };
    let example = match kind {
        Some(ObjectKind::Service) => {
            "--type Service --notificationtype PROBLEM --hostname web01 --servicedesc Ping --servicestate 2 --output test --dry-run"
        }
        _ => {
            "--type Host --notificationtype PROBLEM --hostname web01 --hoststate 1 --output test --dry-run"
        }
    };
    Failure::usage(format!("no {what}: {why}; try by hand: {example}"))
}

/// A state that was not given is shown as such; one that nobody knows is a mistake in the command line.
fn state(given: &Given, kind: ObjectKind) -> Result<Option<State>, Failure> {
    let Some(value) = given.find(Thing::State, Some(kind)) else {
        return Ok(None);
    };
    match State::parse(&value.text, kind) {
        Some(state) => Ok(Some(state)),
        None => Err(Failure::usage(format!(
            "{} {:?} is no state: {}",
            value.origin,
            value.text,
            match kind {
                ObjectKind::Host => "hosts have 0 UP, 1 DOWN, 2 UNREACHABLE",
                ObjectKind::Service =>
                    "services have 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (--servicestate or --state)",
            }
        ))),
    }
}

/// Icinga 2 passes all lines of the output in one argument, with real newlines; Nagios and Naemon pass the first
/// line in OUTPUT and the others in LONG…OUTPUT, with newlines as `\n` and backslashes doubled.
fn whole_output(output: String, long: String) -> (String, String) {
    let long = match long.contains('\n') {
        true => long,
        false => unescaped(&long),
    };
    match output.split_once('\n') {
        Some((first, rest)) if long.trim().is_empty() => (first.to_owned(), rest.to_owned()),
        Some((first, rest)) => (first.to_owned(), format!("{rest}\n{long}")),
        None => (output, long),
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('\\') => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_comes_with_escaped_newlines_or_with_real_ones() {
        let split = |output: &str, long: &str| whole_output(output.into(), long.into());
        assert_eq!(
            split("one", r"two\nC:\\new"),
            ("one".into(), "two\nC:\\new".into())
        );
        assert_eq!(split("one\ntwo", ""), ("one".into(), "two".into()));
        assert_eq!(
            split("one\ntwo", r"three\nfour"),
            ("one".into(), "two\nthree\nfour".into())
        );
        assert_eq!(
            split("C:\\new", "D:\\new\nlast"),
            ("C:\\new".into(), "D:\\new\nlast".into())
        );
    }

    #[test]
    fn every_spelling_of_a_type_is_understood_and_an_unknown_one_kept() {
        assert_eq!(Kind::from("flappingEND".to_owned()), Kind::FlappingStop);
        assert_eq!(
            Kind::from("DOWNTIMEREMOVED".to_owned()),
            Kind::DowntimeCancelled
        );
        assert_eq!(Kind::from("STALKING".to_owned()).name(), "STALKING");
    }
}
