//! One program, its config and its vendor.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use notify_preview::{Options, Preview, Received};
use tempfile::TempDir;

/// A program under test: `Program { name: "slack-notify", path: env!("CARGO_BIN_EXE_slack-notify") }`.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub name: &'static str,
    pub path: &'static str,
}

/// Everything secret that the tests' configs hold; none of it may ever be printed.
pub(crate) const SECRETS: [&str; 13] = [
    "XXXXXXXXXXXXXXXXXXXXXXXX",
    "B00000000",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdef0123456789abcdef",
    "xoxb-1234567890-secret",
    "bottokenbottokenbottoken26",
    "pr0xy-pa55word",
    "openitcockpit-api-key",
    "slack-signing-secret",
    "mattermost-slash-token",
    "pagerduty-webhook-secret",
    "the-secret-that-seals-buttons",
    "icinga-api-password",
];

/// The shortest way to say that a host is down.
pub const HOST_DOWN: [&str; 8] = [
    "--type",
    "Host",
    "--notificationtype",
    "PROBLEM",
    "--hostname",
    "web01",
    "--hoststate",
    "1",
];

pub struct Bench {
    pub program: Program,
    pub preview: Preview,
    folder: TempDir,
    environment: Vec<(String, String)>,
    queue: &'static str,
}

/// What a program left when it ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    /// `slack` of `slack-notify`.
    pub fn provider(self) -> &'static str {
        self.name.trim_end_matches("-notify")
    }

    /// The keys that make a section a destination on this stand-in, which has no pace.
    pub fn place(self, preview: &Preview) -> String {
        let address = match self.provider() {
            "slack" => format!("webhook_url = {:?}\n", preview.slack_webhook()),
            "mattermost" => format!("webhook_url = {:?}\n", preview.mattermost_webhook()),
            "pagerduty" => format!(
                "integration_key = \"0123456789abcdef0123456789abcdef\"\napi_url = {:?}\n",
                preview.pagerduty_v2()
            ),
            other => panic!("no config for {other}"),
        };
        format!("{address}min_interval = 0\n")
    }
}

/// Each notification by itself, however many there are: what keeps people from being flooded has tests of its own.
pub const NO_FLOOD: &str = "[flood]\ncopies_within = 0\ncollapse = false\nquiet_repeats = false\nthreads = false\ndigest = false\n";

impl Bench {
    /// With the smallest config, pointing to the stand-in.
    pub fn new(program: Program) -> Bench {
        Bench::with(program, Options::default())
    }

    /// Without the queue: what fails says so and is kept by nobody.
    pub fn unqueued(program: Program) -> Bench {
        let bench = Bench {
            queue: "[queue]\nenabled = false\n",
            ..Bench::new(program)
        };
        bench.config(&bench.smallest_config());
        bench
    }

    pub fn with(program: Program, options: Options) -> Bench {
        let bench = Bench {
            program,
            preview: Preview::start(options).expect("the stand-in starts"),
            folder: TempDir::new().expect("a temporary folder"),
            environment: Vec::new(),
            queue: "",
        };
        bench.config(&bench.smallest_config());
        bench
    }

    /// The provider's section for the stand-in, without anything else.
    pub fn smallest_config(&self) -> String {
        let keys = self.program.place(&self.preview);
        format!("[{}]\n{keys}", self.program.provider())
    }

    /// Replaces the config; the state folder stays this bench's own.
    pub fn config(&self, text: &str) {
        let state = self.folder.path().join("state");
        self.file(
            "config.toml",
            &format!(
                "state_dir = {:?}\n{text}\n{}{}",
                state.display().to_string(),
                self.queue,
                match text.contains("[flood]") {
                    true => "",
                    false => NO_FLOOD,
                }
            ),
        );
    }

    /// A file beside the config, readable by nobody else.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file in the bench's folder");
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("its mode");
        path
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn set(&mut self, name: &str, value: &str) -> &mut Bench {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The program with nothing of the caller's environment.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(self.program.path);
        command
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder())
            .env("TZ", "UTC")
            .env(
                "MONITORING_NOTIFY_CONFIG",
                self.folder().join("config.toml"),
            )
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
        Run::of(self.command(args).output().expect("the program starts"))
    }

    /// Of a host that is down, with further arguments.
    pub fn send(&self, more: &[&str]) -> Run {
        self.run(HOST_DOWN.iter().chain(more))
    }

    /// A line as an admin writes it behind the program's name, taken apart by a shell.
    pub fn shell(&self, line: &str) -> Run {
        let mut command = self.command([] as [&str; 0]);
        let program = command.get_program().to_string_lossy().into_owned();
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!("'{program}' {line}"))
            .env_clear()
            .envs(environment);
        Run::of(command.output().expect("a shell"))
    }

    /// Runs it to its good end, with the one request that this made.
    pub fn sent(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Received {
        let before = self.preview.received().len();
        let run = self.run(args);
        run.code(0).quiet();
        let mut received = self.preview.received().split_off(before);
        let verdicts: Vec<&str> = received.iter().map(|one| &*one.verdict).collect();
        assert_eq!(received.len(), 1, "one request: {verdicts:?} {run:#?}");
        received.remove(0)
    }

    /// The one message that arrived.
    pub fn only(&self) -> Received {
        let mut received = self.preview.received();
        assert_eq!(received.len(), 1, "one request: {received:#?}");
        received.remove(0)
    }
}

impl Run {
    pub fn of(output: Output) -> Run {
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        for secret in SECRETS {
            for stream in [&run.stdout, &run.stderr] {
                assert!(!stream.contains(secret), "{secret} is printed: {run:#?}");
            }
        }
        run
    }

    /// Panics with everything the program said unless it ended with this code.
    pub fn code(&self, code: i32) -> &Run {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Panics unless stderr has this somewhere.
    pub fn says(&self, words: &str) -> &Run {
        assert!(self.stderr.contains(words), "{words:?} is not in {self:#?}");
        self
    }

    /// Every line names the program; errors have one.
    pub fn one_line(&self, program: Program) -> &Run {
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{self:#?}");
        assert!(
            lines[0].starts_with(&format!("{}: ", program.name)),
            "{self:#?}"
        );
        self
    }

    pub fn quiet(&self) -> &Run {
        assert_eq!(self.stdout, "", "{self:#?}");
        self
    }
}
