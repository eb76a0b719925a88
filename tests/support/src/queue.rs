//! A queue's folder as a test reads it: by its files, since the core that writes them is what is being tested. And
//! numbered notifications, which are found again in what arrives.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::thread;
use std::time::{Duration, Instant};

use notify_core::entry::DestinationId;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::line::Line;
use notify_preview::{Preview, Received};
use serde_json::Value;
pub use tempfile::TempDir;

use crate::{Bench, Run, kill};

pub struct Queue {
    root: PathBuf,
}

/// A file in `new/` or `failed/`.
#[derive(Clone, Debug)]
pub struct Kept {
    pub lane: String,
    pub name: String,
    pub path: PathBuf,
}

impl Kept {
    /// The sequence number at the beginning of its name.
    pub fn number(&self) -> u64 {
        let digits = self.name.split('-').next().unwrap_or_default();
        digits.parse().expect("a name with a number")
    }

    pub fn json(&self) -> Value {
        let text = fs::read(&self.path).expect("a file of the queue");
        serde_json::from_slice(&text).expect("an entry is JSON")
    }

    /// Which numbered notification it holds.
    pub fn note(&self) -> Option<u32> {
        note_in(self.json()["notification"]["output"].as_str()?)
    }
}

/// What a receipt says when it is the last one.
pub const FINAL: [&str; 5] = [
    "delivered",
    "nothing_to_send",
    "refused",
    "given_up",
    "expired",
];

impl Queue {
    pub fn of(bench: &Bench) -> Queue {
        Queue::at(bench.folder().join("state"))
    }

