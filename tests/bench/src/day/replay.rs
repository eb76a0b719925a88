//! The day, told by the real code to a stand-in in the same process: what notifiers do, and the queue's service, one after
//! the other, on a clock that moves where they sleep.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use notify_core::config::Config;
use notify_core::drain::{Caller, Left, Task, Told, drain};
use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::environment::Environment;
use notify_core::notification::{Kind, State};
use notify_core::now::{Moment, Now};
use notify_core::reference::reference;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::Became;
use notify_core::state_folder::lane::Lane;
use notify_core::unrouted::parcel;
use notify_preview::{Options, Preview, Received};
use serde::{Deserialize, Serialize};
use slack_notify::Slack;
use tempfile::TempDir;

use super::site::{
    BETWEEN_CONTACTS, CONTACTS, DAY, Day, Event, LEAD, MIDNIGHT, Object, Site, is_crowded,
};
use crate::measure::spread;

/// How Slack is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By token, with a message for each problem.
    Threads,
    Webhook,
}

pub const HOURS: usize = 24;

/// What the people in the channel got, by the hour.
#[derive(Default, Serialize, Deserialize)]
pub struct Figures {
    /// What the core said, once for each contact.
    pub said: [usize; HOURS],
    /// Of it, what calls somebody.
    pub calls: usize,
    pub posts: [usize; HOURS],
    pub replies: [usize; HOURS],
    pub updates: [usize; HOURS],
    /// Messages with a mention.
    pub mentions: usize,
    /// Seconds until a problem was told: of half of them outside of the storms, and of any the longest.
    pub usual_wait: f64,
    pub longest_wait: f64,
    pub objects: usize,
    /// Of which people were left with something that is not so.
    pub wrong: usize,
}

const SLICE: Duration = Duration::from_secs(5);
/// The queue's service looks once a second.
const LOOK: f64 = 1.0;
const MEMORY: &str = "/dev/shm";

/// Of `MIDNIGHT`, on the process's own clock.
#[derive(Clone, Copy)]
struct Clock {
    midnight: Instant,
}

impl Clock {
    /// The process has just begun.
    fn begin() -> Clock {
        Clock {
            midnight: Instant::now() + Duration::from_secs_f64(LEAD),
        }
    }

    fn of(self, moment: Instant) -> f64 {
        match moment.checked_duration_since(self.midnight) {
            Some(after) => after.as_secs_f64(),
            None => -(self.midnight - moment).as_secs_f64(),
        }
    }

    fn now(self) -> f64 {
        self.of(Instant::now())
    }

    fn sleep_until(self, then: f64) {
        // A bit more, so that no rounding is left of it.
        let left = then - self.now() + 1e-6;
        thread::sleep(Duration::from_secs_f64(left.max(0.0)));
    }
}

/// Of a new problem, until it was told.
struct Wait {
    from: f64,
    seconds: f64,
}

struct Replay {
    clock: Clock,
    preview: Preview,
    folder: StateFolder,
    lane: Lane,
    config: Config,
    waits: Vec<Wait>,
    /// What must not happen.
    failures: Vec<String>,
    _memory: TempDir,
}

pub fn replay(site: Site, way: Way) -> Result<Figures> {
    let clock = Clock::begin();
    let real = MIDNIGHT - LEAD;
    let wall = Now::read().wall;
    if (wall - real).abs() > 1.0 {
        bail!("the clock is not the simulated one: {wall}");
    }
    let Day { events, truth } = site.day();
    let mut replay = Replay::new(clock, way)?;
    let mut figures = Figures {
        calls: CONTACTS
            * events
                .iter()
                .filter(|event| event.is_counted() && event.calls())
                .count(),
        ..Figures::default()
    };
    for event in events.iter().filter(|event| event.is_counted()) {
        figures.said[hour(event.at)] += CONTACTS;
    }
    replay.run(&events)?;
    if let Some(first) = replay.failures.first() {
        bail!("{} failures, the first: {first}", replay.failures.len());
    }
    for received in &replay.preview.received() {
        figures.count(clock.of(received.at), received)?;
    }
    let waits = replay.waits.iter();
    let apart = waits.clone().filter(|wait| !is_crowded(wait.from));
    figures.usual_wait = spread(apart.map(|wait| wait.seconds)).median;
    figures.longest_wait = waits.map(|wait| wait.seconds).fold(0.0, f64::max);
    figures.objects = truth.len();
    figures.wrong = replay.wrong(&truth)?;
    Ok(figures)
}

impl Replay {
    fn new(clock: Clock, way: Way) -> Result<Replay> {
        let memory = match Path::new(MEMORY).is_dir() {
            true => TempDir::new_in(MEMORY)?,
            false => TempDir::new()?,
        };
        let preview = Preview::start(Options::default())?;
        let state = memory.path().join("state");
        let file = memory.path().join("config.toml");
        let place = match way {
            Way::Webhook => format!("webhook_url = {:?}", preview.slack_webhook()),
            Way::Threads => format!(
                "channel = \"#ops\"\noauth_access_token = \"xoxb-day\"\nweb_api_url = {:?}",
                format!("{}/api", preview.url())
            ),
        };
        let text = format!(
            "state_dir = {state:?}\ntimezone = \"UTC\"\n\n[slack]\n{place}\nmention = {{ critical = \"here\", down = \"here\" }}\n"
        );
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let config = Config::load(Some(&file), &Environment::default());
        let config = config.map_err(|error| anyhow!("{error}"))?;
        Ok(Replay {
            clock,
            preview,
            folder: StateFolder::open(&state).map_err(|unfit| anyhow!("{unfit}"))?,
            lane: Lane::of(&destination(), &file),
            config,
            waits: Vec::new(),
            failures: Vec::new(),
            _memory: memory,
        })
    }

