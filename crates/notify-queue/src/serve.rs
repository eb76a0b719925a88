//! One lane, slice by slice, until there is nothing to do in it for now.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use notify_core::config::Config;
use notify_core::config::queue::QueueSettings;
use notify_core::drain::{Attempt, Caller, Left, Task, Told};
use notify_core::environment::Environment;
use notify_core::exit::Exit;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::Became;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::line::{News, Trouble, TroubleKind};
use notify_core::time;

use crate::content;
use crate::hold;
use crate::lanes;
use crate::naming::Naming;
use crate::providers::Vendor;
use crate::standing::unknown_provider;
use crate::sum::Sum;
use crate::voice::{Audience, Part, Voice};

/// What every lane's thread works with.
pub struct Server {
    pub folder: StateFolder,
    /// Of whoever started us; each lane's own stands in its entries.
    pub config_file: PathBuf,
    pub environment: Environment,
    pub voice: Arc<Voice>,
    pub stay: Stay,
}

/// For how long a lane is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Until nothing is due any more.
    Once,
    /// Somebody looks again every second.
    Watching,
}

/// A line is held, and its config is as it was read, for no longer.
const SLICE: Duration = Duration::from_secs(5);
/// How long another sender is waited for: a notifier serves others for five seconds.
const PATIENCE: Duration = Duration::from_secs(6);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// What the pace keeps for longer is not due yet.
const LONGEST_PAUSE: f64 = 60.0;
/// How often somebody hears how far it is.
const BETWEEN_SUMMARIES: Duration = Duration::from_secs(60);

impl Server {
    /// What it came to, in the words of an exit code.
    pub fn serve(&self, lane: &Lane) -> Exit {
        let mut work = Work {
            server: self,
            lane,
            name: self.name(lane),
            part: Some(self.voice.part(|| self.waiting(lane))),
            sum: Sum::default(),
            summed: Instant::now(),
        };
        let ended = work.all_slices();
        work.part = None;
        work.sum_up();
        ended.max(work.sum.exit())
    }

    pub fn name(&self, lane: &Lane) -> String {
        lanes::name(lane, &self.config_file)
    }

    pub fn waiting(&self, lane: &Lane) -> usize {
        let listing = self.folder.list(lane);
        listing.map_or(0, |listing| listing.tickets.len())
    }

    /// A person who asks wants an answer, a log the news.
    pub fn is_worth_saying(&self, news: News) -> bool {
        let asks = self.stay == Stay::Once && self.voice.audience == Audience::Person;
        news == News::Fresh || asks
    }
}

struct Work<'w> {
    server: &'w Server,
    lane: &'w Lane,
    name: String,
    part: Option<Part<'w>>,
    sum: Sum,
    summed: Instant,
}

