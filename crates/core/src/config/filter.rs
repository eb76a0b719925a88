//! What a contact or a destination wants to hear of, and when. It holds back what opens something for somebody; what
//! closes that goes where it was opened, which only the queue knows.

use std::sync::Arc;

use super::error::ConfigError;
use super::periods::{Period, Periods};
use super::section::Section;
use crate::notification::{Kind, Notification, ObjectKind, State};
use crate::per_state::STATES;

/// The default one holds nothing back; nor does the part of one that cannot be read.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    disabled: bool,
    /// Whatever the hour where there is none.
    period: Option<Arc<Period>>,
    /// Letters as in the cores' `…_notification_options`.
    options: Option<Vec<char>>,
    open_on: Option<Vec<State>>,
}

/// Needs no definition: every core has it.
const ALWAYS: &str = "24x7";

/// `n` is none of the others. `u` is UNREACHABLE of a host and UNKNOWN of a service.
const HOST_OPTIONS: &[char] = &['d', 'u', 'r', 'f', 's', 'n'];
const SERVICE_OPTIONS: &[char] = &['w', 'u', 'c', 'r', 'f', 's', 'n'];
const ALL_OPTIONS: &[char] = &['d', 'w', 'u', 'c', 'r', 'f', 's', 'n'];

impl Filter {
    /// Of a contact's `host` or `service`.
    pub fn of_contact(section: &Section, kind: ObjectKind, periods: &Periods) -> Filter {
        let options = match kind {
            ObjectKind::Host => HOST_OPTIONS,
            ObjectKind::Service => SERVICE_OPTIONS,
        };
        Filter::read(section, options, periods)
    }

    pub fn of_destination(section: &Section, periods: &Periods) -> Filter {
        Filter {
            open_on: noted(section, open_on(section)),
            ..Filter::read(section, ALL_OPTIONS, periods)
        }
    }

    /// What is wrong is noted and left out, and nothing else with it.
    fn read(section: &Section, known: &[char], periods: &Periods) -> Filter {
        Filter {
            disabled: is_disabled(section),
            period: noted(section, period(section, periods)),
            options: noted(section, options(section, known)),
            open_on: None,
        }
    }

    pub fn disabled(self) -> Filter {
        Filter {
            disabled: true,
            ..self
        }
    }

    /// Why this may not open anything at this moment, in seconds since 1970.
    pub fn holds_back(&self, notification: &Notification, at: f64) -> Option<String> {
        if self.disabled {
            return Some("enabled = false".to_owned());
        }
        if let Some(reason) = self.period.as_ref().and_then(|period| period.excludes(at)) {
            return Some(reason);
        }
        if let Some(options) = &self.options
            && let Some((letter, what)) = option(notification)
            && !options.contains(&letter)
        {
            return Some(format!("its options leave out {letter} ({what})"));
        }
        match (&self.open_on, problem(notification)) {
            (Some(states), Some(state)) if !states.contains(&state) => {
                Some(format!("open_on leaves out {}", state.name()))
            }
            _ => None,
        }
    }
}

pub fn is_disabled(section: &Section) -> bool {
    noted(section, section.flag("enabled")) == Some(false)
}

/// The option that lets it pass, and for what; none for what the cores filter by no option, and for a problem whose
/// state was not passed on.
fn option(notification: &Notification) -> Option<(char, &str)> {
    let kind = &notification.kind;
    let letter = match kind {
        Kind::Recovery => 'r',
        Kind::FlappingStart | Kind::FlappingStop | Kind::FlappingDisabled => 'f',
        Kind::DowntimeStart | Kind::DowntimeEnd | Kind::DowntimeCancelled => 's',
        Kind::Problem => {
            let state = notification.state?;
            let letter = match state {
                State::Down => 'd',
                State::Unreachable | State::Unknown => 'u',
                State::Warning => 'w',
                State::Critical => 'c',
                State::Up | State::Ok => 'r',
            };
            return Some((letter, state.name()));
        }
        Kind::Acknowledgement | Kind::Custom | Kind::Other(_) => return None,
    };
    Some((letter, kind.name()))
}

/// The state of what opens a problem.
fn problem(notification: &Notification) -> Option<State> {
    let state = notification.state.filter(|state| !state.is_good());
    state.filter(|_| notification.kind == Kind::Problem)
}

fn period(section: &Section, periods: &Periods) -> Result<Option<Arc<Period>>, ConfigError> {
    let Some(name) = section.text("period")?.filter(|name| *name != ALWAYS) else {
        return Ok(None);
    };
    match periods.find(name) {
        Some(period) => Ok(Some(period)),
        None => Err(section.error(
            "period",
            &format!("names a period that [periods] lacks; \"{ALWAYS}\" needs none"),
        )),
    }
}

fn options(section: &Section, known: &[char]) -> Result<Option<Vec<char>>, ConfigError> {
    list(section, "options", "\"n\" is none", |word| {
        let letter = known.iter().find(|letter| letter.to_string() == word);
        letter.copied().ok_or_else(|| {
            let known: Vec<String> = known.iter().map(char::to_string).collect();
            format!("has {word:?}; there are {}", known.join(", "))
        })
    })
}

fn open_on(section: &Section) -> Result<Option<Vec<State>>, ConfigError> {
    list(section, "open_on", "enabled = false is none", |word| {
        let mut states = STATES.iter();
        let state = states.find(|(name, _)| name.eq_ignore_ascii_case(word));
        state.map(|(_, state)| *state).ok_or_else(|| {
            let known: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
            format!("has {word:?}; there are {}", known.join(", "))
        })
    })
}

