//! A long queue drained by one process, against `curl` called in a loop; and whether each entry costs more in a longer one.

use anyhow::{Result, bail};

use crate::arrivals::{Arrivals, arrivals};
use crate::fill::fill;
use crate::lane::{Lane, Queue};
use crate::measure::{cost, seconds, spread};
use crate::report::{Limit, Report, milliseconds, number};
use crate::{Bench, announce};

const RATE: Limit = Limit::AtLeast(3.0);
const GROWTH: Limit = Limit::AtMost(1.5);
const PEAK: Limit = Limit::AtMost(32.0);

/// Drains of one length.
#[derive(Default)]
struct Drains {
    entries: usize,
    /// Seconds for each entry.
    costs: Vec<f64>,
    /// The highest of all, in MiB.
    peak: f64,
}

struct Drained {
    lane: Lane,
    cost: f64,
}

/// Round by round, so that a machine whose speed drifts does not look like a queue's length.
#[derive(Default)]
struct Compared {
    /// Seconds for each call of curl.
    calls: Vec<f64>,
    /// How many entries go out in the time of one.
    ratios: Vec<f64>,
    /// What an entry costs in the longest queue, of what it costs in the shortest.
    growths: Vec<f64>,
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let size = bench.size;
    let mut short = Drains::of(size.short);
    let mut long = Drains::of(size.long);
    let mut longest = Drains::of(size.longest);
    let mut compared = Compared::default();
    for round in 1..=size.rounds {
        announce(&format!("draining, round {round} of {}", size.rounds));
        let before = short.add(bench)?.cost;
        let Drained { lane, cost } = long.add(bench)?;
        let call = curl_in_a_loop(&lane, size.curls)?;
        compared.calls.push(call);
        compared.ratios.push(call / cost);
        let between = short.add(bench)?.cost;
        let cost = longest.add(bench)?.cost;
        let after = short.add(bench)?.cost;
        compared
            .growths
            .push(cost / median(&[before, between, after]));
    }
    write(report, [&short, &long, &longest], &compared);
    Ok(())
}

fn write(report: &mut Report, drains: [&Drains; 3], compared: &Compared) {
    let [short, long, longest] = drains;
    report.table(
        "draining",
        &[
            "notify-queue",
            "curl in a loop",
            "ratio",
            "wanted",
            "reached",
        ],
    );
    let ratio = median(&compared.ratios);
    report.row(
        &format!(
            "messages in a second, {} entries",
            number(long.entries as f64)
        ),
        &[
            number((1.0 / long.cost()).round()),
            number((1.0 / median(&compared.calls)).round()),
            format!("{ratio:.1}"),
        ],
        Some((RATE, RATE.is_reached_by(ratio))),
    );
    for drains in [short, long] {
        let cells = [milliseconds(drains.cost())];
        report.row(&format!("time per entry, {}", drains.words()), &cells, None);
    }
    let growth = median(&compared.growths);
    report.row(
        &format!(
            "time per entry, {}; ratio to {}",
            longest.words(),
            number(short.entries as f64)
        ),
        &[
            milliseconds(longest.cost()),
            String::new(),
            format!("{growth:.2}"),
        ],
        Some((GROWTH, GROWTH.is_reached_by(growth))),
    );
    for drains in [short, long, longest] {
        report.peak(
            &format!("peak memory, {}", drains.words()),
            drains.peak,
            PEAK,
        );
    }
}

impl Drains {
    fn of(entries: usize) -> Drains {
        Drains {
            entries,
            ..Drains::default()
        }
    }

    /// One more, of a new queue to a new stand-in.
    fn add(&mut self, bench: &Bench) -> Result<Drained> {
        let lane = Lane::plain(bench, Queue::Unpaced)?;
        fill(&lane, self.entries)?;
        let cost = cost(&lane.queue(&["run"]))?;
        self.peak = self.peak.max(cost.peak_mib);
        let cost = cost.seconds / self.entries as f64;
        self.costs.push(cost);
        let received = lane.preview.received();
        let all = Arrivals {
            arrived: self.entries,
            again: 0,
        };
        let arrived = arrivals(&received, self.entries);
        if arrived != all {
            bail!("{arrived:?} of {}", self.entries);
        }
        if let Some(last) = received.last() {
            lane.keep_the_body(&last.body)?;
        }
        Ok(Drained { lane, cost })
    }

    fn cost(&self) -> f64 {
        median(&self.costs)
    }

    fn words(&self) -> String {
        format!("{} entries", number(self.entries as f64))
    }
}

/// Seconds for each call.
fn curl_in_a_loop(lane: &Lane, calls: usize) -> Result<f64> {
    let mut sum = 0.0;
    for _ in 0..calls {
        sum += seconds(&mut lane.curl())?;
    }
    Ok(sum / calls as f64)
}

fn median(values: &[f64]) -> f64 {
    spread(values.iter().copied()).median
}
