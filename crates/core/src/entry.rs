//! A notification for one destination, ready to be stored: everything `deliver` needs beside the config, never a
//! credential and never a rendered body.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::notification::Notification;
use crate::now::Moment;
use crate::reference;
use crate::state_folder::lane::Sort;
use crate::time::When;

/// The version of the format in which entries are written.
pub const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub format: u32,
    pub destination: DestinationId,
    /// The file from which the destination is read again when it is delivered.
    pub config: PathBuf,
    pub emoji: Emoji,
    pub reference: String,
    /// When the notifier was started.
    pub created: Moment,
    /// Why this may not open anything there; what was opened there it may close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
    #[serde(default, skip_serializing_if = "ToldAs::is_news")]
    pub told_as: ToldAs,
    pub notification: Notification,
}

/// What people are to take it for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldAs {
    #[default]
    News,
    /// It was told before.
    History,
    /// It was told before, and is to be news once more.
    Again,
}

impl ToldAs {
    fn is_news(&self) -> bool {
        *self == ToldAs::News
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emoji {
    #[default]
    Shown,
    LeftOut,
}

/// A named place: `slack:ops`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DestinationId {
    pub provider: String,
    pub name: String,
}

impl Entry {
    pub fn new(
        destination: DestinationId,
        notification: Notification,
        site: &str,
        config: PathBuf,
        emoji: Emoji,
        created: Moment,
    ) -> Entry {
        Entry {
            format: FORMAT,
            destination,
            config,
            emoji,
            reference: reference::reference(site, &notification.subject),
            created,
            held_back: None,
            told_as: ToldAs::News,
            notification,
        }
    }

    /// The same once more: it waits from now on, and says when it was.
    pub fn once_more(mut self, told_as: ToldAs, now: Moment) -> Entry {
        let at = &mut self.notification.at;
        if at.as_ref().and_then(When::seconds).is_none() {
            *at = Some(When::At(self.created.wall));
        }
        Entry {
            created: now,
            held_back: None,
            told_as,
            ..self
        }
    }

    /// What nothing may count on being told by, or overtaken by, is anything else.
    pub fn sort(&self) -> Sort {
        let opens_nothing = self.held_back.is_some();
        match (self.told_as, Sort::of(&self.notification)) {
            (ToldAs::History | ToldAs::Again, _) => Sort::Other,
            (ToldAs::News, sort) if sort.is_problem() && opens_nothing => Sort::Other,
            (ToldAs::News, sort) => sort,
        }
    }
}

impl DestinationId {
    pub fn new(provider: &str, name: &str) -> DestinationId {
        DestinationId {
            provider: provider.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for DestinationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.name)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct NotADestination;

impl fmt::Display for NotADestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a destination is written provider:name, like slack:ops")
    }
}

impl FromStr for DestinationId {
    type Err = NotADestination;

    fn from_str(text: &str) -> Result<DestinationId, NotADestination> {
        match text.trim().split_once(':') {
            Some((provider, name)) if !provider.is_empty() && !name.is_empty() => {
                Ok(DestinationId::new(provider, name))
            }
            _ => Err(NotADestination),
        }
    }
}

impl TryFrom<String> for DestinationId {
    type Error = NotADestination;

    fn try_from(text: String) -> Result<DestinationId, NotADestination> {
        text.parse()
    }
}

impl From<DestinationId> for String {
    fn from(id: DestinationId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::{Kind, State, Subject};
    use crate::now::Uptime;
    use crate::time::When;

    const GOLDEN: &str = include_str!("../../../tests/golden/entry-v1.json");

    fn full() -> Entry {
        let notification = Notification {
            kind: Kind::Problem,
            subject: Subject::service("c36b8048-93ce-4385-ac19-ab5c90574b77", "Disk /var"),
            state: Some(State::Critical),
            last_state: Some(State::Warning),
            host_state: Some(State::Up),
            output: "DISK CRITICAL".into(),
            long_output: "/var 98%\n/tmp 4%".into(),
            author: "Max".into(),
            comment: "disk \"ordered\"".into(),
            host_display_name: "web01".into(),
            service_display_name: "Disk".into(),
            host_alias: "Shop".into(),
            host_address: "10.1.1.1".into(),
            host_group: "linux,shop".into(),
            attempt: "3".into(),
            id: "4711".into(),
            number: Some(2),
            at: Some(When::At(1_795_237_915.0)),
            since: Some(When::At(1_795_237_800.5)),
            last_ok: Some(When::Words("yesterday".into())),
            duration: "0d 0h 1m 54s".into(),
            notes_url: "https://wiki.example.com/disk".into(),
            action_url: "https://graphs.example.com/disk".into(),
            fields: vec![("Runbook".into(), "https://wiki.example.com/run".into())],
        };
        Entry::new(
            DestinationId::new("slack", "ops"),
            notification,
            "berlin",
            "/etc/monitoring-notify/config.toml".into(),
            Emoji::LeftOut,
            Moment {
                wall: 1_795_237_915.25,
                uptime: Some(Uptime {
                    boot: "d9e331e6-102e-43d0-b7d2-b691cc8ed97f".into(),
                    seconds: 11_207.5,
                }),
            },
        )
    }

    #[test]
    fn an_entry_is_written_as_the_format_says() {
        let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(serde_json::to_value(full()).unwrap(), golden);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let read: Entry = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(read, full());
    }

    #[test]
    fn what_holds_an_entry_back_is_written_where_something_does() {
        let held_back = Some("outside of the period \"office\" (Mon 03:10)".to_owned());
        let entry = Entry {
            held_back: held_back.clone(),
            ..full()
        };
        let written = serde_json::to_value(&entry).unwrap();
        assert_eq!(written["held_back"].as_str(), held_back.as_deref());
        assert_eq!(serde_json::from_value::<Entry>(written).unwrap(), entry);
    }

    #[test]
    fn once_more_it_is_young_and_says_when_it_was() {
        let now = Moment {
            wall: 1_795_300_000.0,
            uptime: None,
        };
        let held_back = Entry {
            held_back: Some("open_on leaves out DOWN".into()),
            ..full()
        };
        let again = held_back.once_more(ToldAs::History, now.clone());
        assert_eq!((&again.created, &again.held_back), (&now, &None));
        assert_eq!(serde_json::to_value(&again).unwrap()["told_as"], "history");
        assert_eq!(again.notification, full().notification);
        for unknown in [None, Some(When::Words("yesterday".into()))] {
            let mut entry = full();
            entry.notification.at = unknown;
            let again = entry.once_more(ToldAs::Again, now.clone());
            let was = Some(When::At(full().created.wall));
            assert_eq!(again.notification.at, was);
        }
    }

    #[test]
    fn an_entry_without_what_is_optional_is_read() {
        let read: Entry = serde_json::from_str(
            r#"{"format":1,"destination":"slack:ops","config":"/c","emoji":"shown",
                "reference":"mon:v1:default/web01","created":{"wall":1},
                "notification":{"kind":"STALKING","subject":{"host":"web01"}}}"#,
        )
        .unwrap();
        assert_eq!(read.notification.kind.name(), "STALKING");
        assert_eq!(read.notification.state, None);
    }
}
