//! What the channels hold now: each message with its thread, as it was last updated.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::mattermost_posts;
use crate::options::Record;
use crate::show::{Page, Paint};

/// A program that runs for days forgets its oldest messages; for their senders they are gone.
const MOST_KEPT: usize = 10_000;

/// A message of a channel as people find it there now; see [`Preview::channel`](crate::Preview::channel).
#[derive(Clone, Debug)]
pub struct Shown {
    /// The vendor's name for it, as receipts have it: `CHANNEL/TS` for Slack, the post's id for Mattermost.
    /// [`Preview::delete`](crate::Preview::delete) takes it.
    pub reference: String,
    /// Slack's `text`, Mattermost's `message`.
    pub text: String,
    /// The `color` of each attachment that has one, in order.
    pub colours: Vec<String>,
    /// Slack: what was posted, with what an update replaced or left as Slack does. Mattermost: the post as the
    /// database has it, without the buttons' `integration`, which no client sees.
    pub body: Value,
    /// As a person sees it, without colour codes.
    pub page: String,
    /// Its thread, oldest first; a reply has no replies.
    pub replies: Vec<Shown>,
    /// How often it was updated.
    pub updates: usize,
    /// By [`Preview::delete`](crate::Preview::delete). The rest is as it was before.
    pub deleted: bool,
}

/// Whether [`Preview::delete`](crate::Preview::delete) found the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Deletion {
    Done,
    NoSuchMessage,
}

pub(crate) struct Kept {
    pub(crate) reference: String,
    pub(crate) channel: String,
    /// Who may update it.
    pub(crate) author: String,
    /// The reference of the message that it replies to.
    pub(crate) root: Option<String>,
    pub(crate) content: Content,
    updates: usize,
    pub(crate) deleted: bool,
}

/// What an update replaces.
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) body: Value,
    /// Without a title.
    pub(crate) page: Page,
}

pub(crate) struct Board {
    most: usize,
    messages: BTreeMap<u64, Kept>,
    numbers: HashMap<String, u64>,
    last: u64,
}

impl Kept {
    pub(crate) fn new(
        reference: String,
        channel: &str,
        author: &str,
        root: Option<String>,
        content: Content,
    ) -> Kept {
        Kept {
            reference,
            channel: channel.to_string(),
            author: author.to_string(),
            root,
            content,
            updates: 0,
            deleted: false,
        }
    }

    /// What a person would call it by.
    pub(crate) fn label(&self) -> String {
        let line = self.content.page.first_line();
        match line.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    fn shown(&self) -> Shown {
        let body = &self.content.body;
        let attachments = match &body["props"] {
            Value::Null => &body["attachments"],
            props => &props["attachments"],
        };
        let colours = attachments
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|attachment| Some(attachment["color"].as_str()?.to_string()))
            .collect();
        Shown {
            reference: self.reference.clone(),
            text: self.content.text.clone(),
            colours,
            body: mattermost_posts::without_integrations(body),
            page: self.content.page.text(Paint::Plain),
            replies: Vec::new(),
            updates: self.updates,
            deleted: self.deleted,
        }
    }
}

impl Board {
    pub(crate) fn new(record: Record) -> Board {
        Board {
            most: match record {
                Record::Everything => usize::MAX,
                Record::Nothing => MOST_KEPT,
            },
            messages: BTreeMap::new(),
            numbers: HashMap::new(),
            last: 0,
        }
    }

    pub(crate) fn post(&mut self, message: Kept) {
        self.last += 1;
        self.numbers.insert(message.reference.clone(), self.last);
        self.messages.insert(self.last, message);
        if self.messages.len() > self.most
            && let Some((_, oldest)) = self.messages.pop_first()
        {
            self.numbers.remove(&oldest.reference);
        }
    }

    /// Deleted ones too.
    pub(crate) fn get(&self, reference: &str) -> Option<&Kept> {
        self.messages.get(self.numbers.get(reference)?)
    }

    pub(crate) fn get_mut(&mut self, reference: &str) -> Option<&mut Kept> {
        self.messages.get_mut(self.numbers.get(reference)?)
    }

    pub(crate) fn update(&mut self, reference: &str, content: Content) {
        if let Some(message) = self.get_mut(reference) {
            message.content = content;
            message.updates += 1;
        }
    }

    /// What is not deleted of a thread, without its root.
    pub(crate) fn replies(&self, root: &str) -> Vec<String> {
        self.messages
            .values()
            .filter(|message| message.root.as_deref() == Some(root) && !message.deleted)
            .map(|message| message.reference.clone())
            .collect()
    }

    pub(crate) fn channel(&self, channel: &str) -> Vec<Shown> {
        let of_channel = || self.messages.values().filter(|one| one.channel == channel);
        let mut threads: HashMap<&str, Vec<Shown>> = HashMap::new();
        for reply in of_channel() {
            if let Some(root) = &reply.root {
                threads.entry(root).or_default().push(reply.shown());
            }
        }
        of_channel()
            .filter(|message| message.root.is_none())
            .map(|message| Shown {
                replies: threads
                    .remove(message.reference.as_str())
                    .unwrap_or_default(),
                ..message.shown()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(reference: &str, root: Option<&str>) -> Kept {
        let content = Content {
            text: reference.to_string(),
            body: json!({}),
            page: Page::default(),
        };
        let root = root.map(str::to_string);
        Kept::new(reference.to_string(), "c", "bot", root, content)
    }

    #[test]
    fn a_program_that_runs_for_days_forgets_the_oldest_messages() {
        let mut board = Board::new(Record::Nothing);
        for number in 0..=MOST_KEPT {
            board.post(message(&number.to_string(), None));
        }
        assert_eq!(board.channel("c").len(), MOST_KEPT);
        assert!(board.get("0").is_none());
        assert!(board.get("1").is_some());
        assert_eq!(board.numbers.len(), MOST_KEPT);
    }

    #[test]
    fn a_label_is_cut_where_a_letter_ends() {
        let mut long = message("x", None);
        long.content.page.note(&"ä".repeat(61));
        assert_eq!(long.label(), format!("{}…", "ä".repeat(60)));
    }
}
