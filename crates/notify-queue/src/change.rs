//! `retry` and `drop`: by hand, with a receipt for each.

use std::io;
use std::time::Duration;

use notify_core::config::Config;
use notify_core::config::queue::QueueSettings;
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::counter::{Counter, Load};
use notify_core::state_folder::journal::{Became, Journal};
use notify_core::state_folder::lane::{Lane, Past};
use notify_core::state_folder::line::Line;
use notify_core::state_folder::waiting::Shelf;
use notify_core::{text, time};

use crate::content::Content;
use crate::naming::Naming;
use crate::print::Page;
use crate::standing::{Standing, usable_config};
use crate::stock::{BOTH, Item, Selection};

/// What was done, and what was not.
pub struct Changed {
    pub done: usize,
    pub exit: Exit,
    page: Page,
}

/// How many receipts share one sync.
const BATCH: usize = 100;

impl Changed {
    fn none() -> Changed {
        Changed {
            done: 0,
            exit: Exit::Done,
            page: Page::open(),
        }
    }

    /// A reader that went away stops nothing that is being done.
    fn say(&mut self, line: &str) {
        let _ = self.page.line(&text::line(line));
    }

    fn left(&mut self, exit: Exit, line: &str) {
        self.exit = self.exit.max(exit);
        self.say(line);
    }

    pub fn close(mut self, what: &str) -> Exit {
        match (self.done, self.exit) {
            (0, Exit::Done) => self.say("nothing was changed: nothing of that kind is there"),
            // Each has been told.
            (0, _) => {}
            (done, _) => self.say(&format!("{done} {what}")),
        }
        let _ = self.page.close();
        self.exit
    }
}

/// What failed waits again, and what waits is due now.
pub fn retry(
    folder: &StateFolder,
    selection: &Selection,
    environment: &Environment,
) -> io::Result<Changed> {
    let naming = Naming::new(folder);
    let mut changed = Changed::none();
    selection.for_each_lane(folder, &naming, |shelf, lane, items| match shelf {
        Shelf::Waiting => {
            let Some(mut line) = folder.line_soon(lane)? else {
                changed.left(Exit::TryAgain, &is_being_sent(lane));
                return Ok(());
            };
            let items = selection.in_lane(folder, Shelf::Waiting, lane, &naming)?;
            make_due(folder, lane, &mut line, &items, environment, &mut changed)
        }
        Shelf::Failed => bring_back(folder, lane, &items, environment, &mut changed),
    })?;
    Ok(changed)
}

fn bring_back(
    folder: &StateFolder,
    lane: &Lane,
    items: &[Item],
    environment: &Environment,
    changed: &mut Changed,
) -> io::Result<()> {
    let mut journal = Journal::of(folder);
    let now = Moment::read();
    let done = changed.done;
    for item in items {
        let place = lane.place();
        let (Some(ticket), Ok(content)) = (item.ticket, &item.content) else {
            let problem = item.problem().unwrap_or_default();
            let line = format!("{place}: {} stays: {problem}", item.name);
            changed.left(Exit::Refused, &line);
            continue;
        };
        let longest = expire_after(content, environment);
        if now.since(content.created()) > longest.as_secs_f64() {
            let longest = time::span(longest.as_secs_f64());
            let line = format!(
                "{place}: {} stays: it is older than expire_after ({longest}) and would only expire again",
                ticket.number
            );
            changed.left(Exit::Refused, &line);
            continue;
        }
        journal.append(&item.record(Became::Requeued, &now))?;
        journal.sync()?;
        folder.bring_back(lane, &ticket)?;
        // A count that is wrong is put right by the next tidying up.
        let _ = Counter::lock(folder).and_then(|mut counter| counter.back(item.bytes));
        changed.done += 1;
    }
    // Where somebody is sending nothing holds it back.
    if changed.done > done
        && let Some(mut line) = folder.line_soon(lane)?
    {
        end_wait(&mut line);
    }
    Ok(())
}

fn expire_after(content: &Content, environment: &Environment) -> Duration {
    let config = Config::load(Some(content.config()), environment);
    let settings = config.map_or_else(|_| QueueSettings::default(), |config| config.queue);
    settings.expire_after
}

