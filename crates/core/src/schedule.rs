//! When something is tried again. Pure: what waits for what is decided without a clock.

use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The wait after a first failure; each further one doubles it.
    pub first: Duration,
    pub longest: Duration,
    /// Between two looks at a destination that refuses everything.
    pub refused: Duration,
    /// How often an entry may fail by itself, while others pass, before it is given up.
    pub attempts: u32,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule {
            first: Duration::from_secs(5),
            longest: Duration::from_secs(5 * 60),
            refused: Duration::from_secs(3_600),
            attempts: 10,
        }
    }
}

/// A vendor that wants to be left alone for longer has made a mistake.
const LONGEST_WISH: Duration = Duration::from_secs(3_600);

impl Schedule {
    /// The wait after so many failures in a row. The vendor's wish counts, however soon it is.
    pub fn wait(&self, failures: u32, wish: Option<Duration>) -> Duration {
        if let Some(wish) = wish {
            return wish.min(LONGEST_WISH);
        }
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1).min(16));
        self.first.saturating_mul(doubled).min(self.longest)
    }

    /// The longest wait that this can lead to: whoever waits longer has a clock that jumped.
    pub fn longest_wait(&self) -> Duration {
        self.longest.max(self.refused).max(LONGEST_WISH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let schedule = Schedule::default();
        let waits: Vec<u64> = (1..=9)
            .map(|failures| schedule.wait(failures, None).as_secs())
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(schedule.wait(u32::MAX, None).as_secs(), 300);
    }

    #[test]
    fn the_vendors_wish_counts_within_reason() {
        let schedule = Schedule::default();
        let wish = |seconds| {
            schedule
                .wait(7, Some(Duration::from_secs(seconds)))
                .as_secs()
        };
        assert_eq!([wish(1), wish(30), wish(86_400)], [1, 30, 3_600]);
    }
}
