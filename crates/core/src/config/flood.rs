//! `[flood]`: what keeps people from being flooded, each part of which can be switched off.

use std::time::Duration;

use super::section::Section;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloodSettings {
    /// What a core says again within this time, for another contact, is a copy. Zero: there are none.
    pub copies_within: Duration,
    /// What is told later than this says so.
    pub late_after: Duration,
    pub collapse: Collapse,
    pub repeats: Repeats,
    pub threads: Threads,
    /// `None`: whatever waits goes out by itself.
    pub digest: Option<DigestSettings>,
}

/// Whether what is over, or said again, before it could be told is told with what came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapse {
    Yes,
    No,
}

/// What a notification looks like whose problem people know already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// One quiet line.
    Line,
    /// Like the first one; only the core's own number keeps it from calling anybody.
    Whole,
}

/// Whether a problem keeps one message, where the vendor allows that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    Yes,
    No,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSettings {
    /// More than so many objects waiting, or messages in a minute, are a storm.
    pub above: u32,
    /// How long the first ones of a storm are collected.
    pub collect: Duration,
    /// Between two digests.
    pub every: Duration,
}

impl Default for FloodSettings {
    fn default() -> FloodSettings {
        FloodSettings {
            copies_within: Duration::from_secs(120),
            late_after: Duration::from_secs(120),
            collapse: Collapse::Yes,
            repeats: Repeats::Line,
            threads: Threads::Yes,
            digest: Some(DigestSettings::default()),
        }
    }
}

impl Default for DigestSettings {
    fn default() -> DigestSettings {
        DigestSettings {
            above: 10,
            collect: Duration::from_secs(10),
            every: Duration::from_secs(60),
        }
    }
}

impl FloodSettings {
    /// What is wrong is noted with the section, and is as usual.
    pub fn read(section: &Section) -> FloodSettings {
        let usual = FloodSettings::default();
        let span = |key, usual| {
            let span: Option<Duration> = section.or_noted(section.duration(key), None);
            span.unwrap_or(usual)
        };
        let flag = |key| section.or_noted(section.flag(key), None);
        let above = match section.number("digest_above") {
            Ok(Some(0)) => Err(section.error("digest_above", "must be at least 1")),
            number => number,
        };
        let digest = DigestSettings::default();
        let digest = DigestSettings {
            above: match section.or_noted(above, None) {
                Some(number) => u32::try_from(number).unwrap_or(u32::MAX),
                None => digest.above,
            },
            collect: span("digest_collect", digest.collect),
            every: span("digest_every", digest.every),
        };
        FloodSettings {
            copies_within: span("copies_within", usual.copies_within),
            late_after: span("late_after", usual.late_after),
            collapse: match flag("collapse") {
                Some(false) => Collapse::No,
                _ => Collapse::Yes,
            },
            repeats: match flag("quiet_repeats") {
                Some(false) => Repeats::Whole,
                _ => Repeats::Line,
            },
            threads: match flag("threads") {
                Some(false) => Threads::No,
                _ => Threads::Yes,
            },
            digest: match flag("digest") {
                Some(false) => None,
                _ => Some(digest),
            },
        }
    }
}