/// An empty list may mean all or none, so it counts as a mistake.
fn list<T>(
    section: &Section,
    key: &str,
    none: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, ConfigError> {
    let Some(listed) = section.texts(key)? else {
        return Ok(None);
    };
    if listed.is_empty() {
        let problem = format!("is empty: leave it out for everything; {none}");
        return Err(section.error(key, &problem));
    }
    let words = listed.iter().flat_map(|list| list.split(','));
    let read: Result<_, _> = words.map(|word| read(word.trim())).collect();
    read.map(Some)
        .map_err(|problem| section.error(key, &problem))
}

fn noted<T>(section: &Section, read: Result<Option<T>, ConfigError>) -> Option<T> {
    read.unwrap_or_else(|error| {
        section.note(error);
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::Subject;

    /// A Monday.
    const AT: f64 = 1_772_420_400.0;

    fn notification(kind: &str, state: Option<State>) -> Notification {
        let is_host = matches!(
            state,
            Some(State::Up | State::Down | State::Unreachable) | None
        );
        Notification {
            kind: Kind::from(kind.to_owned()),
            subject: match is_host {
                true => Subject::host("web01"),
                false => Subject::service("web01", "Ping"),
            },
            state,
            ..Notification::default()
        }
    }

    /// The options of which one is enough.
    fn passing(notification: &Notification) -> String {
        let only = |letter: &char| Filter {
            options: Some(vec![*letter]),
            ..Filter::default()
        };
        let passes = |letter: &&char| only(letter).holds_back(notification, AT).is_none();
        ALL_OPTIONS.iter().filter(passes).collect()
    }

    #[test]
    fn each_kind_and_state_passes_by_its_own_option() {
        const ALL: &str = "dwucrfsn";
        for (kind, state, options) in [
            ("PROBLEM", Some(State::Down), "d"),
            ("PROBLEM", Some(State::Unreachable), "u"),
            ("PROBLEM", Some(State::Warning), "w"),
            ("PROBLEM", Some(State::Critical), "c"),
            ("PROBLEM", Some(State::Unknown), "u"),
            ("PROBLEM", Some(State::Up), "r"),
            ("PROBLEM", Some(State::Ok), "r"),
            ("PROBLEM", None, ALL),
            ("RECOVERY", Some(State::Up), "r"),
            ("RECOVERY", Some(State::Ok), "r"),
            ("RECOVERY", Some(State::Critical), "r"),
            ("RECOVERY", None, "r"),
            ("FLAPPINGSTART", Some(State::Critical), "f"),
            ("FLAPPINGSTOP", Some(State::Up), "f"),
            ("FLAPPINGDISABLED", None, "f"),
            ("DOWNTIMESTART", Some(State::Down), "s"),
            ("DOWNTIMEEND", Some(State::Ok), "s"),
            ("DOWNTIMECANCELLED", None, "s"),
            ("ACKNOWLEDGEMENT", Some(State::Critical), ALL),
            ("ACKNOWLEDGEMENT", Some(State::Down), ALL),
            ("CUSTOM", Some(State::Ok), ALL),
            ("STALKING", Some(State::Down), ALL),
        ] {
            let notification = notification(kind, state);
            assert_eq!(passing(&notification), options, "{kind} {state:?}");
        }
    }

    #[test]
    fn open_on_holds_back_problems_of_other_states_and_nothing_else() {
        let filter = Filter {
            open_on: Some(vec![State::Down, State::Critical]),
            ..Filter::default()
        };
        for (kind, state, reason) in [
            ("PROBLEM", Some(State::Down), None),
            ("PROBLEM", Some(State::Critical), None),
            (
                "PROBLEM",
                Some(State::Warning),
                Some("open_on leaves out WARNING"),
            ),
            (
                "PROBLEM",
                Some(State::Unreachable),
                Some("open_on leaves out UNREACHABLE"),
            ),
            ("PROBLEM", Some(State::Ok), None),
            ("PROBLEM", None, None),
            ("RECOVERY", Some(State::Ok), None),
            ("ACKNOWLEDGEMENT", Some(State::Warning), None),
            ("DOWNTIMESTART", Some(State::Warning), None),
            ("STALKING", Some(State::Warning), None),
        ] {
            let held_back = filter.holds_back(&notification(kind, state), AT);
            assert_eq!(held_back.as_deref(), reason, "{kind} {state:?}");
        }
    }

    #[test]
    fn the_reasons_are_in_words() {
        let problem = notification("PROBLEM", Some(State::Warning));
        let recovery = notification("RECOVERY", Some(State::Ok));
        let only_critical = Filter {
            options: Some(vec!['c']),
            ..Filter::default()
        };
        let reason = |filter: &Filter, notification| filter.holds_back(notification, AT);
        assert_eq!(reason(&Filter::default(), &problem), None);
        assert_eq!(
            reason(&only_critical, &problem).as_deref(),
            Some("its options leave out w (WARNING)")
        );
        assert_eq!(
            reason(&only_critical, &recovery).as_deref(),
            Some("its options leave out r (RECOVERY)")
        );
        assert_eq!(
            reason(&only_critical.disabled(), &recovery).as_deref(),
            Some("enabled = false")
        );
    }
}
