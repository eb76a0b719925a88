//! Who may answer, and who they are to the core.

use notify_core::config::answers::{Allowed, Answers, What};

use crate::answer::{Person, Source, Wish};
use crate::monitoring::harmless;

/// What the config says of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    Allowed,
    /// The vendor has to say whether it is a full member.
    IfMember,
    Refused(String),
}

pub fn ruling(answers: &Answers, person: &Person, wish: &Wish) -> Ruling {
    let source = person.source.name();
    match &answers.allow {
        _ if person.source == Source::Timer => Ruling::Allowed,
        Some(list) if list.iter().any(|allowed| covers(allowed, person)) => Ruling::Allowed,
        Some(_) => Ruling::Refused(format!(
            "you may not answer here: an admin can add \"{source}:{}\" to allow in [answers]",
            person.id
        )),
        None if matches!(wish, Wish::Downtime { .. }) => Ruling::Refused(format!(
            "downtimes need a list of people: an admin can add allow = [\"{source}:{}\"] to [answers]",
            person.id
        )),
        None => Ruling::IfMember,
    }
}

fn covers(allowed: &Allowed, person: &Person) -> bool {
    let id = match allowed.what {
        What::Person => Some(&person.id),
        What::Channel => person.channel.as_ref(),
        What::Team => person.team.as_ref(),
    };
    allowed.source == person.source.name() && id == Some(&allowed.id)
}

/// Who the core is told it was: a contact of its own, or the name that the vendor gives. Harmless, and never empty: no core
/// takes that.
pub fn author(answers: &Answers, person: &Person) -> String {
    let key = format!("{}:{}", person.source.name(), person.id);
    let name = answers.contacts.get(&key).unwrap_or(&person.name);
    let name = harmless(name);
    match name.is_empty() {
        true => harmless(&key),
        false => name,
    }
}
