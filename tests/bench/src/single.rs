//! One notification as a whole process, with the queue and without.

use std::cell::Cell;

use anyhow::{Result, bail};
use notify_preview::Options;

use crate::arrivals::host;
use crate::lane::{Lane, Queue};
use crate::measure::{Pair, instructions, pair, peak_mib};
use crate::report::{Limit, Report};
use crate::{Bench, announce};

const HTTP_RATIO: Limit = Limit::AtMost(0.35);
const QUEUE_RATIO: Limit = Limit::AtMost(0.45);
const TLS_RATIO: Limit = Limit::AtMost(0.30);
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
    report.pair(
        "http",
        &pairs(bench, &queued, || HOST.to_owned())?,
        Some(QUEUE_RATIO),
    );
    report.peak("peak memory, http", peak(&queued)?, PEAK);
    // What the queue may cost of them nobody has said.
    let counted = instructions(&queued.notifier(HOST))?;
    let limit = Limit::AtMost(INSTRUCTIONS);
    let limit = Some(limit).filter(|limit| limit.is_reached_by(counted));
    report.count("instructions, http", counted, limit);

    announce("one notification, with what people know");
    // More than ten a minute would be a storm.
    let flood = "[flood]\ndigest = false\n";
    let flooded = Lane::with(bench, Queue::Unpaced, flood, Options::default())?;
    let next = Cell::new(0);
    let another = || host(next.replace(next.get() + 1));
    let known = pairs(bench, &flooded, another)?;
    report.pair("http, what people know kept", &known, None);

    announce("one notification, without the queue");
    let unqueued = Lane::plain(bench, Queue::Off)?;
    report.pair(
        "no queue, http",
        &pairs(bench, &unqueued, || HOST.to_owned())?,
        Some(HTTP_RATIO),
    );
    report.peak("peak memory, no queue, http", peak(&unqueued)?, PEAK);
    report.count(
        "instructions, no queue, http",
        instructions(&unqueued.notifier(HOST))?,
        Some(Limit::AtMost(INSTRUCTIONS)),
    );
    let tls = Lane::tls(bench, Queue::Off)?;
    report.pair(
        "no queue, https, system trust store",
        &pairs(bench, &tls, || HOST.to_owned())?,
        Some(TLS_RATIO),
    );
    report.peak("peak memory, no queue, https", peak(&tls)?, PEAK);
    Ok(())
}

fn peak(lane: &Lane) -> Result<f64> {
    peak_mib(&lane.notifier(HOST))
}

/// `about` is the host of the next one.
fn pairs(bench: &Bench, lane: &Lane, about: impl Fn() -> String) -> Result<Pair> {
    let count = bench.size.pairs;
    lane.take_the_body(&about())?;
    let before = lane.preview.received().len();
    let pair = pair(count, || lane.notifier(&about()), || lane.curl())?;
    let arrived = lane.preview.received().len() - before;
    // Each had a warm-up.
    if arrived != 2 * (count + 1) {
        bail!("{arrived} of {} messages arrived", 2 * (count + 1));
    }
    Ok(pair)
}
