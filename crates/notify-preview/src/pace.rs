//! How many messages a channel takes before it asks for patience.

use std::collections::{HashMap, VecDeque};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// At most `messages` in any `window`: new ones per channel, webhook or routing key, updates per vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    pub messages: usize,
    pub window: Duration,
}

impl FromStr for Pace {
    type Err = String;

    /// `N/SECONDS`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "say N/SECONDS, such as 1/1".to_string();
        let (messages, seconds) = text.split_once('/').ok_or_else(wrong)?;
        let messages = messages.parse().map_err(|_| wrong())?;
        let seconds: f64 = seconds.parse().map_err(|_| wrong())?;
        let window = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
        if messages == 0 || window.is_zero() {
            return Err(wrong());
        }
        Ok(Pace { messages, window })
    }
}

/// What was let through.
pub(crate) struct Gate {
    posts: Passed,
    updates: Passed,
}

struct Passed {
    pace: Option<Pace>,
    by_channel: HashMap<String, VecDeque<Instant>>,
}

/// Whole seconds until a channel takes the next message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    pub(crate) retry_after: u64,
}

impl Gate {
    pub(crate) fn new(posts: Option<Pace>, updates: Option<Pace>) -> Gate {
        let with = |pace| Passed {
            pace,
            by_channel: HashMap::new(),
        };
        Gate {
            posts: with(posts),
            updates: with(updates),
        }
    }

    pub(crate) fn pass(&mut self, channel: &str, now: Instant) -> Result<(), TooMany> {
        self.posts.pass(channel, now)
    }

    /// Slack counts updates by method, workspace and app, whatever their channel ("Rate limits").
    pub(crate) fn pass_update(&mut self, vendor: &str, now: Instant) -> Result<(), TooMany> {
        self.updates.pass(vendor, now)
    }
}

impl Passed {
    fn pass(&mut self, channel: &str, now: Instant) -> Result<(), TooMany> {
        let Some(pace) = self.pace else {
            return Ok(());
        };
        let passed = self.by_channel.entry(channel.to_string()).or_default();
        while passed
            .front()
            .is_some_and(|oldest| now.duration_since(*oldest) >= pace.window)
        {
            passed.pop_front();
        }
        match passed.front() {
            Some(oldest) if passed.len() >= pace.messages => {
                let wait = pace.window.saturating_sub(now.duration_since(*oldest));
                Err(TooMany {
                    retry_after: (wait.as_secs_f64().ceil() as u64).max(1),
                })
            }
            _ => {
                passed.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_takes_its_number_and_then_names_the_seconds_to_wait() {
        let start = Instant::now();
        let mut gate = Gate::new(Some("2/10".parse().unwrap()), None);
        assert_eq!(gate.pass("a", start), Ok(()));
        assert_eq!(gate.pass("a", start + Duration::from_secs(4)), Ok(()));
        assert_eq!(
            gate.pass("a", start + Duration::from_secs(5)),
            Err(TooMany { retry_after: 5 })
        );
        assert_eq!(gate.pass("b", start + Duration::from_secs(5)), Ok(()));
        assert_eq!(gate.pass("a", start + Duration::from_secs(10)), Ok(()));
        for _ in 0..3 {
            assert_eq!(gate.pass_update("a", start), Ok(()));
        }
    }

    #[test]
    fn a_pace_of_nothing_is_refused() {
        for wrong in ["", "1", "0/1", "1/0", "x/1", "1/-1", "1/NaN"] {
            assert!(wrong.parse::<Pace>().is_err(), "{wrong}");
        }
    }
}
