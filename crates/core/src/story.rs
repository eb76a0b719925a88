//! What an entry is to people, given what they know and what waits behind it. Pure: no clock, no disk, no vendor.

use sha2::{Digest, Sha256};

use crate::config::flood::{Collapse, FloodSettings, Repeats, Threads};
use crate::entry::{Entry, ToldAs};
use crate::notification::{Kind, Notification, State};
use crate::now::Moment;
use crate::state_folder::journal::Became;
use crate::state_folder::known::{About, Known, Seen, Told, Untold, Why};
use crate::state_folder::lane::{Sort, hex};

mod aftermath;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod tests;

pub use aftermath::{Vendor, begin, leave, tell};

/// What a vendor makes of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Messages in a channel, which people read one after the other.
    Messages,
    /// Incidents, which wake somebody when they open and end when they close.
    Incidents,
}

/// Everything that a decision needs.
pub struct Scene<'s> {
    pub entry: &'s Entry,
    pub number: u64,
    pub known: &'s Known,
    pub ahead: Ahead,
    pub elsewhere: Elsewhere,
    pub surface: Surface,
    pub flood: &'s FloodSettings,
    pub now: &'s Moment,
}

/// The highest numbers that wait about the same object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    pub problem: u64,
    pub recovery: u64,
}

impl Ahead {
    pub fn note(&mut self, number: u64, sort: Sort) {
        match sort {
            Sort::Recovery => self.recovery = self.recovery.max(number),
            sort if sort.is_problem() => self.problem = self.problem.max(number),
            _ => {}
        }
    }
}

/// Whether people may have seen it although no receipt says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    Never,
    Maybe,
}

/// Whether another destination has this problem open: then a repeat is the first that these people hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    Open,
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    Tell(Story),
    /// Nobody is told by this one, and why.
    Leave(Became, String),
}

/// How it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    pub face: Face,
    pub shape: Shape,
    pub call: Call,
    /// Seconds, where they are worth a word.
    pub late: Option<f64>,
    /// The problem that it is about, as far as that is known.
    pub past: Option<Past>,
    /// How many notifications it stands for.
    pub notifications: u32,
    /// The vendor's name for the message that the problem has.
    pub thread: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    News,
    /// A problem that is over before anybody was told.
    Over,
    History,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Whole,
    /// One quiet line.
    Line,
}

/// Whether the config's mentions are due, where there is a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Due,
    Nobody,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Seconds since 1970.
    pub since: f64,
    pub state: Option<State>,
    pub episodes: u32,
}

impl Story {
    /// Of a notification about whose past nothing is known.
    pub fn alone(notification: &Notification, flood: &FloodSettings) -> Story {
        let again = notification.number.is_some_and(|number| number > 1);
        let (shape, call) = match again && notification.kind == Kind::Problem {
            true => match flood.repeats {
                Repeats::Line => (Shape::Line, Call::Nobody),
                Repeats::Whole => (Shape::Whole, Call::Nobody),
            },
            false => (Shape::Whole, Call::Due),
        };
        Story {
            face: Face::News,
            shape,
            call,
            late: None,
            past: None,
            notifications: 1,
            thread: None,
        }
    }

    fn is_another_state(&self, notification: &Notification) -> bool {
        let past = self.past.as_ref();
        past.is_some_and(|past| past.state != notification.state)
    }

    /// Whether it tells the end of a problem that people know of, or would have been told of.
    pub fn ends_problem(&self, notification: &Notification) -> bool {
        closes(notification) && self.past.is_some()
    }

    /// The kind of notification as which the problem's own message is drawn from now on; `None`: it stays as it is.
    pub fn standing(&self, notification: &Notification) -> Option<Kind> {
        let good = notification.state.is_some_and(State::is_good);
        match &notification.kind {
            // It says so already, or what somebody made of it since.
            Kind::Problem if self.shape == Shape::Line && !self.is_another_state(notification) => {
                None
            }
            kind @ (Kind::Problem
            | Kind::Recovery
            | Kind::Acknowledgement
            | Kind::DowntimeStart) => Some(kind.clone()),
            Kind::DowntimeEnd | Kind::DowntimeCancelled | Kind::FlappingStop => match good {
                true => Some(Kind::Recovery),
                false => Some(Kind::Problem),
            },
            _ => None,
        }
    }
}

