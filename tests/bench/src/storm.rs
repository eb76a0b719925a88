//! A thousand notifiers at once for one destination, as when a switch dies: how soon the core has its processes back, and
//! that each notification either went out or waits.

use std::io;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::arrivals::{Arrivals, arrivals, host};
use crate::lane::{Lane, Queue};
use crate::measure::{seconds, spread};
use crate::report::{Limit, Report, number};
use crate::{Bench, announce};

/// More would only be in each other's way.
const SPAWNERS: usize = 4;
/// Enough for a thread that waits for one process.
const STACK: usize = 64 * 1024;

struct Life {
    started: Instant,
    ended: Instant,
}

/// What one storm came to.
struct Storm {
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
    let unpaced = storm(bench, Queue::Unpaced)?;
    announce(&format!("{count} processes at once, the vendor's pace"));
    let paced = storm(bench, Queue::Paced)?;
    let storms = [&unpaced, &paced];
    report.table(
        &format!("{} processes at once", number(count as f64)),
        &["no pace", "Slack's pace, 1 s", "wanted", "reached"],
    );
    let times = [
        (
            "all but the last sender are gone after",
            storms.map(|storm| storm.all_but_one),
        ),
        (
            "the last sender is gone after",
            storms.map(|storm| storm.all),
        ),
        (
            "life of a process, median",
            storms.map(|storm| storm.median),
        ),
        (
            "life of a process, longest",
            storms.map(|storm| storm.longest),
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
    let arrived = storms.map(|storm| storm.arrivals.arrived);
    counted("arrived by then", arrived, None);
    counted("waiting then", storms.map(|storm| storm.waiting), None);
    let sums = storms.map(|storm| storm.arrivals.arrived + storm.waiting);
    counted("arrived or waiting", sums, Some(count));
    let again = storms.map(|storm| storm.in_the_end.unwrap_or(storm.arrivals).again);
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

fn storm(bench: &Bench, queue: Queue) -> Result<Storm> {
    let count = bench.size.processes;
    let lane = Lane::plain(bench, queue)?;
    let lives = live(&lane, count)?;
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
    Ok(Storm {
        all_but_one: ends[ends.len().saturating_sub(2)],
        all: ends[ends.len() - 1],
        median: spread(lengths.clone()).median,
        longest: lengths.fold(0.0, f64::max),
        arrivals: arrived,
        waiting,
        in_the_end,
    })
}

/// Starts all of them as fast as the machine can; a thread waits for each, so that every end is seen when it comes.
fn live(lane: &Lane, count: usize) -> Result<Vec<Life>> {
    thread::scope(|scope| {
        let mut waiters = Vec::with_capacity(count);
        let mut places = Vec::with_capacity(count);
        for number in 0..count {
            let (place, given) = mpsc::sync_channel::<(Instant, Child)>(1);
            let waiter = thread::Builder::new().stack_size(STACK);
            waiters.push(waiter.spawn_scoped(scope, move || wait_for(&given))?);
            places.push((lane.notifier(&host(number)), place));
        }
        let share = count.div_ceil(SPAWNERS);
        while !places.is_empty() {
            let mine = places.split_off(places.len().saturating_sub(share));
            scope.spawn(move || {
                for (mut command, place) in mine {
                    command
                        .stdin(Stdio::null())
                        .stdout(Stdio::null())
                        .stderr(Stdio::null());
                    let started = Instant::now();
                    // Its waiter misses what could not be started.
                    if let Ok(child) = command.spawn() {
                        let _ = place.send((started, child));
                    }
                }
            });
        }
        let mut lives = Vec::with_capacity(count);
        for waiter in waiters {
            match waiter.join() {
                Ok(life) => lives.push(life?),
                Err(_) => bail!("a waiting thread broke"),
            }
        }
        Ok(lives)
    })
}

fn wait_for(given: &mpsc::Receiver<(Instant, Child)>) -> Result<Life> {
    let (started, mut child) = given.recv().context("a process could not be started")?;
    let status = child.wait()?;
    let ended = Instant::now();
    match status.success() {
        true => Ok(Life { started, ended }),
        false => Err(io::Error::other(format!("a notifier ended with {status}")).into()),
    }
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
