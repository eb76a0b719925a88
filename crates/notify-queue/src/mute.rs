//! `mute`: a destination gets nothing for a while. What comes meanwhile waits; the drain sums it up at the end.

use std::time::Duration;

use notify_core::config::queue::Storage;
use notify_core::config::{Config, nearest};
use notify_core::entry::DestinationId;
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::line::{Line, Mute};
use notify_core::state_folder::waiting::Shelf;
use notify_core::story::Surface;
use notify_core::{text, time};

use crate::command::Wanted;
use crate::content::Content;
use crate::lanes;
use crate::place::Place;
use crate::print::Page;
use crate::providers::Vendor;
use crate::run;

pub enum Muting {
    Show,
    Begin {
        destination: String,
        span: Duration,
        reason: String,
    },
    End {
        destination: String,
    },
}

/// It stands in a message's first line.
const LONGEST_REASON: usize = 200;
const LONGEST_NAME: usize = 60;

pub fn mute(muting: &Muting, place: &Place, environment: &Environment) -> Result<Exit, Failure> {
    let now = Moment::read();
    let folder = place.folder()?;
    let lines = match (muting, folder) {
        (Muting::Show, Some(folder)) => muted(&folder, place, &now)?,
        (Muting::Show, None) => vec![run::no_folder(place)],
        (
            Muting::Begin {
                destination,
                span,
                reason,
            },
            _,
        ) => {
            // Before the first notification, too.
            let folder = StateFolder::open(&place.state_dir).map_err(Failure::config)?;
            let desk = Desk::at(destination, &folder, place, environment)?;
            desk.begin(*span, reason, by(environment), &now)?
        }
        (Muting::End { destination }, Some(folder)) => {
            Desk::at(destination, &folder, place, environment)?.end(&now)?
        }
        (Muting::End { .. }, None) => return Err(Failure::usage(run::no_folder(place))),
    };
    let mut page = Page::open();
    let printed = lines
        .iter()
        .try_for_each(|line| page.line(&text::line(line)))
        .and_then(|()| page.close());
    crate::finished(printed)?;
    Ok(Exit::Done)
}

/// `sudo` knows who it really is.
fn by(environment: &Environment) -> String {
    let names = ["SUDO_USER", "USER", "LOGNAME"];
    let mut names = names.into_iter().filter_map(|name| environment.text(name));
    let name = names.find(|name| !name.trim().is_empty());
    text::clip(&text::line(&name.unwrap_or_default()), LONGEST_NAME, |_| 1)
}

/// `slack:ops – muted until 11:02 (40 min): max: deploy; 12 waiting`
fn muted(folder: &StateFolder, place: &Place, now: &Moment) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for lane in folder.lines().map_err(crate::broken)? {
        let mute = folder.line_state(&lane).mute;
        if let Some(mute) = mute.filter(|mute| mute.left(now) > 0.0) {
            let name = lanes::name(&lane, &place.file);
            let until = until(&mute, place, now);
            let said = said(&mute);
            let waiting = waiting(folder, &lane);
            lines.push(format!(
                "{name} – muted until {until}{said}; {waiting} waiting"
            ));
        }
    }
    if lines.is_empty() {
        lines.push("nothing is muted".to_owned());
    }
    Ok(lines)
}

/// `11:02 (40 min)`
fn until(mute: &Mute, place: &Place, now: &Moment) -> String {
    let left = mute.left(now);
    let end = crate::with_zone(place, |zone| zone.clock(now.wall + left, now.wall));
    format!("{end} ({})", time::span(left.ceil()))
}

fn said(mute: &Mute) -> String {
    match mute.said() {
        said if said.is_empty() => said,
        said => format!(": {said}"),
    }
}

fn waiting(folder: &StateFolder, lane: &Lane) -> usize {
    folder.list(lane).map_or(0, |listing| listing.tickets.len())
}

/// The destination that is meant.
struct Desk<'d> {
    folder: &'d StateFolder,
    place: &'d Place<'d>,
    lane: Lane,
    name: String,
    /// As its own config says.
    config: Option<Config>,
}

