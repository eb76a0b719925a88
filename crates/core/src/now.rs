//! Moments: the wall clock for what people read, the machine's own for deadlines, and both together for what another
//! process compares, today or after a reboot.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Seconds since 1970.
    pub wall: f64,
    pub clock: Instant,
}

impl Now {
    pub fn read() -> Now {
        Now {
            wall: wall(),
            clock: Instant::now(),
        }
    }

    pub fn deadline(self, after: Duration) -> Deadline {
        Deadline(self.clock + after)
    }
}

/// The one point in time by which everything is over.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub fn but_at_most(self, after: Duration) -> Deadline {
        Deadline(self.0.min(Instant::now() + after))
    }
}

/// A moment that is kept on disk. The wall clock may jump both ways; the time since the machine's start does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds since 1970.
    pub wall: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<Uptime>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uptime {
    /// Which start of the machine.
    pub boot: String,
    pub seconds: f64,
}

/// 2025: this software is younger, so a clock that said less had not been set yet. It tells no age.
pub const NEVER_SET: f64 = 1_735_689_600.0;

impl Moment {
    pub fn read() -> Moment {
        Moment {
            wall: wall(),
            uptime: uptime(),
        }
    }

    /// Seconds from an earlier moment to this one; over a reboot only the wall clock knows, and it may lie.
    pub fn since(&self, earlier: &Moment) -> f64 {
        match self.uptime_since(earlier) {
            Some(seconds) => seconds,
            None if earlier.wall < NEVER_SET => 0.0,
            None => (self.wall - earlier.wall).max(0.0),
        }
    }

    /// Seconds left of a wait that began at `begun`. A clock that went back over a reboot ends it at once: waiting
    /// for hours that have been lived already helps nobody.
    pub fn left_of(&self, begun: &Moment, wait: f64) -> f64 {
        match self.uptime_since(begun).is_some() || self.wall >= begun.wall {
            true => (wait - self.since(begun)).max(0.0),
            false => 0.0,
        }
    }

    /// By the machine's own clock, where it has run on. A container's may begin anew under the same name.
    fn uptime_since(&self, earlier: &Moment) -> Option<f64> {
        let (now, then) = (self.uptime.as_ref()?, earlier.uptime.as_ref()?);
        (now.boot == then.boot && now.seconds >= then.seconds).then_some(now.seconds - then.seconds)
    }
}

/// The kernel's name for this start of the machine; `None` where `/proc` is not there.
pub fn boot() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let boot = BOOT.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().to_owned())
    });
    boot.as_deref()
}

fn uptime() -> Option<Uptime> {
    let said = std::fs::read_to_string("/proc/uptime").ok()?;
    Some(Uptime {
        boot: boot()?.to_owned(),
        seconds: said.split_whitespace().next()?.parse().ok()?,
    })
}

fn wall() -> f64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: f64, boot: &str, seconds: f64) -> Moment {
        Moment {
            wall,
            uptime: Some(Uptime {
                boot: boot.to_owned(),
                seconds,
            }),
        }
    }

    #[test]
    fn a_jump_of_the_clock_changes_no_age() {
        let stored = at(1_000_000.0, "a", 10.0);
        assert_eq!(at(9_000_000.0, "a", 15.0).since(&stored), 5.0);
        assert_eq!(at(1.0, "a", 15.0).since(&stored), 5.0);
    }

    #[test]
    fn over_a_reboot_the_wall_clock_counts_and_never_backwards() {
        let stored = at(1_800_000_000.0, "a", 10.0);
        assert_eq!(at(1_800_000_060.0, "b", 3.0).since(&stored), 60.0);
        assert_eq!(at(5.0, "b", 3.0).since(&stored), 0.0);
    }

    #[test]
    fn an_uptime_that_began_anew_is_another_start() {
        let stored = at(1_800_000_000.0, "a", 9_000.0);
        assert_eq!(at(1_800_000_060.0, "a", 3.0).since(&stored), 60.0);
        assert_eq!(at(1_800_000_060.0, "a", 3.0).left_of(&stored, 90.0), 30.0);
    }

    #[test]
    fn a_clock_that_was_not_set_tells_no_age() {
        let stored = at(60.0, "a", 60.0);
        assert_eq!(at(1_800_000_000.0, "b", 3.0).since(&stored), 0.0);
        assert_eq!(at(1_800_000_000.0, "a", 63.0).since(&stored), 3.0);
    }

    #[test]
    fn a_clock_that_went_back_over_a_reboot_ends_a_wait() {
        let begun = at(1_800_000_000.0, "a", 10.0);
        assert_eq!(at(5.0, "b", 3.0).left_of(&begun, 3_600.0), 0.0);
        assert_eq!(at(1_800_000_010.0, "b", 3.0).left_of(&begun, 60.0), 50.0);
        assert_eq!(at(5.0, "a", 20.0).left_of(&begun, 60.0), 50.0);
    }
}