/// UP or OK at the end of a problem, a downtime or flapping: cores swallow the RECOVERY in the last two.
/// A core says RECOVERY for nothing else, even where the state was not passed on.
pub fn closes(notification: &Notification) -> bool {
    let good = notification.state.map(State::is_good);
    match notification.kind {
        Kind::Recovery => good != Some(false),
        Kind::DowntimeEnd | Kind::DowntimeCancelled | Kind::FlappingStop => good == Some(true),
        _ => false,
    }
}

pub fn turn(scene: &Scene) -> Turn {
    let (known, entry) = (scene.known, scene.entry);
    if known.told.iter().any(|told| told.number == scene.number) {
        let why = "it had arrived; its receipt is late".to_owned();
        return Turn::Leave(Became::Delivered, why);
    }
    if entry.told_as == ToldAs::History || scene.number < known.latest {
        return history(scene);
    }
    // Somebody wants it told: no earlier one and no filter swallows it.
    if entry.told_as == ToldAs::News {
        if let Some(first) = copy_of(scene) {
            let why = format!("{} said the same, for another contact", first.number);
            return Turn::Leave(Became::Copy, why);
        }
        if let Some(why) = held_back(scene) {
            return Turn::Leave(Became::HeldBack, why);
        }
    }
    if let Some(why) = folded(scene) {
        return Turn::Leave(Became::Folded, why.to_owned());
    }
    Turn::Tell(story(scene))
}

fn history(scene: &Scene) -> Turn {
    match scene.surface {
        Surface::Incidents => Turn::Leave(
            Became::NothingToSend,
            "history opens and closes no incident".to_owned(),
        ),
        Surface::Messages => Turn::Tell(Story {
            face: Face::History,
            shape: Shape::Line,
            call: Call::Nobody,
            late: Some(age(scene)),
            past: None,
            notifications: 1,
            thread: None,
        }),
    }
}

/// After a recovery the next problem is no copy of the one before; nor is the end of a problem that came after the
/// last recovery and that nobody, or nobody for sure, was told of.
fn copy_of<'s>(scene: &Scene<'s>) -> Option<&'s Told> {
    let (known, notification) = (scene.known, &scene.entry.notification);
    let key = key(notification);
    let about = about(notification);
    let mut told = known.told.iter().rev();
    let has_something_to_end = known.open.is_some() && closes(notification);
    let first = match about {
        About::State if known.untold.is_some() || has_something_to_end => None,
        About::State => told.find(|told| told.about == About::State),
        // In the next problem the same words are new ones.
        About::Else => told
            .take_while(|told| told.about == About::Else)
            .find(|told| told.key == key),
    }?;
    let apart = scene.entry.created.since(&first.created);
    (first.key == key && apart < scene.flood.copies_within.as_secs_f64()).then_some(first)
}

/// What opens a problem is held back; what follows one that people know goes where that went.
fn held_back(scene: &Scene) -> Option<String> {
    let (known, notification) = (scene.known, &scene.entry.notification);
    let kind = &notification.kind;
    let ends = closes(notification) || *kind == Kind::Recovery;
    let follows = ends || *kind == Kind::Acknowledgement;
    let untold = known.untold.as_ref().map(|untold| untold.why);
    let is_known = known.open.is_some() || untold == Some(Why::Folded);
    let is_doubtful = known
        .open
        .as_ref()
        .is_some_and(|open| open.seen == Seen::Perhaps);
    // An earlier one may be told, and was left to this one.
    let tells_another = is_doubtful || untold == Some(Why::Folded);
    // An incident that nobody knows of may be open all the same.
    let must_close = scene.surface == Surface::Incidents && ends;
    match &scene.entry.held_back {
        Some(_) if follows && is_known => None,
        Some(_) if *kind == Kind::Problem && tells_another => None,
        Some(_) if must_close && untold.is_none() => None,
        Some(reason) => Some(reason.clone()),
        None if follows && !is_known && untold == Some(Why::HeldBack) && !must_close => {
            Some("its problem was held back".to_owned())
        }
        None => None,
    }
}

