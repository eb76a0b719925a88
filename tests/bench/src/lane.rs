//! A stand-in, the config that leads there, and the commands that post to it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use notify_preview::{Options, Preview};
use notify_test::NO_FLOOD;
use notify_test::certificates::Authority;
use tempfile::TempDir;

use crate::Bench;

pub struct Lane {
    pub preview: Preview,
    programs: PathBuf,
    folder: TempDir,
    state: Option<TempDir>,
    trust_store: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    Off,
    /// On the disk, and messages as close as they come.
    Unpaced,
    /// With the vendor's pace.
    Paced,
}

/// What a lane differs in.
struct Setup<'s> {
    queue: Queue,
    /// Further keys of `[slack]`, and further tables.
    more: &'s str,
    options: Options,
    authority: Option<&'s Authority>,
}

impl Lane {
    /// Each notification by itself, however often the same object is told.
    pub fn plain(bench: &Bench, queue: Queue) -> Result<Lane> {
        let setup = Setup {
            queue,
            more: NO_FLOOD,
            options: Options::default(),
            authority: None,
        };
        Lane::start(bench, setup)
    }

    pub fn tls(bench: &Bench, queue: Queue) -> Result<Lane> {
        let authority = Authority::new();
        let setup = Setup {
            queue,
            more: NO_FLOOD,
            options: Options {
                tls: Some(authority.server("localhost")),
                ..Options::default()
            },
            authority: Some(&authority),
        };
        Lane::start(bench, setup)
    }

    /// Where people are kept from being flooded; `more` are further keys of `[slack]`, and further tables.
    pub fn with(bench: &Bench, queue: Queue, more: &str, options: Options) -> Result<Lane> {
        let setup = Setup {
            queue,
            more,
            options,
            authority: None,
        };
        Lane::start(bench, setup)
    }

    fn start(bench: &Bench, setup: Setup) -> Result<Lane> {
        let folder = TempDir::new()?;
        let authority = setup.authority;
        let trust_store = authority.map(|authority| bundle(folder.path(), authority));
        let state = match setup.queue {
            Queue::Off => None,
            Queue::Unpaced | Queue::Paced => Some(bench.disk.folder()?),
        };
        let lane = Lane {
            preview: Preview::start(setup.options)?,
            programs: bench.programs.clone(),
            folder,
            state,
            trust_store: trust_store.transpose()?,
        };
        fs::write(lane.config(), lane.settings(setup.queue, setup.more))?;
        fs::set_permissions(lane.config(), fs::Permissions::from_mode(0o600))?;
        Ok(lane)
    }

    fn settings(&self, queue: Queue, more: &str) -> String {
        let webhook = self.preview.slack_webhook();
        let pace = match queue {
            Queue::Off | Queue::Unpaced => "min_interval = 0\n",
            Queue::Paced => "",
        };
        let slack = format!("[slack]\nwebhook_url = {webhook:?}\n{pace}{more}");
        match self.state_dir() {
            Some(state) => format!("state_dir = {state:?}\n\n{slack}"),
            None => format!("{slack}\n[queue]\nenabled = false\n"),
        }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// Made by whoever needs it first, as on a new machine.
    pub fn state_dir(&self) -> Option<PathBuf> {
        Some(self.state.as_ref()?.path().join("state"))
    }

    pub fn notifier(&self, host: &str) -> Command {
        self.about(host, ["PROBLEM", "2", "100% packet loss"])
    }

    /// The end of what that one tells.
    pub fn all_clear(&self, host: &str) -> Command {
        self.about(host, ["RECOVERY", "0", "0% packet loss"])
    }

    fn about(&self, host: &str, [kind, state, output]: [&str; 3]) -> Command {
        let mut command = self.scrubbed(&self.programs.join("slack-notify"));
        command
            .arg("--config")
            .arg(self.config())
            .args(["--type", "Service", "--notificationtype", kind])
            .args(["--hostname", host, "--hostaddress", "10.1.1.1"])
            .args(["--hoststate", "0", "--servicedesc", "Ping"])
            .args(["--servicestate", state, "--output", output]);
        command
    }

    pub fn queue(&self, words: &[&str]) -> Command {
        let mut command = self.scrubbed(&self.programs.join("notify-queue"));
        command.arg("--config").arg(self.config()).args(words);
        command
    }

    pub fn curl(&self) -> Command {
        let mut command = self.scrubbed(Path::new("curl"));
        command
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-H",
                "Content-Type: application/json",
            ])
            .arg("--data-binary")
            .arg(format!("@{}", self.body().display()))
            .arg(self.preview.slack_webhook());
        command
    }

    /// What the notifier posts is what curl posts.
    pub fn take_the_body(&self, host: &str) -> Result<()> {
        let ended = self.notifier(host).output()?;
        let received = self.preview.received();
        match received.last() {
            Some(message) if ended.status.success() => self.keep_the_body(&message.body),
            _ => bail!("the notifier ended with {ended:?}"),
        }
    }

    /// For curl.
    pub fn keep_the_body(&self, body: &[u8]) -> Result<()> {
        Ok(fs::write(self.body(), body)?)
    }

    fn body(&self) -> PathBuf {
        self.folder.path().join("body.json")
    }

    fn scrubbed(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Without a HOME each of them would look for one in /etc/passwd, which services seldom have to.
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path());
        if let Some(trust_store) = &self.trust_store {
            command
                .env("SSL_CERT_FILE", trust_store)
                .env("CURL_CA_BUNDLE", trust_store);
        }
        command
    }
}

/// The machine's own trust store and the stand-in's authority: what a real HTTPS request has to read.
fn bundle(folder: &Path, authority: &Authority) -> Result<PathBuf> {
    let mut certificates = fs::read("/etc/ssl/certs/ca-certificates.crt")
        .context("the system's trust store: install ca-certificates")?;
    certificates.extend(authority.certificate().into_bytes());
    let file = folder.join("bundle.crt");
    fs::write(&file, certificates)?;
    Ok(file)
}
