//! Requests that were here before: within its window a signature would let a copy in as well.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify_core::answer::id_of;

#[derive(Default)]
pub struct Seen {
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    known: HashSet<String>,
    in_order: VecDeque<(Instant, String)>,
}

/// Five minutes into the past and five into the future: so long a signature may be good.
const REMEMBERED: Duration = Duration::from_secs(610);
/// Only what Slack signed counts, so no stranger fills this.
const MOST: usize = 200_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    First,
    Again,
}

impl Seen {
    pub fn visit(&self, signature: &[u8]) -> Visit {
        self.visit_at(signature, Instant::now())
    }

    fn visit_at(&self, signature: &[u8], now: Instant) -> Visit {
        let id = id_of(&[signature]);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((at, _)) = requests.in_order.front()
            && (now.duration_since(*at) > REMEMBERED || requests.in_order.len() >= MOST)
        {
            if let Some((_, old)) = requests.in_order.pop_front() {
                requests.known.remove(&old);
            }
        }
        if !requests.known.insert(id.clone()) {
            return Visit::Again;
        }
        requests.in_order.push_back((now, id));
        Visit::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_new_once_in_its_window() {
        let (seen, start) = (Seen::default(), Instant::now());
        assert_eq!(seen.visit_at(b"one", start), Visit::First);
        assert_eq!(seen.visit_at(b"two", start), Visit::First);
        let later = start + Duration::from_secs(600);
        assert_eq!(seen.visit_at(b"one", later), Visit::Again);
        let after = start + Duration::from_secs(611);
        assert_eq!(seen.visit_at(b"three", after), Visit::First);
        assert_eq!(seen.requests.lock().unwrap().in_order.len(), 1);
    }
}
