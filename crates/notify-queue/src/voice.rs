//! What is said on stderr: whole lines, and on a terminal a progress bar below them.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify_core::text;

use crate::command::PROGRAM;
use crate::progress::Bar;

/// Several threads speak; their lines do not mix.
pub struct Voice {
    pub audience: Audience,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// At a terminal.
    Person,
    /// A journal, a core, a mail by cron.
    Log,
}

#[derive(Default)]
struct State {
    bar: Option<Bar>,
    /// What was said lately.
    said: HashMap<String, Instant>,
}

/// The same cause is said again after this time.
const OLD_NEWS: Duration = Duration::from_secs(600);
/// A vendor's words may be a whole page.
const LONGEST_LINE: usize = 500;
const WIPE: &str = "\r\x1b[K";

impl Voice {
    pub fn of_process() -> Voice {
        Voice {
            audience: match std::io::stderr().is_terminal() {
                true => Audience::Person,
                false => Audience::Log,
            },
            state: Mutex::default(),
        }
    }

    pub fn say(&self, line: &str) {
        let state = self.state();
        let line = text::clip(&text::line(line), LONGEST_LINE, |_| 1);
        let mut stderr = std::io::stderr().lock();
        // A reader that went away is no error of ours, here and below.
        let _ = match state.bar.as_ref().and_then(Bar::redraw) {
            Some(bar) => write!(stderr, "{WIPE}{PROGRAM}: {line}\n{bar}"),
            None => writeln!(stderr, "{PROGRAM}: {line}"),
        };
    }

    /// Unless the same was said within the last ten minutes.
    pub fn say_seldom(&self, line: &str) {
        let mut state = self.state();
        state.said.retain(|_, said| said.elapsed() < OLD_NEWS);
        if state.said.contains_key(line) {
            return;
        }
        state.said.insert(line.to_owned(), Instant::now());
        drop(state);
        self.say(line);
    }

    /// A lane's part of the progress bar, for as long as it is being drained.
    pub fn part(&self, waiting: impl FnOnce() -> usize) -> Part<'_> {
        let waiting = match self.audience {
            Audience::Person => waiting(),
            Audience::Log => 0,
        };
        if self.audience == Audience::Person {
            self.state()
                .bar
                .get_or_insert_with(Bar::begin)
                .add_lane(waiting);
        }
        Part {
            voice: self,
            left: waiting,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Part<'v> {
    voice: &'v Voice,
    left: usize,
}

impl Part<'_> {
    /// One entry is through.
    pub fn step(&mut self) {
        self.left = self.left.saturating_sub(1);
        if let Some(bar) = &mut self.voice.state().bar {
            bar.step();
            if let Some(line) = bar.draw() {
                let mut stderr = std::io::stderr().lock();
                let _ = write!(stderr, "{WIPE}{line}").and_then(|()| stderr.flush());
            }
        }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        let mut state = self.voice.state();
        let Some(bar) = &mut state.bar else { return };
        if bar.lane_ends(self.left) {
            if bar.is_drawn() {
                let mut stderr = std::io::stderr().lock();
                let _ = write!(stderr, "{WIPE}").and_then(|()| stderr.flush());
            }
            state.bar = None;
        }
    }
}
