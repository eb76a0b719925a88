//! A core that confirms at once: what it reads from its command file it says to the listener in the same moment, as
//! the notifier does that it would run.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use notify_core::answer;
use notify_core::state_folder::StateFolder;
use tempfile::TempDir;

use super::listener::Listener;

pub struct Core {
    pub folder: TempDir,
    /// How often each object was acknowledged.
    heard: Arc<Mutex<HashMap<usize, usize>>>,
}

impl Core {
    /// With so many services, all of them CRITICAL.
    pub fn start(services: usize) -> Result<Core> {
        let folder = tempfile::tempdir()?;
        let core = Core {
            folder,
            heard: Arc::default(),
        };
        core.write_status(services)?;
        let made = Command::new("mkfifo").arg(core.command_file()).status()?;
        ensure!(made.success(), "mkfifo failed");
        let fifo = OpenOptions::new()
            .read(true)
            .write(true)
            .open(core.command_file())?;
        fs::create_dir(core.state())?;
        let state = StateFolder::open(&core.state()).map_err(|unfit| anyhow::anyhow!("{unfit}"))?;
        let heard = Arc::clone(&core.heard);
        thread::spawn(move || read(fifo, &state, &heard));
        Ok(core)
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn command_file(&self) -> PathBuf {
        self.folder.path().join("nagios.cmd")
    }

    pub fn status_file(&self) -> PathBuf {
        self.folder.path().join("status.dat")
    }

    /// Which of these it has not heard of within this time.
    pub fn missing(
        &self,
        objects: impl Iterator<Item = usize> + Clone,
        patience: Duration,
    ) -> Vec<usize> {
        let begun = Instant::now();
        loop {
            let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            let missing: Vec<usize> = objects
                .clone()
                .filter(|object| !heard.contains_key(object))
                .collect();
            drop(heard);
            if missing.is_empty() || begun.elapsed() > patience {
                return missing;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// How many it heard of more than once.
    pub fn twice(&self) -> usize {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.values().filter(|times| **times > 1).count()
    }

    /// How many answers still wait, once there are no more than so many, or after this time.
    pub fn until_pending(
        &self,
        at_most: usize,
        listener: &Listener,
        patience: Duration,
    ) -> Result<usize> {
        let begun = Instant::now();
        loop {
            let pending = listener.pending()?;
            if pending <= at_most || begun.elapsed() > patience {
                return Ok(pending);
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn write_status(&self, services: usize) -> Result<()> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)?
            .as_secs();
        let mut text = format!("info {{\n\tcreated={now}\n\t}}\n\n");
        for number in 0..services {
            text += &format!(
                "servicestatus {{\n\thost_name=host{number}\n\tservice_description=Ping\n\thas_been_checked=1\n\tcurrent_state=2\n\tlast_check={now}\n\tproblem_has_been_acknowledged=0\n\t}}\n\n"
            );
        }
        fs::write(self.status_file(), text).context("status.dat")
    }
}

fn read(fifo: File, state: &StateFolder, heard: &Mutex<HashMap<usize, usize>>) {
    for line in BufReader::new(fifo).lines().map_while(Result::ok) {
        // [time] ACKNOWLEDGE_SVC_PROBLEM;host17;Ping;…
        let object = line.split(";host").nth(1);
        let object = object.and_then(|rest| rest.split(';').next()?.parse().ok());
        if let Some(object) = object {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            *heard.entry(object).or_default() += 1;
        }
        if let (_, Some(id)) = answer::unmarked(&line) {
            let _ = state.answer_was_seen(id);
        }
    }
}
