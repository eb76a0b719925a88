//! Where no port can be open: PagerDuty's log is read every so often. What webhooks have told as well is done once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify_core::now::Moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::sleep;

use super::account::Account;
use super::bring::bring;
use super::event::{self, Event, Name};
use super::rest::Trouble;
use crate::context::Context;
use crate::threads::{Whom, asking, blocking};

/// How far the log was read; its fields only grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Seconds since 1970, by PagerDuty's clock.
    since: f64,
    /// What lies behind it and is done.
    done: Vec<String>,
}

/// What could not be done this time.
struct Stuck {
    /// Where the next look begins: before the first of it.
    at: f64,
    why: String,
    incidents: HashSet<String>,
}

/// Entries may appear in the log after younger ones.
const OVERLAP: f64 = 120.0;
/// Nobody's answer is worth anything after a day.
const LONGEST: f64 = 24.0 * 3_600.0;
/// Where PagerDuty does not answer look-ups, not each of them is waited for.
const LONG: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

pub async fn poll(context: Arc<Context>, account: Arc<Account>, every: Duration) {
    let mut pause = every;
    loop {
        match once(&context, &account).await {
            Ok(()) => pause = every,
            Err(trouble) => {
                context.log().refused(
                    "pagerduty",
                    "poll",
                    &format!("[{}]: PagerDuty's log: {}", account.table, trouble.why),
                );
                pause = (pause * 2).max(trouble.after.unwrap_or_default());
                pause = pause.min(LONGEST_PAUSE).max(every);
            }
        }
        sleep(pause).await;
    }
}

async fn once(context: &Arc<Context>, account: &Arc<Account>) -> Result<(), Trouble> {
    let begun = Instant::now();
    let now = Moment::read().wall;
    let name = format!("pagerduty-log/{}", account.table);
    let (known, entries) = {
        let (context, account, name) = (Arc::clone(context), Arc::clone(account), name.clone());
        asking(Whom::Vendor, move || read(&context, &account, &name, now)).await?
    };
    let mut place = known.clone().unwrap_or_else(|| Place::new(now));
    let mut seen = Vec::new();
    let mut newest = place.since + OVERLAP;
    let mut stuck: Option<Stuck> = None;
    for event in entries.iter().filter_map(|entry| entry_of(entry, now)) {
        let (Name::Entry(id), at) = (event.name.clone(), event.at) else {
            continue;
        };
        newest = newest.max(at);
        if !place.done.contains(&id) {
            let incident = event.incident.id.clone();
            let done = match &mut stuck {
                // What comes after it must not overtake it.
                Some(stuck) if stuck.incidents.contains(&incident) => continue,
                Some(_) if begun.elapsed() > LONG => break,
                _ => bring(context, account, event).await,
            };
            if let Err(later) = done {
                let stuck = stuck.get_or_insert_with(|| Stuck::new(at, later.0));
                stuck.incidents.insert(incident);
                continue;
            }
        }
        seen.push((id, at));
    }
    let next = stuck.as_ref().map_or(newest, |stuck| stuck.at.min(newest));
    place.since = place.since.max(next - OVERLAP);
    seen.retain(|(_, at)| at.ceil() >= place.since);
    place.done = seen.into_iter().map(|(id, _)| id).collect();
    if known.as_ref() != Some(&place) {
        let context = Arc::clone(context);
        let noted = blocking(move || context.desk.folder().note_named(&name, &place)).await;
        noted.map_err(disk)?;
    }
    if let Some(Stuck { why, .. }) = stuck {
        let line = format!("[{}]: looked at again: {why}", account.table);
        context.log().refused("pagerduty", "poll", &line);
    }
    Ok(())
}

/// Waits for disk and network.
fn read(
    context: &Context,
    account: &Account,
    name: &str,
    now: f64,
) -> Result<(Option<Place>, Vec<Value>), Trouble> {
    let known: Option<Place> = context.desk.folder().named(name).map_err(disk)?;
    let since = known.as_ref().map_or(now - OVERLAP, |place| place.since);
    let entries = match &account.rest {
        Some(rest) => rest.log_entries(since.max(now - LONGEST))?,
        None => Vec::new(),
    };
    Ok((known, entries))
}

fn entry_of(entry: &Value, now: f64) -> Option<Event> {
    event::of_entry(entry, now).ok().flatten()
}

impl Place {
    fn new(now: f64) -> Place {
        Place {
            since: now - OVERLAP,
            done: Vec::new(),
        }
    }
}

impl Stuck {
    fn new(at: f64, why: String) -> Stuck {
        Stuck {
            at,
            why,
            incidents: HashSet::new(),
        }
    }
}

fn disk(error: std::io::Error) -> Trouble {
    Trouble {
        why: format!("the state folder: {error}"),
        after: None,
    }
}
