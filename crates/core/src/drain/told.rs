//! What an entry is to the people there, and what they know afterwards.

use std::io;

use super::{Item, Told, Work};
use crate::deliver::{Halfway, Outcome, Steps};
use crate::entry::{Entry, FORMAT};
use crate::kill_points::kill_point;
use crate::now::{Moment, Now};
use crate::provider::Provider;
use crate::state_folder::journal::Became;
use crate::state_folder::known::Known;
use crate::state_folder::lane::Ticket;
use crate::state_folder::line::Line;
use crate::story::{self, Attempt, Elsewhere, Scene, Story, Turn, Vendor};

/// What became of a request, or of two.
pub(super) struct Sent {
    pub outcome: Outcome,
    pub posted: Posted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    Own,
    Reply,
}

impl<P: Provider> Work<'_, '_, P> {
    pub(super) fn known(&mut self, ticket: &Ticket, entry: &Entry) -> Known {
        let known = self.task.folder.known(self.task.lane, ticket.object);
        let known = known.unwrap_or_else(|problem| {
            (self.tell)(Told::Stranger {
                name: format!("open/{}/{:016x}.json", self.task.lane, ticket.object),
                reason: format!("{problem}: what was open there is forgotten"),
            });
            None
        });
        // Two objects of one hash share nothing.
        let known = known.filter(|known| known.reference == entry.reference);
        known.unwrap_or_else(|| Known {
            format: FORMAT,
            reference: entry.reference.clone(),
            subject: entry.notification.subject.clone(),
            ..Known::default()
        })
    }

    pub(super) fn turn(&self, ticket: &Ticket, entry: &Entry, known: &Known) -> Turn {
        let number = entry.notification.number;
        let may_be_news = number.is_some_and(|number| number > 1)
            && known.open.is_none()
            && known.untold.is_none();
        let folder = self.task.folder;
        let elsewhere = may_be_news && folder.open_elsewhere(self.task.lane, ticket.object);
        story::turn(&Scene {
            entry,
            number: ticket.number,
            known,
            ahead: self.ahead.get(&ticket.object).copied().unwrap_or_default(),
            elsewhere: match elsewhere {
                true => Elsewhere::Open,
                false => Elsewhere::Unknown,
            },
            surface: P::SURFACE,
            flood: &self.task.config.flood,
            now: &Moment::read(),
        })
    }

    /// Nobody is told by this one.
    pub(super) fn leave(
        &mut self,
        line: &mut Line,
        item: Item,
        became: Became,
        why: &str,
    ) -> io::Result<()> {
        let Item {
            ticket,
            entry,
            bytes,
            mut known,
        } = item;
        let before = known.clone();
        story::leave(&mut known, entry, became, attempt(line, &ticket));
        if known != before {
            self.remember(&ticket, &known);
        }
        kill_point("left-out");
        line.state.unsure.retain(|number| *number != ticket.number);
        self.done(ticket, entry, bytes, became, None, Some(why))
    }

    pub(super) fn ask(&mut self, item: &mut Item, story: &Story) -> Sent {
        let now = Now::read();
        let deadline = self.deadline(now);
        let (folder, lane) = (self.task.folder, self.task.lane);
        let (ticket, entry, known) = (item.ticket, item.entry, &mut item.known);
        let halfway = match known.halfway == Some(ticket.number) {
            true => Halfway::Updated,
            false => Halfway::No,
        };
        let session = match self.session() {
            Ok(session) => session,
            Err(outcome) => {
                return Sent {
                    outcome,
                    posted: Posted::Own,
                };
            }
        };
        let mut updated = || {
            known.halfway = Some(ticket.number);
            let _ = folder.remember(lane, ticket.object, known);
            kill_point("updated");
        };
        let steps = &mut Steps {
            halfway,
            updated: &mut updated,
        };
        match session.follow_up(entry, story, steps, now, deadline) {
            Some(outcome) => Sent {
                outcome,
                posted: Posted::Reply,
            },
            None => Sent {
                outcome: session.deliver(entry, story, now, deadline),
                posted: Posted::Own,
            },
        }
    }

    /// It has arrived: known before its receipt is written, so that a kill in between repeats nothing.
    pub(super) fn arrived(
        &mut self,
        line: &mut Line,
        ticket: &Ticket,
        entry: &Entry,
        story: &Story,
        mut known: Known,
        vendor: Vendor,
    ) {
        story::tell(&mut known, entry, ticket.number, story, vendor);
        self.remember(ticket, &known);
        line.state.unsure.retain(|number| *number != ticket.number);
        kill_point("remembered");
    }

    /// Where the disk has no room for it a thread or a duration is lost, no entry.
    fn remember(&self, ticket: &Ticket, known: &Known) {
        let _ = self
            .task
            .folder
            .remember(self.task.lane, ticket.object, known);
    }
}

pub(super) fn attempt(line: &Line, ticket: &Ticket) -> Attempt {
    match line.state.unsure.contains(&ticket.number) {
        true => Attempt::Maybe,
        false => Attempt::Never,
    }
}