impl<'d> Desk<'d> {
    fn at(
        destination: &str,
        folder: &'d StateFolder,
        place: &'d Place<'d>,
        environment: &Environment,
    ) -> Result<Desk<'d>, Failure> {
        let lane = find(destination, folder, place)?;
        let file = lanes::config_of(folder, &lane, &place.file);
        let config = file.and_then(|file| Config::load(Some(&file), environment).ok());
        Ok(Desk {
            folder,
            place,
            name: lanes::name(&lane, &place.file),
            lane,
            config,
        })
    }

    fn begin(
        &self,
        span: Duration,
        reason: &str,
        by: String,
        now: &Moment,
    ) -> Result<Vec<String>, Failure> {
        let name = &self.name;
        let queue = self.config.as_ref().map(|config| config.queue.clone());
        let queue = queue.unwrap_or_default();
        if queue.storage == Storage::Off {
            return Err(Failure::config(format!(
                "{name}: the queue is switched off (enabled = false): nothing can wait there"
            )));
        }
        let mut line = self.line()?;
        let before = line.state.mute.take().filter(|mute| mute.left(now) > 0.0);
        // What came since the first one began has waited since then.
        let begun = before.map_or_else(|| now.clone(), |before| before.begun);
        let wait = now.since(&begun) + span.as_secs_f64();
        let longest = queue.expire_after.as_secs_f64();
        if wait > longest {
            let longest = time::span(longest);
            let since = match begun == *now {
                true => String::new(),
                false => format!(" in all, with the {} so far", time::span(now.since(&begun))),
            };
            return Err(Failure::usage(format!(
                "{name}: a mute lasts at most {longest}{since}: what waits longer expires (expire_after)"
            )));
        }
        let mute = Mute {
            begun,
            wait,
            reason: text::clip(&text::line(reason), LONGEST_REASON, |_| 1),
            by,
        };
        line.state.mute = Some(mute.clone());
        self.write(line)?;
        let until = until(&mute, self.place, now);
        let said = said(&mute);
        let then = self.then();
        let mut lines = vec![format!(
            "{name}: muted until {until}{said}; what comes meanwhile waits: {then}"
        )];
        let expiring = self.expiring(mute.left(now), longest, now);
        if expiring > 0 {
            lines.push(format!(
                "{name}: {expiring} that wait there already will be older than expire_after by then: see notify-queue list"
            ));
        }
        Ok(lines)
    }

    /// What becomes of it.
    fn then(&self) -> &'static str {
        let surface = Vendor::named(&self.lane.provider).map(|vendor| vendor.surface);
        let digest = self.config.as_ref().map(|config| &config.flood.digest);
        match (surface, digest) {
            (Some(Surface::Incidents), _) => "what is over by then wakes nobody",
            (_, Some(None)) => "it goes out one by one then, as digests are switched off",
            _ => "it is summed up then",
        }
    }

    /// How many of those that wait have no more than that to live.
    fn expiring(&self, left: f64, longest: f64, now: &Moment) -> usize {
        let listing = self.folder.list(&self.lane).unwrap_or_default();
        let age = |ticket| {
            let read = Content::read(self.folder, Shelf::Waiting, &self.lane, ticket);
            read.map_or(0.0, |(content, _)| now.since(content.created()))
        };
        // The oldest first.
        let ages = listing.tickets.iter().map(age);
        ages.take_while(|age| age + left > longest).count()
    }

    fn end(&self, now: &Moment) -> Result<Vec<String>, Failure> {
        let name = &self.name;
        let is_muted = |mute: &Option<Mute>| {
            let left = mute.as_ref().map(|mute| mute.left(now));
            left.is_some_and(|left| left > 0.0)
        };
        if !is_muted(&self.folder.line_state(&self.lane).mute) {
            return Ok(vec![format!("{name}: was not muted")]);
        }
        let mut line = self.line()?;
        // The next drain finds it over, and sums up.
        if let Some(mute) = &mut line.state.mute {
            mute.wait = mute.wait.min(now.since(&mute.begun));
        }
        self.write(line)?;
        let waiting = waiting(self.folder, &self.lane);
        Ok(vec![format!(
            "{name}: not muted any more; {waiting} waiting: notify-queue run sends them"
        )])
    }

    fn line(&self) -> Result<Line, Failure> {
        let line = self.folder.line_soon(&self.lane).map_err(crate::broken)?;
        line.ok_or_else(|| {
            let holder = self.folder.holder(&self.lane);
            let holder = holder.unwrap_or_else(|| "another process".to_owned());
            Failure {
                exit: Exit::TryAgain,
                reason: format!(
                    "{}: {holder} is sending there and keeps at it: nothing was changed, try again",
                    self.name
                ),
            }
        })
    }

    /// This one was asked for: that it cannot be written is worth an error.
    fn write(&self, mut line: Line) -> Result<(), Failure> {
        let written = line.write();
        written.map_err(|error| Failure::config(format!("{}: not noted: {error}", self.name)))
    }
}

/// Ours as the config has them, else whatever was ever sent to.
fn find(name: &str, folder: &StateFolder, place: &Place) -> Result<Lane, Failure> {
    let ours = ours(place);
    let mut known = folder.lanes().map_err(crate::broken)?;
    known.extend(folder.lines().map_err(crate::broken)?);
    known.retain(|lane| lane.destination.is_some() && !ours.contains(lane));
    known.sort();
    known.dedup();
    let wanted = Wanted(vec![name.to_owned()]);
    for lanes in [&ours, &known] {
        let meant: Vec<&Lane> = lanes.iter().filter(|lane| wanted.has(lane)).collect();
        match meant[..] {
            [] => {}
            [lane] => return Ok(lane.clone()),
            _ => {
                let names = names(&meant, place);
                let names = names.join(", ");
                return Err(Failure::usage(format!("which {name:?}? There are {names}")));
            }
        }
    }
    let all: Vec<&Lane> = ours.iter().chain(&known).collect();
    let names = names(&all, place);
    let advice = match nearest::nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant}?"),
        None if names.is_empty() => "the config has none".to_owned(),
        None => format!("there are {}", names.join(", ")),
    };
    Err(Failure::usage(format!(
        "there is no destination {name:?}: {advice}"
    )))
}

fn ours(place: &Place) -> Vec<Lane> {
    let Ok(config) = &place.config else {
        return Vec::new();
    };
    let mut lanes = Vec::new();
    for vendor in Vendor::in_use(config) {
        let names = (vendor.destinations)(config).unwrap_or_default();
        let ids = names
            .iter()
            .map(|name| DestinationId::new(vendor.name, name));
        lanes.extend(ids.map(|id| Lane::of(&id, &place.file)));
    }
    lanes
}

fn names(lanes: &[&Lane], place: &Place) -> Vec<String> {
    let name = |lane: &&Lane| lanes::name(lane, &place.file);
    lanes.iter().map(name).collect()
}
