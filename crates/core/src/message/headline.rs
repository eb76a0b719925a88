//! The first line of a message, which is what a phone shows, and its words for what is late, over or said again.

use super::Tone;
use crate::config::Config;
use crate::entry::{Emoji, Entry};
use crate::names::Names;
use crate::notification::{Kind, Notification, State};
use crate::output::Output;
use crate::story::{self, Face, Shape, Story};
use crate::text;
use crate::time;

/// `🔴 CRITICAL web01 / Ping (…) – 100% packet loss`, in its pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    pub symbol: Option<&'static str>,
    /// The state, or what happened; empty for a custom notification.
    pub lead: String,
    pub host: String,
    pub service: Option<String>,
    /// Directly behind the object: ` (CRITICAL)`, ` ended`.
    pub note: String,
    pub detail: String,
    pub shows: Shows,
}

/// Which part of the notification the headline's detail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    Output,
    Said,
    Neither,
}

/// Longer details are cut in the headline and stand whole below it.
const DETAIL: usize = 200;
/// Names longer than this are no names.
const NAME: usize = 120;

impl Headline {
    /// `web01 / Ping`.
    pub fn object(&self) -> String {
        match &self.service {
            Some(service) => format!("{} / {service}", self.host),
            None => self.host.clone(),
        }
    }

    /// `🔴 CRITICAL `: everything before the object.
    pub fn beginning(&self) -> String {
        let mut beginning = String::new();
        for part in [self.symbol.unwrap_or_default(), &self.lead] {
            if !part.is_empty() {
                beginning.push_str(part);
                beginning.push(' ');
            }
        }
        beginning
    }

    /// ` (CRITICAL) – disk ordered`: everything behind the object.
    pub fn ending(&self) -> String {
        match self.detail.is_empty() {
            true => self.note.clone(),
            false => format!("{} – {}", self.note, self.detail),
        }
    }

    pub fn plain(&self) -> String {
        format!("{}{}{}", self.beginning(), self.object(), self.ending())
    }
}

pub(super) fn headline(
    entry: &Entry,
    story: &Story,
    names: &Names,
    output: &Output,
    said: Option<&str>,
    now: f64,
    config: &Config,
) -> Headline {
    let notification = &entry.notification;
    let state = notification.state.map_or("state not given", State::name);
    let (symbol, lead, note, detail, shows) = match &notification.kind {
        Kind::Problem => {
            let (lead, note) = match notification.state {
                Some(state) if !state.is_good() => (state.name(), String::new()),
                _ => ("PROBLEM", format!(" ({state})")),
            };
            let tone = match notification.is_problem() {
                true => Tone::of(notification.state),
                false => Tone::Unclear,
            };
            let symbol = tone.symbol();
            (symbol, lead, note, output.first.clone(), Shows::Output)
        }
        Kind::Recovery => {
            let (symbol, lead, note) = match notification.state {
                Some(state) if state.is_good() => {
                    (Tone::Good.symbol(), state.name(), String::new())
                }
                _ => (Tone::Unclear.symbol(), "RECOVERY", format!(" ({state})")),
            };
            match past(entry, story, now, config) {
                Some(past) => (symbol, lead, note, past, Shows::Neither),
                None => (symbol, lead, note, output.first.clone(), Shows::Output),
            }
        }
        Kind::Acknowledgement => told("👤", "ACK", format!(" ({state})"), said),
        Kind::DowntimeStart => told("🔧", "DOWNTIME", String::new(), said),
        kind @ (Kind::DowntimeEnd | Kind::DowntimeCancelled) => {
            let note = match kind {
                Kind::DowntimeEnd => " ended",
                _ => " cancelled",
            };
            // No recovery will come: cores swallow those of a downtime.
            let note = match story.ends_problem(notification) {
                true => format!("{note}, {state} now"),
                false => note.to_owned(),
            };
            told("🔧", "DOWNTIME", note, said)
        }
        kind @ (Kind::FlappingStart | Kind::FlappingStop | Kind::FlappingDisabled) => {
            let what = match kind {
                Kind::FlappingStart => "alerts paused",
                Kind::FlappingStop => "stopped",
                _ => "detection off",
            };
            let note = match notification.state {
                Some(state) => format!(" (now {})", state.name()),
                None => format!(" ({state})"),
            };
            ("〰️", "FLAPPING", note, what.to_owned(), Shows::Neither)
        }
        Kind::Custom | Kind::Other(_) => {
            let lead = match &notification.kind {
                Kind::Other(word) => word.as_str(),
                _ => "",
            };
            match said {
                Some(_) => told("📣", lead, format!(" ({state})"), said),
                None => (
                    "📣",
                    lead,
                    format!(" ({state})"),
                    output.first.clone(),
                    Shows::Output,
                ),
            }
        }
    };
    let mut headline = Headline {
        symbol: (entry.emoji == Emoji::Shown).then_some(symbol),
        lead: name(lead),
        host: name(&names.host),
        service: names.service.as_deref().map(name),
        note,
        detail: text::clip(&text::line(&detail), DETAIL, |_| 1),
        shows,
    };
    told_late(&mut headline, entry, story, now, config);
    headline
}

