//! The state folder. All reading and writing of it stands here: several machines will one day share it.

use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

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
        let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(content)?;
        drop(file);
        std::fs::rename(unfinished, folder.join(name))
    }
}

const FAILED: &str = "failed";
