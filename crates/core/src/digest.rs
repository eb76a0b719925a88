//! Many notifications as one message: hosts grouped, worst first, everybody named as far as there is room.

use std::collections::BTreeMap;

use crate::entry::{Emoji, Entry};
use crate::message::{Headline, Tone};
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
    pub lines: Vec<String>,
    /// Where whoever wants all of it has to look.
    pub rest: String,
    /// The state whose mentions are due.
    pub mention: Option<State>,
}

/// Names in one line; the others are counted.
const NAMED: usize = 8;
const NAME: usize = 60;
const LINE: usize = 400;

impl Member {
    /// `line` is what it would say by itself.
    pub fn new(entry: &Entry, story: &Story, line: &Headline) -> Member {
        let name = |name: &str| text::clip(name, NAME, |_| 1);
        Member {
            host: name(&line.host),
            service: line.service.as_deref().map(name),
            state: entry.notification.state,
            what: what(&entry.notification, story, &line.plain()),
        }
    }

    pub fn problem(&self) -> Option<State> {
        (self.what == What::Problem).then(|| self.state.unwrap_or(State::Unknown))
    }
}

fn what(notification: &Notification, story: &Story, line: &str) -> What {
    let note = match (&notification.kind, story.face) {
        (_, Face::Over) => return What::Over,
        (_, Face::History) => return What::Other(line.to_owned()),
        (Kind::Problem, _) if notification.is_problem() => return What::Problem,
        (Kind::Recovery, _) if story::closes(notification) => return What::Recovery,
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
        let mut lines = downtimes(members, emoji);
        Digest {
            headline: lines.pop().unwrap_or_default(),
            tone: Tone::Information,
            lines: Vec::new(),
            rest: String::new(),
            mention: None,
        }
    }

    /// `look` is the command that shows all of it.
    pub fn of(members: &[Member], emoji: Emoji, title: &str, look: String) -> Digest {
        let worst = members
            .iter()
            .filter_map(Member::problem)
            .max_by_key(|state| story::badness(Some(*state)));
        let tone = match worst {
            Some(State::Warning) => Tone::Warning,
            Some(State::Down | State::Critical) => Tone::Bad,
            Some(_) => Tone::Unclear,
            None if members.iter().any(|member| member.what == What::Recovery) => Tone::Good,
            None => Tone::Information,
        };
        let symbol = |tone: Tone| match emoji {
            Emoji::Shown => format!("{} ", tone.symbol()),
            Emoji::LeftOut => String::new(),
        };
        let mut lines = hosts(members, &What::Problem, symbol(Tone::Bad));
        lines.extend(hosts(members, &What::Recovery, symbol(Tone::Good)));
        lines.extend(hosts(members, &What::Over, symbol(Tone::Information)));
        lines.extend(downtimes(members, emoji));
        for member in members {
            if let What::Other(line) = &member.what {
                lines.push(text::clip(line, LINE, |_| 1));
            }
        }
        Digest {
            headline: format!("{}{title}{}", symbol(tone), summary(members)),
            tone,
            lines,
            rest: look,
            mention: worst,
        }
    }

    /// As many lines as there is room for, in a vendor's own counting; the last one says what is missing.
    pub fn fitting(&self, room: usize, cost: impl Fn(&str) -> usize) -> Vec<String> {
        const LAST: usize = 120;
        let mut left = room.saturating_sub(LAST + cost(&self.rest));
        let mut fitting = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let costs = cost(line) + 1;
            if costs > left {
                let more = self.lines.len() - at;
                fitting.push(format!("… and {more} more lines: {}", self.rest));
                return fitting;
            }
            left -= costs;
            fitting.push(line.clone());
        }
        fitting
    }
}

/// `60 problems, 23 hosts – 4 DOWN, 31 CRITICAL, 12 recovered`.
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
            let hosts = hosts_of(&What::Recovery);
            let hosts = (hosts > 0).then(|| counted(hosts, "host"));
            let beside: Vec<String> = beside.into_iter().chain(hosts).collect();
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

/// `web01 – DOWN, 2 CRITICAL (Ping, HTTP)`: a line for each host, the worst first.
fn hosts(members: &[Member], what: &What, symbol: String) -> Vec<String> {
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
    hosts
        .into_iter()
        .map(|(host, members)| {
            let own = members.iter().filter(|member| member.service.is_none());
            let mut parts: Vec<String> = own.map(|member| name_of(member.state)).collect();
            parts.dedup();
            for state in WORST_FIRST.map(Some).into_iter().chain([None]) {
                let services = members.iter().filter(|member| member.state == state);
                let names: Vec<&str> = services
                    .filter_map(|member| member.service.as_deref())
                    .collect();
                if !names.is_empty() {
                    let count = names.len();
                    parts.push(format!("{count} {} ({})", name_of(state), listed(&names)));
                }
            }
            let line = format!("{symbol}{host} – {}", parts.join(", "));
            text::clip(&line, LINE, |_| 1)
        })
        .collect()
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

/// `DOWNTIME web01 and 7 services – Max: "kernel"`.
fn downtimes(members: &[Member], emoji: Emoji) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &What), Vec<&Member>> = BTreeMap::new();
    for member in members {
        if let What::Downtime { .. } = member.what {
            let key = (member.host.as_str(), &member.what);
            groups.entry(key).or_default().push(member);
        }
    }
    let symbol = match emoji {
        Emoji::Shown => "🔧 ",
        Emoji::LeftOut => "",
    };
    let line = |((host, what), members): ((&str, &What), Vec<&Member>)| {
        let What::Downtime { note, said } = what else {
            return None;
        };
        let services = members
            .iter()
            .filter_map(|member| member.service.as_deref());
        let services: Vec<&str> = services.collect();
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
        Some(text::clip(&line, LINE, |_| 1))
    };
    groups.into_iter().filter_map(line).collect()
}

/// What a downtime's companions have in common.
pub fn is_companion(one: &Notification, other: &Notification) -> bool {
    one.kind == other.kind
        && one.subject.host == other.subject.host
        && one.author == other.author
        && one.comment == other.comment
}
