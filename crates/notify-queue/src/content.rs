//! What a file of the queue holds: an entry, or a notification that is not routed yet.

use std::path::Path;

use notify_core::entry::Entry;
use notify_core::notification::Notification;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{Became, Record};
use notify_core::state_folder::lane::{Lane, Ticket};
use notify_core::state_folder::waiting::{Shelf, Unreadable};
use notify_core::unrouted::Unrouted;

pub enum Content {
    Entry(Box<Entry>),
    Unrouted(Box<Unrouted>),
}

impl Content {
    /// With the number of its bytes.
    pub fn read(
        folder: &StateFolder,
        shelf: Shelf,
        lane: &Lane,
        ticket: &Ticket,
    ) -> Result<(Content, u64), Unreadable> {
        match lane.destination {
            Some(_) => {
                let (entry, bytes) = folder.read_on::<Entry>(shelf, lane, ticket)?;
                Ok((Content::Entry(Box::new(entry)), bytes))
            }
            None => {
                let (unrouted, bytes) = folder.read_on::<Unrouted>(shelf, lane, ticket)?;
                Ok((Content::Unrouted(Box::new(unrouted)), bytes))
            }
        }
    }

    pub fn notification(&self) -> &Notification {
        match self {
            Content::Entry(entry) => &entry.notification,
            Content::Unrouted(unrouted) => &unrouted.notification,
        }
    }

    pub fn created(&self) -> &Moment {
        match self {
            Content::Entry(entry) => &entry.created,
            Content::Unrouted(unrouted) => &unrouted.created,
        }
    }

    pub fn config(&self) -> &Path {
        match self {
            Content::Entry(entry) => &entry.config,
            Content::Unrouted(unrouted) => &unrouted.config,
        }
    }

    pub fn record(&self, number: u64, became: Became, now: &Moment) -> Record {
        match self {
            Content::Entry(entry) => Record::of(number, entry, became, now),
            Content::Unrouted(unrouted) => {
                let notification = &unrouted.notification;
                Record {
                    id: number,
                    destination: unrouted.provider.clone(),
                    kind: notification.kind.name().to_owned(),
                    host: notification.subject.host.clone(),
                    service: notification.subject.service.clone(),
                    state: notification.state.map(|state| state.name().to_owned()),
                    late: Some(now.since(&unrouted.created)),
                    ..Record::about(became, now)
                }
            }
        }
    }
}

/// What became of an entry, as people say it.
pub fn words(became: Became) -> &'static str {
    match became {
        Became::Delivered => "delivered",
        Became::NothingToSend => "nothing to send",
        Became::Copy => "a copy",
        Became::HeldBack => "held back",
        Became::Folded => "told with a later one",
        Became::Routed => "routed",
        Became::Postponed => "postponed",
        Became::Refused => "refused",
        Became::GivenUp => "given up",
        Became::Expired => "expired",
        Became::Unreadable => "unreadable",
        Became::Requeued => "requeued",
        Became::Dropped => "dropped",
        Became::Pruned => "pruned",
    }
}
