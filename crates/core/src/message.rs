//! What people are told: the content of a message, in the order in which it is read, before any vendor's markup.
//! State first, then object, then output: the first line is what a phone shows.

use crate::config::{Config, DEFAULT_SITE};
use crate::entry::{Emoji, Entry};
use crate::links;
use crate::names::Names;
use crate::notification::{Kind, Notification, State};
use crate::output::Output;
use crate::story::{self, Call, Face, Shape, Story};
use crate::text;
use crate::time;

#[derive(Debug)]
pub struct Message<'e> {
    pub entry: &'e Entry,
    pub tone: Tone,
    pub headline: Headline,
    pub output: Output,
    /// Author and comment, where the headline does not show them.
    pub said: Option<String>,
    pub facts: Vec<Fact>,
    pub host_link: Option<String>,
    pub service_link: Option<String>,
    /// Named only where there may be several.
    pub site: Option<&'e str>,
    /// The state whose mentions are due.
    pub mention: Option<State>,
    pub shape: Shape,
}

/// The meaning of the colour beside a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Warning,
    Bad,
    Unclear,
    Information,
}

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

/// A line of context: `attempt 3/3`, `Runbook: https://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: String,
    /// Where the value leads.
    pub link: Option<String>,
}

/// Longer details are cut in the headline and stand whole below it.
const DETAIL: usize = 200;
/// Names longer than this are no names.
const NAME: usize = 120;

impl Fact {
    /// `None` for what was not given.
    fn text(label: &str, value: &str) -> Option<Fact> {
        let value = text::line(value);
        (!value.is_empty()).then(|| Fact {
            label: text::line(label),
            value,
            link: None,
        })
    }

    fn page(label: &str, value: &str) -> Option<Fact> {
        let mut fact = Fact::text(label, value)?;
        fact.link = links::is_web(&fact.value).then(|| fact.value.clone());
        Some(fact)
    }
}

impl Tone {
    /// The colours of openITCOCKPIT, which its people know.
    pub fn colour(self) -> &'static str {
        match self {
            Tone::Good => "#5cb85c",
            Tone::Warning => "#f0ad4e",
            Tone::Bad => "#d9534f",
            Tone::Unclear => "#adadad",
            Tone::Information => "#1895f5",
        }
    }

    fn of(state: Option<State>) -> Tone {
        match state {
            Some(State::Up | State::Ok) => Tone::Good,
            Some(State::Warning) => Tone::Warning,
            Some(State::Down | State::Critical) => Tone::Bad,
            Some(State::Unreachable | State::Unknown) | None => Tone::Unclear,
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Tone::Good => "✅",
            Tone::Warning => "🟡",
            Tone::Bad => "🔴",
            Tone::Unclear => "⚪",
            Tone::Information => "ℹ️",
        }
    }
}

impl<'e> Message<'e> {
    pub fn compose(
        entry: &'e Entry,
        story: &Story,
        names: &Names,
        now: f64,
        config: &'e Config,
    ) -> Message<'e> {
        let notification = &entry.notification;
        let output = Output::read(&notification.output, &notification.long_output);
        let said = said(notification);
        let mut headline = headline(entry, story, names, &output, said.as_deref(), now, config);
        told_late(&mut headline, entry, story, now, config);
        let tone = match notification.kind {
            _ if story.face != Face::News => Tone::Information,
            Kind::Problem if notification.is_problem() => Tone::of(notification.state),
            Kind::Problem => Tone::Unclear,
            Kind::Recovery if !notification.is_problem() => Tone::of(notification.state),
            Kind::Recovery => Tone::Unclear,
            _ => Tone::Information,
        };
        Message {
            entry,
            tone,
            said: said.filter(|said| headline.shows != Shows::Said || headline.detail != *said),
            headline,
            output,
            facts: facts(notification, now, config),
            host_link: config.links.host(notification),
            service_link: config.links.service(notification),
            site: (config.site != DEFAULT_SITE).then_some(&config.site),
            mention: mention(notification, story),
            shape: story.shape,
        }
    }

    /// The check's output, where the headline does not already say all of it.
    pub fn output_below(&self) -> Option<&str> {
        let first = self.output.first.as_str();
        let told = self.headline.shows == Shows::Output && self.headline.detail == first;
        (!first.is_empty() && !told).then_some(first)
    }
}

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

fn headline(
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
        Kind::DowntimeEnd => told("🔧", "DOWNTIME", " ended".into(), said),
        Kind::DowntimeCancelled => told("🔧", "DOWNTIME", " cancelled".into(), said),
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
    Headline {
        symbol: (entry.emoji == Emoji::Shown).then_some(symbol),
        lead: name(lead),
        host: name(&names.host),
        service: names.service.as_deref().map(name),
        note,
        detail: text::clip(&text::line(&detail), DETAIL, |_| 1),
        shows,
    }
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
fn said(notification: &Notification) -> Option<String> {
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

/// What a person wants to know next; nothing that was not given.
fn facts(notification: &Notification, now: f64, config: &Config) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label: &str, value: String| facts.extend(Fact::text(label, &value));
    // The headline of a downtime does not say how things stand.
    if let (Some(state), Kind::DowntimeStart | Kind::DowntimeEnd | Kind::DowntimeCancelled) =
        (notification.state, &notification.kind)
    {
        add("state", state.name().to_owned());
    }
    let duration =
        Some(time::duration_words(&notification.duration)).filter(|duration| !duration.is_empty());
    match (&notification.since, duration) {
        (Some(since), Some(duration)) => add(
            "since",
            format!("{} ({duration})", config.zone.show(since, now)),
        ),
        (Some(since), None) => add("since", config.zone.show(since, now)),
        (None, Some(duration)) => add("for", duration),
        (None, None) => {}
    }
    if let Some(last_ok) = &notification.last_ok
        && notification.kind == Kind::Problem
    {
        add("last good", config.zone.show(last_ok, now));
    }
    if let Some(at) = &notification.at {
        add("at", config.zone.show(at, now));
    }
    add("attempt", notification.attempt.clone());
    if let Some(number) = notification.number.filter(|number| *number > 1) {
        add("notification", number.to_string());
    }
    if let Some(state) = notification.host_state.filter(|state| !state.is_good()) {
        add("host is", state.name().to_owned());
    }
    if notification.host_address != notification.subject.host {
        add("address", notification.host_address.clone());
    }
    if notification.host_alias != notification.subject.host {
        add("alias", notification.host_alias.clone());
    }
    add("groups", notification.host_group.replace(',', ", "));
    if config.site != DEFAULT_SITE {
        add("site", config.site.clone());
    }
    add("notification id", notification.id.clone());
    // Only what is meant as a page becomes one: an alias or a comment that is a URL stays text.
    let pages = [
        ("notes", &notification.notes_url),
        ("actions", &notification.action_url),
    ];
    let fields = notification.fields.iter();
    for (label, value) in pages
        .into_iter()
        .chain(fields.map(|(label, value)| (label.as_str(), value)))
    {
        facts.extend(Fact::page(label, value));
    }
    facts
}

/// Everything that is no problem wakes nobody.
fn mention(notification: &Notification, story: &Story) -> Option<State> {
    let due = notification.kind == Kind::Problem
        && notification.is_problem()
        && story.call == Call::Due
        && story.face == Face::News;
    due.then(|| notification.state.unwrap_or(State::Unknown))
}
