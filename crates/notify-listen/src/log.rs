//! What an admin reads afterwards: one line for each answer, and for what was refused as many as help.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify_core::text;

/// Anybody can send what is refused: one line of a kind in this time, with the number of the others.
const SELDOM: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Log {
    /// By source and reason, all of them words of our own.
    refused: Mutex<HashMap<(&'static str, &'static str), Kind>>,
}

struct Kind {
    told: Instant,
    since: u64,
}

impl Log {
    pub fn line(&self, line: &str) {
        let line = text::line(line);
        // A reader that went away is no error of ours.
        let _ = writeln!(std::io::stderr().lock(), "notify-listen: {line}");
    }

    pub fn refused(&self, source: &'static str, reason: &'static str, line: &str) {
        let kind = (source, reason);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let more = match refused.get_mut(&kind) {
            Some(known) if now.duration_since(known.told) < SELDOM => {
                known.since += 1;
                return;
            }
            Some(known) => std::mem::take(&mut known.since),
            None => 0,
        };
        refused.insert(
            kind,
            Kind {
                told: now,
                since: 0,
            },
        );
        drop(refused);
        match more {
            0 => self.line(&format!("{source}: {line}")),
            more => self.line(&format!(
                "{source}: {line} ({more} more like it since the last line)"
            )),
        }
    }
}
