//! What waits and what failed: listing, reading, and the moves between the folders.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::counter::{Counter, Load};
use super::journal::{All, Became, Belongs, Journal, Record};
use super::lane::{Lane, Past, Ticket};
use super::{FAILED, NEW, StateFolder, at_path, make_all, sync_folder};
use crate::entry::{Entry, FORMAT};
use crate::kill_points::kill_point;
use crate::now::Moment;

/// A lane's content.
#[derive(Debug, Default)]
pub struct Listing {
    /// In the order of storing.
    pub tickets: Vec<Ticket>,
    /// What bears no ticket's name.
    pub aliens: Vec<OsString>,
}

/// Which of the two folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Waiting,
    Failed,
}

/// Why a file is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Somebody else has dealt with it.
    Gone,
    /// Of a later version of this software, which will know what to do.
    Newer(u64),
    Broken(String),
    /// The disk's fault, not the entry's.
    Disk(String),
}

/// What is read from a lane's files: entries, or what is not routed yet.
pub trait Stored: DeserializeOwned {
    fn format(&self) -> u32;
    fn lane(&self) -> Lane;
}

impl Stored for Entry {
    fn format(&self) -> u32 {
        self.format
    }

    fn lane(&self) -> Lane {
        Lane::of(&self.destination, &self.config)
    }
}

#[derive(Deserialize)]
struct Head {
    format: u64,
}

#[derive(Deserialize)]
struct Stamped {
    created: Moment,
}

impl StateFolder {
    /// The lanes with a folder, whether anything waits there or not.
    pub fn lanes(&self) -> io::Result<Vec<Lane>> {
        self.lanes_on(Shelf::Waiting)
    }

    pub fn lanes_on(&self, shelf: Shelf) -> io::Result<Vec<Lane>> {
        let folder = self.at(shelf.folder());
        let names = self.names_in(shelf.folder())?;
        let lanes = names.iter().filter_map(|name| name.to_str()?.parse().ok());
        let mut lanes: Vec<Lane> = lanes
            .filter(|lane: &Lane| folder.join(lane.to_string()).is_dir())
            .collect();
        lanes.sort();
        Ok(lanes)
    }

    pub fn list(&self, lane: &Lane) -> io::Result<Listing> {
        self.list_on(Shelf::Waiting, lane)
    }

    pub fn list_on(&self, shelf: Shelf, lane: &Lane) -> io::Result<Listing> {
        let mut listing = Listing::default();
        for name in self.names_in(&format!("{}/{lane}", shelf.folder()))? {
            match name.to_str().and_then(|name| name.parse().ok()) {
                Some(ticket) => listing.tickets.push(ticket),
                None => listing.aliens.push(name),
            }
        }
        listing.tickets.sort_unstable();
        Ok(listing)
    }

    /// Whether any file is there, as cheaply as that can be seen.
    pub fn holds_anything(&self, lane: &Lane) -> bool {
        let found = fs::read_dir(self.waiting(lane));
        found.is_ok_and(|mut found| found.next().is_some())
    }

    /// Where a file is, whether it exists or not.
    pub fn file(&self, shelf: Shelf, lane: &Lane, name: &str) -> PathBuf {
        self.path(shelf, lane).join(name)
    }

    /// The entry, and how many bytes it takes.
    pub fn read<T: Stored>(&self, lane: &Lane, ticket: &Ticket) -> Result<(T, u64), Unreadable> {
        self.read_on(Shelf::Waiting, lane, ticket)
    }

    pub fn read_on<T: Stored>(
        &self,
        shelf: Shelf,
        lane: &Lane,
        ticket: &Ticket,
    ) -> Result<(T, u64), Unreadable> {
        let text = read_plain(&self.path(shelf, lane).join(ticket.to_string()))?;
        let stored: T = understand(&text)?;
        if stored.lane() != *lane {
            let problem = format!("it belongs to {}", stored.lane());
            return Err(Unreadable::Broken(problem));
        }
        Ok((stored, text.len() as u64))
    }

