//! Many processes at once, and how long each of them lives.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// More would only be in each other's way.
const SPAWNERS: usize = 4;
/// Enough for a thread that waits for one process.
const STACK: usize = 64 * 1024;

pub struct Life {
    pub started: Instant,
    pub ended: Instant,
}

/// Starts all of them as fast as the machine can; a thread waits for each, so that every end is seen when it comes.
pub fn live(commands: impl Iterator<Item = Command>) -> Result<Vec<Life>> {
    thread::scope(|scope| {
        let mut waiters = Vec::new();
        let mut places = Vec::new();
        for command in commands {
            let (place, given) = mpsc::sync_channel::<(Instant, Child)>(1);
            let waiter = thread::Builder::new().stack_size(STACK);
            waiters.push(waiter.spawn_scoped(scope, move || wait_for(&given))?);
            places.push((command, place));
        }
        let share = places.len().div_ceil(SPAWNERS);
        while !places.is_empty() {
            let mine = places.split_off(places.len().saturating_sub(share));
            scope.spawn(move || {
                for (mut command, place) in mine {
                    command
                        .stdin(Stdio::null())
                        .stdout(Stdio::null())
                        .stderr(Stdio::null());
                    let started = Instant::now();
                    // Its waiter misses what could not be started.
                    if let Ok(child) = command.spawn() {
                        let _ = place.send((started, child));
                    }
                }
            });
        }
        let mut lives = Vec::new();
        for waiter in waiters {
            match waiter.join() {
                Ok(life) => lives.push(life?),
                Err(_) => bail!("a waiting thread broke"),
            }
        }
        Ok(lives)
    })
}

fn wait_for(given: &mpsc::Receiver<(Instant, Child)>) -> Result<Life> {
    let (started, mut child) = given.recv().context("a process could not be started")?;
    let status = child.wait()?;
    let ended = Instant::now();
    match status.success() {
        true => Ok(Life { started, ended }),
        false => Err(io::Error::other(format!("a notifier ended with {status}")).into()),
    }
}
