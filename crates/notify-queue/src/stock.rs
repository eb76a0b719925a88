//! Everything that lies in the queue's two folders, file by file, and which of it is meant.

use std::io;

use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{Became, Record};
use notify_core::state_folder::lane::{Lane, Ticket};
use notify_core::state_folder::waiting::{Shelf, Unreadable};

use crate::command::Wanted;
use crate::content::Content;
use crate::naming::Naming;

/// A file, whether it can be read or not.
pub struct Item {
    pub shelf: Shelf,
    pub lane: Lane,
    pub name: String,
    /// `None` where its name is not one of the queue's.
    pub ticket: Option<Ticket>,
    pub content: Result<Content, Unreadable>,
    /// When, as far as that can be seen.
    pub stored: Option<Moment>,
    pub bytes: u64,
}

/// What a command line asks for; all of it must hold.
#[derive(Clone, Debug)]
pub struct Selection {
    pub ids: Vec<u64>,
    pub destinations: Wanted,
    pub hosts: Vec<String>,
    pub shelves: &'static [Shelf],
}

pub const BOTH: &[Shelf] = &[Shelf::Waiting, Shelf::Failed];
pub const WAITING: &[Shelf] = &[Shelf::Waiting];
pub const FAILED: &[Shelf] = &[Shelf::Failed];

impl Item {
    /// 0 where it has none.
    pub fn number(&self) -> u64 {
        self.ticket.map_or(0, |ticket| ticket.number)
    }

    /// Why it is no entry.
    pub fn problem(&self) -> Option<String> {
        match &self.content {
            Ok(_) => None,
            Err(Unreadable::Gone) => Some("it is gone".to_owned()),
            Err(Unreadable::Newer(format)) => {
                Some(format!("its format {format} is of a newer version"))
            }
            Err(Unreadable::Broken(reason) | Unreadable::Disk(reason)) => Some(reason.clone()),
        }
    }

    pub fn headline(&self, naming: &Naming) -> String {
        match &self.content {
            Ok(content) => naming.headline(content.notification()),
            Err(_) => format!("{}: {}", self.name, self.problem().unwrap_or_default()),
        }
    }

    pub fn record(&self, became: Became, now: &Moment) -> Record {
        match &self.content {
            Ok(content) => content.record(self.number(), became, now),
            Err(_) => Record {
                id: self.number(),
                destination: self.lane.place(),
                ..Record::about(became, now).because(format!("{}/{}", self.lane, self.name))
            },
        }
    }
}

impl Selection {
    /// Each lane with what is meant in it; those with nothing are left out.
    pub fn for_each_lane(
        &self,
        folder: &StateFolder,
        naming: &Naming,
        mut act: impl FnMut(Shelf, &Lane, Vec<Item>) -> io::Result<()>,
    ) -> io::Result<()> {
        for shelf in self.shelves {
            for lane in folder.lanes_on(*shelf)? {
                if !self.destinations.has(&lane) {
                    continue;
                }
                let items = self.in_lane(folder, *shelf, &lane, naming)?;
                if !items.is_empty() {
                    act(*shelf, &lane, items)?;
                }
            }
        }
        Ok(())
    }

    pub fn in_lane(
        &self,
        folder: &StateFolder,
        shelf: Shelf,
        lane: &Lane,
        naming: &Naming,
    ) -> io::Result<Vec<Item>> {
        let listing = folder.list_on(shelf, lane)?;
        let mut items = Vec::new();
        for ticket in listing.tickets {
            if !self.ids.is_empty() && !self.ids.contains(&ticket.number) {
                continue;
            }
            let (content, bytes) = match Content::read(folder, shelf, lane, &ticket) {
                Ok((content, bytes)) => (Ok(content), bytes),
                Err(Unreadable::Gone) => continue,
                Err(unreadable) => (Err(unreadable), 0),
            };
            if self.has_host(content.as_ref().ok(), naming) {
                let name = ticket.to_string();
                items.push(Item {
                    shelf,
                    lane: lane.clone(),
                    ticket: Some(ticket),
                    stored: stored(folder, shelf, lane, &name, &content),
                    name,
                    content,
                    bytes,
                });
            }
        }
        if self.ids.is_empty() && self.hosts.is_empty() {
            for alien in listing.aliens {
                let content = Err(match shelf {
                    Shelf::Waiting => folder.judge_alien(lane, &alien),
                    // Its receipt says why it is there.
                    Shelf::Failed => Unreadable::Broken("not one of the queue's files".to_owned()),
                });
                let name = alien.to_string_lossy().into_owned();
                items.push(Item {
                    shelf,
                    lane: lane.clone(),
                    ticket: None,
                    stored: stored(folder, shelf, lane, &name, &content),
                    name,
                    content,
                    bytes: 0,
                });
            }
        }
        Ok(items)
    }

    fn has_host(&self, content: Option<&Content>, naming: &Naming) -> bool {
        self.hosts.is_empty()
            || content.is_some_and(|content| {
                let notification = content.notification();
                let mut hosts = self.hosts.iter();
                hosts.any(|host| naming.is_host(host, notification))
            })
    }
}

fn stored(
    folder: &StateFolder,
    shelf: Shelf,
    lane: &Lane,
    name: &str,
    content: &Result<Content, Unreadable>,
) -> Option<Moment> {
    match content {
        Ok(content) => Some(content.created().clone()),
        Err(Unreadable::Newer(_)) => folder.stored_at(shelf, lane, name),
        Err(_) => None,
    }
}
