//! Many notifications as one message: hosts grouped, worst first, everybody named as far as there is room.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::entry::Emoji;
use crate::message::{Message, Tone};
use crate::notification::{Kind, Notification, State};
use crate::story::{self, Face, Story};
use crate::text;

/// One notification's part in it.
#[derive(Clone, Debug)]
pub struct Member {
    host: String,
    service: Option<String>,
    state: Option<State>,
    what: What,
    /// The state whose mentions are due for it alone.
    due: Option<State>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Problem,
    Recovery,
    /// Over before anybody was told.
    Over,
    /// Of a host and its services by one person: one line.
    Downtime {
        note: &'static str,
        said: String,
    },
    /// Its own line.
    Other(String),
}

/// What a vendor's crate makes a message of.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    pub headline: String,
    pub tone: Tone,
    /// Problems first, the worst of them at the beginning.
    lines: Vec<Line>,
    /// Where whoever wants all of it has to look.
    rest: String,
    /// The states whose mentions are due, the worst first.
    pub due: Vec<State>,
}

/// A host, or something else that takes a line.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    text: String,
    tells: Tells,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tells {
    Problems(usize),
    Others(usize),
}

/// Names in one line; the others are counted.
const NAMED: usize = 8;
const NAME: usize = 60;
const LINE: usize = 400;
/// Somebody's reason may stand in it.
const TITLE: usize = 200;

impl Member {
    /// Of what would be said by itself.
    pub fn of(message: &Message, story: &Story) -> Member {
        let name = |name: &str| text::clip(name, NAME, |_| 1);
        let (notification, line) = (&message.entry.notification, &message.headline);
        Member {
            host: name(&line.host),
            service: line.service.as_deref().map(name),
            state: notification.state,
            what: what(notification, story, &line.plain()),
            due: message.mention,
        }
    }

    /// Whether it says how its object is: of those a digest has room for the last alone.
    pub fn tells_state(&self) -> bool {
        matches!(self.what, What::Problem | What::Recovery | What::Over)
    }

    /// In its place; the call of a problem that lasts is still due.
    pub fn give_way_to(&mut self, later: Member) {
        let due = self.due.filter(|_| later.what == What::Problem);
        *self = Member {
            due: later.due.or(due),
            ..later
        };
    }

    fn problem(&self) -> Option<State> {
        (self.what == What::Problem).then(|| self.state.unwrap_or(State::Unknown))
    }
}

fn what(notification: &Notification, story: &Story, line: &str) -> What {
    let note = match (&notification.kind, story.face) {
        (_, Face::Over) => return What::Over,
        (_, Face::History) => return What::Other(line.to_owned()),
        (Kind::Problem, _) if notification.is_problem() => return What::Problem,
        (Kind::Recovery, _) if story::closes(notification) => return What::Recovery,
        (_, _) if story.ends_problem(notification) => return What::Recovery,
        (Kind::DowntimeStart, _) => "",
        (Kind::DowntimeEnd, _) => " ended",
        (Kind::DowntimeCancelled, _) => " cancelled",
        _ => return What::Other(line.to_owned()),
    };
    let said = [&notification.author, &notification.comment].map(|said| text::line(said));
    let said = match &said {
        [author, comment] if comment.is_empty() => author.clone(),
        [author, comment] if author.is_empty() => format!("\"{comment}\""),
        [author, comment] => format!("{author}: \"{comment}\""),
    };
    What::Downtime { note, said }
}

impl Digest {
    /// A host's downtime and that of its services.
    pub fn of_downtime(members: &[Member], emoji: Emoji) -> Digest {
        let together: Vec<&Member> = members.iter().collect();
        Digest {
            headline: downtime(&together, emoji),
            tone: Tone::Information,
            lines: Vec::new(),
            rest: String::new(),
            due: Vec::new(),
        }
    }

