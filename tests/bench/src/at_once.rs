//! A thousand notifiers at once for one destination: how soon the core has its processes back, and that each notification
//! either went out or waits.

use anyhow::{Context, Result, bail};

use crate::arrivals::{Arrivals, arrivals, host};
use crate::lane::{Lane, Queue};
use crate::measure::{seconds, spread};
use crate::processes::live;
use crate::report::{Limit, Report, number};
use crate::{Bench, announce};

/// What one crowd came to.
struct Crowd {
    /// Seconds from the start of the first process.
    all_but_one: f64,
    all: f64,
    /// Seconds of a process.
    median: f64,
    longest: f64,
    arrivals: Arrivals,
    waiting: usize,
    /// Once the rest was drained, where it was.
    in_the_end: Option<Arrivals>,
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = bench.size.processes;
    announce(&format!("{count} processes at once, no pace"));
    let unpaced = crowd(bench, Queue::Unpaced)?;
    announce(&format!("{count} processes at once, the vendor's pace"));
    let paced = crowd(bench, Queue::Paced)?;
    let crowds = [&unpaced, &paced];
    report.table(
        &format!("{} processes at once", number(count as f64)),
        &["no pace", "Slack's pace, 1 s", "wanted", "reached"],
    );
    let times = [
        (
            "all but the last sender are gone after",
            crowds.map(|crowd| crowd.all_but_one),
        ),
        (
            "the last sender is gone after",
            crowds.map(|crowd| crowd.all),
        ),
        (
            "life of a process, median",
            crowds.map(|crowd| crowd.median),
        ),
        (
            "life of a process, longest",
            crowds.map(|crowd| crowd.longest),
        ),
    ];
    for (what, times) in times {
        report.row(what, &times.map(|time| format!("{time:.2} s")), None);
    }
    let mut counted = |what, counts: [usize; 2], wanted: Option<usize>| {
        let limit = wanted.map(|wanted| {
            let reached = counts.iter().all(|count| *count == wanted);
            (Limit::Exactly(wanted), reached)
        });
        report.row(what, &counts.map(|count| number(count as f64)), limit);
    };
    let arrived = crowds.map(|crowd| crowd.arrivals.arrived);
    counted("arrived by then", arrived, None);
    counted("waiting then", crowds.map(|crowd| crowd.waiting), None);
    let sums = crowds.map(|crowd| crowd.arrivals.arrived + crowd.waiting);
    counted("arrived or waiting", sums, Some(count));
    let again = crowds.map(|crowd| crowd.in_the_end.unwrap_or(crowd.arrivals).again);
    counted("arrived twice", again, Some(0));
    if let Some(end) = unpaced.in_the_end {
        report.row(
            "arrived after `notify-queue run`",
            &[number(end.arrived as f64)],
            Some((Limit::Exactly(count), end.arrived == count)),
        );
    }
    Ok(())
}

fn crowd(bench: &Bench, queue: Queue) -> Result<Crowd> {
    let count = bench.size.processes;
    let lane = Lane::plain(bench, queue)?;
    let lives = live((0..count).map(|number| lane.notifier(&host(number))))?;
    let first = lives
        .iter()
        .map(|life| life.started)
        .min()
        .context("no process")?;
    let mut ends: Vec<f64> = lives
        .iter()
        .map(|life| (life.ended - first).as_secs_f64())
        .collect();
    ends.sort_by(f64::total_cmp);
    let lengths = lives
        .iter()
        .map(|life| (life.ended - life.started).as_secs_f64());
    let arrived = arrivals(&lane.preview.received(), count);
    let waiting = waiting(&lane)?;
    let in_the_end = match queue {
        Queue::Unpaced => Some(drain_the_rest(&lane, count)?),
        // The pace would make it a quarter of an hour.
        Queue::Paced | Queue::Off => None,
    };
    Ok(Crowd {
        all_but_one: ends[ends.len().saturating_sub(2)],
        all: ends[ends.len() - 1],
        median: spread(lengths.clone()).median,
        longest: lengths.fold(0.0, f64::max),
        arrivals: arrived,
        waiting,
        in_the_end,
    })
}

fn waiting(lane: &Lane) -> Result<usize> {
    let output = lane.queue(&["list", "--json"]).output()?;
    if !output.status.success() {
        bail!("notify-queue list: {output:?}");
    }
    Ok(output.stdout.iter().filter(|byte| **byte == b'\n').count())
}

fn drain_the_rest(lane: &Lane, count: usize) -> Result<Arrivals> {
    seconds(&mut lane.queue(&["run"]))?;
    Ok(arrivals(&lane.preview.received(), count))
}
