//! Processes that are killed at a chosen step, and the programs that can be: built with the feature `kill-points`, which
//! no release has, into a folder of their own.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;

use crate::Program;

/// Which step, and the how-manieth time that it is come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    pub point: String,
    pub turn: u32,
}

impl Kill {
    pub fn at<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("NOTIFY_KILL_AT", format!("{}:{}", self.point, self.turn))
    }
}

/// Whether it really was killed.
pub fn was_killed(status: ExitStatus) -> bool {
    const SIGKILL: i32 = 9;
    status.signal() == Some(SIGKILL)
}

/// One of `BUILT` as it can be killed.
pub fn program(name: &'static str) -> Program {
    static LEAKED: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    let paths = LEAKED.get_or_init(|| {
        let folder = build();
        let leak = |name: &'static str| {
            let path = folder.join(name).display().to_string();
            (name, &*path.leak())
        };
        BUILT.map(leak).to_vec()
    });
    let found = paths.iter().find(|(built, _)| *built == name);
    let (name, path) = *found.expect("a program that is built");
    Program { name, path }
}

/// What the listener's steps begin with, which no notification comes to.
const ANSWER: &str = "answer-";

/// Every step of a notification that has a name in the core's source: one that is added is never forgotten.
pub fn points() -> BTreeSet<String> {
    let (_, notifications) = all_points();
    notifications
}

/// Those of an answer alone.
pub fn answer_points() -> BTreeSet<String> {
    let (answers, _) = all_points();
    answers
}

fn all_points() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut points = BTreeSet::new();
    let mut folders = vec![workspace().join("crates/core/src")];
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(&folder).expect("the core's source") {
            let path = found.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("source");
                let calls = text.split("kill_point(\"").skip(1);
                points.extend(calls.filter_map(|call| Some(call.split_once('"')?.0.to_owned())));
            }
        }
    }
    assert!(points.len() > 10, "{points:?}");
    points
        .into_iter()
        .partition(|point: &String| point.starts_with(ANSWER))
}

const BUILT: [&str; 4] = [
    "slack-notify",
    "pagerduty-notify",
    "notify-queue",
    "notify-listen",
];

fn build() -> PathBuf {
    let folder = target().join("kill-points");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--quiet", "--locked"])
        .args(["--features", "notify-core/kill-points", "--target-dir"])
        .arg(&folder)
        // Or the programs stand one folder further down.
        .env_remove("CARGO_BUILD_TARGET")
        .current_dir(workspace());
    for name in BUILT {
        cargo.args(["--package", name]);
    }
    let built = cargo.output().expect("cargo starts");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{cargo:?}: {said}");
    folder.join("debug")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// This test's program stands in `<target>/debug/deps`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("this program's path");
    let target = test.ancestors().nth(3);
    target.expect("a target folder").to_owned()
}