/// What was to be told earlier says when that was; what is over or history looks like neither problem nor recovery.
fn told_late(headline: &mut Headline, entry: &Entry, story: &Story, now: f64, config: &Config) {
    let at = config.zone.clock(story::begin(entry), now);
    let mut words = Vec::new();
    match story.face {
        Face::News => {}
        Face::History => words.push(format!("history of {at}")),
        Face::Over => {
            let state = entry.notification.state.map_or("OK", State::name);
            headline.lead = String::new();
            headline.note = format!(" {}, {state} now", over(entry, story, now, config));
            headline.detail = String::new();
            headline.shows = Shows::Neither;
        }
    }
    if story.face != Face::News {
        headline.symbol = headline.symbol.map(|_| Tone::Information.symbol());
    }
    if let (Some(late), Face::News) = (story.late, story.face) {
        let late = time::span(late);
        let several = match story.notifications {
            0 | 1 => String::new(),
            count => format!(", {count} notifications"),
        };
        words.push(match entry.notification.kind {
            Kind::Problem => format!("{late} late ({at}{several})"),
            _ => format!("sent {late} late"),
        });
    } else if let (Some(late), Face::Over) = (story.late, story.face) {
        let since = story.past.as_ref().map(|past| now - past.since);
        words.push(format!("sent {} late", time::span(since.unwrap_or(late))));
    } else if story.notifications > 1 {
        words.push(format!("{} notifications", story.notifications));
    }
    if entry.notification.kind == Kind::Problem
        && story.shape == Shape::Line
        && story.face == Face::News
    {
        words.push(again(entry, story, now, config));
    }
    let detail = std::mem::take(&mut headline.detail);
    match entry.notification.kind {
        Kind::Problem => words.push(detail),
        // What happened goes before when it was told.
        _ => words.insert(0, detail),
    }
    words.retain(|words| !words.is_empty());
    headline.detail = text::clip(&words.join(" – "), DETAIL, |_| 1);
}

/// `again, no. 5 since 10:02`.
fn again(entry: &Entry, story: &Story, now: f64, config: &Config) -> String {
    let number = entry.notification.number;
    let mut again = "again".to_owned();
    if let Some(number) = number.filter(|number| *number > 1) {
        again.push_str(&format!(", no. {number}"));
    }
    if let Some(past) = &story.past {
        again.push_str(&format!(" since {}", config.zone.clock(past.since, now)));
    }
    again
}

/// `was CRITICAL 10:02–10:09`, `was CRITICAL 3 times 10:02–10:40`.
fn over(entry: &Entry, story: &Story, now: f64, config: &Config) -> String {
    let Some(past) = &story.past else {
        return "had a problem".to_owned();
    };
    let state = past.state.map_or("in trouble", State::name);
    let times = match past.episodes {
        0 | 1 => String::new(),
        times => format!(" {times} times"),
    };
    let clock = |seconds| config.zone.clock(seconds, now);
    let (begin, end) = (clock(past.since), clock(story::begin(entry)));
    format!("was {state}{times} {begin}–{end}")
}

fn told<'a>(
    symbol: &'static str,
    lead: &'a str,
    note: String,
    said: Option<&str>,
) -> (&'static str, &'a str, String, String, Shows) {
    let said = said.unwrap_or_default().to_owned();
    (symbol, lead, note, said, Shows::Said)
}

fn name(text: &str) -> String {
    text::clip(&text::line(text), NAME, |_| 1)
}

/// `Max: "disk ordered"`.
pub(super) fn said(notification: &Notification) -> Option<String> {
    let author = text::line(&notification.author);
    let comment = text::line(&notification.comment);
    match (author.is_empty(), comment.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("\"{comment}\"")),
        (false, true) => Some(author),
        (false, false) => Some(format!("{author}: \"{comment}\"")),
    }
}

/// `was CRITICAL 7 min (10:02–10:09)`, as much of it as the core told.
fn past(entry: &Entry, story: &Story, now: f64, config: &Config) -> Option<String> {
    let notification = &entry.notification;
    let known = story.past.as_ref();
    let last = notification.last_state.filter(|state| !state.is_good());
    let last = last.or_else(|| known.and_then(|past| past.state));
    let end = notification
        .at
        .as_ref()
        .and_then(time::When::seconds)
        .unwrap_or(entry.created.wall);
    // Some cores have set "last OK" to this very check by now: then it says nothing.
    let said = notification.last_ok.as_ref();
    let is_before = |begin: &f64| *begin + 1.0 < end;
    let begin = known.map(|past| past.since).filter(is_before);
    let begin = begin.or_else(|| said.and_then(time::When::seconds).filter(is_before));
    let times = begin.map(|begin| {
        format!(
            "{} ({}–{})",
            time::span(end - begin),
            config.zone.clock(begin, now),
            config.zone.clock(end, now)
        )
    });
    match (last, times) {
        (Some(last), Some(times)) => Some(format!("was {} {times}", last.name())),
        (Some(last), None) => Some(format!("was {}", last.name())),
        (None, Some(times)) => Some(format!("problem lasted {times}")),
        (None, None) => None,
    }
}
