//! `replay`: what was delivered is stored once more, for the same destination.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use notify_core::config::Config;
use notify_core::config::queue::{Limits, QueueSettings};
use notify_core::entry::{Entry, ToldAs};
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::Became;
use notify_core::story::Surface;
use notify_core::time::{self, Zone};
use notify_core::{text, unrouted};

use crate::history::Filter;
use crate::naming::Naming;
use crate::place::Place;
use crate::print::Page;
use crate::providers::Vendor;
use crate::run;
use crate::standing::unknown_provider;

pub struct Replaying {
    pub ids: Vec<u64>,
    pub filter: Filter,
    pub told: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    AsHistory,
    AsNews,
}

/// Nobody reads more.
const MOST: usize = 10_000;
/// Others store meanwhile.
const BATCH: usize = 100;
/// Numbers in one line.
const NAMED: usize = 5;

/// What is to be told again, and what cannot be.
#[derive(Default)]
struct Sorted {
    /// By their numbers, which is the order in which they were stored.
    entries: BTreeMap<u64, Box<Entry>>,
    left: BTreeMap<String, Vec<u64>>,
}

pub fn replay(
    replaying: &Replaying,
    place: &Place,
    zone: &Zone,
    environment: &Environment,
) -> Result<Exit, Failure> {
    let Some(folder) = place.folder()? else {
        return Err(Failure::usage(run::no_folder(place)));
    };
    let found = replaying.find(&folder, zone)?;
    let mut ways = Ways {
        environment,
        told: replaying.told,
        known: HashMap::new(),
    };
    let sorted = Sorted::of(found.delivered, found.never, &mut ways);
    let mut lines = sorted.words();
    lines.extend(ways.floods(&sorted.entries));
    if replaying.told == Told::AsNews {
        lines.extend(outdated(&sorted.entries, &found.latest));
    }
    let exit = match sorted.left.is_empty() {
        true => Exit::Done,
        false => Exit::Refused,
    };
    let (told_as, how) = match replaying.told {
        Told::AsHistory => (ToldAs::History, "as history"),
        Told::AsNews => (ToldAs::Again, "as news"),
    };
    let limits = match &place.config {
        Ok(config) => config.queue.limits,
        Err(_) => QueueSettings::default().limits,
    };
    let stored = store(&folder, sorted.entries, told_as, limits);
    let (count, ended) = match stored {
        Ok(count) => (count, Ok(exit)),
        Err((count, error)) => (count, Err(crate::broken(error))),
    };
    lines.push(format!(
        "{count} stored again, {how}: notify-queue run sends them"
    ));
    let mut page = Page::open();
    let printed = lines
        .iter()
        .try_for_each(|line| page.line(&text::line(line)))
        .and_then(|()| page.close());
    crate::finished(printed)?;
    ended
}

/// A receipt that is meant.
struct Delivered {
    destination: String,
    entry: Option<Box<Entry>>,
}

struct Found {
    delivered: BTreeMap<u64, Delivered>,
    /// Those named that have no such receipt.
    never: BTreeSet<u64>,
    /// The last that each destination was told of each object.
    latest: HashMap<(String, String), u64>,
}

impl Replaying {
    fn find(&self, folder: &StateFolder, zone: &Zone) -> Result<Found, Failure> {
        let within = self.filter.within(zone, &Moment::read())?;
        let naming = Naming::new(folder);
        let mut seen = HashSet::new();
        let mut found = Found {
            delivered: BTreeMap::new(),
            never: self.ids.iter().copied().collect(),
            latest: HashMap::new(),
        };
        for record in folder.whole_records().map_err(crate::broken)? {
            seen.insert(record.id);
            if record.became != Became::Delivered || record.id == 0 {
                continue;
            }
            found.never.remove(&record.id);
            let told_as = record.entry.as_ref().map(|entry| entry.told_as);
            let is_news = told_as.is_none_or(|told_as| told_as == ToldAs::News);
            if is_news {
                let object = (record.destination.clone(), record.reference.clone());
                let latest = found.latest.entry(object).or_default();
                *latest = record.id.max(*latest);
            }
            let is_meant = match self.ids.is_empty() {
                true => is_news,
                false => self.ids.contains(&record.id),
            };
            if !is_meant || !self.filter.wants(&record, within, &naming) {
                continue;
            }
            let delivered = Delivered {
                destination: record.destination,
                entry: record.entry,
            };
            // After a crash there may be two receipts.
            found.delivered.insert(record.id, delivered);
            if found.delivered.len() > MOST {
                return Err(Failure::usage(format!(
                    "that is more than {MOST}, which nobody reads: narrow it down with --since, --until or --host; nothing was stored"
                )));
            }
        }
        match self.ids.iter().find(|id| !seen.contains(id)) {
            None => Ok(found),
            Some(id) => Err(Failure::usage(format!(
                "the journal knows no entry {id}: nothing was stored; see notify-queue log"
            ))),
        }
    }
}

/// Where entries go, each place looked at once.
struct Ways<'w> {
    environment: &'w Environment,
    told: Told,
    known: HashMap<(String, String), Way>,
}

struct Way {
    /// Why it leads nowhere.
    obstacle: Option<String>,
    surface: Option<Surface>,
    config: Option<Config>,
}

