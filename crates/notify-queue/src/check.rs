//! `check`: the queue as a monitoring plugin sees it. One line, performance data, 0 to 3.

use std::io;

use notify_core::config::Config;
use notify_core::config::queue::{QueueSettings, Storage};
use notify_core::environment::Environment;
use notify_core::now::Moment;
use notify_core::plugin::Report;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::waiting::Shelf;
use notify_core::time;

use crate::command::PROGRAM;
use crate::lanes;
use crate::newer::Newer;
use crate::overdue::Overdue;
use crate::place::{Certainty, Place};
use crate::providers::{MissingSecret, Vendor};
use crate::run::no_folder;
use crate::standing::{Standing, since_mute};

/// From which number on it is worth a word; ages in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    pub waiting: Levels,
    pub oldest: Levels,
    pub failed: Levels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    pub warning: Option<u64>,
    pub critical: Option<u64>,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        let levels = |warning, critical| Levels { warning, critical };
        Thresholds {
            waiting: levels(Some(100), Some(1_000)),
            oldest: levels(Some(5 * 60), Some(30 * 60)),
            failed: levels(Some(1), None),
        }
    }
}

/// A drainer looks every second, a timer every minute.
const OVERDUE: f64 = 120.0;

/// What lies in all lanes together.
#[derive(Debug, Default)]
struct Sums {
    waiting: u64,
    /// Somebody wants silence there: neither late nor too many.
    muted: u64,
    oldest: u64,
    failed: u64,
    /// Of the lane where it has taken longest.
    overdue: Option<(f64, String)>,
}

pub fn check(place: &Place, thresholds: &Thresholds, environment: &Environment) -> Report {
    let mut report = Report::new(PROGRAM);
    let missing = match &place.config {
        Ok(config) => look_at_config(config, &mut report),
        Err(_) => {
            report.critical(place.problem().unwrap_or_default());
            Vec::new()
        }
    };
    let mut look = Look {
        place,
        environment,
        now: Moment::read(),
        sums: Sums::default(),
        told: Vec::new(),
        report: &mut report,
    };
    match place.folder() {
        Err(failure) => {
            let unfit = failure.reason;
            look.report
                .critical(format!("{unfit}: what is sent meanwhile is not queued"));
        }
        Ok(folder) => {
            if let Err(error) = look.at_all(folder.as_ref(), thresholds) {
                look.report
                    .critical(format!("the queue cannot be read: {error}"));
            }
        }
    }
    let told = look.told;
    for missing in missing {
        if !told.iter().any(|told| missing.is_told_by(told)) {
            report.warning(missing.to_string());
        }
    }
    report
}

/// With the secrets that cannot be read.
fn look_at_config(config: &Config, report: &mut Report) -> Vec<MissingSecret> {
    if config.queue.storage == Storage::Off {
        report.warning(
            "the queue is switched off (enabled = false): what cannot be sent at once is lost"
                .to_owned(),
        );
    }
    let mut vendors = Vendor::in_use(config).peekable();
    if vendors.peek().is_none() {
        let file = config.file().display();
        report.warning(format!("{file} has no provider's section"));
    }
    let mut missing = Vec::new();
    for vendor in vendors {
        for problem in (vendor.problems)(config) {
            report.warning(problem.to_string());
        }
        missing.extend((vendor.missing_secrets)(config));
    }
    for problem in config.listener_problems() {
        report.warning(problem.to_string());
    }
    if let Some(exposure) = config.exposure() {
        report.warning(exposure);
    }
    missing
}

struct Look<'l> {
    place: &'l Place<'l>,
    environment: &'l Environment,
    now: Moment,
    sums: Sums,
    /// What was found in the lanes.
    told: Vec<String>,
    report: &'l mut Report,
}