    pub fn at(root: impl Into<PathBuf>) -> Queue {
        Queue { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// In the order of their names, which is that of storing.
    pub fn waiting(&self) -> Vec<Kept> {
        self.shelf("new")
    }

    pub fn failed(&self) -> Vec<Kept> {
        self.shelf("failed")
    }

    fn shelf(&self, shelf: &str) -> Vec<Kept> {
        let mut kept = Vec::new();
        for lane in names(&self.root.join(shelf)) {
            for name in names(&self.root.join(shelf).join(&lane)) {
                kept.push(Kept {
                    path: self.root.join(shelf).join(&lane).join(&name),
                    lane: lane.clone(),
                    name,
                });
            }
        }
        kept
    }

    /// What was begun in `tmp/` and never named.
    pub fn leftovers(&self) -> Vec<String> {
        names(&self.root.join("tmp"))
    }

    /// The journal, line by line; each must be readable.
    pub fn receipts(&self) -> Vec<Value> {
        let mut receipts = Vec::new();
        for file in names(&self.root.join("journal")) {
            let text = fs::read_to_string(self.root.join("journal").join(&file));
            for line in text.expect("a page of the journal").lines() {
                let receipt = serde_json::from_str(line);
                receipts.push(receipt.unwrap_or_else(|error| panic!("{file}: {error}: {line}")));
            }
        }
        receipts
    }

    pub fn final_receipts(&self) -> Vec<Value> {
        let mut receipts = self.receipts();
        receipts.retain(|receipt| FINAL.contains(&receipt["became"].as_str().unwrap_or_default()));
        receipts
    }

    /// The lanes' states, with their names.
    pub fn lines(&self) -> Vec<(String, Value)> {
        let folder = self.root.join("lanes");
        let read = |name: String| {
            let text = fs::read_to_string(folder.join(&name)).expect("a lane's state");
            let state = serde_json::from_str(text.trim()).unwrap_or(Value::Null);
            (name.trim_end_matches(".json").to_owned(), state)
        };
        names(&folder).into_iter().map(read).collect()
    }

    /// The numbers of what was being sent when its sender died.
    pub fn in_flight(&self) -> Vec<u64> {
        let receipts = self.final_receipts();
        let has_receipt = |number: &u64| receipts.iter().any(|receipt| receipt["id"] == *number);
        let mut sending: Vec<u64> = self
            .lines()
            .iter()
            .filter_map(|(_, state)| state["sending"].as_u64())
            .collect();
        sending.retain(|number| !has_receipt(number));
        sending
    }

    /// Whether every sender has ended: one that has not takes along what the next notifier brings.
    pub fn nobody_sends(&self) -> bool {
        let folder = self.root.join("lanes");
        let is_free = |name: String| {
            let line = File::open(folder.join(&name)).expect("a lane's file");
            line.try_lock_shared().is_ok()
        };
        names(&folder).into_iter().all(is_free)
    }

    /// How many entries the counter believes to be waiting.
    pub fn counted(&self) -> u64 {
        let text = fs::read_to_string(self.root.join("counter")).expect("a counter");
        let counter: Value = serde_json::from_str(text.trim()).expect("a counter is JSON");
        counter["entries"].as_u64().expect("a number")
    }

    /// The next process tidies up, as if ten minutes had passed.
    pub fn let_it_be_tidied(&self) {
        let mark = self.root.join("tidied");
        if mark.exists() {
            fs::remove_file(mark).expect("its mark goes");
        }
    }

    /// No file below, whatever it is, holds any secret of the tests'.
    pub fn holds_no_secret(&self) {
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for name in names(&folder) {
                let path = folder.join(&name);
                let found = fs::symlink_metadata(&path).expect("it is there");
                if found.is_dir() {
                    folders.push(path);
                } else if found.is_file() {
                    let content = fs::read(&path).expect("it is readable");
                    search(format!("{}\n", path.display()).into_bytes());
                    search(content);
                }
            }
        }
    }

    /// Holds the line as a sender does: whoever comes meanwhile stores and leaves.
    pub fn hold(&self, lane: &Lane) -> Line {
        let folder = StateFolder::open(&self.root).expect("a state folder");
        let line = folder.line(lane).expect("a lane's file");
        line.expect("nobody else is sending")
    }
}

/// A stream that a program printed is searched by the bench; so is this.
fn search(content: Vec<u8>) {
    Run::of(Output {
        status: ExitStatus::default(),
        stdout: content,
        stderr: Vec::new(),
    });
}

/// Sorted; none where there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(found) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = found
        .filter_map(|found| Some(found.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}

/// A folder in memory where the machine has such a place.
pub fn memory() -> TempDir {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
    folder.expect("a temporary folder")
}

/// Where this bench's destination has its entries.
pub fn lane(bench: &Bench, name: &str) -> Lane {
    let destination = DestinationId::new(bench.program.provider(), name);
    Lane::of(&destination, &bench.folder().join("config.toml"))
}

/// A host's notification with a number of its own.
pub fn note(kind: &str, host: &str, number: u32) -> Vec<String> {
    let state = if kind == "RECOVERY" { "0" } else { "1" };
    let output = format!("note-{number}-");
    [
        "--type",
        "Host",
        "--notificationtype",
        kind,
        "--hostname",
        host,
        "--hoststate",
        state,
        "--output",
        &output,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The number in an output, a body, a line.
pub fn note_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("note-")?;
    rest.split('-').next()?.parse().ok()
}

pub fn note_of(received: &Received) -> Option<u32> {
    note_in(&String::from_utf8_lossy(&received.body))
}

/// The numbers of what the vendor accepted, in the order of arrival.
pub fn arrived(preview: &Preview) -> Vec<u32> {
    let received = preview.received();
    let accepted = received.iter().filter(|one| one.verdict == "accepted");
    accepted.filter_map(note_of).collect()
}

/// `notify-queue run` with the bench's config and environment.
pub fn drainer(bench: &Bench) -> Command {
    let mut command = Command::new(kill::program("notify-queue").path);
    let scrubbed = bench.command([] as [&str; 0]);
    command.arg("run").env_clear();
    for (name, value) in scrubbed.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command
}

/// With a drainer after the other, until nothing waits.
pub fn drain(bench: &Bench) {
    const PATIENCE: Duration = Duration::from_secs(30);
    let queue = Queue::of(bench);
    let begun = Instant::now();
    while !queue.waiting().is_empty() {
        let run = Run::of(drainer(bench).output().expect("it starts"));
        let left = queue.waiting();
        assert!(begun.elapsed() < PATIENCE, "{run:#?} {left:#?}");
        thread::sleep(Duration::from_millis(2));
    }
}