    fn run(&mut self, events: &[Event]) -> Result<()> {
        let mut calls = calls(events).peekable();
        // When the service has something to do.
        let mut look: Option<f64> = None;
        loop {
            let now = self.clock.now();
            let mut due = Vec::new();
            while let Some(call) = calls.next_if(|call| call.at <= now) {
                due.push(call);
            }
            if !due.is_empty() {
                let own = self.store(&due)?;
                let deadline = Now::read().deadline(self.config.timeout);
                look = self.drain(Caller::Notifier { own, deadline })?;
                continue;
            }
            if look.is_some_and(|look| look <= now) {
                let until = Instant::now() + SLICE;
                look = self.drain(Caller::Drainer { until })?;
                continue;
            }
            let next = calls.peek().map(|call| call.at);
            match [next, look].into_iter().flatten().min_by(f64::total_cmp) {
                Some(then) => self.clock.sleep_until(then),
                None => break,
            }
        }
        match self.folder.holds_anything(&self.lane) {
            true => bail!("something waits at the day's end"),
            false => Ok(()),
        }
    }

    /// The number of the last: who found the line taken has left.
    fn store(&self, calls: &[Call]) -> Result<u64> {
        let parcels = calls.iter().map(|call| {
            let entry = Entry::new(
                destination(),
                call.event.notification(),
                &self.config.site,
                self.config.file().to_owned(),
                Emoji::Shown,
                Moment {
                    wall: MIDNIGHT + call.at,
                    uptime: None,
                },
            );
            parcel(&entry)
        });
        let parcels = parcels.collect::<Result<Vec<_>, _>>()?;
        let stored = self.folder.store(&parcels, self.config.queue.limits);
        let numbers = stored.into_iter().collect::<Result<Vec<u64>, _>>()?;
        numbers.last().copied().context("nothing to store")
    }

    /// When the service looks again.
    fn drain(&mut self, caller: Caller) -> Result<Option<f64>> {
        let task = Task {
            folder: &self.folder,
            lane: &self.lane,
            config: &self.config,
            caller,
        };
        let (waits, failures, clock) = (&mut self.waits, &mut self.failures, self.clock);
        let left = drain::<Slack>(&task, &mut |told| match told {
            Told::Became {
                entry,
                became: Became::Delivered,
                ..
            } => {
                let told = &entry.notification;
                let then = entry.created.wall - MIDNIGHT;
                if told.kind == Kind::Problem && told.number == Some(1) && then >= 0.0 {
                    waits.push(Wait {
                        from: then,
                        seconds: clock.now() - then,
                    });
                }
            }
            Told::Became {
                became: Became::Copy | Became::Folded,
                ..
            } => {}
            Told::Became { became, reason, .. } => {
                failures.push(format!("{became:?}: {}", reason.unwrap_or_default()));
            }
            Told::Stranger { name, reason } => failures.push(format!("{name}: {reason}")),
            Told::WorksAgain => {}
        })?;
        let now = self.clock.now();
        Ok(match left {
            Left::Nothing => None,
            Left::TimeUp => Some(now),
            Left::Paced(pause) => Some(now + pause),
            Left::Collecting(pause) => Some(now + pause.max(LOOK)),
            left => bail!("the drain left because of {left:?}"),
        })
    }

    /// How many objects are not what people were last told.
    fn wrong(&self, truth: &HashMap<Object, State>) -> Result<usize> {
        let known = self.folder.known_in(&self.lane)?;
        let known: HashMap<String, Option<State>> = known
            .into_iter()
            .map(|known| {
                let open = known.open.map(|open| open.state.unwrap_or(State::Unknown));
                (known.reference, open)
            })
            .collect();
        let is_wrong = |(object, state): &(&Object, &State)| {
            let told = known.get(&reference(&self.config.site, &object.subject()));
            match state.is_good() {
                true => told != Some(&None),
                false => told != Some(&Some(**state)),
            }
        };
        Ok(truth.iter().filter(is_wrong).count())
    }
}

/// What the core runs: the same for each contact, one after the other.
struct Call<'e> {
    at: f64,
    event: &'e Event,
}

fn calls(events: &[Event]) -> impl Iterator<Item = Call<'_>> {
    let mut calls: Vec<Call> = events
        .iter()
        .flat_map(|event| {
            (0..CONTACTS).map(move |contact| Call {
                at: event.at + contact as f64 * BETWEEN_CONTACTS,
                event,
            })
        })
        .collect();
    calls.sort_by(|one, other| one.at.total_cmp(&other.at));
    calls.into_iter()
}

fn destination() -> DestinationId {
    DestinationId::new("slack", "default")
}

impl Event {
    fn is_counted(&self) -> bool {
        self.at >= 0.0
    }
}

/// What comes after midnight counts for the last hour.
fn hour(at: f64) -> usize {
    (at.min(DAY - 1.0) / 3_600.0) as usize
}

impl Figures {
    fn count(&mut self, at: f64, received: &Received) -> Result<()> {
        if received.status != Some(200) || received.shown.is_none() {
            bail!("answered {:?}: {}", received.status, received.verdict);
        }
        if at < 0.0 {
            return Ok(());
        }
        let is_reply = !received.json()["thread_ts"].is_null();
        let counts = match received.path.ends_with("/chat.update") {
            true => &mut self.updates,
            false if is_reply => &mut self.replies,
            false => &mut self.posts,
        };
        counts[hour(at)] += 1;
        if !received.mentions.is_empty() {
            self.mentions += 1;
        }
        Ok(())
    }
}