    /// When something was stored that this version cannot read: as it says itself, else as the disk does.
    pub fn stored_at(&self, shelf: Shelf, lane: &Lane, name: &str) -> Option<Moment> {
        let path = self.path(shelf, lane).join(name);
        let text = read_plain(&path).ok()?;
        if let Ok(Stamped { created }) = serde_json::from_slice(&text) {
            return Some(created);
        }
        let written = fs::symlink_metadata(&path).ok()?.modified().ok()?;
        let since_epoch = written.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(Moment {
            wall: since_epoch.as_secs_f64(),
            uptime: None,
        })
    }

    /// A file without a ticket's name: of a later version, or an alien.
    pub fn judge_alien(&self, lane: &Lane, name: &OsString) -> Unreadable {
        let read = read_plain(&self.waiting(lane).join(name));
        match read.and_then(|text| understand::<Entry>(&text)) {
            Err(unreadable) => unreadable,
            Ok(_) => Unreadable::Broken("its name is not one of the queue's".to_owned()),
        }
    }

    pub fn is_waiting(&self, lane: &Lane, ticket: &Ticket) -> bool {
        self.waiting(lane).join(ticket.to_string()).exists()
    }

    /// Its receipt is synced: the entry goes. One that is gone already is as good.
    pub fn remove(&self, shelf: Shelf, lane: &Lane, name: &str) -> io::Result<()> {
        let path = self.path(shelf, lane).join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(at_path(&path)),
        }
    }

    /// To `failed/`, its receipt first.
    pub fn give_up(
        &self,
        lane: &Lane,
        name: &OsString,
        record: &Record,
        journal: &mut Journal,
        bytes: u64,
    ) -> io::Result<()> {
        journal.append(record)?;
        journal.sync()?;
        kill_point("failure-noted");
        self.fail_all(lane, std::slice::from_ref(name))?;
        kill_point("failure-moved");
        self.uncount(Load { entries: 1, bytes });
        Ok(())
    }

    /// A file that is no entry, in words what became of it: it may be nobody's to move, and then stops nothing. It goes
    /// first, or one that stays would be noted again and again.
    pub fn set_aside(
        &self,
        lane: &Lane,
        name: &OsString,
        reason: &str,
        journal: &mut Journal,
    ) -> String {
        if let Err(error) = self.fail_all(lane, std::slice::from_ref(name)) {
            return format!("{reason}, and cannot be moved to failed/: {error}");
        }
        let shown = name.to_string_lossy();
        let record = Record {
            id: shown.parse::<Ticket>().map_or(0, |ticket| ticket.number),
            destination: lane.place(),
            ..Record::about(Became::Unreadable, &Moment::read())
        };
        let record = record.because(format!("{shown}: {reason}"));
        match journal.append(&record).and_then(|()| journal.sync()) {
            Ok(()) => format!("{reason}: moved to failed/"),
            Err(error) => format!("{reason}: moved to failed/, without a receipt: {error}"),
        }
    }

    /// A count that is wrong is put right by the next tidying up.
    pub fn uncount(&self, gone: Load) {
        let _ = Counter::lock(self).and_then(|mut counter| counter.gone(gone));
    }

    /// Their receipts are synced: the entries are kept for people to look at.
    pub fn fail_all(&self, lane: &Lane, names: &[OsString]) -> io::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let folder = self.path(Shelf::Failed, lane);
        make_all(&folder).map_err(at_path(&folder))?;
        for name in names {
            // The same garbage may come twice.
            let mut free = name.clone();
            let mut turn = 1;
            while fs::symlink_metadata(folder.join(&free)).is_ok() {
                free = name.clone();
                free.push(format!(".{turn}"));
                turn += 1;
            }
            let path = self.waiting(lane).join(name);
            fs::rename(&path, folder.join(&free)).map_err(at_path(&path))?;
        }
        sync_folder(&folder)
    }

    /// Back from `failed/`, with a clean record.
    pub fn bring_back(&self, lane: &Lane, ticket: &Ticket) -> io::Result<()> {
        let fresh = Ticket::fresh(ticket.number, ticket.object, ticket.sort);
        let path = self.path(Shelf::Failed, lane).join(ticket.to_string());
        let folder = self.waiting(lane);
        make_all(&folder).map_err(at_path(&folder))?;
        fs::rename(&path, folder.join(fresh.to_string())).map_err(at_path(&path))?;
        sync_folder(&folder)
    }

    /// Another name for what it has been through. Not synced: forgetting it costs an attempt.
    pub fn rename(&self, lane: &Lane, ticket: &Ticket, past: Past) -> io::Result<()> {
        let folder = self.waiting(lane);
        let renamed = Ticket { past, ..*ticket };
        fs::rename(
            folder.join(ticket.to_string()),
            folder.join(renamed.to_string()),
        )
    }

    pub(super) fn path(&self, shelf: Shelf, lane: &Lane) -> PathBuf {
        self.at(shelf.folder()).join(lane.to_string())
    }

    /// After a crash: what has its receipt and is still here is put where the receipt says.
    pub fn settle(&self, lane: &Lane) -> io::Result<()> {
        let tickets = self.list(lane)?.tickets;
        if tickets.is_empty() {
            return Ok(());
        }
        let mut waiting: HashMap<u64, (Ticket, Option<Became>)> = tickets
            .into_iter()
            .map(|ticket| (ticket.number, (ticket, None)))
            .collect();
        // What a crash leaves is of the last moments. Nobody may have synced it yet.
        self.sync_journal()?;
        for record in self.records(All::Latest)? {
            if let Some((_, became)) = waiting.get_mut(&record.id) {
                *became = Some(record.became);
            }
        }
        for (ticket, became) in waiting.into_values() {
            match became.map(Became::belongs) {
                Some(Belongs::Nowhere) => {
                    self.remove(Shelf::Waiting, lane, &ticket.to_string())?;
                }
                Some(Belongs::Failed) => self.fail_all(lane, &[ticket.to_string().into()])?,
                Some(Belongs::Waiting) | None => {}
            }
        }
        Ok(())
    }

    /// What waits, counted and weighed file by file.
    pub(super) fn weigh(&self) -> io::Result<Load> {
        let mut load = Load::default();
        for lane in self.lanes()? {
            let folder = self.waiting(&lane);
            for ticket in self.list(&lane)?.tickets {
                if let Ok(found) = fs::metadata(folder.join(ticket.to_string())) {
                    load.entries += 1;
                    load.bytes += found.len();
                }
            }
        }
        Ok(load)
    }

    /// Of everything that has a number; the counter is lost only where somebody removed it.
    pub(super) fn highest_number(&self) -> io::Result<u64> {
        let mut highest = 0;
        for shelf in [Shelf::Waiting, Shelf::Failed] {
            for lane in self.lanes_on(shelf)? {
                let last = self.list_on(shelf, &lane)?.tickets.pop();
                highest = highest.max(last.map_or(0, |ticket| ticket.number));
            }
        }
        let recorded = self.records(All::Yes)?.map(|record| record.id).max();
        Ok(highest.max(recorded.unwrap_or(0)))
    }

    pub(super) fn names_in(&self, folder: &str) -> io::Result<Vec<OsString>> {
        let path = self.at(folder);
        match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(at_path(&path)(error)),
            Ok(found) => found.map(|found| Ok(found?.file_name())).collect(),
        }
    }
}