    /// `title` may be empty; `look` is the command that shows all of it.
    pub fn of(members: &[Member], emoji: Emoji, title: &str, look: String) -> Digest {
        let worst = members
            .iter()
            .filter_map(Member::problem)
            .max_by_key(|state| story::badness(Some(*state)));
        let tone = match worst {
            Some(state) => Tone::of(Some(state)),
            None if members.iter().any(|member| member.what == What::Recovery) => Tone::Good,
            None => Tone::Information,
        };
        let mut lines = hosts(members, &What::Problem, emoji);
        lines.extend(hosts(members, &What::Recovery, emoji));
        lines.extend(hosts(members, &What::Over, emoji));
        lines.extend(downtimes(members, emoji));
        for member in members {
            if let What::Other(line) = &member.what {
                lines.push(Line {
                    text: text::clip(line, LINE, |_| 1),
                    tells: Tells::Others(1),
                });
            }
        }
        let title = match text::clip(&text::line(title), TITLE, |_| 1) {
            title if title.is_empty() => title,
            title => format!("{title}: "),
        };
        let is_due = |state: &State| members.iter().any(|member| member.due == Some(*state));
        Digest {
            headline: format!("{}{title}{}", symbol(tone, emoji), summary(members)),
            tone,
            lines,
            rest: look,
            due: WORST_FIRST.into_iter().filter(is_due).collect(),
        }
    }

    /// As many lines as there is room for, in a vendor's own counting, each with a character to end it; the last one
    /// says how much is missing.
    pub fn fitting(&self, room: usize, cost: impl Fn(&str) -> usize) -> Vec<String> {
        let texts = || self.lines.iter().map(|line| line.text.clone());
        let costs: Vec<usize> = texts().map(|text| cost(&text) + 1).collect();
        if costs.iter().sum::<usize>() <= room {
            return texts().collect();
        }
        // No part of it is longer.
        let Some(mut left) = room.checked_sub(cost(&self.missing(&self.lines)) + 1) else {
            return Vec::new();
        };
        let fits = |costs: &&usize| {
            let before = left;
            left = left.saturating_sub(**costs);
            **costs <= before
        };
        let fitting = costs.iter().take_while(fits).count();
        let missing = self.missing(&self.lines[fitting..]);
        texts().take(fitting).chain([missing]).collect()
    }

    /// `… and 5 more problems on 2 hosts, 12 other: notify-queue log …`.
    fn missing(&self, lines: &[Line]) -> String {
        let (mut hosts, mut problems, mut others) = (0, 0, 0);
        for line in lines {
            match line.tells {
                Tells::Problems(count) => (hosts, problems) = (hosts + 1, problems + count),
                Tells::Others(count) => others += count,
            }
        }
        let mut more = match problems {
            0 => format!("{others} more"),
            _ => format!(
                "{} on {}",
                counted(problems, "more problem"),
                counted(hosts, "host")
            ),
        };
        if problems > 0 && others > 0 {
            more.push_str(&format!(", {others} other"));
        }
        format!("… and {more}: {}", self.rest)
    }
}

fn symbol(tone: Tone, emoji: Emoji) -> String {
    match emoji {
        Emoji::Shown => format!("{} ", tone.symbol()),
        Emoji::LeftOut => String::new(),
    }
}

