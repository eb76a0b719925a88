//! `scripts/bench`: one notification as a whole process against `curl` posting the same bytes to the same stand-in,
//! in pairs, so that a machine whose speed drifts does not favour one of them.

mod measure;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use notify_preview::{Options, Preview};
use notify_test::certificates::Authority;
use tempfile::TempDir;

use measure::{Pair, instructions, pair, peak_kib};

const PAIRS: usize = 200;

/// The limits that docs/performance.md states.
const HTTP_RATIO: f64 = 0.35;
const TLS_RATIO: f64 = 0.30;
const PEAK_MIB: f64 = 8.0;
const INSTRUCTIONS: f64 = 1_200_000.0;

fn main() -> Result<()> {
    let program = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .context("usage: notify-bench path/to/slack-notify")?,
    );
    let mut report = Report::default();
    let http = Lane::start(&program, Options::default(), None)?;
    let pairs = http.pair()?;
    report.pair("http", &pairs, HTTP_RATIO);
    report.figure(
        "peak memory, http",
        peak_kib(&http.notifier())? / 1024.0,
        "MiB",
        PEAK_MIB,
    );
    report.figure(
        "instructions, http",
        instructions(&http.notifier())?,
        "",
        INSTRUCTIONS,
    );

    let authority = Authority::new();
    let options = Options {
        tls: Some(authority.server("localhost")),
        ..Options::default()
    };
    let tls = Lane::start(&program, options, Some(&authority))?;
    let pairs = tls.pair()?;
    report.pair("https, system trust store", &pairs, TLS_RATIO);
    report.figure(
        "peak memory, https",
        peak_kib(&tls.notifier())? / 1024.0,
        "MiB",
        PEAK_MIB,
    );
    print(&report.text)
}

/// A stand-in, and the two commands that post to it.
struct Lane {
    program: PathBuf,
    preview: Preview,
    folder: TempDir,
    trust_store: Option<PathBuf>,
}

impl Lane {
    fn start(program: &Path, options: Options, authority: Option<&Authority>) -> Result<Lane> {
        let preview = Preview::start(options)?;
        let folder = TempDir::new()?;
        let config = folder.path().join("config.toml");
        fs::write(
            &config,
            format!("[slack]\nwebhook_url = {:?}\n", preview.slack_webhook()),
        )?;
        fs::set_permissions(config, fs::Permissions::from_mode(0o600))?;
        let trust_store = authority.map(|authority| bundle(folder.path(), authority));
        let lane = Lane {
            program: program.to_owned(),
            preview,
            folder,
            trust_store: trust_store.transpose()?,
        };
        lane.take_the_body()?;
        Ok(lane)
    }

    fn notifier(&self) -> Command {
        let mut command = self.scrubbed(&self.program);
        command
            .arg("--config")
            .arg(self.folder.path().join("config.toml"))
            .args(["--type", "Service", "--notificationtype", "PROBLEM"])
            .args(["--hostname", "web01", "--hostaddress", "10.1.1.1"])
            .args(["--hoststate", "0", "--servicedesc", "Ping"])
            .args(["--servicestate", "2", "--output", "100% packet loss"]);
        command
    }

    fn curl(&self) -> Command {
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

    fn pair(&self) -> Result<Pair> {
        let before = self.preview.received().len();
        let pair = pair(PAIRS, || self.notifier(), || self.curl())?;
        let after = self.preview.received().len();
        if after - before < 2 * PAIRS {
            bail!("only {} of {} messages arrived", after - before, 2 * PAIRS);
        }
        Ok(pair)
    }

    fn body(&self) -> PathBuf {
        self.folder.path().join("body.json")
    }

    /// What the notifier posts is what curl posts.
    fn take_the_body(&self) -> Result<()> {
        let status = self.notifier().output()?.status;
        let received = self.preview.received();
        match received.last() {
            Some(message) if status.success() => Ok(fs::write(self.body(), &message.body)?),
            _ => bail!("the notifier ended with {status}"),
        }
    }

    fn scrubbed(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin");
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

#[derive(Default)]
struct Report {
    text: String,
}

impl Report {
    fn pair(&mut self, what: &str, pair: &Pair, allowed: f64) {
        self.text += &format!(
            "| {what} | {:.2} ms | {:.2} ms | {:.3} ({:.3} to {:.3}) | {allowed} | {} |\n",
            pair.ours.median * 1000.0,
            pair.theirs.median * 1000.0,
            pair.ratio.median,
            pair.ratio.low,
            pair.ratio.high,
            reached(pair.ratio.median <= allowed),
        );
    }

    fn figure(&mut self, what: &str, figure: f64, unit: &str, allowed: f64) {
        let number = match unit {
            "" => format!("{figure:.0}"),
            unit => format!("{figure:.1} {unit}"),
        };
        self.text += &format!(
            "| {what} | {number} | | | {allowed} | {} |\n",
            reached(figure <= allowed)
        );
    }
}

fn reached(yes: bool) -> &'static str {
    match yes {
        true => "yes",
        false => "NO",
    }
}

fn print(rows: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| one notification, whole process | slack-notify | curl | ratio (quartiles) | at most | reached |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    out.write_all(rows.as_bytes())?;
    Ok(())
}