impl Look<'_> {
    fn at_all(&mut self, folder: Option<&StateFolder>, thresholds: &Thresholds) -> io::Result<()> {
        match folder {
            Some(folder) => {
                self.at_disk(folder);
                for lane in folder.lanes()? {
                    self.at_lane(folder, &lane)?;
                }
            }
            None if self.place.certainty == Certainty::Meant => {
                self.report.well(no_folder(self.place));
            }
            None => {}
        }
        if let Some((usual, lanes)) = self.place.strays() {
            for lane in lanes {
                self.at_lane(&usual, &lane)?;
            }
        }
        if let Some(folder) = folder {
            for lane in folder.lanes_on(Shelf::Failed)? {
                let listing = folder.list_on(Shelf::Failed, &lane)?;
                self.sums.failed += (listing.tickets.len() + listing.aliens.len()) as u64;
            }
        }
        if let Some((seconds, lane)) = &self.sums.overdue
            && *seconds >= OVERDUE
        {
            let since = time::span(*seconds);
            self.report.critical(format!(
                "{lane} has been due for {since}: is `{PROGRAM} run --watch` running?"
            ));
        }
        sum_up(&self.sums, thresholds, self.report);
        match folder {
            Some(folder) => self.at_last_deliveries(folder),
            None => Ok(()),
        }
    }

    fn at_disk(&mut self, folder: &StateFolder) {
        const MEANWHILE: &str = "what is sent meanwhile is not queued";
        let root = folder.root().display();
        if let Some(medium) = folder.forgetful_medium() {
            self.report.critical(format!(
                "{root} is on {medium}, which forgets everything at a restart: set state_dir to a disk"
            ));
        }
        let settings = match &self.place.config {
            Ok(config) => config.queue.clone(),
            Err(_) => QueueSettings::default(),
        };
        if let Err(error) = folder.try_writing() {
            self.report
                .critical(format!("{root} cannot be written: {error}: {MEANWHILE}"));
        } else if settings.storage == Storage::OnDisk
            && let Err(full) = folder.has_room(settings.limits)
        {
            self.report.critical(format!("{full}: {MEANWHILE}"));
        }
    }

    fn at_lane(&mut self, folder: &StateFolder, lane: &Lane) -> io::Result<()> {
        let listing = folder.list(lane)?;
        let newer = Newer::in_lane(folder, lane, &listing, &self.now);
        let tickets = listing.tickets;
        if tickets.is_empty() && newer.is_none() {
            return Ok(());
        }
        let waiting = tickets.len() as u64;
        let first = lanes::first(folder, lane);
        let line = folder.line_state(lane);
        let standing = Standing::of(first.as_ref(), &line, self.environment, &self.now);
        let name = match lane.destination {
            Some(_) => lanes::name(lane, &self.place.file),
            None => format!("{} (not routed)", lanes::name(lane, &self.place.file)),
        };
        if let Some(words) = standing.words() {
            let finding = format!("{name}: {words}, {waiting} waiting");
            match standing {
                Standing::Muted { .. } | Standing::Collecting { .. } => self.report.well(finding),
                Standing::Failing { .. } => self.report.warning(finding),
                _ => {
                    self.told.push(finding.clone());
                    self.report.critical(finding);
                }
            }
        }
        if let Some(newer) = &newer {
            self.report.warning(format!("{name}: {}", newer.words()));
            self.sums.oldest = self.sums.oldest.max(newer.oldest as u64);
        }
        if let Standing::Muted { .. } = standing {
            self.sums.muted += waiting;
            return Ok(());
        }
        self.sums.waiting += waiting;
        if let Some(first) = &first {
            let age = self.now.since(first.created());
            let age = since_mute(&line, &self.now).map_or(age, |since| since.min(age));
            self.sums.oldest = self.sums.oldest.max(age as u64);
        }
        if standing.wait().is_some() {
            let overdue = Overdue {
                folder,
                lane,
                line: &line,
                now: &self.now,
                environment: self.environment,
            };
            let since = overdue.since(&tickets);
            let longest = self.sums.overdue.as_ref();
            if since > longest.map_or(0.0, |(longest, _)| *longest) {
                self.sums.overdue = Some((since, name));
            }
        }
        Ok(())
    }

    fn at_last_deliveries(&mut self, folder: &StateFolder) -> io::Result<()> {
        for lane in folder.lines()? {
            let delivered = folder.line_state(&lane).delivered;
            if let Some(delivered) = delivered.filter(|_| lane.destination.is_some()) {
                let ago = self.now.since(&delivered);
                let words = time::span(ago);
                let name = lanes::name(&lane, &self.place.file);
                self.report
                    .well(format!("{name} last delivered {words} ago"));
                self.report
                    .perform(format!("'{name} last'={}s", ago as u64));
            }
        }
        Ok(())
    }
}

fn sum_up(sums: &Sums, thresholds: &Thresholds, report: &mut Report) {
    let age = time::span(sums.oldest as f64);
    let oldest = match sums.waiting {
        0 => String::new(),
        _ => format!("the oldest waits for {age}"),
    };
    let muted = match sums.muted {
        0 => String::new(),
        muted => format!(", {muted} muted"),
    };
    for (label, unit, value, levels, words) in [
        (
            "waiting",
            "",
            sums.waiting,
            thresholds.waiting,
            format!("{} waiting{muted}", sums.waiting),
        ),
        ("oldest", "s", sums.oldest, thresholds.oldest, oldest),
        (
            "failed",
            "",
            sums.failed,
            thresholds.failed,
            failed(sums.failed),
        ),
    ] {
        let reaches = |level: Option<u64>| level.is_some_and(|level| value >= level && value > 0);
        if reaches(levels.critical) {
            report.critical(words);
        } else if reaches(levels.warning) {
            report.warning(words);
        } else if !words.is_empty() {
            report.well(words);
        }
        let bound = |level: Option<u64>| level.map_or(String::new(), |level| level.to_string());
        let (warning, critical) = (bound(levels.warning), bound(levels.critical));
        report.perform(format!("{label}={value}{unit};{warning};{critical};0"));
    }
    if sums.muted > 0 {
        report.perform(format!("muted={};;;0", sums.muted));
    }
}

fn failed(count: u64) -> String {
    match count {
        0 => "none failed".to_owned(),
        count => format!("{count} failed: see {PROGRAM} list --failed"),
    }
}
