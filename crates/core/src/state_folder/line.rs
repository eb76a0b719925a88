//! The line to a destination: one lock, so that one process at a time sends, and what all of them have to know: when
//! it is due, what is wrong, whom it waits for.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::lane::Lane;
use super::{LANES, StateFolder, at_path, open_or_create};
use crate::config::flood::DigestSettings;
use crate::now::Moment;

/// What is known about a destination. Losing it costs a moment's politeness, never an entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineState {
    /// The entry that is being sent: after a crash it may or may not have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<u64>,
    /// The last request of whatever outcome, for the pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// What was tried since the last success, and may be to blame itself: another object's entry goes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<Suspect>,
    /// Entries whose requests may have arrived although nobody saw an answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsure: Vec<u64>,
    /// When the last messages were posted, in seconds since 1970: a clock that jumps forgets them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<f64>,
    /// While it lasts, what comes is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<Mute>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storm {
    pub begun: Moment,
    /// The last digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Moment>,
    /// After a mute: what its digest begins with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How often in a row a digest got no clear answer.
    #[serde(default, skip_serializing_if = "is_none")]
    pub failed: u32,
}

fn is_none(number: &u32) -> bool {
    *number == 0
}

/// Somebody wants silence there for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mute {
    pub begun: Moment,
    /// Seconds from then.
    pub wait: f64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who, as the environment says: anybody's text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

impl Mute {
    pub fn left(&self, now: &Moment) -> f64 {
        now.left_of(&self.begun, self.wait)
    }

    /// `max: deploy`, as much of it as there is.
    pub fn said(&self) -> String {
        let said = [self.by.as_str(), self.reason.as_str()];
        let said: Vec<&str> = said.into_iter().filter(|said| !said.is_empty()).collect();
        said.join(": ")
    }
}

impl Storm {
    pub fn begin() -> Storm {
        Storm {
            begun: Moment::read(),
            told: None,
            title: String::new(),
            failed: 0,
        }
    }

    /// For so long nothing came that people have turned to something else.
    pub fn is_past(&self, now: &Moment, settings: &DigestSettings) -> bool {
        let longest = settings.every.as_secs_f64() + MINUTE;
        let told = self.told.as_ref();
        told.is_some_and(|told| now.since(told) > longest)
    }

    /// Seconds until the next digest.
    pub fn left(&self, now: &Moment, settings: &DigestSettings) -> f64 {
        match &self.told {
            Some(told) => now.left_of(told, settings.every.as_secs_f64()),
            None if !self.title.is_empty() => 0.0,
            None => now.left_of(&self.begun, settings.collect.as_secs_f64()),
        }
    }
}

/// More of them than this lose their doubt: it costs a word.
const UNSURE: usize = 1_000;
const MINUTE: f64 = 60.0;

impl LineState {
    /// It may have arrived.
    pub fn doubt(&mut self, number: u64) {
        if !self.unsure.contains(&number) {
            self.unsure.push(number);
        }
        let surplus = self.unsure.len().saturating_sub(UNSURE);
        self.unsure.drain(..surplus);
    }

    pub fn posted(&mut self, now: f64, most: usize) {
        self.posts.push(now);
        let surplus = self.posts.len().saturating_sub(most);
        self.posts.drain(..surplus);
    }

    pub fn posts_in_a_minute(&self, now: f64) -> usize {
        let recent = |post: &&f64| (now - **post).abs() < MINUTE;
        self.posts.iter().filter(recent).count()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    pub kind: TroubleKind,
    pub reason: String,
    /// Since when nothing has passed.
    pub since: Moment,
    /// The last attempt.
    pub noted: Moment,
    /// Seconds from then in which nobody tries.
    pub wait: f64,
    pub failures: u32,
    /// When somebody was last told this reason.
    pub told: Moment,
    /// Of the config and the secrets that were refused: with others it is worth a try at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// It cannot be reached, fails, or wants to be left alone for a while.
    Failing,
    /// It takes nothing from us.
    Refused,
    /// The config or a secret cannot be used.
    Unusable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    pub number: u64,
    pub object: u64,
}

/// Whether a trouble has been told lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Fresh,
    Told,
}

/// The same trouble is told again after so many seconds.
const OLD_NEWS: f64 = 600.0;

impl Trouble {
    /// Once more after `before`, or for the first time.
    pub fn after(
        before: Option<Trouble>,
        kind: TroubleKind,
        reason: String,
        now: &Moment,
    ) -> (Trouble, News) {
        let same = before.as_ref().filter(|before| before.reason == reason);
        let (told, news) = match same {
            Some(same) if now.since(&same.told) < OLD_NEWS => (same.told.clone(), News::Told),
            _ => (now.clone(), News::Fresh),
        };
        let trouble = Trouble {
            kind,
            reason,
            failures: before.as_ref().map_or(0, |before| before.failures) + 1,
            since: before.map_or_else(|| now.clone(), |before| before.since),
            noted: now.clone(),
            wait: 0.0,
            told,
            fingerprint: None,
        };
        (trouble, news)
    }

