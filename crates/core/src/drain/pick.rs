//! Whose turn it is: the oldest entry that may go, around what has to wait and what is no entry.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use super::{Left, Told, Work};
use crate::entry::Entry;
use crate::now::Moment;
use crate::provider::Provider;
use crate::state_folder::counter::Counter;
use crate::state_folder::journal::Became;
use crate::state_folder::lane::{Past, Sort, Ticket};
use crate::state_folder::line::Line;
use crate::state_folder::waiting::Unreadable;
use crate::story::Surface;

/// A folder with so few is listed as quickly as looked at.
const FEW: usize = 100;
/// No machine stores so many notifications; following such a number would use up all others.
const OUT_OF_PROPORTION: u64 = 1_000_000_000_000_000;

pub(super) enum Next {
    Entry(Ticket, Box<Entry>, u64),
    Left(Left),
}

impl<P: Provider> Work<'_, '_, P> {
    /// The oldest entry that may go now.
    pub(super) fn next(&mut self, line: &mut Line) -> io::Result<Next> {
        loop {
            let Some(ticket) = self.pick(line)? else {
                return Ok(Next::Left(Left::Nothing));
            };
            // Thousands that are too old cost time as well.
            if self.time_left().is_zero() {
                return Ok(Next::Left(Left::TimeUp));
            }
            if self.blocked.contains(&ticket.object) {
                continue;
            }
            match ticket.past {
                Past::Delivered => {
                    Self::mark(line, ticket.number);
                    self.finish(ticket);
                    continue;
                }
                Past::Failed { again, .. } if self.has_to_wait(again) => {
                    self.blocked.insert(ticket.object);
                    continue;
                }
                Past::Failed { .. } | Past::Fresh => {}
            }
            match self.task.folder.read::<Entry>(self.task.lane, &ticket) {
                Ok((entry, bytes)) => {
                    let age = Moment::read().since(&entry.created);
                    if age <= self.task.config.queue.expire_after.as_secs_f64() {
                        return Ok(Next::Entry(ticket, Box::new(entry), bytes));
                    }
                    let why = "older than expire_after";
                    Self::mark(line, ticket.number);
                    self.give_up(ticket, &entry, bytes, Became::Expired, why)?;
                }
                Err(Unreadable::Gone) => {}
                Err(Unreadable::Newer(format)) => {
                    self.blocked.insert(ticket.object);
                    self.leave_newer(ticket.to_string(), format);
                }
                Err(Unreadable::Broken(reason)) => self.set_aside(&ticket.to_string(), &reason),
                Err(Unreadable::Disk(reason)) => {
                    return Err(io::Error::other(format!("{ticket}: {reason}")));
                }
            }
        }
    }

    pub(super) fn has_to_wait(&self, again: u64) -> bool {
        let left = again as f64 - Moment::read().wall;
        // Further away than any wait leads: the clock jumped.
        let longest = self.task.config.queue.schedule.longest_wait();
        left > 0.0 && left <= longest.as_secs_f64()
    }

    /// After a failure that may be an entry's own fault another object's goes first.
    pub(super) fn pick(&mut self, line: &mut Line) -> io::Result<Option<Ticket>> {
        if self.queue.is_empty() {
            self.list_newer()?;
        }
        if line.state.suspects.is_empty() {
            return Ok(self.queue.pop_front());
        }
        let suspects = &line.state.suspects;
        let is_suspect = |ticket: &Ticket| {
            let mut objects = suspects.iter().map(|suspect| suspect.object);
            objects.any(|object| object == ticket.object)
        };
        let other = self
            .queue
            .iter()
            .position(|ticket| !is_suspect(ticket) && !self.blocked.contains(&ticket.object));
        match other {
            Some(position) => Ok(self.queue.remove(position)),
            None => {
                // Everybody had a turn, unless others were only put aside: from the oldest again.
                if self.crowd.collected.is_empty() {
                    line.state.suspects.clear();
                }
                Ok(self.queue.pop_front())
            }
        }
    }

    /// What has appeared since the last look. A folder that changes while it is read may show a later entry and not an
    /// earlier one: what is not below the counter's bound is left for the next look.
    pub(super) fn list_newer(&mut self) -> io::Result<()> {
        let bound = Counter::lock(self.task.folder)?.bound();
        let listing = self.task.folder.list(self.task.lane)?;
        for name in listing.aliens {
            match self.task.folder.judge_alien(self.task.lane, &name) {
                Unreadable::Gone => {}
                Unreadable::Newer(format) => {
                    if self.looked_up_to == 0 {
                        self.leave_newer(name.to_string_lossy().into_owned(), format);
                    }
                }
                Unreadable::Broken(reason) | Unreadable::Disk(reason) => {
                    self.set_aside(&name.to_string_lossy(), &reason);
                }
            }
        }
        let strange = listing.tickets.iter().rev();
        for ticket in strange.take_while(|ticket| ticket.number >= bound) {
            match ticket.number < OUT_OF_PROPORTION {
                true => Counter::lock(self.task.folder)?.cover(ticket.number)?,
                false => {
                    self.set_aside(&ticket.to_string(), "its number is out of all proportion");
                }
            }
        }
        let newer = self.looked_up_to..bound;
        let tickets = listing.tickets.into_iter();
        let tickets: Vec<Ticket> = tickets
            .filter(|ticket| newer.contains(&ticket.number))
            .collect();
        for ticket in &tickets {
            let ahead = self.ahead.entry(ticket.object).or_default();
            ahead.note(ticket.number, ticket.sort);
        }
        let came = !tickets.is_empty();
        self.queue.extend(tickets);
        if came && P::SURFACE == Surface::Incidents {
            self.put_urgent_first();
        }
        self.looked_up_to = bound;
        self.looked = Instant::now();
        Ok(())
    }

    /// After a pause; in a long queue not after each.
    pub(super) fn look_again(&mut self) -> io::Result<()> {
        const SELDOM: Duration = Duration::from_secs(5);
        match self.queue.len() < FEW || self.looked.elapsed() > SELDOM {
            true => self.list_newer(),
            false => Ok(()),
        }
    }

    /// Hosts, then what is critical; but nothing overtakes an older one about the same object.
    fn put_urgent_first(&mut self) {
        let mut last: HashMap<u64, Sort> = HashMap::new();
        let mut ranked: Vec<(Sort, Ticket)> = Vec::with_capacity(self.queue.len());
        for ticket in self.queue.drain(..) {
            let rank = last.entry(ticket.object).or_insert(ticket.sort);
            *rank = (*rank).max(ticket.sort);
            ranked.push((*rank, ticket));
        }
        // Stable: within a rank the order of storing stays.
        ranked.sort_by_key(|(rank, _)| *rank);
        self.queue
            .extend(ranked.into_iter().map(|(_, ticket)| ticket));
    }

    pub(super) fn something_came(&mut self) -> io::Result<bool> {
        self.list_newer()?;
        Ok(!self.queue.is_empty())
    }

    pub(super) fn set_aside(&mut self, name: &str, reason: &str) {
        let folder = self.task.folder;
        let reason = folder.set_aside(self.task.lane, &name.into(), reason, &mut self.journal);
        let name = name.to_owned();
        (self.tell)(Told::Stranger { name, reason });
    }

    pub(super) fn leave_newer(&mut self, name: String, format: u64) {
        let reason = format!("format {format} is of a newer version: left where it is");
        (self.tell)(Told::Stranger { name, reason });
    }
}
