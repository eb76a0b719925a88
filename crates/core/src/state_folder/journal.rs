//! The journal: one line of JSON for everything that became of an entry. A line is on disk before its entry goes.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{JOURNAL, StateFolder, at_path, lock_soon, open_or_create, sync_folder};
use crate::entry::{Entry, FORMAT};
use crate::now::Moment;
use crate::text;

/// A receipt, or a step on the way to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Seconds since 1970.
    pub at: f64,
    pub became: Became,
    /// The entry's number; 0 where it is about none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub id: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub destination: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// When the notifier was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<f64>,
    /// Seconds from then to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<f64>,
    /// The vendor's name for what was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was delivered, for `replay`. Who looks for a receipt passes it over: [`StateFolder::records`] leaves it
    /// out, [`StateFolder::whole_records`] does not.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub entry: Option<Box<Entry>>,
}

/// The part that only `replay` needs.
#[derive(Deserialize)]
struct Replayable {
    entry: Entry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    Delivered,
    /// The vendor has no use for it.
    NothingToSend,
    /// The core says it once for each contact, and it was told.
    Copy,
    /// A filter keeps what opens a problem from this destination.
    HeldBack,
    /// What came after it tells it too.
    Folded,
    /// An unrouted one, as entries of their own.
    Routed,
    /// Failed by itself while others passed: later again.
    Postponed,
    /// To `failed/`: refused, …
    Refused,
    /// … failed too often, …
    GivenUp,
    /// … too old, …
    Expired,
    /// … not an entry.
    Unreadable,
    /// Back from `failed/`, by hand.
    Requeued,
    /// Removed by hand.
    Dropped,
    /// Removed from `failed/` or the journal, by age or size.
    Pruned,
}

/// What a record says about where its entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    Waiting,
    Failed,
    Nowhere,
}

impl Became {
    pub fn belongs(self) -> Belongs {
        match self {
            Became::Postponed | Became::Requeued => Belongs::Waiting,
            Became::Refused | Became::GivenUp | Became::Expired | Became::Unreadable => {
                Belongs::Failed
            }
            Became::Delivered
            | Became::NothingToSend
            | Became::Copy
            | Became::HeldBack
            | Became::Folded
            | Became::Routed
            | Became::Dropped
            | Became::Pruned => Belongs::Nowhere,
        }
    }
}

impl Record {
    pub fn of(id: u64, entry: &Entry, became: Became, now: &Moment) -> Record {
        let notification = &entry.notification;
        Record {
            id,
            destination: entry.destination.to_string(),
            kind: notification.kind.name().to_owned(),
            host: notification.subject.host.clone(),
            service: notification.subject.service.clone(),
            state: notification.state.map(|state| state.name().to_owned()),
            reference: entry.reference.clone(),
            created: Some(entry.created.wall),
            late: Some(rounded(now.since(&entry.created))),
            entry: match became {
                Became::Delivered => replayable(entry),
                _ => None,
            },
            ..Record::about(became, now)
        }
    }

    pub fn about(became: Became, now: &Moment) -> Record {
        Record {
            at: now.wall,
            became,
            id: 0,
            destination: String::new(),
            kind: String::new(),
            host: String::new(),
            service: None,
            state: None,
            reference: String::new(),
            created: None,
            late: None,
            vendor: None,
            reason: None,
            entry: None,
        }
    }

    pub fn because(mut self, reason: impl Into<String>) -> Record {
        self.reason = Some(reason.into());
        self
    }
}

/// The journal is for years of small lines: of a check's output the beginning is kept, and of what is long all the same
/// nothing.
fn replayable(entry: &Entry) -> Option<Box<Entry>> {
    const OUTPUT: usize = 4_000;
    const LONGEST: usize = 12_000;
    let mut entry = Box::new(entry.clone());
    // Of use only to what waits.
    entry.created.uptime = None;
    let notification = &mut entry.notification;
    for output in [&mut notification.output, &mut notification.long_output] {
        *output = text::clip(output, OUTPUT, char::len_utf8);
    }
    let length = serde_json::to_vec(&entry).ok()?.len();
    (length <= LONGEST).then_some(entry)
}

/// The machine's own clock has hundredths.
fn rounded(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A file is closed at this size and the next one begun.
const FULL: u64 = 4_000_000;

/// Appends; several processes do so at once.
pub struct Journal<'f> {
    folder: &'f StateFolder,
    open: Option<Open>,
}

struct Open {
    file: File,
    number: u64,
    synced: Synced,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Synced {
    Yes,
    NotYet,
}

impl<'f> Journal<'f> {
    pub fn of(folder: &'f StateFolder) -> Journal<'f> {
        Journal { folder, open: None }
    }

    /// Survives a kill from here on, and a power cut after [`Journal::sync`].
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        loop {
            let open = self.current()?;
            lock_soon(&open.file)?;
            let length = open.file.metadata()?.len();
            if length >= FULL {
                let next = open.number + 1;
                open.file.unlock()?;
                self.turn_to(next)?;
                continue;
            }
            let written = append_at(&open.file, length, &line);
            if written.is_err() {
                // Half a line would take the next one with it.
                let _ = open.file.set_len(length);
            }
            open.synced = Synced::NotYet;
            open.file.unlock()?;
            return written;
        }
    }

    pub fn open_for_writing(&mut self) -> io::Result<()> {
        self.current().map(|_| ())
    }