impl Ways<'_> {
    fn of(&mut self, entry: &Entry) -> &Way {
        let (environment, told) = (self.environment, self.told);
        let key = key_of(entry);
        self.known
            .entry(key)
            .or_insert_with(|| Way::of(entry, told, environment))
    }

    /// What becomes of many at once.
    fn floods(&self, entries: &BTreeMap<u64, Box<Entry>>) -> Vec<String> {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for entry in entries.values() {
            *counts.entry(key_of(entry)).or_default() += 1;
        }
        let mut lines = Vec::new();
        for (key, count) in counts {
            let Some(way) = self.known.get(&key) else {
                continue;
            };
            let digest = way.config.as_ref().map(|config| &config.flood.digest);
            let place = &key.1;
            match (way.surface, digest) {
                (Some(Surface::Messages), Some(Some(digest))) if count > digest.above as usize => {
                    let every = time::span(digest.every.as_secs_f64());
                    lines.push(format!(
                        "{place}: {count} at once become digests, at most one each {every}"
                    ));
                }
                (Some(Surface::Messages), Some(None)) if count > 1 => lines.push(format!(
                    "{place}: {count} go out one by one, as [flood] has digests switched off"
                )),
                _ => {}
            }
        }
        lines
    }
}

/// Config and destination.
fn key_of(entry: &Entry) -> (String, String) {
    (
        entry.config.display().to_string(),
        entry.destination.to_string(),
    )
}

impl Way {
    fn of(entry: &Entry, told: Told, environment: &Environment) -> Way {
        let id = &entry.destination;
        let Some(vendor) = Vendor::named(&id.provider) else {
            return Way::blocked(unknown_provider(&id.provider));
        };
        if vendor.surface == Surface::Incidents && told == Told::AsHistory {
            return Way::blocked(
                "history opens and closes no incident; --force tells it as news".to_owned(),
            );
        }
        let config = match Config::load(Some(&entry.config), environment) {
            Ok(config) => config,
            Err(error) => return Way::blocked(error.to_string()),
        };
        let names = (vendor.destinations)(&config).unwrap_or_default();
        if !names.contains(&id.name) {
            let file = config.file().display();
            return Way::blocked(format!("{file} has no such destination any more"));
        }
        Way {
            obstacle: None,
            surface: Some(vendor.surface),
            config: Some(config),
        }
    }

    fn blocked(why: String) -> Way {
        Way {
            obstacle: Some(why),
            surface: None,
            config: None,
        }
    }
}

impl Sorted {
    fn of(delivered: BTreeMap<u64, Delivered>, never: BTreeSet<u64>, ways: &mut Ways) -> Sorted {
        let mut sorted = Sorted::default();
        for (id, delivered) in delivered {
            let place = delivered.destination;
            let Some(entry) = delivered.entry else {
                let why = "written by an earlier version, or too long for the journal";
                sorted.leave(id, format!("{place}: cannot be told again: {why}"));
                continue;
            };
            match &ways.of(&entry).obstacle {
                None => {
                    sorted.entries.insert(id, entry);
                }
                Some(why) => sorted.leave(id, format!("{place}: {why}")),
            }
        }
        for id in never {
            let why = "never delivered: notify-queue show says what became of it";
            sorted.leave(id, why.to_owned());
        }
        sorted
    }

    fn leave(&mut self, id: u64, why: String) {
        self.left.entry(why).or_default().push(id);
    }

    /// `slack:old: 3 not stored (1, 2, 3): …`
    fn words(&self) -> Vec<String> {
        let left = self.left.iter().map(|(reason, ids)| {
            let named: Vec<String> = ids.iter().take(NAMED).map(u64::to_string).collect();
            let more = match ids.len() > NAMED {
                true => ", …",
                false => "",
            };
            let count = ids.len();
            format!("{count} not stored ({}{more}): {reason}", named.join(", "))
        });
        left.collect()
    }
}

/// As news something old may stand at the end.
fn outdated(
    entries: &BTreeMap<u64, Box<Entry>>,
    latest: &HashMap<(String, String), u64>,
) -> Option<String> {
    let mut last: HashMap<(String, String), u64> = HashMap::new();
    for (id, entry) in entries {
        last.insert(
            (entry.destination.to_string(), entry.reference.clone()),
            *id,
        );
    }
    let older = last
        .iter()
        .filter(|(object, id)| latest.get(object) > Some(id));
    match older.count() {
        0 => None,
        count => Some(format!(
            "{count} of the objects had later news there: they will look as they were then, not as they are now"
        )),
    }
}

/// How many; with an error so many before it.
fn store(
    folder: &StateFolder,
    entries: BTreeMap<u64, Box<Entry>>,
    told_as: ToldAs,
    limits: Limits,
) -> Result<usize, (usize, std::io::Error)> {
    let mut stored = 0;
    let now = Moment::read();
    let mut parcels = Vec::new();
    for entry in entries.into_values() {
        let again = entry.once_more(told_as, now.clone());
        match unrouted::parcel(&again) {
            Ok(parcel) => parcels.push(parcel),
            Err(error) => return Err((0, error.into())),
        }
    }
    for batch in parcels.chunks(BATCH) {
        for number in folder.store(batch, limits) {
            match number {
                Ok(_) => stored += 1,
                Err(error) => return Err((stored, error)),
            }
        }
    }
    Ok(stored)
}
