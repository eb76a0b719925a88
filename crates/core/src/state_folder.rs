//! The state folder. All reading and writing of it stands here: several machines will one day share it.
//!
//! `docs/queue.md` has the table of what exists on disk after each step, and what a crash there leads to.

pub mod answers;
pub mod counter;
pub mod journal;
pub mod known;
pub mod lane;
pub mod line;
pub mod medium;
mod names;
mod store;
pub mod tidy;
pub mod waiting;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::config::source;
pub use names::CachedName;
pub use store::Parcel;

#[derive(Clone, Debug)]
pub struct StateFolder {
    root: PathBuf,
}

/// Why a folder cannot be used, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const TMP: &str = "tmp";
const NEW: &str = "new";
const FAILED: &str = "failed";
const LANES: &str = "lanes";
const JOURNAL: &str = "journal";
const OPEN: &str = "open";

impl StateFolder {
    /// Makes the folder where it is missing, and takes none that somebody else could tamper with.
    pub fn open(root: &Path) -> Result<StateFolder, Unfit> {
        match StateFolder::look(root)? {
            Some(folder) => Ok(folder),
            None => {
                make_all(root).map_err(|error| unmade(root, &error))?;
                let made = StateFolder::look(root)?;
                made.ok_or_else(|| unfit(root, "was removed as soon as it was made"))
            }
        }
    }

    /// Whether a missing one could be made, tried beside its place: who only looks must not leave one there, least of
    /// all as root.
    pub fn could_be_made(root: &Path) -> Result<(), Unfit> {
        let mut above = root.ancestors().skip(1);
        let above = above.find(|above| above.symlink_metadata().is_ok());
        let trial = above.unwrap_or(Path::new("."));
        let trial = trial.join(format!(".monitoring-notify-{}", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&trial);
        made.and_then(|()| std::fs::remove_dir(&trial))
            .map_err(|error| unmade(root, &error))
    }

    /// The folder, where there is one.
    pub fn look(root: &Path) -> Result<Option<StateFolder>, Unfit> {
        let found = match std::fs::symlink_metadata(root) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unfit(root, format!("cannot be looked at: {error}"))),
        };
        if found.is_symlink() {
            let problem = "is a symbolic link: set state_dir to the folder itself";
            return Err(unfit(root, problem));
        }
        if !found.is_dir() {
            return Err(unfit(
                root,
                "is not a folder: move it away, or set state_dir",
            ));
        }
        if let Some(me) = effective_user()
            && me != found.uid()
        {
            let owner = found.uid();
            let problem = match me {
                // Otherwise root would be its owner by now.
                0 => format!(
                    "belongs to user {owner}, whose own user and group may not read the config: let them, or set state_dir"
                ),
                _ => format!(
                    "belongs to user {owner}, and this is user {me}: run as its owner, or set state_dir"
                ),
            };
            return Err(unfit(root, problem));
        }
        if found.mode() & 0o022 != 0 {
            let mode = found.mode() & 0o7777;
            let problem = format!("may be written by others (mode {mode:04o}): chmod 0700 it");
            return Err(unfit(root, problem));
        }
        Ok(Some(StateFolder {
            root: root.to_owned(),
        }))
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Who this process is to the file system; root is somebody else than the folder's owner, too.
pub fn effective_user() -> Option<u32> {
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

fn unfit(root: &Path, problem: impl fmt::Display) -> Unfit {
    Unfit(format!("{} {problem}", root.display()))
}

fn unmade(root: &Path, error: &io::Error) -> Unfit {
    let advice = match (error.kind(), effective_user()) {
        (ErrorKind::PermissionDenied, Some(me)) => {
            // Somebody without a home has no folder of his own.
            let place = match root == source::default_state_dir() {
                true => source::machine_state_dir(),
                false => root.to_owned(),
            };
            let place = place.display();
            format!("make it as root by install -d -m 0700 -o {me} {place}, or set state_dir")
        }
        _ => "set state_dir to another place".to_owned(),
    };
    unfit(root, format!("cannot be made: {error}: {advice}"))
}

/// A folder and those above it, each of which is there after a power cut.
fn make_all(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| *above != Path::new(""));
    if let Some(above) = above {
        make_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(above.unwrap_or(Path::new("."))),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn create_new(file: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
}

fn open_or_create(file: &Path) -> io::Result<File> {
    let open = || {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(file)
    };
    match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_all(file.parent().unwrap_or(Path::new(".")))?;
            open()
        }
        opened => opened,
    }
}

/// Where the folder of this file is missing it is made, and the act done once more.
fn in_its_folder<T>(file: &Path, act: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let done = match act() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = file.parent().unwrap_or(Path::new("."));
            make_all(folder).map_err(at_path(folder))?;
            act()
        }
        done => done,
    };
    done.map_err(at_path(file))
}

/// For locks that are held for microseconds. The kernel lets a thousand waiting processes in one after the other, which
/// takes seconds on a busy disk: whoever sees that others got on waits on. One whose holder was stopped must not stop
/// everybody else, so a thread waits for it, and we for the thread.
fn lock_soon(file: &File) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    /// Then a notifier's time is nearly over.
    const ROUNDS: u32 = 3;
    match file.try_lock() {
        Ok(()) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
        Err(TryLockError::WouldBlock) => {}
    }
    let same = file.try_clone()?;
    // Without room for an answer: one that comes too late finds nobody, and lets go again.
    let (done, locked) = mpsc::sync_channel(0);
    thread::Builder::new().spawn(move || {
        let taken = same.lock();
        if done.send(taken).is_err() {
            let _ = same.unlock();
        }
    })?;
    let changed = || file.metadata().and_then(|found| found.modified()).ok();
    let mut waited = Duration::ZERO;
    for _ in 0..ROUNDS {
        let before = changed();
        match locked.recv_timeout(PATIENCE) {
            Ok(taken) => return taken,
            Err(_) => waited += PATIENCE,
        }
        // Whoever has it writes.
        if changed() == before {
            break;
        }
    }
    Err(io::Error::new(
        ErrorKind::TimedOut,
        format!("others have held its lock for {} s", waited.as_secs()),
    ))
}

/// An error that says where.
fn at_path(path: &Path) -> impl Fn(io::Error) -> io::Error + '_ {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
