//! What people see: every message, reply, change and line of a digest, read as a person reads it.

use notify_core::notification::State;
use notify_test::{Received, Shown};
use serde_json::Value;

use crate::tale::{OBJECTS, label};

/// What a line says of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Is(State),
    /// How it was.
    Was,
    /// Neither.
    Nothing,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub object: usize,
    pub says: Says,
    /// Nothing new: it calls nobody.
    pub again: bool,
    /// Drawn as a problem or its end, not as something beside it.
    pub bare: bool,
    pub calls: bool,
    pub place: Place,
    /// Which of the requests.
    pub at: usize,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Message,
    Reply,
    Update,
    Digest,
}

const STATES: [State; 7] = [
    State::Up,
    State::Down,
    State::Unreachable,
    State::Ok,
    State::Warning,
    State::Critical,
    State::Unknown,
];

/// In the order of arrival.
pub fn lines(received: &[Received]) -> Vec<Line> {
    let accepted = received.iter().enumerate();
    let accepted = accepted.filter(|(_, one)| one.verdict == "accepted");
    accepted.flat_map(|(at, one)| of_request(at, one)).collect()
}

/// Which requests made a message of its own in a channel.
pub fn messages(received: &[Received]) -> Vec<usize> {
    let accepted = received.iter().enumerate();
    let accepted = accepted.filter(|(_, one)| one.verdict == "accepted");
    let messages = accepted.filter(|(_, one)| place(one, &one.json()) == Place::Message);
    messages.map(|(at, _)| at).collect()
}

fn of_request(at: usize, one: &Received) -> Vec<Line> {
    let body = one.json();
    let headline = headline(&body);
    let mut place = place(one, &body);
    let mut read = read(&headline);
    if read.is_empty() {
        place = Place::Digest;
        read = attached(&body)
            .iter()
            .flat_map(|line| self::read(line))
            .collect();
    }
    if place == Place::Digest {
        // What was said beside a state is as old as its own moment, which no line tells.
        let states: Vec<usize> = read
            .iter()
            .filter(|line| line.bare)
            .map(|line| line.object)
            .collect();
        read.retain(|line| line.bare || !states.contains(&line.object));
    }
    for line in &mut read {
        line.place = place;
        line.calls = !one.mentions.is_empty();
        line.at = at;
    }
    read
}

fn place(one: &Received, body: &Value) -> Place {
    let is = |key: &str| body[key].as_str().is_some_and(|text| !text.is_empty());
    match () {
        () if one.path.ends_with("chat.update") || one.path.ends_with("/patch") => Place::Update,
        () if is("thread_ts") || is("root_id") => Place::Reply,
        () => Place::Message,
    }
}

fn headline(body: &Value) -> String {
    let text = body["text"].as_str().or(body["message"].as_str());
    plain(text.unwrap_or_default())
}

/// A digest's lines.
fn attached(body: &Value) -> Vec<String> {
    let attachments = match &body["props"]["attachments"] {
        Value::Null => &body["attachments"],
        attachments => attachments,
    };
    let attachment = &attachments[0];
    let blocks = attachment["blocks"].as_array().into_iter().flatten();
    let texts = blocks.filter_map(|block| block["text"]["text"].as_str());
    let texts = texts.chain(attachment["text"].as_str());
    texts
        .flat_map(|text| {
            plain(text)
                .split('\n')
                .map(|line| line.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Without what keeps markup quiet.
fn plain(text: &str) -> String {
    text.replace(['\\', '\u{200b}'], "")
}

/// The top of a thread as it stands now.
pub fn original(shown: &Shown) -> Option<Line> {
    read(&plain(&shown.text)).pop()
}

/// One for each object in it.
fn read(line: &str) -> Vec<Line> {
    let new = |object, says, bare| Line {
        object,
        says,
        again: line.contains(" – again"),
        bare,
        calls: false,
        place: Place::Message,
        at: 0,
        text: line.to_owned(),
    };
    let named = (0..OBJECTS.len()).find(|object| {
        let rest = line.split_once(&label(*object)).map(|(_, rest)| rest);
        // `alpha – 2 CRITICAL (Ping, Disk)` is a line of its host.
        rest.is_some_and(|rest| !rest.starts_with([':', '/']) && !in_digest(rest))
    });
    if let Some(object) = named {
        let (before, after) = line.split_once(&label(object)).unwrap_or_default();
        let (says, bare) = of_one(before, after);
        return vec![new(object, says, bare)];
    }
    let Some((before, parts)) = line.split_once(" – ") else {
        return Vec::new();
    };
    let host = before.rsplit(' ').next().unwrap_or_default();
    let mut found = Vec::new();
    for (object, (its_host, service)) in OBJECTS.iter().enumerate() {
        if *its_host != host {
            continue;
        }
        for state in STATES {
            if is_among(parts, state, *service) {
                found.push(new(object, Says::Is(state), true));
            }
        }
    }
    found
}

fn in_digest(rest: &str) -> bool {
    let after = rest.strip_prefix(" – ").unwrap_or_default();
    let mut words = after.split([',', ' ']);
    let first = words.next().filter(|word| word.parse::<u32>().is_err());
    let word = first.or_else(|| words.next()).unwrap_or_default();
    STATES.iter().any(|state| state.name() == word)
}

/// `DOWN, 2 CRITICAL (Ping, Disk)`.
fn is_among(parts: &str, state: State, service: Option<&str>) -> bool {
    let Some(service) = service else {
        return parts.split(", ").any(|part| part == state.name());
    };
    parts.split(')').any(|part| {
        let Some((before, names)) = part.split_once(" (") else {
            return false;
        };
        let ends = before.rsplit(' ').next() == Some(state.name());
        ends && names.split(", ").any(|name| name == service)
    })
}

fn of_one(before: &str, after: &str) -> (Says, bool) {
    let named = |text: &str| STATES.into_iter().find(|state| state.name() == text);
    if after.contains("history of") {
        return (Says::Was, false);
    }
    let lead = before.split_whitespace().last().unwrap_or_default();
    if let Some(state) = named(lead) {
        return (Says::Is(state), true);
    }
    // `was CRITICAL 10:02–10:09, OK now`
    if let Some((past, _)) = after.split_once(" now")
        && let Some(state) = named(past.rsplit([' ', '(']).next().unwrap_or_default())
    {
        return (Says::Is(state), true);
    }
    let within = after
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let within = within.map(|(within, _)| within.trim_start_matches("now "));
    match within.and_then(named) {
        Some(state) => (Says::Is(state), false),
        None => (Says::Nothing, false),
    }
}
