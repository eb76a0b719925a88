//! What a drain puts aside for a digest, and for what follows it.

use std::collections::{HashMap, VecDeque};

use crate::state_folder::lane::Ticket;

/// What this drain collects.
#[derive(Default)]
pub(super) struct Crowd {
    /// For the digest.
    pub(super) collected: Vec<Ticket>,
    /// Answers below messages that are there already: after it.
    pub(super) answers: Vec<Ticket>,
    /// Where each object's first one was put.
    places: HashMap<u64, Aside>,
    /// How many wait for the next one.
    pub(super) later: usize,
    pub(super) phase: Phase,
    /// It was the only one of its digest, and goes by itself.
    pub(super) alone: Option<u64>,
}

#[derive(Clone, Copy)]
pub(super) enum Aside {
    Collected,
    Answers,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Collecting,
    /// The digest is out: answers go, everything else waits for the next one.
    Told,
    /// It was refused: everything goes by itself.
    Without,
}

impl Crowd {
    /// Behind one of its object's that was put aside already: what it is to people is not known before that is told.
    pub(super) fn takes_along(&mut self, ticket: &Ticket) -> bool {
        let place = self.places.get(&ticket.object).copied();
        if let Some(place) = place {
            self.put(*ticket, place);
        }
        place.is_some()
    }

    pub(super) fn put(&mut self, ticket: Ticket, place: Aside) {
        self.places.insert(ticket.object, place);
        match place {
            Aside::Collected => self.collected.push(ticket),
            Aside::Answers => self.answers.push(ticket),
        }
    }

    /// Everything goes by itself, in the order of storing.
    pub(super) fn give_back(&mut self, queue: &mut VecDeque<Ticket>) {
        queue.extend(self.collected.drain(..));
        queue.extend(self.answers.drain(..));
        queue.make_contiguous().sort_by_key(|ticket| ticket.number);
        self.places.clear();
    }

    pub(super) fn go_without(&mut self) {
        self.phase = Phase::Without;
    }

    pub(super) fn goes_without(&self) -> bool {
        self.phase == Phase::Without
    }
}
