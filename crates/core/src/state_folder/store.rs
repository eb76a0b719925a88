//! Into the queue: written aside, synced, then named, and the name synced. From then on nothing loses it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::counter::Counter;
use super::journal::Journal;
use super::lane::{Lane, Sort, Ticket};
use super::{NEW, StateFolder, TMP, at_path, create_new, in_its_folder, sync_folder};
use crate::config::queue::Limits;
use crate::kill_points::kill_point;
use crate::now::Now;

/// What is to be stored: an entry as its file holds it.
pub struct Parcel {
    pub lane: Lane,
    pub object: u64,
    pub sort: Sort,
    pub text: Vec<u8>,
}

impl StateFolder {
    /// Each parcel's number, or why it is not on disk.
    pub fn store(&self, parcels: &[Parcel], limits: Limits) -> Vec<io::Result<u64>> {
        let mut stored: Vec<io::Result<u64>> = Vec::new();
        let aside: Vec<io::Result<PathBuf>> = parcels
            .iter()
            .map(|parcel| self.write_aside(&parcel.text))
            .collect();
        let mut counter = Counter::lock(self);
        for (parcel, aside) in parcels.iter().zip(aside) {
            stored.push(aside.and_then(|aside| {
                let named = match &mut counter {
                    Ok(counter) => self.name(parcel, &aside, counter, limits),
                    Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                };
                if named.is_err() {
                    let _ = fs::remove_file(&aside);
                }
                named
            }));
        }
        drop(counter);
        for (parcel, stored) in parcels.iter().zip(&mut stored) {
            let Ok(number) = *stored else { continue };
            let folder = self.waiting(&parcel.lane);
            if let Err(error) = sync_folder(&folder) {
                // Not promised to anybody: it must not go out beside the direct send.
                let _ = fs::remove_file(folder.join(ticket(number, parcel).to_string()));
                *stored = Err(at_path(&folder)(error));
            }
        }
        kill_point("stored");
        stored
    }

    /// Whether anything could be stored now, and what became of it noted.
    pub fn try_writing(&self) -> io::Result<()> {
        fs::remove_file(self.write_aside(b"{}")?)?;
        Counter::lock(self)?;
        Journal::of(self).open_for_writing()
    }

    /// For one more as large as those that wait.
    pub fn has_room(&self, limits: Limits) -> io::Result<()> {
        let mut counter = Counter::lock(self)?;
        let load = counter.load();
        counter.has_room(load.bytes / load.entries.max(1), limits)
    }

    pub(super) fn write_aside(&self, text: &[u8]) -> io::Result<PathBuf> {
        let (path, mut file) = self.create_aside()?;
        kill_point("created");
        let written = file.write_all(text).and_then(|()| {
            kill_point("written");
            file.sync_all()
        });
        kill_point("synced");
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(at_path(&path)(error))
            }
        }
    }

    pub(super) fn create_aside(&self) -> io::Result<(PathBuf, File)> {
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let folder = self.at(TMP);
        // A process of the same number may have left its file at a crash.
        let start = Now::read().wall;
        let path = folder.join(format!("{start:.6}.{}.{turn}", std::process::id()));
        let file = in_its_folder(&path, || create_new(&path))?;
        Ok((path, file))
    }

    /// Under the counter's lock, so that the order of numbers is the order of appearing.
    fn name(
        &self,
        parcel: &Parcel,
        aside: &Path,
        counter: &mut Counter,
        limits: Limits,
    ) -> io::Result<u64> {
        let bytes = parcel.text.len() as u64;
        counter.has_room(bytes, limits)?;
        let number = counter.take(bytes)?;
        let folder = self.waiting(&parcel.lane);
        let path = folder.join(ticket(number, parcel).to_string());
        in_its_folder(&path, || fs::rename(aside, &path))?;
        kill_point("named");
        Ok(number)
    }

    pub(super) fn waiting(&self, lane: &Lane) -> PathBuf {
        self.at(NEW).join(lane.to_string())
    }
}

fn ticket(number: u64, parcel: &Parcel) -> Ticket {
    Ticket::fresh(number, parcel.object, parcel.sort)
}
