//! The listener under load, killed with the bench.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::RATE;
use super::core::Core;
use crate::Bench;

pub const SITE: &str = "berlin";
pub const SIGNING_SECRET: &str = "slack-signing-secret";
pub const BUTTON_SECRET: &str = "the-secret-that-seals-buttons";

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Listener {
    pub address: SocketAddr,
    program: PathBuf,
    child: Child,
}

impl Listener {
    pub fn start(core: &Core, bench: &Bench) -> Result<Listener> {
        // Free a moment ago; started again it has to have the same one.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = format!(
            "site = {SITE:?}\nstate_dir = {:?}\n[listen]\naddress = \"{address}\"\npublic_url = \"https://example.com\"\nbutton_secret = {BUTTON_SECRET:?}\n[slack]\nsigning_secret = {SIGNING_SECRET:?}\nwebhook_url = \"http://127.0.0.1:1/\"\n[answers]\nallow = [\"slack:U1\"]\n[monitoring]\ncore = \"nagios\"\ncommand_file = {:?}\nstatus_file = {:?}\n",
            core.state(),
            core.command_file(),
            core.status_file(),
        );
        let file = core.folder.path().join("config.toml");
        fs::write(&file, config)?;
        let program = bench.programs.join("notify-listen");
        let child = spawn(&program, core)?;
        Ok(Listener {
            address,
            program,
            child,
        })
    }

    pub fn kill_and_start_again(&mut self, core: &Core) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.child = spawn(&self.program, core)?;
        Ok(())
    }

    /// Its memory once a tenth of the clicks are over.
    pub fn after_a_tenth(&self, clicks: usize) -> Result<JoinHandle<Result<f64>>> {
        let pid = self.child.id();
        let tenth = Duration::from_secs_f64(clicks as f64 / RATE as f64 / 10.0);
        Ok(thread::spawn(move || {
            thread::sleep(tenth);
            memory(pid)
        }))
    }

    /// In mebibytes.
    pub fn memory(&self) -> Result<f64> {
        memory(self.child.id())
    }

    pub fn pending(&self) -> Result<usize> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: listener\r\n\r\n")?;
        let mut metrics = String::new();
        stream.read_to_string(&mut metrics)?;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("notify_listen_pending_answers "));
        let count = line.context("no such figure in /metrics")?;
        Ok(count.trim().parse::<f64>()? as usize)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(program: &PathBuf, core: &Core) -> Result<Child> {
    let log = core.folder.path().join("log");
    let mut child = Command::new(program)
        .arg("--config")
        .arg(core.folder.path().join("config.toml"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log)?)
        .spawn()
        .with_context(|| format!("{}", program.display()))?;
    let begun = Instant::now();
    while !fs::read_to_string(&log)?.contains("listening on ") {
        if begun.elapsed() > PATIENCE || child.try_wait()?.is_some() {
            bail!("it does not listen: {}", fs::read_to_string(&log)?);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(child)
}

fn memory(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: f64 = kibibytes.context("no VmRSS")?.parse()?;
    Ok(kibibytes / 1024.0)
}