    pub fn sync(&mut self) -> io::Result<()> {
        match &mut self.open {
            Some(open) if open.synced == Synced::NotYet => {
                open.file.sync_data()?;
                open.synced = Synced::Yes;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn current(&mut self) -> io::Result<&mut Open> {
        if self.open.is_none() {
            let last = self.folder.journal_files()?.pop();
            self.turn_to(last.map_or(1, |(number, _)| number))?;
        }
        match &mut self.open {
            Some(open) => Ok(open),
            None => Err(io::Error::from(ErrorKind::NotFound)),
        }
    }

    fn turn_to(&mut self, number: u64) -> io::Result<()> {
        self.sync()?;
        let folder = self.folder.at(JOURNAL);
        let path = folder.join(format!("{number:08}.jsonl"));
        let file = open_or_create(&path).map_err(at_path(&path))?;
        if file.metadata()?.len() == 0 {
            sync_folder(&folder)?;
        }
        self.open = Some(Open {
            file,
            number,
            synced: Synced::Yes,
        });
        Ok(())
    }
}

fn append_at(file: &File, length: u64, line: &[u8]) -> io::Result<()> {
    let mut last = [b'\n'];
    if length > 0 {
        file.read_exact_at(&mut last, length - 1)?;
    }
    // A kill may have cut a line off: it stays alone.
    let mut at = length;
    if last != *b"\n" {
        file.write_all_at(b"\n", at)?;
        at += 1;
    }
    file.write_all_at(line, at)
}

/// So many files hold what the last processes wrote.
const LATEST: usize = 2;

/// How far back a look into the journal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum All {
    Yes,
    /// What the last processes wrote.
    Latest,
}

impl StateFolder {
    /// In the order of writing; what is no record is passed over.
    pub fn records(&self, all: All) -> io::Result<impl Iterator<Item = Record>> {
        let lines = self.journal_lines(all)?;
        Ok(lines.filter_map(|line| serde_json::from_slice(&line).ok()))
    }

    /// All of them, with what was delivered. One of a later version has no entry.
    pub fn whole_records(&self) -> io::Result<impl Iterator<Item = Record>> {
        let lines = self.journal_lines(All::Yes)?;
        Ok(lines.filter_map(|line| {
            let mut record: Record = serde_json::from_slice(&line).ok()?;
            let replayable: Option<Replayable> = serde_json::from_slice(&line).ok();
            let entry = replayable.map(|replayable| replayable.entry);
            record.entry = entry.filter(|entry| entry.format == FORMAT).map(Box::new);
            Some(record)
        }))
    }

    fn journal_lines(&self, all: All) -> io::Result<impl Iterator<Item = Vec<u8>>> {
        let mut files = self.journal_files()?;
        if all == All::Latest {
            files.drain(..files.len().saturating_sub(LATEST));
        }
        let files = files
            .into_iter()
            .filter_map(|(_, path)| File::open(path).ok());
        Ok(files.flat_map(|file| BufReader::new(file).split(b'\n').map_while(Result::ok)))
    }

    /// What another process wrote and may not have lived to sync.
    pub fn sync_journal(&self) -> io::Result<()> {
        let files = self.journal_files()?;
        let mut latest = files.iter().rev().take(LATEST);
        latest.try_for_each(|(_, path)| File::open(path)?.sync_data())
    }

    /// The oldest first.
    pub fn journal_files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut files = Vec::new();
        let folder = match fs::read_dir(self.at(JOURNAL)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
            folder => folder?,
        };
        for file in folder {
            let path = file?.path();
            files.extend(file_number(&path).map(|number| (number, path)));
        }
        files.sort();
        Ok(files)
    }
}

fn file_number(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".jsonl")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = include_str!("../../../../tests/golden/entry-v1.json");

    fn entry() -> Entry {
        serde_json::from_str(ENTRY).unwrap()
    }

    fn line(entry: &Entry, became: Became) -> String {
        let record = Record::of(42, entry, became, &entry.created);
        serde_json::to_string(&record).unwrap()
    }

    #[test]
    fn a_receipt_holds_what_was_delivered_and_stays_small() {
        let full = line(&entry(), Became::Delivered);
        assert!(full.len() < 1_500, "{}: {full}", full.len());
        let replayable: Replayable = serde_json::from_str(&full).unwrap();
        let mut expected = entry();
        expected.created.uptime = None;
        assert_eq!(replayable.entry, expected);
        // Of a host that is down, as most cores tell it.
        let mut few = entry();
        few.notification = crate::notification::Notification {
            state: few.notification.state,
            subject: few.notification.subject,
            output: "PING CRITICAL - Packet loss = 100%".into(),
            ..Default::default()
        };
        let usual = line(&few, Became::Delivered);
        assert!(usual.len() < 720, "{}: {usual}", usual.len());
        for empty in [":null", ":\"\"", ":[]"] {
            assert!(!full.contains(empty) && !usual.contains(empty), "{usual}");
        }
        let folded = line(&few, Became::Folded);
        assert!(folded.len() < 350, "{}: {folded}", folded.len());
    }

    #[test]
    fn a_long_output_is_cut_and_a_monster_left_out() {
        let mut long = entry();
        long.notification.long_output = "ü\n".repeat(50_000);
        let kept: Replayable = serde_json::from_str(&line(&long, Became::Delivered)).unwrap();
        let output = kept.entry.notification.long_output;
        assert!(output.len() <= 4_000 && output.ends_with('…'), "{output}");
        long.notification.comment = "x".repeat(50_000);
        let monster = line(&long, Became::Delivered);
        assert!(monster.len() < 400, "{monster}");
    }

    #[test]
    fn a_line_is_read_whatever_stands_where_the_entry_should() {
        let good = line(&entry(), Became::Delivered);
        let mut value: serde_json::Value = serde_json::from_str(&good).unwrap();
        for strange in [serde_json::json!({"format": 7}), serde_json::json!("none")] {
            value["entry"] = strange;
            let record: Record = serde_json::from_value(value.clone()).unwrap();
            assert_eq!((record.id, record.entry), (42, None));
        }
    }
}
