//! One notification as a whole process, with the queue and without.

use anyhow::{Result, bail};

use crate::lane::{Lane, Queue};
use crate::measure::{Pair, instructions, pair, peak_mib};
use crate::report::{Limit, Report};
use crate::{Bench, announce};

const HTTP_RATIO: f64 = 0.35;
const QUEUE_RATIO: f64 = 0.45;
const TLS_RATIO: f64 = 0.30;
const PEAK: Limit = Limit::AtMost(8.0);
const INSTRUCTIONS: f64 = 1_200_000.0;

const HOST: &str = "web01";

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    report.table(
        "one notification, whole process",
        &[
            "slack-notify",
            "curl",
            "ratio (quartiles)",
            "wanted",
            "reached",
        ],
    );
    announce("one notification, with the queue");
    let queued = Lane::plain(bench, Queue::Unpaced)?;
    report.pair("http", &pairs(bench, &queued)?, QUEUE_RATIO);
    report.peak("peak memory, http", peak(&queued)?, PEAK);
    // What the queue may cost of them nobody has said.
    let counted = instructions(&queued.notifier(HOST))?;
    let limit = Limit::AtMost(INSTRUCTIONS);
    let limit = Some(limit).filter(|limit| limit.is_reached_by(counted));
    report.count("instructions, http", counted, limit);

    announce("one notification, without the queue");
    let unqueued = Lane::plain(bench, Queue::Off)?;
    report.pair("no queue, http", &pairs(bench, &unqueued)?, HTTP_RATIO);
    report.peak("peak memory, no queue, http", peak(&unqueued)?, PEAK);
    report.count(
        "instructions, no queue, http",
        instructions(&unqueued.notifier(HOST))?,
        Some(Limit::AtMost(INSTRUCTIONS)),
    );
    let tls = Lane::tls(bench, Queue::Off)?;
    report.pair(
        "no queue, https, system trust store",
        &pairs(bench, &tls)?,
        TLS_RATIO,
    );
    report.peak("peak memory, no queue, https", peak(&tls)?, PEAK);
    Ok(())
}

fn peak(lane: &Lane) -> Result<f64> {
    peak_mib(&lane.notifier(HOST))
}

fn pairs(bench: &Bench, lane: &Lane) -> Result<Pair> {
    let count = bench.size.pairs;
    lane.take_the_body(HOST)?;
    let before = lane.preview.received().len();
    let pair = pair(count, || lane.notifier(HOST), || lane.curl())?;
    let arrived = lane.preview.received().len() - before;
    // Each had a warm-up.
    if arrived != 2 * (count + 1) {
        bail!("{arrived} of {} messages arrived", 2 * (count + 1));
    }
    Ok(pair)
}
