//! Hundreds of people press *Acknowledge* at once: how soon each is answered, and that the core hears of each; then the same
//! with a listener that is killed in the middle.

mod core;
mod crowd;
mod listener;

use std::time::Duration;

use anyhow::Result;

use crate::measure::spread;
use crate::report::{Limit, Report, number};
use crate::{Bench, announce};
use core::Core;
use crowd::{Click, Crowd};
use listener::Listener;

/// Clicks a second.
const RATE: usize = 200;
/// Nothing takes longer, unless it was lost.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let seconds = bench.size.clicking;
    let count = RATE * seconds;
    announce(&format!("{RATE} clicks a second for {seconds} s"));
    calm(count, report, bench)?;
    announce("the same, and the listener is killed in the middle");
    killed(count, report, bench)
}

fn calm(count: usize, report: &mut Report, bench: &Bench) -> Result<()> {
    let core = Core::start(count)?;
    let listener = Listener::start(&core, bench)?;
    let early = listener.after_a_tenth(count)?;
    let clicks = Crowd::press(&listener, RATE, count);
    let missing = core.missing(accepted(&clicks), PATIENCE);
    let late = listener.memory()?;
    let refused = clicks.len() - accepted(&clicks).count();
    let times = clicks.iter().map(|click| click.seconds);
    let slowest = times.clone().fold(0.0, f64::max);

    report.table(
        &format!("{RATE} clicks a second, {} in all", number(count as f64)),
        &["notify-listen", "wanted", "reached"],
    );
    let median = format!("{:.1} ms", spread(times).median * 1000.0);
    report.row("answered after, median", &[median], None);
    let limit = Limit::AtMost(1.0);
    report.row(
        "answered after, slowest (s)",
        &[format!("{slowest:.3} s")],
        Some((limit, limit.is_reached_by(slowest))),
    );
    report.count(
        "not answered with 200",
        refused as f64,
        Some(Limit::Exactly(0)),
    );
    report.count(
        "answered with 200 and not given to the core",
        missing.len() as f64,
        Some(Limit::Exactly(0)),
    );
    report.count(
        "given to the core twice",
        core.twice() as f64,
        Some(Limit::Exactly(0)),
    );
    let confirmed = core.until_pending(0, &listener, PATIENCE)?;
    report.count(
        "not confirmed in the end",
        confirmed as f64,
        Some(Limit::Exactly(0)),
    );
    let early = early
        .join()
        .map_err(|_| anyhow::anyhow!("a watching thread broke"))??;
    report.peak("memory after a tenth of them", early, Limit::AtMost(64.0));
    report.peak("memory at the end", late, Limit::AtMost(64.0));
    Ok(())
}

fn killed(count: usize, report: &mut Report, bench: &Bench) -> Result<()> {
    let core = Core::start(count)?;
    let mut listener = Listener::start(&core, bench)?;
    let address = listener.address;
    let half = Duration::from_secs_f64(count as f64 / RATE as f64 / 2.0);
    let clicks = std::thread::scope(|scope| {
        let pressing = scope.spawn(|| Crowd::press_at(address, RATE, count));
        std::thread::sleep(half);
        listener.kill_and_start_again(&core)?;
        pressing
            .join()
            .map_err(|_| anyhow::anyhow!("a pressing thread broke"))
    })?;
    let missing = core.missing(accepted(&clicks), PATIENCE);
    let taken = accepted(&clicks).count();
    report.table(
        "killed with -9 in the middle of them",
        &["notify-listen", "wanted", "reached"],
    );
    report.count("answered with 200", taken as f64, None);
    report.count(
        "refused while it was away",
        (clicks.len() - taken) as f64,
        None,
    );
    report.count(
        "answered with 200 and not given to the core",
        missing.len() as f64,
        Some(Limit::Exactly(0)),
    );
    report.count("given to the core twice", core.twice() as f64, None);
    Ok(())
}

fn accepted(clicks: &[Click]) -> impl Iterator<Item = usize> + Clone {
    clicks
        .iter()
        .filter(|click| click.status == 200)
        .map(|click| click.object)
}
