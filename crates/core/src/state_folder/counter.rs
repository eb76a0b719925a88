//! The counter: which number the next entry gets, and how much waits. Numbers are never used twice, not even after a
//! power cut: what was promised to the disk is always ahead of what was given out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

use super::{StateFolder, at_path, lock_soon, open_or_create};
use crate::config::queue::Limits;
use crate::now::{self, Moment};

/// Held for as long as it takes to name files.
pub struct Counter<'f> {
    folder: &'f StateFolder,
    file: File,
    state: Numbers,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Numbers {
    /// Since which start of the machine the rest is exact.
    boot: String,
    next: u64,
    /// On disk for sure: no number from here on was ever given out.
    reserved: u64,
    entries: u64,
    bytes: u64,
    /// When that was counted file by file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<Moment>,
}

/// What waits, all lanes together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub entries: u64,
    pub bytes: u64,
}

/// How many numbers one sync is good for.
const RESERVE: u64 = 1_000;

impl<'f> Counter<'f> {
    pub fn lock(folder: &'f StateFolder) -> io::Result<Counter<'f>> {
        let path = folder.at("counter");
        let file = open_or_create(&path).map_err(at_path(&path))?;
        lock_soon(&file).map_err(at_path(&path))?;
        let boot = now::boot().unwrap_or_default();
        let read: Option<Numbers> = serde_json::from_str(io::read_to_string(&file)?.trim()).ok();
        let mut counter = Counter {
            folder,
            file,
            state: read.clone().unwrap_or_default(),
        };
        match read {
            Some(numbers) if numbers.boot == boot => {}
            // After a power cut only what was synced is true.
            Some(numbers) => counter.begin(boot, numbers.next.max(numbers.reserved))?,
            None => {
                let highest = folder.highest_number()?;
                counter.begin(boot, highest + 1)?;
            }
        }
        Ok(counter)
    }

    fn begin(&mut self, boot: &str, next: u64) -> io::Result<()> {
        // A power cut may have brought back entries whose receipts are there.
        for lane in self.folder.lanes()? {
            self.folder.settle(&lane)?;
        }
        self.state = Numbers {
            boot: boot.to_owned(),
            next,
            reserved: next,
            ..Numbers::default()
        };
        self.recount()?;
        self.write()
    }

    /// Below it everything has appeared that ever will: names are given under this lock.
    pub fn bound(&self) -> u64 {
        self.state.next
    }

    /// A number from elsewhere, such as a backup: ours go on above it.
    pub fn cover(&mut self, number: u64) -> io::Result<()> {
        if number < self.state.next {
            return Ok(());
        }
        self.state.next = number.saturating_add(1);
        self.state.reserved = self.state.next;
        self.write()?;
        self.file.sync_all()
    }

    /// For so many bytes more. A crash may have left a count that is too high: it is not believed at once.
    pub fn has_room(&mut self, bytes: u64, limits: Limits) -> io::Result<()> {
        let full = |load: Load| load.entries >= limits.entries || load.bytes + bytes > limits.bytes;
        if !full(self.load()) || !full(self.recount_seldom()?) {
            return Ok(());
        }
        let Load { entries, bytes } = self.load();
        Err(io::Error::new(
            io::ErrorKind::StorageFull,
            format!(
                "the queue is full ({entries} entries, {bytes} bytes): see notify-queue list, or raise max_entries and max_megabytes"
            ),
        ))
    }

    /// In a storm not for each of them.
    fn recount_seldom(&mut self) -> io::Result<Load> {
        const FRESH: f64 = 10.0;
        let counted = self.state.counted.as_ref();
        match counted.is_some_and(|counted| Moment::read().since(counted) < FRESH) {
            true => Ok(self.load()),
            false => self.recount(),
        }
    }

    pub fn recount(&mut self) -> io::Result<Load> {
        let load = self.folder.weigh()?;
        self.state.counted = Some(Moment::read());
        self.state.entries = load.entries;
        self.state.bytes = load.bytes;
        self.write()?;
        Ok(load)
    }

    pub fn load(&self) -> Load {
        Load {
            entries: self.state.entries,
            bytes: self.state.bytes,
        }
    }

    /// The number of an entry that is about to appear. It is taken before: a crash may waste numbers, never use one
    /// twice.
    pub fn take(&mut self, bytes: u64) -> io::Result<u64> {
        let number = self.state.next;
        self.state.next += 1;
        let promised = self.state.reserved;
        if number >= promised {
            self.state.reserved = number + RESERVE;
        }
        self.back(bytes)?;
        if number >= promised {
            self.file.sync_all()?;
        }
        Ok(number)
    }

    /// An entry came back from `failed/`, under its old number.
    pub fn back(&mut self, bytes: u64) -> io::Result<()> {
        self.state.entries += 1;
        self.state.bytes += bytes;
        self.write()
    }

    pub fn gone(&mut self, load: Load) -> io::Result<()> {
        self.state.entries = self.state.entries.saturating_sub(load.entries);
        self.state.bytes = self.state.bytes.saturating_sub(load.bytes);
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        /// Longer than any content, so that none is left of a longer one.
        const WIDTH: usize = 400;
        let text = serde_json::to_string(&self.state)?;
        self.file
            .write_all_at(format!("{text:<WIDTH$}\n").as_bytes(), 0)
    }
}
