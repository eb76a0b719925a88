//! A progress bar on one line of a terminal.

use std::time::{Duration, Instant};

use notify_core::time;

/// Who drains fewer sees each of them go by.
const WORTH_A_BAR: usize = 50;
const BETWEEN_TWO: Duration = Duration::from_millis(100);
const WORTH_AN_ESTIMATE: Duration = Duration::from_secs(2);
const WIDTH: usize = 30;

/// Of all lanes together.
#[derive(Debug)]
pub struct Bar {
    lanes: usize,
    total: usize,
    done: usize,
    begun: Instant,
    drawn: Option<Instant>,
}

impl Bar {
    pub fn begin() -> Bar {
        Bar {
            lanes: 0,
            total: 0,
            done: 0,
            begun: Instant::now(),
            drawn: None,
        }
    }

    pub fn add_lane(&mut self, waiting: usize) {
        self.lanes += 1;
        self.total += waiting;
    }

    /// What it leaves is not waited for any more. Whether that was the last one.
    pub fn lane_ends(&mut self, leaves: usize) -> bool {
        self.lanes = self.lanes.saturating_sub(1);
        self.total = self.total.saturating_sub(leaves);
        self.lanes == 0
    }

    pub fn step(&mut self) {
        self.done += 1;
        self.total = self.total.max(self.done);
    }

    /// The line to draw, where it is time for one.
    pub fn draw(&mut self) -> Option<String> {
        let soon = self.drawn.is_some_and(|last| last.elapsed() < BETWEEN_TWO);
        if soon || self.total <= WORTH_A_BAR {
            return None;
        }
        self.drawn = Some(Instant::now());
        Some(self.line(self.begun.elapsed()))
    }

    /// The line once more, after another one was written.
    pub fn redraw(&self) -> Option<String> {
        self.drawn.map(|_| self.line(self.begun.elapsed()))
    }

    pub fn is_drawn(&self) -> bool {
        self.drawn.is_some()
    }

    fn line(&self, taken: Duration) -> String {
        let (done, total) = (self.done, self.total.max(1));
        let full = (done * WIDTH / total).min(WIDTH);
        let left = match done > 0 && taken >= WORTH_AN_ESTIMATE {
            true => {
                let left = taken.as_secs_f64() / done as f64 * (total - done) as f64;
                format!(", {} left", time::span(left))
            }
            false => String::new(),
        };
        let (full, empty) = ("#".repeat(full), ".".repeat(WIDTH - full));
        format!("[{full}{empty}] {done} of {total}{left}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_how_much_is_done_and_how_long_the_rest_takes() {
        let mut bar = Bar::begin();
        bar.add_lane(200);
        for _ in 0..50 {
            bar.step();
        }
        assert_eq!(
            bar.line(Duration::from_secs(10)),
            "[#######.......................] 50 of 200, 30 s left"
        );
    }

    #[test]
    fn few_entries_get_no_bar() {
        let mut bar = Bar::begin();
        bar.add_lane(50);
        assert_eq!(bar.draw(), None);
        bar.add_lane(1);
        assert!(bar.draw().is_some());
        assert_eq!(bar.draw(), None, "it is drawn ten times a second at most");
    }

    #[test]
    fn what_comes_in_between_moves_the_end() {
        let mut bar = Bar::begin();
        bar.add_lane(1);
        bar.step();
        bar.step();
        assert!(bar.line(Duration::from_secs(1)).ends_with("2 of 2"));
        assert!(bar.lane_ends(0));
    }
}