    /// Whoever asks is the one who is told.
    pub fn news(&mut self, now: &Moment) -> News {
        if now.since(&self.told) < OLD_NEWS {
            return News::Told;
        }
        self.told = now.clone();
        News::Fresh
    }

    pub fn left(&self, now: &Moment) -> f64 {
        now.left_of(&self.noted, self.wait)
    }
}

/// For a sender: none keeps a line for much longer than five seconds without a pause.
const PATIENCE: Duration = Duration::from_secs(7);

/// `1: FLOCK  ADVISORY  WRITE 4711 08:01:131103 0 EOF`; those who wait for it have an arrow.
fn holder_in(locks: &str, inode: u64) -> Option<u32> {
    let mut holders = locks.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, file, ..] = words[..] else {
            return None;
        };
        let (_, number) = file.rsplit_once(':')?;
        (number.parse() == Ok(inode)).then(|| process.parse().ok())?
    });
    holders.next()
}

/// A line whose lock is held; dropping it lets go.
pub struct Line {
    file: File,
    written: usize,
    pub state: LineState,
}

impl StateFolder {
    /// `None` where somebody else is sending.
    pub fn line(&self, lane: &Lane) -> io::Result<Option<Line>> {
        let path = self.line_path(lane);
        let file = open_or_create(&path).map_err(at_path(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(at_path(&path)(error)),
        }
        let text = io::read_to_string(&file).unwrap_or_default();
        Ok(Some(Line {
            file,
            written: text.len(),
            state: serde_json::from_str(text.trim()).unwrap_or_default(),
        }))
    }

    /// For whoever wants to change something: `None` where somebody is sending, and keeps at it.
    pub fn line_soon(&self, lane: &Lane) -> io::Result<Option<Line>> {
        let begun = Instant::now();
        loop {
            match self.line(lane)? {
                Some(line) => return Ok(Some(line)),
                None if begun.elapsed() > PATIENCE => return Ok(None),
                None => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Who has the line, as far as the kernel tells.
    pub fn holder(&self, lane: &Lane) -> Option<String> {
        let inode = fs::metadata(self.line_path(lane)).ok()?.ino();
        let locks = fs::read_to_string("/proc/locks").ok()?;
        let process = holder_in(&locks, inode)?;
        let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
        Some(format!("{} (process {process})", name.trim()))
    }

    /// What the last one left there; whoever is sending may have written more since.
    pub fn line_state(&self, lane: &Lane) -> LineState {
        let text = std::fs::read_to_string(self.line_path(lane)).unwrap_or_default();
        serde_json::from_str(text.trim()).unwrap_or_default()
    }

    /// Every destination that was ever sent to.
    pub fn lines(&self) -> io::Result<Vec<Lane>> {
        let mut lanes = Vec::new();
        for name in self.names_in(LANES)? {
            let lane = name.to_str().and_then(|name| name.strip_suffix(".json"));
            lanes.extend(lane.and_then(|name| name.parse::<Lane>().ok()));
        }
        lanes.sort();
        Ok(lanes)
    }

    fn line_path(&self, lane: &Lane) -> PathBuf {
        self.at(LANES).join(format!("{lane}.json"))
    }
}

impl Line {
    /// In place and in one write: it need not survive a power cut.
    pub fn write(&mut self) -> io::Result<()> {
        let mut text = serde_json::to_string(&self.state)?;
        // Nothing is left of a longer one.
        let blanks = self.written.saturating_sub(text.len() + 1);
        text.extend(std::iter::repeat_n(' ', blanks));
        text.push('\n');
        self.written = text.len();
        self.file.write_all_at(text.as_bytes(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_line_stands_in_the_kernels_list_of_locks() {
        let locks = "\
1: POSIX  ADVISORY  WRITE 11 08:01:131103 0 EOF
2: FLOCK  ADVISORY  WRITE 4711 08:01:131103 0 EOF
2: -> FLOCK  ADVISORY  WRITE 12 08:01:131103 0 EOF
3: FLOCK  ADVISORY  READ 13 08:01:7 0 EOF
nonsense
";
        assert_eq!(holder_in(locks, 131_103), Some(4_711));
        assert_eq!(holder_in(locks, 7), Some(13));
        assert_eq!(holder_in(locks, 103), None);
        assert_eq!(holder_in("", 7), None);
    }

    #[test]
    fn a_mute_says_as_much_as_is_known_of_it() {
        let mute = |by: &str, reason: &str| Mute {
            begun: Moment::read(),
            wait: 60.0,
            reason: reason.to_owned(),
            by: by.to_owned(),
        };
        for (by, reason, said) in [
            ("max", "deploy", "max: deploy"),
            ("", "deploy", "deploy"),
            ("max", "", "max"),
            ("", "", ""),
        ] {
            assert_eq!(mute(by, reason).said(), said);
        }
    }
}
