//! What people see of a thousand problems at once, and of their end: the queue's service runs, the vendor takes one message
//! a second, and `[flood]` is as it comes.

use std::collections::HashSet;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use notify_core::entry::DestinationId;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane;
use notify_preview::{Options, Pace, Received};

use crate::arrivals::host;
use crate::lane::{Lane, Queue};
use crate::processes::{Life, live};
use crate::report::{Limit, Report, number};
use crate::{Bench, announce};

/// In all.
const REFUSALS: usize = 5;
/// Nothing takes longer, unless it never ends.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a thousand processes came to.
struct Wave {
    /// Seconds from the start of the first process.
    gone: f64,
    first: f64,
    last: f64,
    told: Told,
    refusals: usize,
    messages: usize,
    mentions: usize,
}

struct Told {
    /// By a message of its own, or as one of a digest's number.
    counted: usize,
    named: usize,
}

/// `notify-queue run --watch`, until it is dropped.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = bench.size.processes;
    let pace = Pace {
        messages: 1,
        window: Duration::from_secs(1),
    };
    let options = Options {
        pace: Some(pace),
        ..Options::default()
    };
    let more = format!("mention = \"here\"\n{}", bench.size.flood);
    let lane = Lane::with(bench, Queue::Paced, &more, options)?;
    let state = lane.state_dir().context("a lane without a queue")?;
    let folder = StateFolder::open(&state).map_err(|unfit| anyhow!("{unfit}"))?;
    let mut service = lane.queue(&["run", "--watch"]);
    service
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let service = Service(service.spawn()?);

    announce(&format!("a storm of {count} problems"));
    let began = Instant::now();
    let problems = (0..count).map(|number| lane.notifier(&host(number)));
    let fail = wave(&lane, &folder, live(problems)?)?;
    thread::sleep((began + bench.size.outage).saturating_duration_since(Instant::now()));
    announce(&format!("its {count} recoveries"));
    let recoveries = (0..count).map(|number| lane.all_clear(&host(number)));
    let recover = wave(&lane, &folder, live(recoveries)?)?;
    drop(service);
    write(report, count, &[fail, recover]);
    Ok(())
}

/// From the processes' start until nothing waits any more.
fn wave(lane: &Lane, folder: &StateFolder, lives: Vec<Life>) -> Result<Wave> {
    let began = lives.iter().map(|life| life.started).min();
    let ended = lives.iter().map(|life| life.ended).max();
    let (began, ended) = began.zip(ended).context("no process")?;
    let place = DestinationId::new("slack", "default");
    let waiting = lane::Lane::of(&place, &lane.config());
    while folder.holds_anything(&waiting) {
        if began.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?} something waits still");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let received: Vec<Received> = lane.preview.received();
    let mine = || received.iter().filter(|one| one.at >= began);
    let seconds = |at: Instant| (at - began).as_secs_f64();
    let posts: Vec<&Received> = mine().filter(|one| one.status == Some(200)).collect();
    let times = posts.iter().map(|post| seconds(post.at));
    Ok(Wave {
        gone: seconds(ended),
        first: times.clone().fold(f64::INFINITY, f64::min),
        last: times.fold(0.0, f64::max),
        told: told(&posts)?,
        refusals: mine().filter(|one| one.status == Some(429)).count(),
        messages: posts.len(),
        mentions: posts.iter().filter(|one| !one.mentions.is_empty()).count(),
    })
}

fn told(posts: &[&Received]) -> Result<Told> {
    let mut counted = 0;
    let mut named = HashSet::new();
    for post in posts {
        let body = std::str::from_utf8(&post.body)?;
        named.extend(
            body.split("bench-")
                .skip(1)
                .filter_map(|rest| rest.get(..6)),
        );
        let message = post.json();
        let line = message["text"].as_str().context("a message without text")?;
        counted += match line.contains("bench-") {
            true => 1,
            false => sum(line).with_context(|| format!("what {line:?} stands for"))?,
        };
    }
    Ok(Told {
        counted,
        named: named.len(),
    })
}

/// `60 problems, 23 hosts – 31 CRITICAL, 12 recovered`: what is told of an object, not how, nor of how many hosts.
fn sum(line: &str) -> Option<usize> {
    let words: Vec<&str> = line
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let counts = words.windows(2).filter_map(|pair| {
        let is_told = ["problem", "problems", "recovered", "over", "other"].contains(&pair[1]);
        is_told.then(|| pair[0].parse::<usize>().ok())?
    });
    counts.reduce(|one, other| one + other)
}

fn write(report: &mut Report, count: usize, waves: &[Wave; 2]) {
    report.table(
        &format!("a storm of {}", number(count as f64)),
        &["all fail", "all recover", "wanted", "reached"],
    );
    let both = |of: fn(&Wave) -> usize| [of(&waves[0]), of(&waves[1])];
    let cells = |counts: [usize; 2]| counts.map(|count| number(count as f64));
    let told = both(|wave| wave.told.counted);
    let all = told.iter().all(|told| *told == count);
    report.row(
        "objects named or counted in the channel",
        &cells(told),
        Some((Limit::Exactly(count), all)),
    );
    report.row(
        "objects named there",
        &cells(both(|wave| wave.told.named)),
        None,
    );
    let refusals = both(|wave| wave.refusals);
    let limit = Limit::AtMost(REFUSALS as f64);
    report.row(
        "answered with 429",
        &cells(refusals),
        Some((
            limit,
            limit.is_reached_by(refusals.iter().sum::<usize>() as f64),
        )),
    );
    report.row(
        "messages in the channel",
        &cells(both(|wave| wave.messages)),
        None,
    );
    report.row(
        "of them with a mention",
        &cells(both(|wave| wave.mentions)),
        None,
    );
    let mut time = |what, of: fn(&Wave) -> f64| {
        let cells = [&waves[0], &waves[1]].map(|wave| format!("{:.2} s", of(wave)));
        report.row(what, &cells, None);
    };
    time("the first message after", |wave| wave.first);
    time("the last message after", |wave| wave.last);
    time("all processes are gone after", |wave| wave.gone);
}