impl Shelf {
    fn folder(self) -> &'static str {
        match self {
            Shelf::Waiting => NEW,
            Shelf::Failed => FAILED,
        }
    }
}

/// A pipe would hold whoever opens it, line in hand.
fn read_plain(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let unreadable = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Unreadable::Gone,
        ErrorKind::PermissionDenied => Unreadable::Broken("it may not be read".to_owned()),
        _ => Unreadable::Disk(error.to_string()),
    };
    let found = fs::symlink_metadata(path).map_err(unreadable)?;
    match found.is_file() {
        true => fs::read(path).map_err(unreadable),
        false => Err(Unreadable::Broken("it is no plain file".to_owned())),
    }
}

fn understand<T: Stored>(text: &[u8]) -> Result<T, Unreadable> {
    let problem = match serde_json::from_slice::<T>(text) {
        Ok(stored) if stored.format() == FORMAT => return Ok(stored),
        Ok(stored) => format!("its format {} is unknown", stored.format()),
        Err(_) if text.is_empty() => "it is empty".to_owned(),
        Err(error) if error.is_eof() => "it is cut off".to_owned(),
        Err(error) => format!("it is no entry: {error}"),
    };
    match serde_json::from_slice::<Head>(text) {
        Ok(head) if head.format > u64::from(FORMAT) => Err(Unreadable::Newer(head.format)),
        _ => Err(Unreadable::Broken(problem)),
    }
}
