//! What people are told: the content of a message, in the order in which it is read, before any vendor's markup.
//! State first, then object, then output: the first line is what a phone shows.

mod headline;

use crate::button::{Buttons, Standing};
use crate::config::listen::{self, Keys};
use crate::config::{Config, DEFAULT_SITE, TwoWay};
use crate::entry::Entry;
use crate::links;
use crate::names::Names;
use crate::notification::{Kind, Notification, State};
use crate::output::Output;
use crate::story::{Call, Face, Shape, Story};
use crate::text;
use crate::time;
pub use headline::{Headline, Shows};

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
    /// Under a problem that somebody may answer.
    pub buttons: Option<Buttons>,
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

/// A line of context: `attempt 3/3`, `Runbook: https://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: String,
    /// Where the value leads.
    pub link: Option<String>,
}

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

    pub fn of(state: Option<State>) -> Tone {
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
        two_way: TwoWay,
    ) -> Message<'e> {
        let notification = &entry.notification;
        let output = Output::read(&notification.output, &notification.long_output);
        let said = headline::said(notification);
        let headline =
            headline::headline(entry, story, names, &output, said.as_deref(), now, config);
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
            buttons: match two_way {
                TwoWay::Yes => buttons(entry, story, now, config),
                TwoWay::No => None,
            },
        }
    }

    /// The check's output, where the headline does not already say all of it.
    pub fn output_below(&self) -> Option<&str> {
        let first = self.output.first.as_str();
        let told = self.headline.shows == Shows::Output && self.headline.detail == first;
        (!first.is_empty() && !told).then_some(first)
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

/// Why there are none although they are wished, the program says beside the message.
fn buttons(entry: &Entry, story: &Story, now: f64, config: &Config) -> Option<Buttons> {
    let notification = &entry.notification;
    if story.face != Face::News || story.shape != Shape::Whole || !notification.is_problem() {
        return None;
    }
    let standing = match notification.kind {
        Kind::Problem => Standing::Unhandled,
        // The problem's own message, which says by now that somebody has it.
        Kind::Acknowledgement if story.thread.is_some() => Standing::Acknowledged,
        _ => return None,
    };
    let Keys::Given {
        public_url,
        button_secret,
        ..
    } = &config.listen.keys
    else {
        return None;
    };
    let secret = listen::sealing(button_secret).ok()?;
    Buttons::new(&entry.reference, standing, now, public_url, &secret).ok()
}

/// Everything that is no problem wakes nobody.
fn mention(notification: &Notification, story: &Story) -> Option<State> {
    let due = notification.kind == Kind::Problem
        && notification.is_problem()
        && story.call == Call::Due
        && story.face == Face::News;
    due.then(|| notification.state.unwrap_or(State::Unknown))
}
