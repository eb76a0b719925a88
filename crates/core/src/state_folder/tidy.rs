//! What bounds the folder: leftovers of crashes, what failed long ago, old pages of the journal.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::counter::Counter;
use super::journal::{Became, Journal, Record};
use super::lane::{Lane, Ticket};
use super::waiting::Shelf;
use super::{FAILED, NEW, StateFolder, TMP, make_all, open_or_create};
use crate::config::queue::QueueSettings;
use crate::now::Moment;

/// Nobody writes a file for longer.
const LEFTOVER: Duration = Duration::from_secs(3_600);
/// Between two times that anybody on this machine tidies up.
const SELDOM: Duration = Duration::from_secs(600);

/// Their folder in `failed/`.
const STRANGERS: &str = "strangers";

struct Old {
    /// When it was moved there: that changed the file's name, not its content.
    failed: SystemTime,
    bytes: u64,
    lane: Lane,
    name: String,
}

impl StateFolder {
    /// Every ten minutes, whoever comes first.
    pub fn tidy_now_and_then(&self, settings: &QueueSettings) -> io::Result<()> {
        let mark = self.at("tidied");
        let last = fs::metadata(&mark).and_then(|mark| mark.modified());
        if last.is_ok_and(|last| last.elapsed().is_ok_and(|age| age < SELDOM)) {
            return Ok(());
        }
        open_or_create(&mark)?.set_modified(SystemTime::now())?;
        self.tidy(settings)
    }

    fn tidy(&self, settings: &QueueSettings) -> io::Result<()> {
        self.sweep_leftovers()?;
        self.set_strangers_aside()?;
        self.prune_failed(settings)?;
        self.prune_journal(settings)?;
        self.prune_known()?;
        self.prune_answers()?;
        Counter::lock(self)?.recount()?;
        Ok(())
    }

    fn sweep_leftovers(&self) -> io::Result<()> {
        for name in self.names_in(TMP)? {
            let path = self.at(TMP).join(name);
            let age = fs::metadata(&path).and_then(|found| found.modified());
            if age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LEFTOVER)) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Among the lanes' folders nothing else belongs.
    fn set_strangers_aside(&self) -> io::Result<()> {
        let lanes = self.lanes()?;
        for name in self.names_in(NEW)? {
            let is_lane = |lane: &Lane| name.to_str() == Some(&lane.to_string());
            if lanes.iter().any(is_lane) {
                continue;
            }
            let why = format!("new/{}: it is no lane", name.to_string_lossy());
            let mut journal = Journal::of(self);
            let record = Record::about(Became::Unreadable, &Moment::read());
            journal.append(&record.because(why))?;
            journal.sync()?;
            let folder = self.at(FAILED).join(STRANGERS);
            make_all(&folder)?;
            fs::rename(self.at(NEW).join(&name), folder.join(&name))?;
        }
        Ok(())
    }

    fn prune_failed(&self, settings: &QueueSettings) -> io::Result<()> {
        let mut failed = Vec::new();
        for lane in self.lanes_on(Shelf::Failed)? {
            let folder = self.path(Shelf::Failed, &lane);
            let listing = self.list_on(Shelf::Failed, &lane)?;
            let tickets = listing.tickets.iter().map(ToString::to_string);
            let aliens = listing
                .aliens
                .iter()
                .map(|name| name.to_string_lossy().into_owned());
            for name in tickets.chain(aliens) {
                let Ok(found) = fs::symlink_metadata(folder.join(&name)) else {
                    continue;
                };
                failed.push(Old {
                    failed: SystemTime::UNIX_EPOCH
                        + Duration::from_secs(found.ctime().max(0) as u64),
                    bytes: found.len(),
                    lane: lane.clone(),
                    name,
                });
            }
        }
        failed.sort_by_key(|old| old.failed);
        let mut bytes: u64 = failed.iter().map(|old| old.bytes).sum();
        let mut journal = Journal::of(self);
        let mut pruned = Vec::new();
        for old in failed {
            let age = old.failed.elapsed();
            let too_old = age.is_ok_and(|age| age > settings.failed.age);
            if !too_old && bytes <= settings.failed.bytes {
                continue;
            }
            bytes -= old.bytes;
            let ticket = old.name.parse::<Ticket>();
            let record = Record {
                id: ticket.map_or(0, |ticket| ticket.number),
                destination: old.lane.place(),
                ..Record::about(Became::Pruned, &Moment::read())
            };
            let why = match too_old {
                true => "older than keep_failed",
                false => "beyond failed_megabytes",
            };
            journal.append(&record.because(format!("failed/{}/{}: {why}", old.lane, old.name)))?;
            pruned.push(self.path(Shelf::Failed, &old.lane).join(&old.name));
        }
        journal.sync()?;
        pruned.iter().try_for_each(|path| remove(path))
    }

    /// The file that is being written is kept in any case.
    fn prune_journal(&self, settings: &QueueSettings) -> io::Result<()> {
        let mut files = self.journal_files()?;
        files.pop();
        let mut bytes = 0;
        // From the newest backwards: whatever exceeds, and all before it.
        for (number, path) in files.into_iter().rev() {
            let found = fs::metadata(&path)?;
            bytes += found.len();
            let too_old = found
                .modified()?
                .elapsed()
                .is_ok_and(|age| age > settings.journal.age);
            if !too_old && bytes <= settings.journal.bytes {
                continue;
            }
            let why = match too_old {
                true => "older than keep_journal",
                false => "beyond journal_megabytes",
            };
            let mut journal = Journal::of(self);
            let record = Record::about(Became::Pruned, &Moment::read());
            journal.append(&record.because(format!("journal/{number:08}.jsonl: {why}")))?;
            journal.sync()?;
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Whatever somebody may have put there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}
