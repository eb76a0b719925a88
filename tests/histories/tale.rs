//! What happens: to the objects, to the vendor, to whoever sends.

use notify_core::notification::{Kind, State, Subject};

/// Two services of one host, and another host.
pub const OBJECTS: [(&str, Option<&str>); 3] = [
    ("alpha", Some("Ping")),
    ("alpha", Some("Disk")),
    ("beta", None),
];

pub fn subject(object: usize) -> Subject {
    match OBJECTS[object] {
        (host, Some(service)) => Subject::service(host, service),
        (host, None) => Subject::host(host),
    }
}

/// As messages name it.
pub fn label(object: usize) -> String {
    match OBJECTS[object] {
        (host, Some(service)) => format!("{host} / {service}"),
        (host, None) => host.to_owned(),
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub object: usize,
    pub kind: Kind,
    pub state: State,
    pub number: u64,
    pub filter: Filter,
    /// A core runs the command once for each of them.
    pub contacts: usize,
}

/// Whether the destination's filter holds it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Passes,
    HoldsBack,
}

#[derive(Clone, Debug)]
pub enum Step {
    Say(Event),
    Weather(Weather),
    Drain(End),
    /// Somebody deletes the newest message of the channel.
    Delete,
}

/// How the vendor takes what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Fine,
    /// 503.
    Fails,
    /// Does what was asked, and the answer is lost on the way.
    LosesAnswers,
    /// Does nothing, and there is no answer.
    Resets,
    /// Nobody listens there.
    Unreachable,
}

/// How a drain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    ByItself,
    /// Killed when the vendor has done what was asked, before it was noted.
    KilledAfterRequest,
    /// Killed before the vendor got it.
    KilledBeforeRequest,
    /// Killed when its first receipt was written, before anything was put away.
    KilledAtReceipt,
}

/// What a core says of one object: it counts its notifications from each recovery on.
pub struct Core {
    object: usize,
    pub state: State,
    number: u64,
}

impl Core {
    pub fn of(object: usize) -> Core {
        Core {
            object,
            state: good(object),
            number: 0,
        }
    }

    fn event(&self, kind: Kind, state: State) -> Event {
        Event {
            object: self.object,
            kind,
            state,
            number: self.number,
            filter: Filter::Passes,
            contacts: 1,
        }
    }

    pub fn problem(&mut self, state: State) -> Event {
        self.state = state;
        self.number += 1;
        self.event(Kind::Problem, state)
    }

    /// What it last said, once more.
    pub fn again(&mut self) -> Event {
        if self.state.is_good() {
            // The first ones were nobody's here.
            self.number = 1;
            return self.problem(worst(self.object));
        }
        self.problem(self.state)
    }

    pub fn recovery(&mut self) -> Event {
        self.state = good(self.object);
        let event = self.event(Kind::Recovery, self.state);
        self.number = 0;
        event
    }

    /// Anything else, as it stands.
    pub fn beside(&self, kind: Kind) -> Event {
        self.event(kind, self.state)
    }

    /// The end of a downtime or of flapping, in which it may have become another, unheard.
    pub fn ends(&mut self, kind: Kind, state: State) -> Event {
        self.state = state;
        let event = self.event(kind, state);
        if state.is_good() {
            self.number = 0;
        }
        event
    }
}

pub fn good(object: usize) -> State {
    match OBJECTS[object].1 {
        Some(_) => State::Ok,
        None => State::Up,
    }
}

pub fn worst(object: usize) -> State {
    match OBJECTS[object].1 {
        Some(_) => State::Critical,
        None => State::Down,
    }
}

pub fn mild(object: usize) -> State {
    match OBJECTS[object].1 {
        Some(_) => State::Warning,
        None => State::Unreachable,
    }
}
