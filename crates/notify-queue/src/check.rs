//! `check`: the queue as a monitoring plugin sees it. One line, performance data, 0 to 3.

use std::io;
use std::path::Path;

use notify_core::config::Config;
use notify_core::config::queue::Storage;
use notify_core::environment::Environment;
use notify_core::now::Moment;
use notify_core::plugin::Report;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::waiting::Shelf;
use notify_core::time;

use crate::command::PROGRAM;
use crate::lanes;
use crate::overdue::Overdue;
use crate::place::Place;
use crate::providers::Vendor;
use crate::standing::Standing;

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
    oldest: u64,
    failed: u64,
    /// Of the lane where it has taken longest.
    overdue: Option<(f64, String)>,
}

pub fn check(place: &Place, thresholds: &Thresholds, environment: &Environment) -> Report {
    let mut report = Report::new(PROGRAM);
    match &place.config {
        Ok(config) => look_at_config(config, &mut report),
        Err(error) => report.critical(error.to_string()),
    }
    match StateFolder::look(&place.state_dir) {
        Err(unfit) => report.critical(format!("{unfit}: what is sent meanwhile is not queued")),
        Ok(None) => {
            let folder = place.state_dir.display();
            report.well(format!("nothing was ever queued: there is no {folder} yet"));
            sum_up(&Sums::default(), thresholds, &mut report);
        }
        Ok(Some(folder)) => {
            if let Err(error) = look_at_folder(place, &folder, thresholds, environment, &mut report)
            {
                report.critical(format!("the queue cannot be read: {error}"));
            }
        }
    }
    report
}

fn look_at_config(config: &Config, report: &mut Report) {
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
    for vendor in vendors {
        for problem in (vendor.problems)(config) {
            report.warning(problem.to_string());
        }
        for missing in (vendor.missing_secrets)(config) {
            report.warning(missing);
        }
    }
    if let Some(exposure) = config.exposure() {
        report.warning(exposure);
    }
}

fn look_at_folder(
    place: &Place,
    folder: &StateFolder,
    thresholds: &Thresholds,
    environment: &Environment,
    report: &mut Report,
) -> io::Result<()> {
    let root = folder.root().display();
    if let Some(medium) = folder.forgetful_medium() {
        report.critical(format!(
            "{root} is on {medium}, which forgets everything at a restart: set state_dir to a disk"
        ));
    }
    if let Err(error) = folder.try_writing() {
        report.critical(format!(
            "{root} cannot be written: {error}: what is sent meanwhile is not queued"
        ));
    }
    let mut look = Look {
        environment,
        config_file: &place.file,
        now: Moment::read(),
        sums: Sums::default(),
        report,
    };
    for lane in folder.lanes()? {
        look.at_lane(folder, &lane)?;
    }
    if let Some((usual, lanes)) = lanes::strays(folder, &place.file, environment) {
        for lane in lanes {
            look.at_lane(&usual, &lane)?;
        }
    }
    let Look { now, mut sums, .. } = look;
    for lane in folder.lanes_on(Shelf::Failed)? {
        let listing = folder.list_on(Shelf::Failed, &lane)?;
        sums.failed += (listing.tickets.len() + listing.aliens.len()) as u64;
    }
    if let Some((seconds, lane)) = &sums.overdue
        && *seconds >= OVERDUE
    {
        let since = time::span(*seconds);
        report.critical(format!(
            "{lane} has been due for {since}: is `{PROGRAM} run --watch` running?"
        ));
    }
    sum_up(&sums, thresholds, report);
    for lane in folder.lines()? {
        let delivered = folder.line_state(&lane).delivered;
        if let Some(delivered) = delivered.filter(|_| lane.destination.is_some()) {
            let ago = now.since(&delivered);
            let words = time::span(ago);
            let name = lanes::name(&lane, &place.file);
            report.well(format!("{name} last delivered {words} ago"));
            report.perform(format!("'{name} last'={}s", ago as u64));
        }
    }
    Ok(())
}

struct Look<'l> {
    environment: &'l Environment,
    config_file: &'l Path,
    now: Moment,
    sums: Sums,
    report: &'l mut Report,
}

impl Look<'_> {
    fn at_lane(&mut self, folder: &StateFolder, lane: &Lane) -> io::Result<()> {
        let tickets = folder.list(lane)?.tickets;
        if tickets.is_empty() {
            return Ok(());
        }
        let first = lanes::first(folder, lane);
        if let Some(first) = &first {
            let age = self.now.since(first.created()) as u64;
            self.sums.oldest = self.sums.oldest.max(age);
        }
        self.sums.waiting += tickets.len() as u64;
        let line = folder.line_state(lane);
        let standing = Standing::of(first.as_ref(), &line, self.environment, &self.now);
        let name = match lane.destination {
            Some(_) => lanes::name(lane, self.config_file),
            None => format!("{} (not routed)", lanes::name(lane, self.config_file)),
        };
        if let Some(words) = standing.words() {
            let finding = format!("{name}: {words}, {} waiting", tickets.len());
            match standing {
                Standing::Failing { .. } => self.report.warning(finding),
                _ => self.report.critical(finding),
            }
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
            let longest = self
                .sums
                .overdue
                .as_ref()
                .map_or(0.0, |(longest, _)| *longest);
            if since > longest {
                self.sums.overdue = Some((since, name));
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
    for (label, unit, value, levels, words) in [
        (
            "waiting",
            "",
            sums.waiting,
            thresholds.waiting,
            format!("{} waiting", sums.waiting),
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
}

fn failed(count: u64) -> String {
    match count {
        0 => "none failed".to_owned(),
        count => format!("{count} failed: see {PROGRAM} list --failed"),
    }
}
