//! A day of a site of some size, in simulated time: how many messages an hour people get, with `[flood]` and without.

mod clock;
mod replay;
mod site;

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::report::{Limit, Report, number};
use crate::{Bench, announce};
use replay::{Figures, HOURS, Way};
use site::{LEAD, MIDNIGHT, Site};

type Hours = [usize; HOURS];
/// What is said of a day's hours.
type Over = fn(&Hours) -> usize;

/// The word with which this program starts itself anew, on another clock.
pub const REPLAY: &str = "replay";
const WAYS: [(&str, Way); 2] = [("threads", Way::Threads), ("webhook", Way::Webhook)];
const SITES: [(&str, Site); 2] = [("full", Site::FULL), ("trial", Site::TRIAL)];

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    announce("a day, in simulated time");
    let folder = TempDir::new()?;
    let start = |(way, _): (&str, Way)| -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([REPLAY, way, bench.size.site]);
        clock::simulate(&mut command, MIDNIGHT - LEAD, folder.path());
        Ok(command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?)
    };
    let [threads, webhook] = WAYS.map(start);
    let [threads, webhook] = [figures(threads?)?, figures(webhook?)?];
    write(report, bench.size.site, &threads, &webhook)
}

fn figures(child: Child) -> Result<Figures> {
    let ended = child.wait_with_output()?;
    match ended.status.success() {
        true => Ok(serde_json::from_slice(&ended.stdout)?),
        false => bail!("the day ended with {}", ended.status),
    }
}

/// In the process with the other clock.
pub fn replayed(words: &[String]) -> Result<String> {
    let [way, site] = words else {
        bail!("{REPLAY} wants two words");
    };
    let way = chosen(&WAYS, way)?;
    let site = chosen(&SITES, site)?;
    Ok(serde_json::to_string(&replay::replay(site, way)?)?)
}

fn chosen<T: Copy>(named: &[(&str, T)], word: &str) -> Result<T> {
    let found = named.iter().find(|(name, _)| *name == word);
    Ok(found.with_context(|| format!("no {word:?}"))?.1)
}

fn write(report: &mut Report, site: &str, threads: &Figures, webhook: &Figures) -> Result<()> {
    let site = chosen(&SITES, site)?;
    report.table(
        &format!(
            "a day of {} hosts and {} services",
            number(site.hosts as f64),
            number((site.hosts * site::SERVICES) as f64)
        ),
        &[
            "each by itself",
            "by token, threads",
            "by webhook",
            "wanted",
            "reached",
        ],
    );
    let said = &threads.said;
    let none = [0; HOURS];
    let posts: [(&str, [&Hours; 3]); 3] = [
        (
            "messages in the channel",
            [said, &threads.posts, &webhook.posts],
        ),
        (
            "replies below them",
            [&none, &threads.replies, &webhook.replies],
        ),
        (
            "updates of them, which call nobody",
            [&none, &threads.updates, &webhook.updates],
        ),
    ];
    let spans: [(&str, Over); 3] = [
        ("in the median hour", median),
        ("in the worst hour", worst),
        ("in the whole day", all),
    ];
    for (what, counts) in posts {
        for (span, of) in spans {
            let cells = counts.map(|hours| number(of(hours) as f64));
            report.row(&format!("{what}, {span}"), &cells, None);
        }
    }
    let mentions = [threads.calls, threads.mentions, webhook.mentions];
    let cells = mentions.map(|count| number(count as f64));
    report.row("messages with a mention, in the whole day", &cells, None);
    let waits = |of: fn(&Figures) -> f64| {
        let seconds = |figures| format!("{:.1} s", of(figures));
        [String::new(), seconds(threads), seconds(webhook)]
    };
    report.row(
        "a new problem is told after, median outside of the storms",
        &waits(|figures| figures.usual_wait),
        None,
    );
    report.row(
        "a new problem is told after, longest",
        &waits(|figures| figures.longest_wait),
        None,
    );
    let wrong = [threads.wrong, webhook.wrong];
    report.row(
        &format!(
            "of {} objects, last told what is not so",
            number(threads.objects as f64)
        ),
        &[
            String::new(),
            number(wrong[0] as f64),
            number(wrong[1] as f64),
        ],
        Some((Limit::Exactly(0), wrong == [0, 0])),
    );
    Ok(())
}

fn median(hours: &Hours) -> usize {
    let mut sorted = *hours;
    sorted.sort_unstable();
    sorted[HOURS / 2]
}

fn worst(hours: &Hours) -> usize {
    hours.iter().copied().max().unwrap_or_default()
}

fn all(hours: &Hours) -> usize {
    hours.iter().sum()
}
