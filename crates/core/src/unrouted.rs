//! A notification whose config cannot be used: kept as it came, and routed as soon as somebody has mended that.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::config::queue::{Limits, QueueSettings};
use crate::config::source;
use crate::entry::{Emoji, Entry, FORMAT};
use crate::exit::Failure;
use crate::kill_points::kill_point;
use crate::notification::Notification;
use crate::now::Moment;
use crate::provider::Provider;
use crate::reference;
use crate::routing::{self, Route, Routed, Wish};
use crate::state_folder::counter::Load;
use crate::state_folder::journal::{All, Became, Journal, Record};
use crate::state_folder::lane::{self, Lane, Sort};
use crate::state_folder::waiting::{Shelf, Stored, Unreadable};
use crate::state_folder::{Parcel, StateFolder};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unrouted {
    pub format: u32,
    pub provider: String,
    pub config: PathBuf,
    pub emoji: Emoji,
    pub created: Moment,
    pub wish: Wish,
    pub notification: Notification,
}

impl Stored for Unrouted {
    fn format(&self) -> u32 {
        self.format
    }

    fn lane(&self) -> Lane {
        Lane::unrouted(&self.provider, &self.config)
    }
}

impl Unrouted {
    pub fn new<P: Provider>(
        notification: Notification,
        wish: Wish,
        emoji: Emoji,
        config: &Path,
    ) -> Unrouted {
        Unrouted {
            format: FORMAT,
            provider: P::NAME.to_owned(),
            config: config.to_owned(),
            emoji,
            created: Moment::read(),
            wish,
            notification,
        }
    }

    /// Stored, or why not.
    pub fn keep(&self, state_dir: &Path) -> Result<(), String> {
        let folder = StateFolder::open(state_dir).map_err(|unfit| unfit.to_string())?;
        self.keep_in(&folder)
    }

