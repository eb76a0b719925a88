//! Entries of a later version of this software, which this one leaves where they are: somebody has to know.

use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::waiting::{Listing, Shelf, Unreadable};

use crate::content::Content;
use crate::stock::Item;

#[derive(Debug, Default)]
pub struct Newer {
    /// Of those whose names this version can read.
    pub numbers: Vec<u64>,
    pub count: usize,
    /// In seconds.
    pub oldest: f64,
}

/// They are older than what waits behind them; a long queue must not make a look slow.
const LOOKED_AT: usize = 1_000;

impl Newer {
    /// `None` where there are none.
    pub fn in_lane(
        folder: &StateFolder,
        lane: &Lane,
        listing: &Listing,
        now: &Moment,
    ) -> Option<Newer> {
        let mut newer = Newer::default();
        for ticket in listing.tickets.iter().take(LOOKED_AT) {
            let read = Content::read(folder, Shelf::Waiting, lane, ticket);
            if let Err(Unreadable::Newer(_)) = read {
                newer.numbers.push(ticket.number);
                newer.add(folder, lane, &ticket.to_string(), now);
            }
        }
        for name in listing.aliens.iter().take(LOOKED_AT) {
            if let Unreadable::Newer(_) = folder.judge_alien(lane, name) {
                newer.add(folder, lane, &name.to_string_lossy(), now);
            }
        }
        (newer.count > 0).then_some(newer)
    }

    /// Of those that are listed.
    pub fn among(items: &[Item]) -> Option<Newer> {
        let mut newer = Newer::default();
        for item in items {
            if let Err(Unreadable::Newer(_)) = item.content {
                newer.count += 1;
                newer
                    .numbers
                    .extend(item.ticket.map(|ticket| ticket.number));
            }
        }
        (newer.count > 0).then_some(newer)
    }

    fn add(&mut self, folder: &StateFolder, lane: &Lane, name: &str, now: &Moment) {
        self.count += 1;
        let stored = folder.stored_at(Shelf::Waiting, lane, name);
        let age = stored.map_or(0.0, |stored| now.since(&stored));
        self.oldest = self.oldest.max(age);
    }

    /// `2 entries are of a newer version: update the programs here, or notify-queue drop 4 7`
    pub fn words(&self) -> String {
        const NAMED: usize = 3;
        let what = match self.count {
            1 => "1 entry is".to_owned(),
            count => format!("{count} entries are"),
        };
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        let drop = match numbers.len() {
            0 => "remove what notify-queue list shows".to_owned(),
            named if named <= NAMED => format!("notify-queue drop {}", numbers.join(" ")),
            _ => "notify-queue drop those that notify-queue list shows".to_owned(),
        };
        format!("{what} of a newer version: update the programs here, or {drop}")
    }
}
