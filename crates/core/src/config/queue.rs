//! `[queue]`: what is kept on disk, how much of it, and when it is tried again.

use std::time::Duration;

use super::section::Section;
use crate::schedule::Schedule;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    pub storage: Storage,
    /// What is older helps nobody any more.
    pub expire_after: Duration,
    /// Of what waits.
    pub limits: Limits,
    /// Of what was given up.
    pub failed: Keep,
    pub journal: Keep,
    pub schedule: Schedule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    OnDisk,
    /// `enabled = false`: one attempt, and nothing keeps what fails.
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub entries: u64,
    pub bytes: u64,
}

/// How long something is kept, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    pub age: Duration,
    pub bytes: u64,
}

const DAY: Duration = Duration::from_secs(24 * 3_600);
const MEGABYTE: u64 = 1_000_000;

impl Default for QueueSettings {
    fn default() -> QueueSettings {
        QueueSettings {
            storage: Storage::OnDisk,
            expire_after: DAY,
            limits: Limits {
                entries: 100_000,
                bytes: 500 * MEGABYTE,
            },
            failed: Keep {
                age: 30 * DAY,
                bytes: 50 * MEGABYTE,
            },
            journal: Keep {
                age: 90 * DAY,
                bytes: 100 * MEGABYTE,
            },
            schedule: Schedule::default(),
        }
    }
}

impl QueueSettings {
    /// What is wrong is noted with the section, and is as usual.
    pub fn read(section: &Section) -> QueueSettings {
        let usual = QueueSettings::default();
        let span = |key, usual| {
            let span = match section.duration(key) {
                Ok(Some(Duration::ZERO)) => Err(section.error(key, "leaves no time at all")),
                span => span,
            };
            section.or_noted(span, None).unwrap_or(usual)
        };
        let count = |key, usual: u64| {
            let number = match section.number(key) {
                Ok(Some(0)) => Err(section.error(key, "must be at least 1")),
                number => number,
            };
            let number = section.or_noted(number, None);
            number.map_or(usual, |number| number as u64)
        };
        let megabytes = |key, usual: u64| count(key, usual / MEGABYTE).saturating_mul(MEGABYTE);
        let mut schedule = Schedule {
            first: span("retry_first", usual.schedule.first),
            longest: span("retry_longest", usual.schedule.longest),
            refused: span("retry_refused", usual.schedule.refused),
            attempts: u32::try_from(count("attempts", usual.schedule.attempts.into()))
                .unwrap_or(u32::MAX),
        };
        if schedule.longest < schedule.first {
            section.note(section.error("retry_longest", "is shorter than retry_first"));
            schedule.longest = schedule.first;
        }
        QueueSettings {
            storage: match section.or_noted(section.flag("enabled"), None) {
                Some(false) => Storage::Off,
                _ => Storage::OnDisk,
            },
            expire_after: span("expire_after", usual.expire_after),
            limits: Limits {
                entries: count("max_entries", usual.limits.entries),
                bytes: megabytes("max_megabytes", usual.limits.bytes),
            },
            failed: Keep {
                age: span("keep_failed", usual.failed.age),
                bytes: megabytes("failed_megabytes", usual.failed.bytes),
            },
            journal: Keep {
                age: span("keep_journal", usual.journal.age),
                bytes: megabytes("journal_megabytes", usual.journal.bytes),
            },
            schedule,
        }
    }
}
