//! The three programs with one config for all, on one stand-in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use notify_test::{Bench, Program};

pub const PROGRAMS: [&str; 3] = ["slack-notify", "mattermost-notify", "pagerduty-notify"];
pub const QUEUE: &str = "notify-queue";
pub const LISTEN: &str = "notify-listen";

const SLACK: Program = Program {
    name: "slack-notify",
    path: env!("CARGO_BIN_EXE_slack-notify"),
};

/// Cargo tells where this package's program is; the siblings' stand beside it.
pub fn program(name: &str) -> PathBuf {
    let path = Path::new(SLACK.path).with_file_name(name);
    assert!(
        path.exists(),
        "{} is not built: run cargo build --workspace --bins first, as scripts/test does",
        path.display()
    );
    path
}

pub fn programs_folder() -> PathBuf {
    for name in PROGRAMS {
        program(name);
    }
    program(QUEUE);
    program(LISTEN);
    let folder = program("notify-preview");
    folder.parent().expect("a folder").to_owned()
}

pub struct Stage {
    pub bench: Bench,
}

impl Stage {
    /// Every provider has its default destination and one called db; a problem calls whoever is here.
    pub fn new() -> Stage {
        let mut bench = Bench::new(SLACK);
        let config: Vec<String> = PROGRAMS
            .iter()
            .map(|&name| {
                let program = Program {
                    name,
                    path: SLACK.path,
                };
                let provider = program.provider();
                let place = program.place(&bench.preview);
                let mention = match provider {
                    "pagerduty" => "",
                    _ => "mention = \"here\"\n",
                };
                format!("[{provider}]\n{place}{mention}\n[{provider}.destinations.db]\n")
            })
            .collect();
        bench.config(&config.concat());
        let path = format!("{}:/usr/bin:/bin", programs_folder().display());
        bench.set("PATH", &path);
        Stage { bench }
    }

    pub fn folder(&self) -> &Path {
        self.bench.folder()
    }

    /// Any command, in the stage's folder and with the bench's scrubbed environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let scrubbed = self.bench.command([] as [&str; 0]);
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.folder());
        for (name, value) in scrubbed.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command
    }
}