fn folded(scene: &Scene) -> Option<&'static str> {
    if scene.flood.collapse == Collapse::No {
        return None;
    }
    let over = scene.ahead.recovery > scene.number;
    let again = scene.ahead.problem > scene.number;
    match scene.entry.notification.kind {
        Kind::Problem | Kind::Acknowledgement if over => Some("it is over, as a later one tells"),
        Kind::Problem if again => Some("a later one tells it"),
        Kind::Recovery if over => Some("a later one tells it"),
        // Incidents must hear of every end: what opens next would only be added to the old one.
        Kind::Recovery
            if again
                && scene.known.open.is_none()
                && scene.known.untold.is_some()
                && scene.surface == Surface::Messages =>
        {
            Some("a later problem tells it")
        }
        _ => None,
    }
}

fn story(scene: &Scene) -> Story {
    let (known, notification) = (scene.known, &scene.entry.notification);
    let mut story = Story::alone(notification, scene.flood);
    let age = age(scene);
    story.late = (age > scene.flood.late_after.as_secs_f64()).then_some(age);
    let untold = known
        .untold
        .as_ref()
        .filter(|untold| untold.why == Why::Folded);
    story.past = past(known, untold);
    if scene.surface == Surface::Messages && scene.flood.threads == Threads::Yes {
        story.thread = known.open.as_ref().and_then(|open| open.vendor.clone());
    }
    match notification.kind {
        Kind::Problem => {
            let is_news = match &known.open {
                _ if scene.entry.told_as == ToldAs::Again => {
                    story.thread = None;
                    true
                }
                None => {
                    let first = known.untold.is_some() || scene.elsewhere == Elsewhere::Open;
                    first || notification.number.is_none_or(|number| number <= 1)
                }
                // A core that counts from one again has had its recovery in between.
                Some(_) if notification.number == Some(1) => {
                    story.thread = None;
                    true
                }
                Some(open) => {
                    open.seen == Seen::Perhaps || badness(notification.state) > badness(open.state)
                }
            };
            if is_news {
                (story.shape, story.call) = (Shape::Whole, Call::Due);
            } else if scene.flood.repeats == Repeats::Line {
                (story.shape, story.call) = (Shape::Line, Call::Nobody);
            }
            if let Some(untold) = untold {
                let copy = u32::from(untold.key != key(notification));
                story.notifications = untold.notifications + copy;
            }
        }
        // A RECOVERY that is none is shown as it is.
        Kind::Recovery
            if known.open.is_none()
                && untold.is_some()
                && closes(notification)
                && scene.surface == Surface::Messages =>
        {
            story.face = Face::Over;
        }
        _ => {}
    }
    story
}

fn past(known: &Known, untold: Option<&Untold>) -> Option<Past> {
    match (&known.open, untold) {
        (Some(open), _) => Some(Past {
            since: open.since,
            state: open.state,
            episodes: 1,
        }),
        (None, Some(untold)) => Some(Past {
            since: untold.since,
            state: untold.state,
            episodes: untold.episodes + u32::from(!untold.is_over()),
        }),
        (None, None) => None,
    }
}

fn about(notification: &Notification) -> About {
    match notification.kind {
        Kind::Problem | Kind::Recovery => About::State,
        _ if closes(notification) => About::State,
        _ => About::Else,
    }
}

/// The core's own id does not identify: it begins anew with the core.
fn key(notification: &Notification) -> String {
    let mut hash = Sha256::new();
    let state = notification.state.map_or("", State::name);
    let number = notification.number.map(|number| number.to_string());
    for part in [
        notification.kind.name(),
        state,
        number.as_deref().unwrap_or_default(),
        &notification.author,
        &notification.comment,
    ] {
        hash.update(part);
        hash.update([0]);
    }
    hex(&hash.finalize()[..4])
}

/// For "has it become worse?".
pub fn badness(state: Option<State>) -> u32 {
    match state {
        Some(State::Up | State::Ok) => 0,
        Some(State::Warning) => 1,
        Some(State::Unknown) | None => 2,
        Some(State::Unreachable) => 3,
        Some(State::Critical) => 4,
        Some(State::Down) => 5,
    }
}

fn age(scene: &Scene) -> f64 {
    scene.now.since(&scene.entry.created)
}