impl Work<'_> {
    fn all_slices(&mut self) -> Exit {
        let Some(vendor) = Vendor::named(&self.lane.provider) else {
            let (name, provider) = (&self.name, &self.lane.provider);
            let unknown = unknown_provider(provider);
            let line = format!("{name}: {unknown}: its entries stay where they are");
            self.server.voice.say_seldom(&line);
            return Exit::Config;
        };
        let mut busy_since = None;
        loop {
            let left = match self.slice(vendor) {
                Ok(Ok(left)) => left,
                Ok(Err(exit)) => return exit,
                Err(error) => {
                    let line = format!("{}: {error}", self.name);
                    self.server.voice.say_seldom(&line);
                    return Exit::TryAgain;
                }
            };
            if self.summed.elapsed() > BETWEEN_SUMMARIES {
                self.sum_up();
            }
            if left != Left::Busy {
                busy_since = None;
            }
            match left {
                Left::Nothing => return Exit::Done,
                // A gap for whoever wants to change what waits.
                Left::TimeUp => thread::sleep(BETWEEN_LOOKS),
                Left::Busy => {
                    let since = *busy_since.get_or_insert_with(Instant::now);
                    if self.server.stay == Stay::Watching {
                        return Exit::Done;
                    }
                    if since.elapsed() > PATIENCE {
                        let waiting = self.server.waiting(self.lane);
                        self.say(&format!("another process is sending; {waiting} waiting"));
                        return match waiting {
                            0 => Exit::Done,
                            _ => Exit::TryAgain,
                        };
                    }
                    thread::sleep(BETWEEN_LOOKS);
                }
                Left::Muted(seconds, reason) => {
                    self.say_muted(seconds, &reason);
                    return Exit::Done;
                }
                Left::Paced(pause) | Left::Collecting(pause) => {
                    if self.server.stay == Stay::Once && pause > LONGEST_PAUSE {
                        return Exit::Done;
                    }
                    thread::sleep(Duration::from_secs_f64(pause.min(LONGEST_PAUSE)));
                }
                Left::Trouble {
                    trouble,
                    attempt,
                    news,
                } => return self.in_trouble(&trouble, attempt, news),
            }
        }
    }

    /// With the config as it is now; an exit where that cannot be used.
    fn slice(&mut self, vendor: &Vendor) -> io::Result<Result<Left, Exit>> {
        let folder = &self.server.folder;
        let file = lanes::config_of(folder, self.lane, &self.server.config_file);
        let Some(file) = file else {
            // Not one entry: what else lies there needs no config.
            let settings = QueueSettings::default();
            self.server.clear(folder, self.lane, &settings)?;
            return Ok(Ok(Left::Nothing));
        };
        match Config::load(Some(&file), &self.server.environment) {
            Ok(config) => {
                let task = Task {
                    folder,
                    lane: self.lane,
                    config: &config,
                    caller: Caller::Drainer {
                        until: Instant::now() + SLICE,
                    },
                };
                (vendor.drain)(&task, &mut |told| self.hear(told)).map(Ok)
            }
            Err(error) => {
                self.hold(&error.to_string())?;
                Ok(Err(Exit::Config))
            }
        }
    }

    fn hold(&self, reason: &str) -> io::Result<()> {
        let folder = &self.server.folder;
        let held = hold::hold(folder, self.lane, reason, &QueueSettings::default())?;
        if let Some(held) = held {
            self.server.say_cleared(self.lane, &held.lines);
            if self.server.is_worth_saying(held.news) {
                let waiting = self.server.waiting(self.lane);
                self.say(&format!(
                    "config: {reason}; {waiting} waiting until it is mended"
                ));
            }
        }
        Ok(())
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Became {
                number,
                entry,
                became,
                reason,
                ..
            } => {
                if let Some(part) = &mut self.part {
                    part.step();
                }
                let what = || {
                    let naming = Naming::new(&self.server.folder);
                    let what = naming.headline(&entry.notification);
                    let because = reason.map_or(String::new(), |reason| format!(": {reason}"));
                    let became = content::words(became);
                    format!("{number} {what}: {became}{because}")
                };
                match became {
                    Became::NothingToSend => self.sum.nothing += 1,
                    Became::Copy | Became::HeldBack | Became::Folded => self.sum.left_out += 1,
                    Became::Delivered => {
                        self.sum.delivered += 1;
                    }
                    _ => {
                        self.say(&format!("{}; kept: notify-queue show {number}", what()));
                        self.sum.failed += 1;
                    }
                }
            }
            Told::Stranger { name, reason } => {
                let line = format!("{}: {name}: {reason}", self.name);
                self.server.voice.say_seldom(&line);
            }
            Told::WorksAgain => self.say("works again"),
        }
    }

    fn in_trouble(&mut self, trouble: &Trouble, attempt: Attempt, news: News) -> Exit {
        let exit = match trouble.kind {
            TroubleKind::Failing => Exit::TryAgain,
            TroubleKind::Refused => Exit::Refused,
            TroubleKind::Unusable => Exit::Config,
        };
        if !self.server.is_worth_saying(news) {
            return exit;
        }
        let waiting = self.server.waiting(self.lane);
        let again = time::span(trouble.left(&Moment::read()).ceil());
        let reason = &trouble.reason;
        let line = match trouble.kind {
            TroubleKind::Failing => format!("{reason}; {waiting} waiting, tried again in {again}"),
            TroubleKind::Refused => format!(
                "destination refused: {reason}; {waiting} waiting, tried again in {again}, and as soon as its config or secret changes"
            ),
            TroubleKind::Unusable => {
                format!("config: {reason}; {waiting} waiting until it is mended")
            }
        };
        let line = match attempt {
            Attempt::Now => line,
            Attempt::Before => format!("{line} (not tried now)"),
        };
        self.say(&line);
        exit
    }

    /// Somebody wanted it so: a log knows it.
    fn say_muted(&self, seconds: f64, reason: &str) {
        if self.server.is_worth_saying(News::Told) {
            let waiting = self.server.waiting(self.lane);
            let span = time::span(seconds.ceil());
            let reason = match reason.is_empty() {
                true => String::new(),
                false => format!(": {reason}"),
            };
            self.say(&format!("muted for {span}{reason}; {waiting} waiting"));
        }
    }

    fn sum_up(&mut self) {
        self.summed = Instant::now();
        if let Some(words) = self.sum.take_words() {
            self.say(&words);
        }
    }

    fn say(&self, line: &str) {
        self.server.voice.say(&format!("{}: {line}", self.name));
    }
}
