//! `[answers]`: who may answer, and who they are to the core.

use std::collections::BTreeMap;

use super::section::Section;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// `None`: full members of the own workspace or team.
    pub allow: Option<Vec<Allowed>>,
    /// `slack:U123` to the name of a contact of the core's.
    pub contacts: BTreeMap<String, String>,
}

/// `slack:U123`, `slack:channel:C123`, `mattermost:team:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The provider's name.
    pub source: String,
    pub what: What,
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Person,
    Channel,
    Team,
}

impl Answers {
    /// What cannot be read is noted with the section, and allows nobody.
    pub fn read(section: &Section) -> Answers {
        let mut answers = Answers::default();
        match section.texts("allow") {
            Ok(None) => {}
            Ok(Some(texts)) => {
                let mut allow = Vec::new();
                for text in texts {
                    match Allowed::parse(text) {
                        Some(allowed) => allow.push(allowed),
                        None => section.note(section.error(
                            "allow",
                            &format!("has {text:?}: write \"slack:U123\", \"slack:channel:C123\" or \"slack:team:T123\""),
                        )),
                    }
                }
                answers.allow = Some(allow);
            }
            Err(error) => {
                section.note(error);
                answers.allow = Some(Vec::new());
            }
        }
        match section.table("contacts") {
            Ok(Some(contacts)) => {
                for item in contacts.items() {
                    let key = &item.key;
                    match contacts.text(key) {
                        Ok(Some(name)) if is_person(key) => {
                            answers.contacts.insert(key.clone(), name.to_owned());
                        }
                        Ok(_) => section.note(contacts.error(
                            key,
                            "is nobody: write \"slack:U123\" = \"the contact's name\"",
                        )),
                        Err(error) => section.note(error),
                    }
                }
            }
            Ok(None) => {}
            Err(error) => section.note(error),
        }
        answers
    }
}

impl Allowed {
    fn parse(text: &str) -> Option<Allowed> {
        let (source, rest) = text.split_once(':')?;
        let (what, id) = match rest.split_once(':') {
            Some(("channel", id)) => (What::Channel, id),
            Some(("team", id)) => (What::Team, id),
            Some(("user", id)) => (What::Person, id),
            Some(_) => return None,
            None => (What::Person, rest),
        };
        let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_source(source) && plain).then(|| Allowed {
            source: source.to_owned(),
            what,
            id: id.to_owned(),
        })
    }
}

fn is_person(key: &str) -> bool {
    matches!(
        Allowed::parse(key),
        Some(Allowed {
            what: What::Person,
            ..
        })
    )
}

/// Where answers come from.
fn is_source(word: &str) -> bool {
    ["slack", "mattermost", "pagerduty"].contains(&word)
}
