//! What the core of a site of some size says in a day, drawn from a seed: the same day each time.

use std::collections::HashMap;

use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::time::When;

/// How large, and how bad a day.
#[derive(Clone, Copy)]
pub struct Site {
    pub hosts: usize,
    /// Open when the day begins and when it ends.
    pub chronic: usize,
    /// Problems that begin and end.
    pub passing: usize,
    /// Hosts that somebody works on in the evening.
    pub maintained: usize,
    /// Hosts behind the core switch.
    pub switched: usize,
    /// Hosts without power.
    pub powerless: usize,
}

pub const SERVICES: usize = 8;
/// As many contacts lead to the one channel: the core tells each of them.
pub const CONTACTS: usize = 3;
/// 2026-01-05, a Monday, in UTC.
pub const MIDNIGHT: f64 = 1_767_571_200.0;
pub const DAY: f64 = 86_400.0;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
/// Before midnight the chronic problems are told: that is not counted.
pub const LEAD: f64 = HOUR;
/// When the switch dies, and when the power fails.
const OUTAGES: [f64; 2] = [10.0 * HOUR, 15.0 * HOUR];
/// So long it takes the core to find all that is gone.
const FINDING: f64 = 3.0 * MINUTE;
const AGAIN: f64 = 30.0 * MINUTE;
/// Between what the core runs for two contacts.
pub const BETWEEN_CONTACTS: f64 = 0.05;

impl Site {
    pub const FULL: Site = Site {
        hosts: 5_000,
        chronic: 150,
        passing: 1_000,
        maintained: 20,
        switched: 400,
        powerless: 1_000,
    };

    pub const TRIAL: Site = Site {
        hosts: 250,
        chronic: 8,
        passing: 50,
        maintained: 3,
        switched: 20,
        powerless: 50,
    };

    pub fn day(self) -> Day {
        let mut draft = Draft {
            events: Vec::new(),
            taken: HashMap::new(),
            truth: HashMap::new(),
            dice: Dice(0x5eed_0fda_7a11_1234),
        };
        let switched = 0..self.switched;
        let powerless = switched.end..switched.end + self.powerless;
        let maintained = powerless.end..powerless.end + self.maintained;
        let [switch, power] = OUTAGES;
        draft.outage(switched, switch, 20.0 * MINUTE);
        draft.outage(powerless, power, 40.0 * MINUTE);
        draft.maintenance(maintained, 22.0 * HOUR, HOUR);
        for number in 0..self.chronic {
            let from = -LEAD * draft.dice.part();
            let acknowledged = (number % 3 == 0).then_some(from + 2.0 * MINUTE);
            draft.somewhere(self.hosts, from, f64::INFINITY, acknowledged);
        }
        for _ in 0..self.passing {
            let from = DAY * draft.dice.part();
            let lasts = match draft.dice.below(10) {
                0..7 => 2.0 * MINUTE + draft.dice.about(10.0 * MINUTE),
                _ => 2.0 * MINUTE + draft.dice.about(3.0 * HOUR),
            };
            let looked_at = from + 5.0 * MINUTE + 15.0 * MINUTE * draft.dice.part();
            let cared_for = lasts > 25.0 * MINUTE && draft.dice.below(10) < 4;
            draft.somewhere(
                self.hosts,
                from,
                from + lasts,
                cared_for.then_some(looked_at),
            );
        }
        let mut events = draft.events;
        events.retain(|event| event.at < DAY);
        events.sort_by(|one, other| one.at.total_cmp(&other.at));
        Day {
            events,
            truth: draft.truth,
        }
    }
}

/// Whether much is told at once.
pub fn is_crowded(at: f64) -> bool {
    OUTAGES
        .iter()
        .any(|outage| (*outage..outage + FINDING).contains(&at))
}

pub struct Day {
    /// In the order of time.
    pub events: Vec<Event>,
    /// How each object that was ever told of is at the end.
    pub truth: HashMap<Object, State>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Object {
    host: usize,
    service: Option<usize>,
}

pub struct Event {
    /// Seconds since midnight.
    pub at: f64,
    object: Object,
    pub kind: Kind,
    state: State,
    pub number: u64,
}

struct Draft {
    events: Vec<Event>,
    /// When an object has a problem, or is worked on.
    taken: HashMap<Object, Vec<(f64, f64)>>,
    truth: HashMap<Object, State>,
    dice: Dice,
}

impl Draft {
    /// A problem of any object that has none at that time.
    fn somewhere(&mut self, hosts: usize, from: f64, to: f64, acknowledged: Option<f64>) {
        let object = loop {
            let host = self.dice.below(hosts);
            let service = (self.dice.below(10) > 0).then(|| self.dice.below(SERVICES));
            let object = Object { host, service };
            let taken = self.taken.get(&object).map(Vec::as_slice);
            let is_free = |(begin, end): &(f64, f64)| to + MINUTE < *begin || *end + MINUTE < from;
            if taken.unwrap_or_default().iter().all(is_free) {
                break object;
            }
        };
        let state = match (object.service, self.dice.below(10)) {
            (None, _) => State::Down,
            (_, 0..4) => State::Critical,
            (_, 4..9) => State::Warning,
            _ => State::Unknown,
        };
        // Some get worse before anybody cares.
        let worse =
            (state == State::Warning && self.dice.below(5) == 0).then_some(from + 4.0 * MINUTE);
        self.problem(object, state, from, to, worse, acknowledged);
    }

