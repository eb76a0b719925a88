//! `status.dat` of Nagios and Naemon: read once for each time that the core writes it, and shared by all who look.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufReader};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use super::Trouble;
use super::picture::Picture;
use super::status_blocks::{self, Flaw};

/// Of Linux on most processors. A FIFO at that path must not hold us up.
pub(super) const O_NONBLOCK: i32 = 0o4000;

/// A core whose temporary file is on another disk copies it, and the copy can be seen half done.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(100);

pub struct StatusFile {
    path: PathBuf,
    latest: Mutex<Option<Version>>,
    /// Held by the one who reads.
    reading: Mutex<()>,
}

#[derive(Clone)]
struct Version {
    file: Identity,
    picture: Arc<Picture>,
}

#[derive(Clone, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl StatusFile {
    pub fn new(path: PathBuf) -> StatusFile {
        StatusFile {
            path,
            latest: Mutex::default(),
            reading: Mutex::default(),
        }
    }

    /// The newest picture, or the one before it while another thread reads that.
    pub fn picture(&self) -> Result<Arc<Picture>, Trouble> {
        let _reading = match (self.reading.try_lock(), self.latest()) {
            (Ok(reading), _) => reading,
            (Err(TryLockError::Poisoned(reading)), _) => reading.into_inner(),
            (Err(TryLockError::WouldBlock), Some(before)) => return Ok(before.picture),
            (Err(TryLockError::WouldBlock), None) => lock(&self.reading),
        };
        let found = fs::metadata(&self.path).map_err(|error| self.unreadable(&error))?;
        match self.latest() {
            Some(known) if known.file == Identity::of(&found) => Ok(known.picture),
            _ => {
                let version = self.read()?;
                let picture = Arc::clone(&version.picture);
                *lock(&self.latest) = Some(version);
                Ok(picture)
            }
        }
    }

    fn latest(&self) -> Option<Version> {
        lock(&self.latest).clone()
    }

    fn read(&self) -> Result<Version, Trouble> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.read_once() {
                Ok(Ok(version)) => return Ok(version),
                Ok(Err(_)) if tries < TRIES => thread::sleep(PAUSE),
                Ok(Err(flaw)) => return Err(self.trouble(flaw.words())),
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
    }

    fn read_once(&self) -> io::Result<Result<Version, Flaw>> {
        let file = open(&self.path)?;
        let before = file.metadata()?;
        if !before.is_file() {
            return Ok(Err(Flaw::NoStatus));
        }
        let read = status_blocks::read(&mut BufReader::with_capacity(1 << 16, &file))?;
        let unchanged = Identity::of(&before) == Identity::of(&file.metadata()?);
        Ok(match read {
            Ok(_) if !unchanged => Err(Flaw::CutOff),
            read => read.map(|picture| Version {
                file: Identity::of(&before),
                picture: Arc::new(picture),
            }),
        })
    }

    fn unreadable(&self, error: &io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::NotFound => self.trouble(
                "does not exist: start the core, or set status_file in [monitoring] as its main config does",
            ),
            io::ErrorKind::PermissionDenied => {
                self.trouble("may not be read: run notify-listen as the core's user")
            }
            _ => self.trouble(&error.to_string()),
        }
    }

    fn trouble(&self, what: &str) -> Trouble {
        Trouble::Later(format!("status_file {} {what}", self.path.display()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK)
        .open(path)
}

impl Identity {
    fn of(found: &Metadata) -> Identity {
        Identity {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }
}
