//! The names that were looked up in openITCOCKPIT.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::{StateFolder, create_new, make_all};

/// A host's or service's name as openITCOCKPIT told it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CachedName {
    pub host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Seconds since 1970.
    pub learnt: f64,
}

const FAILED: &str = "failed";

impl StateFolder {
    /// `uuid` must have the shape of one: it becomes a file's name.
    pub fn name_of(&self, uuid: &str) -> Option<CachedName> {
        let text = std::fs::read(self.names().join(format!("{uuid}.json"))).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub fn remember_name(&self, uuid: &str, name: &CachedName) -> io::Result<()> {
        let text = serde_json::to_vec(name)?;
        replace(&self.names(), &format!("{uuid}.json"), &text)
    }

    /// When the last look-up failed, in seconds since 1970.
    pub fn failed_look_up(&self) -> Option<f64> {
        let text = std::fs::read_to_string(self.names().join(FAILED)).ok()?;
        text.trim().parse().ok()
    }

    pub fn note_failed_look_up(&self, now: f64) -> io::Result<()> {
        replace(&self.names(), FAILED, now.to_string().as_bytes())
    }

    fn names(&self) -> PathBuf {
        self.at("names")
    }
}

/// Whole or not at all: readers never see half a file.
fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    make_all(folder)?;
    // Several threads of a process write, too.
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!(".{name}.{}.{turn}", std::process::id()));
    let written = create_new(&unfinished)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| std::fs::rename(&unfinished, folder.join(name)));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}
