//! What a verdict means for the entry, for those that failed before it, and for the destination.

use std::io;
use std::time::Duration;

use super::told::{Posted, Sent};
use super::{Attempt, Item, Left, Told, Work};
use crate::deliver::Outcome;
use crate::entry::Entry;
use crate::now::Moment;
use crate::provider::Provider;
use crate::state_folder::journal::{Became, Record};
use crate::state_folder::lane::{Past, Ticket};
use crate::state_folder::line::{Line, Suspect, Trouble, TroubleKind};
use crate::story::{Story, Vendor};
use crate::time;
use crate::verdict::{Blame, Verdict};

impl<P: Provider> Work<'_, '_, P> {
    pub(super) fn judge(
        &mut self,
        line: &mut Line,
        item: Item,
        story: &Story,
        sent: Sent,
    ) -> io::Result<Option<Left>> {
        let Item {
            ticket,
            entry,
            bytes,
            known,
        } = item;
        match sent.outcome {
            Outcome::Judged(Verdict::Delivered { reference }) => {
                line.state.delivered = line.state.asked.clone();
                let vendor = reference.as_deref();
                let posted = match sent.posted {
                    Posted::Own => {
                        self.note_post(line);
                        Vendor::Own(vendor)
                    }
                    Posted::Reply => Vendor::Reply,
                };
                self.arrived(line, &ticket, entry, story, known, posted);
                self.done(ticket, entry, bytes, Became::Delivered, vendor, None)?;
                self.passed(line)?;
                Ok(None)
            }
            Outcome::NothingToSend { why } => {
                let became = Became::NothingToSend;
                self.done(ticket, entry, bytes, became, None, Some(&why))?;
                Ok(None)
            }
            Outcome::Judged(Verdict::MessageRefused { reason }) => {
                self.give_up(ticket, entry, bytes, Became::Refused, &reason)?;
                self.passed(line)?;
                Ok(None)
            }
            outcome => self.failed(line, Some(&ticket), outcome),
        }
    }

    /// What did not arrive, and will be tried again.
    pub(super) fn failed(
        &mut self,
        line: &mut Line,
        ticket: Option<&Ticket>,
        outcome: Outcome,
    ) -> io::Result<Option<Left>> {
        match outcome {
            Outcome::Judged(Verdict::Retry {
                after,
                blame,
                reason,
            }) => {
                if let Some(ticket) = ticket.filter(|_| blame == Blame::Unclear) {
                    line.state.doubt(ticket.number);
                    line.state.suspects.push(Suspect {
                        number: ticket.number,
                        object: ticket.object,
                    });
                }
                let kind = TroubleKind::Failing;
                Ok(Some(self.trouble(line, kind, reason, after)))
            }
            Outcome::Judged(Verdict::DestinationRefused { reason }) => {
                Ok(Some(self.trouble(line, TroubleKind::Refused, reason, None)))
            }
            Outcome::Unusable { why } => {
                Ok(Some(self.trouble(line, TroubleKind::Unusable, why, None)))
            }
            Outcome::Judged(Verdict::Delivered { .. } | Verdict::MessageRefused { .. })
            | Outcome::NothingToSend { .. } => Ok(None),
        }
    }

    /// The vendor takes what we send: who failed before it failed by itself.
    pub(super) fn passed(&mut self, line: &mut Line) -> io::Result<()> {
        if line.state.trouble.take().is_some() {
            (self.tell)(Told::WorksAgain);
        }
        let schedule = &self.task.config.queue.schedule;
        for suspect in std::mem::take(&mut line.state.suspects) {
            let mine = |ticket: &Ticket| ticket.number == suspect.number;
            // One that is not in line was dropped by hand, or is this very one.
            let Some(position) = self.queue.iter().position(mine) else {
                continue;
            };
            let Some(ticket) = self.queue.remove(position) else {
                continue;
            };
            let Ok((entry, bytes)) = self.task.folder.read::<Entry>(self.task.lane, &ticket) else {
                continue;
            };
            let times = ticket.failures() + 1;
            if times >= schedule.attempts {
                let why = format!("{times} attempts failed while others passed");
                self.give_up(ticket, &entry, bytes, Became::GivenUp, &why)?;
                continue;
            }
            let now = Moment::read();
            let wait = schedule.wait(times, None);
            let past = Past::Failed {
                times,
                again: (now.wall + wait.as_secs_f64()).ceil() as u64,
            };
            let why = format!(
                "attempt {times} of {} failed while others passed; again in {}",
                schedule.attempts,
                time::span(wait.as_secs_f64().ceil())
            );
            let record = Record::of(ticket.number, &entry, Became::Postponed, &now);
            self.journal.append(&record.because(why))?;
            self.task.folder.rename(self.task.lane, &ticket, past)?;
            self.blocked.insert(ticket.object);
        }
        Ok(())
    }

    pub(super) fn trouble(
        &mut self,
        line: &mut Line,
        kind: TroubleKind,
        reason: String,
        wish: Option<Duration>,
    ) -> Left {
        let before = line.state.trouble.take();
        let (mut trouble, news) = Trouble::after(before, kind, reason, &Moment::read());
        let schedule = &self.task.config.queue.schedule;
        let wait = match kind {
            TroubleKind::Refused => schedule.refused,
            // Looking at it costs the vendor nothing.
            TroubleKind::Unusable => Duration::ZERO,
            TroubleKind::Failing => schedule.wait(trouble.failures, wish),
        };
        trouble.wait = wait.as_secs_f64();
        if kind == TroubleKind::Refused {
            trouble.fingerprint = self.fingerprint();
        }
        line.state.trouble = Some(trouble.clone());
        Left::Trouble {
            trouble,
            attempt: Attempt::Now,
            news,
        }
    }
}