/// The lane's own wait ends, and those of the entries that failed by themselves.
fn make_due(
    folder: &StateFolder,
    lane: &Lane,
    line: &mut Line,
    items: &[Item],
    environment: &Environment,
    changed: &mut Changed,
) -> io::Result<()> {
    let place = lane.place();
    let mut due = 0;
    for item in items {
        let (Some(ticket), Ok(_)) = (item.ticket, &item.content) else {
            let problem = item.problem().unwrap_or_default();
            let line = format!("{place}: {} stays: {problem}", item.name);
            changed.left(Exit::Refused, &line);
            continue;
        };
        if let Past::Failed { .. } = ticket.past {
            folder.rename(lane, &ticket, Past::Fresh)?;
        }
        due += 1;
    }
    end_wait(line);
    let first = items.iter().find_map(|item| item.content.as_ref().ok());
    let Some(first) = first else { return Ok(()) };
    // What a retry cannot end.
    if let Err(reason) = usable_config(first, environment) {
        let line = format!("{place}: config: {reason}; {due} waiting until it is mended");
        changed.left(Exit::Config, &line);
        return Ok(());
    }
    match Standing::of(Some(first), &line.state, environment, &Moment::read()) {
        muted @ Standing::Muted { .. } => {
            let words = muted.words().unwrap_or_default();
            let line = format!("{place}: {words}; {due} waiting until then");
            changed.left(Exit::TryAgain, &line);
        }
        _ => changed.done += due,
    }
    Ok(())
}

fn end_wait(line: &mut Line) {
    if let Some(trouble) = &mut line.state.trouble {
        trouble.wait = 0.0;
        // A disk without room for a line's state loses no entry.
        let _ = line.write();
    }
}

fn is_being_sent(lane: &Lane) -> String {
    format!("{}: is being sent right now: left as it is", lane.place())
}

/// Gone for good, each with a receipt.
pub fn remove(folder: &StateFolder, selection: &Selection) -> io::Result<Changed> {
    let naming = Naming::new(folder);
    let mut changed = Changed::none();
    selection.for_each_lane(folder, &naming, |shelf, lane, items| {
        if shelf == Shelf::Failed {
            // Nobody sends from there.
            return remove_all(folder, lane, &items, None, &naming, &mut changed);
        }
        let Some(mut line) = folder.line_soon(lane)? else {
            changed.left(Exit::TryAgain, &is_being_sent(lane));
            return Ok(());
        };
        if line.state.sending.is_some() {
            folder.settle(lane)?;
        }
        // Who routes has more to look after than we.
        let interrupted = line.state.sending.filter(|_| lane.destination.is_none());
        // As it is now that nobody else changes it.
        let items = selection.in_lane(folder, shelf, lane, &naming)?;
        remove_all(folder, lane, &items, Some(&mut line), &naming, &mut changed)?;
        line.state.sending = interrupted;
        let _ = line.write();
        Ok(())
    })?;
    Ok(changed)
}

fn remove_all(
    folder: &StateFolder,
    lane: &Lane,
    items: &[Item],
    mut line: Option<&mut Line>,
    naming: &Naming,
    changed: &mut Changed,
) -> io::Result<()> {
    let mut journal = Journal::of(folder);
    for batch in items.chunks(BATCH) {
        let mut there = Vec::new();
        for item in batch {
            let file = folder.file(item.shelf, lane, &item.name);
            match file.symlink_metadata() {
                // Nobody puts one there by mistake: it is not for us to empty it.
                Ok(found) if found.is_dir() => {
                    let line = format!("{} is a folder: remove it by hand", file.display());
                    changed.left(Exit::Refused, &line);
                }
                Ok(_) => there.push(item),
                Err(_) => {}
            }
        }
        if let Some(line) = &mut line {
            // A crash with the receipt written and the file still here is settled by whoever comes next.
            line.state.sending = there.first().map(|item| item.number());
            let _ = line.write();
        }
        let now = Moment::read();
        for item in &there {
            journal.append(&item.record(Became::Dropped, &now))?;
        }
        journal.sync()?;
        for item in there {
            folder.remove(item.shelf, lane, &item.name)?;
            if item.shelf == Shelf::Waiting && item.ticket.is_some() {
                let bytes = item.bytes;
                folder.uncount(Load { entries: 1, bytes });
            }
            changed.done += 1;
            let id = match item.number() {
                0 => String::new(),
                number => format!("{number} "),
            };
            let what = item.headline(naming);
            changed.say(&format!("{}: dropped {id}{what}", lane.place()));
        }
    }
    Ok(())
}

/// Nothing is done where one of these was a slip.
pub fn all_known(folder: &StateFolder, ids: &[u64]) -> Result<(), Failure> {
    let mut unknown = ids.to_vec();
    for shelf in BOTH {
        let lanes = folder.lanes_on(*shelf).unwrap_or_default();
        for listing in lanes
            .iter()
            .filter_map(|lane| folder.list_on(*shelf, lane).ok())
        {
            unknown.retain(|id| !listing.tickets.iter().any(|ticket| ticket.number == *id));
        }
    }
    match unknown.first() {
        None => Ok(()),
        Some(id) => Err(Failure::usage(format!(
            "there is no entry {id}: nothing was changed; see notify-queue list"
        ))),
    }
}