    fn problem(
        &mut self,
        object: Object,
        mut state: State,
        from: f64,
        to: f64,
        worse: Option<f64>,
        acknowledged: Option<f64>,
    ) {
        self.taken.entry(object).or_default().push((from, to));
        let (mut at, mut number) = (from, 1);
        let acknowledged = acknowledged.filter(|acknowledged| *acknowledged < to);
        let quiet = acknowledged.unwrap_or(to).min(DAY);
        let mut worse = worse.filter(|worse| *worse < quiet);
        while at < quiet {
            self.says(at, object, Kind::Problem, state, number);
            number += 1;
            at += AGAIN;
            if let Some(worse) = worse.take_if(|worse| *worse < at) {
                (state, at) = (State::Critical, worse);
            }
        }
        if let Some(acknowledged) = acknowledged {
            self.says(
                acknowledged,
                object,
                Kind::Acknowledgement,
                state,
                number - 1,
            );
        }
        let is_over = to < DAY;
        if is_over {
            self.says(to, object, Kind::Recovery, good(object), number);
        }
        let end = if is_over { good(object) } else { state };
        // The draft is in no order: what is open at the end counts.
        let truth = self.truth.entry(object).or_insert(end);
        if !end.is_good() {
            *truth = end;
        }
    }

    /// Hosts with all their services, found one after the other.
    fn outage(&mut self, hosts: std::ops::Range<usize>, from: f64, lasts: f64) {
        for host in hosts {
            for service in std::iter::once(None).chain((0..SERVICES).map(Some)) {
                let (state, apart) = match service {
                    None => (State::Down, MINUTE),
                    Some(_) => (State::Critical, FINDING),
                };
                let begin = from + apart * self.dice.part();
                let end = from + lasts + apart * self.dice.part();
                self.problem(Object { host, service }, state, begin, end, None, None);
            }
        }
    }

    fn maintenance(&mut self, hosts: std::ops::Range<usize>, from: f64, lasts: f64) {
        for host in hosts {
            for service in std::iter::once(None).chain((0..SERVICES).map(Some)) {
                let object = Object { host, service };
                // The core takes them one after the other, in less than a second.
                let after =
                    host as f64 * 0.5 + service.map_or(0.0, |service| 0.01 + service as f64 * 0.01);
                let (begin, end) = (from + after, from + lasts + after);
                self.says(begin, object, Kind::DowntimeStart, good(object), 0);
                self.says(end, object, Kind::DowntimeEnd, good(object), 0);
                self.taken.entry(object).or_default().push((begin, end));
                self.truth.insert(object, good(object));
            }
        }
    }

    fn says(&mut self, at: f64, object: Object, kind: Kind, state: State, number: u64) {
        self.events.push(Event {
            at,
            object,
            kind,
            state,
            number,
        });
    }
}

impl Object {
    pub fn subject(self) -> Subject {
        let host = format!("host-{:04}", self.host);
        match self.service {
            Some(service) => Subject::service(host, format!("service-{service}")),
            None => Subject::host(host),
        }
    }
}

impl Event {
    pub fn notification(&self) -> Notification {
        let (author, comment) = match self.kind {
            Kind::Acknowledgement => ("Max", "looking at it"),
            Kind::DowntimeStart | Kind::DowntimeEnd => ("Max", "new kernel"),
            _ => ("", ""),
        };
        let output = match self.state.is_good() {
            true => "all is well, response time 0.042 s",
            false => "no answer within 10 s from the port that was asked",
        };
        Notification {
            kind: self.kind.clone(),
            subject: self.object.subject(),
            state: Some(self.state),
            output: output.to_owned(),
            author: author.to_owned(),
            comment: comment.to_owned(),
            host_address: format!(
                "10.0.{}.{}",
                self.object.host / 250,
                self.object.host % 250 + 1
            ),
            number: Some(self.number),
            at: Some(When::At(MIDNIGHT + self.at)),
            ..Notification::default()
        }
    }

    /// A beginning for which somebody wants to be called.
    pub fn calls(&self) -> bool {
        let is_bad = matches!(self.state, State::Critical | State::Down);
        is_bad && self.kind == Kind::Problem && self.number == 1
    }
}

fn good(object: Object) -> State {
    match object.service {
        Some(_) => State::Ok,
        None => State::Up,
    }
}

/// SplitMix64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.part() * end as f64) as usize
    }

    /// Often less, seldom much more.
    fn about(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.part()).ln()
    }
}