/// `60 problems, 23 hosts – 4 DOWN, 31 CRITICAL, 12 recovered`, or `12 recovered on 9 hosts, 4 other`.
fn summary(members: &[Member]) -> String {
    let count = |what: &What| members.iter().filter(|member| member.what == *what).count();
    let problems = count(&What::Problem);
    let hosts_of = |what: &What| {
        let of = members.iter().filter(|member| member.what == *what);
        let mut hosts: Vec<&str> = of.map(|member| member.host.as_str()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        hosts.len()
    };
    let mut details = Vec::new();
    for state in WORST_FIRST {
        let states = members.iter().filter_map(Member::problem);
        let count = states.filter(|one| *one == state).count();
        if count > 0 {
            details.push(format!("{count} {}", state.name()));
        }
    }
    let recovered = count(&What::Recovery);
    let over = count(&What::Over);
    let others = members.len() - problems - recovered - over;
    let mut beside = Vec::new();
    for (count, what) in [
        (recovered, "recovered"),
        (over, "over already"),
        (others, "other"),
    ] {
        if count > 0 {
            beside.push(format!("{count} {what}"));
        }
    }
    match problems {
        0 => {
            let what = if recovered > 0 {
                What::Recovery
            } else {
                What::Over
            };
            let hosts = hosts_of(&what);
            if let Some(first) = beside.first_mut().filter(|_| hosts > 0) {
                first.push_str(&format!(" on {}", counted(hosts, "host")));
            }
            beside.join(", ")
        }
        _ => format!(
            "{}, {} – {}",
            counted(problems, "problem"),
            counted(hosts_of(&What::Problem), "host"),
            details
                .into_iter()
                .chain(beside)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

const WORST_FIRST: [State; 7] = [
    State::Down,
    State::Critical,
    State::Unreachable,
    State::Unknown,
    State::Warning,
    State::Up,
    State::Ok,
];

fn counted(count: usize, what: &str) -> String {
    let several = if count == 1 { "" } else { "s" };
    format!("{count} {what}{several}")
}

/// `🔴 web01 – DOWN, 2 CRITICAL (Ping, HTTP)`: a line for each host, the worst first.
fn hosts(members: &[Member], what: &What, emoji: Emoji) -> Vec<Line> {
    let mut hosts: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.what == *what) {
        hosts.entry(&member.host).or_default().push(member);
    }
    let badness = |members: &[&Member]| {
        let worst = members.iter().map(|member| story::badness(member.state));
        (worst.max(), members.len())
    };
    let mut hosts: Vec<(&str, Vec<&Member>)> = hosts.into_iter().collect();
    hosts.sort_by_key(|(_, members)| std::cmp::Reverse(badness(members)));
    let line = |(host, members): (&str, Vec<&Member>)| {
        let states = members.iter().map(|member| member.state);
        let worst = states.max_by_key(|state| story::badness(*state));
        let (tone, tells) = match what {
            What::Problem => (Tone::of(worst.flatten()), Tells::Problems(members.len())),
            What::Recovery => (Tone::Good, Tells::Others(members.len())),
            _ => (Tone::Information, Tells::Others(members.len())),
        };
        let line = format!("{}{host} – {}", symbol(tone, emoji), states_of(&members));
        Line {
            text: text::clip(&line, LINE, |_| 1),
            tells,
        }
    };
    hosts.into_iter().map(line).collect()
}

/// `DOWN, 2 CRITICAL (Ping, HTTP)`.
fn states_of(members: &[&Member]) -> String {
    let own = members.iter().filter(|member| member.service.is_none());
    let mut parts: Vec<String> = own.map(|member| name_of(member.state)).collect();
    parts.dedup();
    for state in WORST_FIRST.map(Some).into_iter().chain([None]) {
        let of_state = members.iter().filter(|member| member.state == state);
        let services: Vec<&str> = of_state
            .filter_map(|member| member.service.as_deref())
            .collect();
        if !services.is_empty() {
            let (count, state) = (services.len(), name_of(state));
            parts.push(format!("{count} {state} ({})", listed(&services)));
        }
    }
    parts.join(", ")
}

fn name_of(state: Option<State>) -> String {
    state.map_or("state not given", State::name).to_owned()
}

fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names[..names.len() - more].join(", ");
    match more {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

fn downtimes(members: &[Member], emoji: Emoji) -> Vec<Line> {
    let mut groups: BTreeMap<(&str, &What), Vec<&Member>> = BTreeMap::new();
    for member in members {
        if let What::Downtime { .. } = member.what {
            let key = (member.host.as_str(), &member.what);
            groups.entry(key).or_default().push(member);
        }
    }
    let line = |members: &Vec<&Member>| Line {
        text: downtime(members, emoji),
        tells: Tells::Others(members.len()),
    };
    groups.values().map(line).collect()
}

/// `🔧 DOWNTIME web01 and 7 services – Max: "kernel"`, of one host by one person.
fn downtime(members: &[&Member], emoji: Emoji) -> String {
    let symbol = match emoji {
        Emoji::Shown => "🔧 ",
        Emoji::LeftOut => "",
    };
    let host = members.first().map_or("", |member| &member.host);
    let (note, said) = match members.first().map(|member| &member.what) {
        Some(What::Downtime { note, said }) => (*note, said.as_str()),
        _ => ("", ""),
    };
    let services: Vec<&str> = members
        .iter()
        .filter_map(|member| member.service.as_deref())
        .collect();
    let object = match (services.len() < members.len(), services.as_slice()) {
        (true, []) => host.to_owned(),
        (true, services) => format!("{host} and {}", counted(services.len(), "service")),
        (false, [service]) => format!("{host} / {service}"),
        (false, services) => format!("{host}: {} services", services.len()),
    };
    let said = match said.is_empty() {
        true => String::new(),
        false => format!(" – {said}"),
    };
    let line = format!("{symbol}DOWNTIME {object}{note}{said}");
    text::clip(&line, LINE, |_| 1)
}

/// What a downtime's companions have in common.
pub fn is_companion(one: &Notification, other: &Notification) -> bool {
    one.kind == other.kind
        && one.subject.host == other.subject.host
        && one.author == other.author
        && one.comment == other.comment
}
