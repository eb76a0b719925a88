//! The moment at which the program began: the wall clock for what people read, the monotonic one for deadlines.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Seconds since 1970.
    pub wall: f64,
    pub clock: Instant,
}

impl Now {
    pub fn read() -> Now {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Now {
            wall: since_epoch.unwrap_or_default().as_secs_f64(),
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
