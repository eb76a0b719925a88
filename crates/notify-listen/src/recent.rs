//! What the core has taken and its state does not show yet: a status file is written every ten seconds or more, and the next
//! person is quicker.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::monitoring::{Acknowledged, Look};

#[derive(Default)]
pub struct Recent {
    acknowledgements: Mutex<HashMap<String, Acknowledged>>,
}

/// Every core has written its state by then, in seconds.
const SHOWN: f64 = 600.0;

impl Recent {
    pub fn acknowledged(&self, object: &str, acknowledged: Acknowledged) {
        let mut known = self.lock();
        known.retain(|_, it| acknowledged.at - it.at < SHOWN);
        known.insert(object.to_owned(), acknowledged);
    }

    /// Or somebody asked the core to remove it: only its state tells from now on.
    pub fn forget(&self, object: &str) {
        self.lock().remove(object);
    }

    /// Adds to a picture what it is too old for.
    pub fn complete(&self, object: &str, look: &mut Look) {
        let mut known = self.lock();
        match known.get(object) {
            Some(it) if look.as_of < it.at => {
                look.acknowledged.get_or_insert_with(|| it.clone());
            }
            Some(_) => {
                known.remove(object);
            }
            None => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Acknowledged>> {
        let acknowledgements = self.acknowledgements.lock();
        acknowledgements.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(at: f64) -> Acknowledged {
        Acknowledged {
            by: "Max".to_owned(),
            comment: "disk ordered".to_owned(),
            at,
        }
    }

    fn as_of(as_of: f64) -> Look {
        Look {
            as_of,
            ..Look::default()
        }
    }

    #[test]
    fn an_old_picture_is_completed_and_a_new_one_counts() {
        let recent = Recent::default();
        recent.acknowledged("web01 / ping", at(100.0));
        for (object, when, shown) in [
            ("web01 / ping", 99.0, true),
            ("web01", 99.0, false),
            ("web01 / ping", 100.0, false),
            ("web01 / ping", 99.0, false),
        ] {
            let mut look = as_of(when);
            recent.complete(object, &mut look);
            assert_eq!(look.acknowledged.is_some(), shown, "{object} at {when}");
        }
    }

    #[test]
    fn what_is_removed_or_long_ago_is_forgotten() {
        let recent = Recent::default();
        recent.acknowledged("a", at(100.0));
        recent.forget("a");
        recent.acknowledged("b", at(100.0));
        recent.acknowledged("c", at(800.0));
        for (object, shown) in [("a", false), ("b", false), ("c", true)] {
            let mut look = as_of(50.0);
            recent.complete(object, &mut look);
            assert_eq!(look.acknowledged.is_some(), shown, "{object}");
        }
    }
}
