//! What people at a destination know of an object: the problem that was opened there, what was kept from them, and
//! the last things they were told. Written under the destination's lock, in place and unsynced: what a power cut takes
//! from it costs a thread or a duration, never an entry.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::lane::{self, Lane};
use super::{OPEN, StateFolder, at_path, open_or_create};
use crate::entry::FORMAT;
use crate::notification::{State, Subject};
use crate::now::Moment;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub format: u32,
    pub reference: String,
    pub subject: Subject,
    /// Opened there and not closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Open>,
    /// Of a problem that nobody there was told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Untold>,
    /// The last ones that arrived, the newest at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// The highest number that was dealt with.
    #[serde(default)]
    pub latest: u64,
    /// The entry whose first request has arrived, and not yet its second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halfway: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Open {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// When the problem began, in seconds since 1970.
    pub since: f64,
    /// The vendor's name for its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    #[serde(default, skip_serializing_if = "Seen::is_sure")]
    pub seen: Seen,
}

/// Whether that is what people have before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    #[default]
    Surely,
    /// Nobody saw an answer.
    Perhaps,
}

impl Seen {
    fn is_sure(&self) -> bool {
        *self == Seen::Surely
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Untold {
    pub why: Why,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// When it began, in seconds since 1970.
    pub since: f64,
    /// How often it came and went.
    pub episodes: u32,
    /// How many notifications, copies not counted.
    pub notifications: u32,
    /// Of the last of them, while it lasts.
    pub key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// What came after it will tell it.
    Folded,
    HeldBack,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub number: u64,
    /// Equal for what a core says to several contacts.
    pub key: String,
    /// Whether it said how the object is, or something beside that.
    pub about: About,
    pub created: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    State,
    Else,
}

/// How many of the last ones are remembered.
const TOLD: usize = 6;
/// After so long a closed problem is nobody's business any more.
const FORGOTTEN: Duration = Duration::from_secs(2 * 24 * 3_600);
/// A problem whose end was never notified.
const ABANDONED: Duration = Duration::from_secs(90 * 24 * 3_600);

impl Known {
    pub fn remember(&mut self, told: Told) {
        self.latest = self.latest.max(told.number);
        self.told.push(told);
        let surplus = self.told.len().saturating_sub(TOLD);
        self.told.drain(..surplus);
    }
}

impl Untold {
    /// It has ended, of which nobody was told either: another recovery is a copy.
    pub fn is_over(&self) -> bool {
        self.key.is_empty()
    }
}

impl StateFolder {
    /// The error is a damaged file, which the next writing replaces.
    pub fn known(&self, lane: &Lane, object: u64) -> Result<Option<Known>, String> {
        let text = match fs::read(self.known_file(lane, object)) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let known: Known = serde_json::from_slice(text.trim_ascii()).map_err(|e| e.to_string())?;
        match known.format {
            FORMAT => Ok(Some(known)),
            other => Err(format!("format {other} is not this version's")),
        }
    }

    pub fn remember(&self, lane: &Lane, object: u64, known: &Known) -> io::Result<()> {
        let path = self.known_file(lane, object);
        let mut text = serde_json::to_vec(known)?;
        let file = open_or_create(&path).map_err(at_path(&path))?;
        // Nothing is left of a longer one.
        let length = file.metadata()?.len() as usize;
        let blanks = length.saturating_sub(text.len() + 1);
        text.extend(std::iter::repeat_n(b' ', blanks));
        text.push(b'\n');
        file.write_all_at(&text, 0).map_err(at_path(&path))
    }

    /// Whether people at another destination of the same provider know this problem.
    pub fn open_elsewhere(&self, lane: &Lane, object: u64) -> bool {
        let lanes = self.known_lanes().unwrap_or_default();
        lanes.iter().filter(|other| *other != lane).any(|other| {
            let known = self.known(other, object);
            known.is_ok_and(|known| known.is_some_and(|known| known.open.is_some()))
        })
    }

    /// How an object is, as far as people were told: a core's own state file may be older than their message.
    pub fn told_state(&self, reference: &str) -> Option<State> {
        let object = lane::object(reference);
        let lanes = self.known_lanes().unwrap_or_default();
        let known = lanes
            .iter()
            .filter_map(|lane| self.known(lane, object).ok()?);
        known
            .filter(|known| known.reference == reference)
            .find_map(|known| known.open?.state)
    }

    pub fn known_lanes(&self) -> io::Result<Vec<Lane>> {
        let names = self.names_in(OPEN)?;
        let lanes = names.iter().filter_map(|name| name.to_str()?.parse().ok());
        let mut lanes: Vec<Lane> = lanes.collect();
        lanes.sort();
        Ok(lanes)
    }

    /// All of a destination that can be read.
    pub fn known_in(&self, lane: &Lane) -> io::Result<Vec<Known>> {
        let names = self.names_in(&format!("{OPEN}/{lane}"))?;
        let objects = names.iter().filter_map(|name| object_of(name.to_str()?));
        let known = objects.filter_map(|object| self.known(lane, object).ok().flatten());
        Ok(known.collect())
    }

    /// What nobody asks for any more. Whoever sends there meanwhile has just written, so it is no old file.
    pub(super) fn prune_known(&self) -> io::Result<()> {
        for lane in self.known_lanes()? {
            for name in self.names_in(&format!("{OPEN}/{lane}"))? {
                let Some(object) = name.to_str().and_then(object_of) else {
                    continue;
                };
                let path = self.known_file(&lane, object);
                let Ok(changed) = fs::metadata(&path).and_then(|found| found.modified()) else {
                    continue;
                };
                let age = SystemTime::now().duration_since(changed);
                let Some(age) = age.ok().filter(|age| *age > FORGOTTEN) else {
                    continue;
                };
                let open = self.known(&lane, object).ok().flatten();
                let is_open = open.is_some_and(|known| known.open.is_some());
                if !is_open || age > ABANDONED {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }

    fn known_file(&self, lane: &Lane, object: u64) -> PathBuf {
        self.at(OPEN)
            .join(lane.to_string())
            .join(format!("{object:016x}.json"))
    }
}

fn object_of(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_suffix(".json")?, 16).ok()
}