    pub fn keep_in(&self, folder: &StateFolder) -> Result<(), String> {
        let parcel = self.parcel().map_err(|error| error.to_string())?;
        let limits = QueueSettings::default().limits;
        for stored in folder.store(&[parcel], limits) {
            stored.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn parcel(&self) -> serde_json::Result<Parcel> {
        // Which site it is, only the config knows; to tell objects apart any will do.
        let reference = reference::reference("", &self.notification.subject);
        Ok(Parcel {
            lane: self.lane(),
            object: lane::object(&reference),
            sort: Sort::of(&self.notification),
            text: serde_json::to_vec(self)?,
        })
    }

    /// Its own moment counts for the filters, not that of its routing.
    pub fn route<P: Provider>(&self, config: &Config) -> Result<Route, Failure> {
        routing::route::<P>(&self.wish, &self.notification, self.created.wall, config)
    }

    fn entries(&self, destinations: &[Routed], site: &str) -> Vec<Entry> {
        let entry = |routed: &Routed| Entry {
            held_back: routed.held_back.clone(),
            ..Entry::new(
                routed.id.clone(),
                self.notification.clone(),
                site,
                self.config.clone(),
                self.emoji,
                self.created.clone(),
            )
        };
        destinations.iter().map(entry).collect()
    }
}

/// How far the routing got.
pub enum Routing {
    /// Nothing is left but what cannot be routed, and why.
    Done(Option<Failure>),
    /// Somebody else is at it, or there was no time for all.
    Unfinished,
}

/// What waited for this config becomes entries. A notifier that could not read the config may not have known this
/// folder either: what it left in the usual one is fetched.
pub fn route_all<P: Provider>(
    folder: &StateFolder,
    config: &Config,
    patience: Duration,
) -> std::io::Result<Routing> {
    let until = Instant::now() + patience;
    let Routing::Done(held) = route_waiting::<P>(folder, folder, config, until)? else {
        return Ok(Routing::Unfinished);
    };
    let usual = source::default_state_dir();
    if usual == folder.root() {
        return Ok(Routing::Done(held));
    }
    let Ok(Some(usual)) = StateFolder::look(&usual) else {
        return Ok(Routing::Done(held));
    };
    Ok(match route_waiting::<P>(&usual, folder, config, until)? {
        Routing::Done(there) => Routing::Done(there.or(held)),
        Routing::Unfinished => Routing::Unfinished,
    })
}

/// From one folder to the other, in its order. What is too old or no entry goes to `failed/`.
fn route_waiting<P: Provider>(
    from: &StateFolder,
    to: &StateFolder,
    config: &Config,
    until: Instant,
) -> std::io::Result<Routing> {
    let lane = Lane::unrouted(P::NAME, config.file());
    if from.list(&lane)?.tickets.is_empty() {
        return Ok(Routing::Done(None));
    }
    let mut line = loop {
        match from.line(&lane)? {
            Some(line) => break line,
            None if Instant::now() > until => return Ok(Routing::Unfinished),
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let interrupted = line.state.sending.take();
    if interrupted.is_some() {
        from.settle(&lane)?;
    }
    let mut journal = Journal::of(from);
    let mut held = None;
    // Of an object whose oldest has to wait, all wait.
    let mut objects = HashSet::new();
    for ticket in from.list(&lane)?.tickets {
        if objects.contains(&ticket.object) {
            continue;
        }
        if Instant::now() > until {
            return Ok(Routing::Unfinished);
        }
        let name = ticket.to_string();
        let (unrouted, bytes) = match from.read::<Unrouted>(&lane, &ticket) {
            Ok(read) => read,
            Err(Unreadable::Gone) => continue,
            Err(Unreadable::Newer(_) | Unreadable::Disk(_)) => {
                objects.insert(ticket.object);
                continue;
            }
            Err(Unreadable::Broken(reason)) => {
                // Told by its receipt.
                from.set_aside(&lane, &name.into(), &reason, &mut journal);
                continue;
            }
        };
        let notification = &unrouted.notification;
        let now = Moment::read();
        let record = |became| Record {
            id: ticket.number,
            destination: lane.place(),
            kind: notification.kind.name().to_owned(),
            host: notification.subject.host.clone(),
            service: notification.subject.service.clone(),
            late: Some(now.since(&unrouted.created)),
            ..Record::about(became, &now)
        };
        if now.since(&unrouted.created) > config.queue.expire_after.as_secs_f64() {
            let record = record(Became::Expired).because("older than expire_after");
            from.give_up(&lane, &name.into(), &record, &mut journal, bytes)?;
            continue;
        }
        let route = match unrouted.route::<P>(config) {
            Ok(route) => route,
            Err(failure) => {
                held = Some(failure);
                objects.insert(ticket.object);
                continue;
            }
        };
        line.state.sending = Some(ticket.number);
        let _ = line.write();
        kill_point("routing");
        let mut destinations = route.destinations.clone();
        if interrupted == Some(ticket.number) {
            let there = already_routed(to, &unrouted)?;
            destinations.retain(|routed| !there.contains(&routed.id.to_string()));
        }
        let entries = unrouted.entries(&destinations, &config.site);
        let parcels: Vec<Parcel> = entries.iter().map(parcel).collect::<Result<_, _>>()?;
        // What was accepted stays accepted: no limit keeps it out.
        let unlimited = Limits {
            entries: u64::MAX,
            bytes: u64::MAX,
        };
        to.store(&parcels, unlimited)
            .into_iter()
            .collect::<Result<Vec<u64>, _>>()?;
        let names: Vec<String> = route
            .destinations
            .iter()
            .map(|routed| routed.id.to_string())
            .collect();
        kill_point("routed");
        journal.append(&record(Became::Routed).because(format!("to {}", names.join(", "))))?;
        journal.sync()?;
        kill_point("routing-receipt");
        from.remove(Shelf::Waiting, &lane, &name)?;
        from.uncount(Load { entries: 1, bytes });
    }
    line.state.sending = None;
    let _ = line.write();
    Ok(Routing::Done(held))
}

/// Where entries of it wait, or have been: its router died in the middle.
fn already_routed(folder: &StateFolder, unrouted: &Unrouted) -> std::io::Result<Vec<String>> {
    let subject = &unrouted.notification.subject;
    let then = unrouted.created.wall;
    // A core that tells several contacts starts us several times in a millisecond.
    let is_then = |created: f64| (created - then).abs() < 1e-6;
    let mut there = Vec::new();
    for lane in folder.lanes()? {
        for ticket in folder.list(&lane)?.tickets {
            if let Ok((entry, _)) = folder.read::<Entry>(&lane, &ticket)
                && entry.notification == unrouted.notification
                && is_then(entry.created.wall)
            {
                there.push(entry.destination.to_string());
            }
        }
    }
    for record in folder.records(All::Latest)? {
        let same = record.host == subject.host
            && record.service == subject.service
            && record.kind == unrouted.notification.kind.name();
        if same && record.created.is_some_and(is_then) {
            there.push(record.destination);
        }
    }
    Ok(there)
}

pub fn parcel(entry: &Entry) -> serde_json::Result<Parcel> {
    Ok(Parcel {
        lane: entry.lane(),
        object: lane::object(&entry.reference),
        sort: entry.sort(),
        text: serde_json::to_vec(entry)?,
    })
}
