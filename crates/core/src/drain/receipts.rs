//! How an entry leaves: its receipt on disk first, then the entry, then a word to the caller.

use std::io;
use std::time::Instant;

use super::{Told, Work};
use crate::entry::Entry;
use crate::kill_points::kill_point;
use crate::now::Moment;
use crate::provider::Provider;
use crate::state_folder::counter::Load;
use crate::state_folder::journal::{Became, Record};
use crate::state_folder::lane::{Past, Ticket};
use crate::state_folder::waiting::Shelf;

/// How many receipts share one sync, and so may be repeated after a power cut.
const BATCH: usize = 16;

/// An entry whose receipt is written and not yet synced.
pub(super) struct Leaving {
    ticket: Ticket,
    bytes: u64,
    goes: Goes,
}

enum Goes {
    Away,
    ToFailed,
}

impl<P: Provider> Work<'_, '_, P> {
    /// Its receipt is written; with the batch it is synced, and the entry goes.
    pub(super) fn done(
        &mut self,
        ticket: Ticket,
        entry: &Entry,
        bytes: u64,
        became: Became,
        vendor: Option<&str>,
        reason: Option<&str>,
    ) -> io::Result<()> {
        let mut record = Record::of(ticket.number, entry, became, &Moment::read());
        record.vendor = vendor.map(str::to_owned);
        record.reason = reason.map(str::to_owned);
        if let Err(error) = self.journal.append(&record) {
            // Without a receipt it must not go, and must not be sent again either.
            let marked = self
                .task
                .folder
                .rename(self.task.lane, &ticket, Past::Delivered);
            (self.tell)(Told::Stranger {
                name: ticket.to_string(),
                reason: format!("it has no receipt: {error}"),
            });
            self.say(&ticket, entry, became, vendor, reason);
            return marked;
        }
        kill_point("receipt");
        self.leaves(ticket, bytes, Goes::Away);
        self.say(&ticket, entry, became, vendor, reason);
        self.commit_if_due(&ticket)
    }

    /// Delivered long ago; its receipt found no room then. Nobody waits behind it.
    pub(super) fn finish(&mut self, ticket: Ticket) {
        let Ok((entry, bytes)) = self.task.folder.read::<Entry>(self.task.lane, &ticket) else {
            return;
        };
        let record = Record::of(ticket.number, &entry, Became::Delivered, &Moment::read());
        let record = record.because("the receipt is late: it could not be written before");
        match self.journal.append(&record) {
            Ok(()) => self.leaves(ticket, bytes, Goes::Away),
            Err(error) => (self.tell)(Told::Stranger {
                name: ticket.to_string(),
                reason: format!("it was delivered, and its receipt cannot be written: {error}"),
            }),
        }
    }

    /// To `failed/`.
    pub(super) fn give_up(
        &mut self,
        ticket: Ticket,
        entry: &Entry,
        bytes: u64,
        became: Became,
        reason: &str,
    ) -> io::Result<()> {
        let record = Record::of(ticket.number, entry, became, &Moment::read());
        self.journal.append(&record.because(reason))?;
        kill_point("failure-noted");
        self.leaves(ticket, bytes, Goes::ToFailed);
        self.say(&ticket, entry, became, None, Some(reason));
        self.commit_if_due(&ticket)
    }

    fn leaves(&mut self, ticket: Ticket, bytes: u64, goes: Goes) {
        self.batch.push(Leaving {
            ticket,
            bytes,
            goes,
        });
    }

    fn commit_if_due(&mut self, ticket: &Ticket) -> io::Result<()> {
        match self.batch.len() >= BATCH || self.is_own(ticket) {
            true => self.commit(),
            false => Ok(()),
        }
    }

    /// One sync for all receipts of the batch, then its entries go.
    pub(super) fn commit(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.journal.sync()?;
        kill_point("receipt-synced");
        let (folder, lane) = (self.task.folder, self.task.lane);
        let mut gone = Load::default();
        let mut failed = Vec::new();
        for leaving in self.batch.drain(..) {
            let name = leaving.ticket.to_string();
            match leaving.goes {
                Goes::Away => folder.remove(Shelf::Waiting, lane, &name)?,
                Goes::ToFailed => failed.push(name.into()),
            }
            kill_point("removed");
            gone.entries += 1;
            gone.bytes += leaving.bytes;
        }
        folder.fail_all(lane, &failed)?;
        kill_point("failure-moved");
        folder.uncount(gone);
        Ok(())
    }

    pub(super) fn say(
        &mut self,
        ticket: &Ticket,
        entry: &Entry,
        became: Became,
        vendor: Option<&str>,
        reason: Option<&str>,
    ) {
        if self.is_own(ticket) {
            self.own_judged = Some(Instant::now());
        }
        (self.tell)(Told::Became {
            number: ticket.number,
            entry,
            became,
            vendor,
            reason,
            left: self.queue.len(),
        });
    }
}
