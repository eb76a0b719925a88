//! The state folder. All reading and writing of it stands here: several machines will one day share it.

use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct StateFolder(PathBuf);

/// A host's or service's name as openITCOCKPIT told it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CachedName {
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Seconds since 1970.
    pub learnt: f64,
}

impl StateFolder {
    pub fn new(folder: &Path) -> StateFolder {
        StateFolder(folder.to_owned())
    }

    /// `uuid` must have the shape of one: it becomes a file's name.
    pub fn name_of(&self, uuid: &str) -> Option<CachedName> {
        let text = std::fs::read(self.names().join(format!("{uuid}.json"))).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn remember_name(&self, uuid: &str, name: &CachedName) -> io::Result<()> {
        let text = serde_json::to_vec(name)?;
        self.replace(&self.names(), &format!("{uuid}.json"), &text)
    }

    /// When the last look-up failed, in seconds since 1970.
    pub fn failed_look_up(&self) -> Option<f64> {
        let text = std::fs::read_to_string(self.names().join(FAILED)).ok()?;
        text.trim().parse().ok()
    }

    pub fn note_failed_look_up(&self, now: f64) -> io::Result<()> {
        self.replace(&self.names(), FAILED, now.to_string().as_bytes())
    }

    fn names(&self) -> PathBuf {
        self.0.join("names")
    }

    /// Whole or not at all: readers never see half a file.
    fn replace(&self, folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // Several threads of a process write, too.
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let unfinished = folder.join(format!(".{name}.{}.{turn}", std::process::id()));
        let written = self.write(&unfinished, content).and_then(|()| {
            self.hand_over(folder)?;
            self.hand_over(&unfinished)?;
            std::fs::rename(&unfinished, folder.join(name))
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&unfinished);
        }
        written
    }

    fn write(&self, file: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?;
        file.write_all(content)
    }

    /// What root makes while trying things out goes to the folder's owner, or the core could not read it.
    fn hand_over(&self, made: &Path) -> io::Result<()> {
        let owner = std::fs::metadata(&self.0)?;
        let current = std::fs::metadata(made)?;
        if (owner.uid(), owner.gid()) == (current.uid(), current.gid()) {
            return Ok(());
        }
        chown(made, Some(owner.uid()), Some(owner.gid()))
    }
}

const FAILED: &str = "failed";
