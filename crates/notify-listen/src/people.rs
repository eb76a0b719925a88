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

#[cfg(test)]
mod tests {
    use super::*;

    fn person(source: Source, id: &str, channel: &str, team: &str) -> Person {
        Person {
            source,
            id: id.to_owned(),
            name: "Max".to_owned(),
            channel: Some(channel.to_owned()),
            team: Some(team.to_owned()),
        }
    }

    fn allowing(what: What, id: &str) -> Answers {
        Answers {
            allow: Some(vec![Allowed {
                source: "slack".to_owned(),
                what,
                id: id.to_owned(),
            }]),
            ..Answers::default()
        }
    }

    #[test]
    fn the_list_counts_by_person_channel_and_team_of_its_vendor() {
        let max = person(Source::Slack, "U1", "C1", "T1");
        for (answers, is_allowed) in [
            (allowing(What::Person, "U1"), true),
            (allowing(What::Channel, "C1"), true),
            (allowing(What::Team, "T1"), true),
            (allowing(What::Person, "C1"), false),
            (allowing(What::Channel, "U1"), false),
            (allowing(What::Team, "T2"), false),
            (allowing(What::Person, "u1"), false),
        ] {
            for wish in [Wish::Recheck, downtime()] {
                let ruling = ruling(&answers, &max, &wish);
                assert_eq!(ruling == Ruling::Allowed, is_allowed, "{answers:?}");
                assert_eq!(matches!(ruling, Ruling::Refused(_)), !is_allowed);
            }
        }
        let elsewhere = person(Source::Mattermost, "U1", "C1", "T1");
        let answers = allowing(What::Person, "U1");
        assert_ne!(
            ruling(&answers, &elsewhere, &Wish::Recheck),
            Ruling::Allowed
        );
        let nobody = Answers {
            allow: Some(Vec::new()),
            ..Answers::default()
        };
        assert_ne!(ruling(&nobody, &max, &Wish::Recheck), Ruling::Allowed);
    }

    #[test]
    fn without_a_list_members_may_do_all_but_downtimes() {
        let max = person(Source::Slack, "U1", "C1", "T1");
        let answers = Answers::default();
        assert_eq!(ruling(&answers, &max, &Wish::Recheck), Ruling::IfMember);
        let refused = ruling(&answers, &max, &downtime());
        assert!(matches!(refused, Ruling::Refused(_)), "{refused:?}");
        let timer = person(Source::Timer, "expiry", "", "");
        assert_eq!(ruling(&answers, &timer, &Wish::Recheck), Ruling::Allowed);
    }

    #[test]
    fn the_core_is_told_its_own_contact_or_the_name_or_else_the_id() {
        let mut answers = Answers::default();
        let mut max = person(Source::Slack, "U1", "C1", "T1");
        assert_eq!(author(&answers, &max), "Max");
        max.name = "\u{202E}\n;".to_owned();
        assert_eq!(author(&answers, &max), ",");
        max.name = "\u{202E}\n".to_owned();
        assert_eq!(author(&answers, &max), "slack:U1");
        answers
            .contacts
            .insert("slack:U1".to_owned(), "mmustermann".to_owned());
        assert_eq!(author(&answers, &max), "mmustermann");
    }

    fn downtime() -> Wish {
        Wish::Downtime {
            comment: String::new(),
            seconds: 60,
        }
    }
}
