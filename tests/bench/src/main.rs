//! `scripts/bench`: what a notification and the queue cost, against `curl` posting the same bytes to the same stand-in,
//! by turns, so that a machine whose speed drifts does not favour one of them; and what people see of many notifications.

mod arrivals;
mod at_once;
mod clicks;
mod day;
mod disk;
mod drain;
mod fill;
mod lane;
mod measure;
mod processes;
mod report;
mod single;
mod storm;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use disk::Disk;
use report::Report;

/// What is measured, with what, and where.
pub struct Bench {
    /// The folder of the programs.
    pub programs: PathBuf,
    pub disk: Disk,
    pub size: Size,
}

/// How much of everything.
#[derive(Clone, Copy)]
pub struct Size {
    pub pairs: usize,
    /// At which a notifier waits for the disk.
    pub steps: usize,
    pub processes: usize,
    /// The config's table while as many are told at once, …
    pub flood: &'static str,
    /// … and how long it takes until all of them recover.
    pub outage: Duration,
    /// Whose day.
    pub site: &'static str,
    /// How many seconds people press buttons.
    pub clicking: usize,
    /// Entries in a queue.
    pub short: usize,
    pub long: usize,
    pub longest: usize,
    /// How often the long ones are drained; the short one thrice as often.
    pub rounds: usize,
    /// Calls of curl in each round.
    pub curls: usize,
}

impl Size {
    const FULL: Size = Size {
        pairs: 200,
        steps: 200,
        processes: 1_000,
        flood: "",
        outage: Duration::from_secs(60),
        site: "full",
        clicking: 30,
        short: 1_000,
        long: 10_000,
        longest: 50_000,
        rounds: 3,
        curls: 100,
    };

    /// Shows that everything works; its figures say little.
    const TRIAL: Size = Size {
        pairs: 20,
        steps: 50,
        processes: 100,
        flood: "\n[flood]\ndigest_collect = \"2s\"\ndigest_every = \"5s\"\n",
        outage: Duration::from_secs(8),
        site: "trial",
        clicking: 3,
        short: 200,
        long: 1_000,
        longest: 3_000,
        rounds: 1,
        curls: 20,
    };
}

fn main() -> Result<()> {
    const USAGE: &str = "usage: notify-bench FOLDER-OF-THE-PROGRAMS [trial]";
    let mut arguments = std::env::args().skip(1);
    let programs = arguments.next().context(USAGE)?;
    let words: Vec<String> = arguments.collect();
    if programs == day::REPLAY {
        writeln!(std::io::stdout().lock(), "{}", day::replayed(&words)?)?;
        return Ok(());
    }
    let programs = PathBuf::from(programs);
    let size = match words.as_slice() {
        [] => Size::FULL,
        [word] if word == "trial" => Size::TRIAL,
        _ => bail!(USAGE),
    };
    let bench = Bench {
        disk: Disk::near(&programs)?,
        programs,
        size,
    };
    let before = bench.disk.steps(size.steps)?;
    let mut report = Report::default();
    single::measure(&bench, &mut report)?;
    at_once::measure(&bench, &mut report)?;
    drain::measure(&bench, &mut report)?;
    storm::measure(&bench, &mut report)?;
    clicks::measure(&bench, &mut report)?;
    day::measure(&bench, &mut report)?;
    let after = bench.disk.steps(size.steps)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{}\n\n{}",
        bench.disk.describe(&before, &after),
        report.text.trim_end()
    )?;
    Ok(())
}

/// Minutes pass: somebody may be waiting.
pub fn announce(what: &str) {
    // A reader that went away is no error of ours.
    let _ = writeln!(std::io::stderr().lock(), "notify-bench: {what}");
}
