//! A host's downtime and that of its services, by one person with one comment: one message.

use std::collections::HashSet;
use std::io;

use super::Work;
use super::storm::Collected;
use crate::deliver::Outcome;
use crate::digest::{Digest, is_companion};
use crate::entry::Entry;
use crate::notification::Notification;
use crate::now::Moment;
use crate::provider::Provider;
use crate::state_folder::lane::{Sort, Ticket};
use crate::state_folder::line::Line;
use crate::story::{Story, Surface};
use crate::verdict::Verdict;

/// Cores tell a host's and its services' downtimes within this time, in seconds.
const TOGETHER: f64 = 1.0;

/// It has a message of its own to answer, or to say that a problem is over.
fn goes_alone(notification: &Notification, story: &Story) -> bool {
    story.thread.is_some() || story.ends_problem(notification)
}

impl<P: Provider> Work<'_, '_, P> {
    /// `None`: it has no companions and goes by itself.
    pub(super) fn tell_downtime(
        &mut self,
        line: &mut Line,
        ticket: &Ticket,
        entry: &Entry,
        story: &Story,
    ) -> io::Result<Option<Collected>> {
        let digests = self.task.config.flood.digest.is_some();
        let alone = goes_alone(&entry.notification, story) || self.crowd.goes_without();
        if !digests || P::SURFACE != Surface::Messages || alone {
            return Ok(None);
        }
        let left = TOGETHER - Moment::read().since(&entry.created);
        if left > 0.0 && self.nap(left)? {
            self.queue.push_front(*ticket);
            self.list_newer()?;
            return Ok(Some(Collected::More));
        }
        let companions = self.companions(ticket, entry);
        if companions.is_empty() {
            return Ok(None);
        }
        let mut members = vec![self.member(entry, story)];
        for companion in &companions {
            let Some((entry, _, story)) = self.again(companion) else {
                continue;
            };
            members.push(self.member(&entry, &story));
        }
        let together: Vec<Ticket> = [*ticket].into_iter().chain(companions).collect();
        let digest = Digest::of_downtime(&members, entry.emoji);
        Self::mark(line, ticket.number);
        let outcome = self.post_digest(line, &digest);
        if let Outcome::Judged(Verdict::MessageRefused { .. }) = outcome {
            // Each by itself, then.
            self.crowd.go_without();
            let others = together.into_iter().skip(1);
            others
                .rev()
                .for_each(|ticket| self.queue.push_front(ticket));
            return Ok(None);
        }
        let left = self.tell_members(line, &together, outcome, &digest.headline)?;
        Ok(Some(left.map_or(Collected::More, Collected::Left)))
    }

    /// Taken out of the queue; none of them overtakes an older one about the same object.
    fn companions(&mut self, first: &Ticket, entry: &Entry) -> Vec<Ticket> {
        let mut passed = self.blocked.clone();
        passed.insert(first.object);
        let mut companions = Vec::new();
        let mut positions = HashSet::new();
        for (position, ticket) in self.queue.clone().iter().enumerate() {
            let is_first = passed.insert(ticket.object);
            if ticket.sort != Sort::Downtime || !is_first {
                continue;
            }
            let other = self.again(ticket);
            let is_one = other.is_some_and(|(other, _, story)| {
                !goes_alone(&other.notification, &story)
                    && is_companion(&entry.notification, &other.notification)
            });
            if is_one {
                companions.push(*ticket);
                positions.insert(position);
            }
        }
        let mut position = 0;
        self.queue.retain(|_| {
            position += 1;
            !positions.contains(&(position - 1))
        });
        companions
    }
}
