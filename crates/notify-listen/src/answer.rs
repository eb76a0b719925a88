//! What somebody wants of the core: taken from a vendor, kept on disk, given to the core, read back.

use notify_core::answer;
use notify_core::notification::{State, Subject};
use notify_core::now::Moment;
use serde::{Deserialize, Serialize};

use crate::slack;

pub const FORMAT: u32 = 1;

/// As it is kept: its fields only grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub format: u32,
    /// The same request makes the same one.
    pub id: String,
    pub taken: Moment,
    pub person: Person,
    pub subject: Subject,
    pub wish: Wish,
    #[serde(default, skip_serializing_if = "Reply::is_nowhere")]
    pub reply: Reply,
    /// Not before, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<f64>,
    /// When the core was last told, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<f64>,
    #[serde(default)]
    pub times_given: u32,
    /// The object's, when the core was first told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Slack,
    Mattermost,
    PagerDuty,
    /// The listener itself: an expiry that the core does not know.
    Timer,
}

/// Who answered, as the vendor says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub source: Source,
    pub id: String,
    /// For people; never trusted.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    Acknowledge {
        comment: String,
        sticky: Sticky,
        /// Seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<f64>,
        /// Whether a second person says so, too, where somebody has acknowledged already.
        #[serde(default)]
        again: Again,
    },
    RemoveAcknowledgement {
        /// Only the one that this answer made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    },
    Downtime {
        comment: String,
        seconds: u64,
    },
    Recheck,
    Comment {
        text: String,
    },
}

/// Whether an acknowledgement outlives a change of the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sticky {
    /// For CRITICAL and DOWN: an acknowledged warning that turns critical must page.
    #[default]
    ByState,
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Somebody asked for it: a comment says who else has it.
    Comment,
    /// An echo, or another vendor's: nothing is said twice.
    #[default]
    Nothing,
}

/// Where the person is told what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The vendor waits for the request's own answer, or nobody does.
    #[default]
    Nowhere,
    Slack(slack::reply::Place),
}

impl Reply {
    fn is_nowhere(&self) -> bool {
        *self == Reply::Nowhere
    }
}

/// What became of it. Only what the core's own state says is `Done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    /// Somebody else has acknowledged it already, and who.
    AlreadyAcknowledged(String),
    /// The object is fine by now.
    Recovered,
    /// Nothing was there to be removed.
    NotAcknowledged,
    UnknownObject,
    /// Given, and the core's state says otherwise.
    NotTaken,
    /// Given, and the core's state was not to be had.
    Unconfirmed,
    NotAllowed(String),
    Impossible(String),
}

/// What the person hears on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It is kept and tried again, and why.
    Waits(String),
    /// Given to the core, which has not said anything yet.
    Sent,
    Ended(Outcome),
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Slack => "slack",
            Source::Mattermost => "mattermost",
            Source::PagerDuty => "pagerduty",
            Source::Timer => "timer",
        }
    }

    /// As people write it.
    pub fn title(self) -> &'static str {
        match self {
            Source::Slack => "Slack",
            Source::Mattermost => "Mattermost",
            Source::PagerDuty => "PagerDuty",
            Source::Timer => "monitoring-notify",
        }
    }
}

impl Answer {
    /// `request` is what makes it this one: what the vendor signed, or calls its id.
    pub fn new(request: &[&[u8]], person: Person, subject: Subject, wish: Wish) -> Answer {
        Answer {
            format: FORMAT,
            id: Answer::id_of(person.source, request),
            taken: Moment::read(),
            person,
            subject,
            wish,
            reply: Reply::Nowhere,
            due: None,
            given: None,
            times_given: 0,
            state: None,
            outcome: None,
        }
    }

    /// The id that the answer of such a request has.
    pub fn id_of(source: Source, request: &[&[u8]]) -> String {
        let source = source.name().as_bytes();
        let parts: Vec<&[u8]> = std::iter::once(source)
            .chain(request.iter().copied())
            .collect();
        answer::id_of(&parts)
    }

    pub fn replying(mut self, reply: Reply) -> Answer {
        self.reply = reply;
        self
    }
}

impl Wish {
    /// For the log.
    pub fn verb(&self) -> &'static str {
        match self {
            Wish::Acknowledge { .. } => "acknowledge",
            Wish::RemoveAcknowledgement { .. } => "remove acknowledgement",
            Wish::Downtime { .. } => "downtime",
            Wish::Recheck => "recheck",
            Wish::Comment { .. } => "comment",
        }
    }
}

/// As in the first line of a message.
pub fn object(subject: &Subject) -> String {
    match &subject.service {
        Some(service) => format!("{} / {service}", subject.host),
        None => subject.host.clone(),
    }
}

/// The same for every spelling of an object.
pub fn object_key(subject: &Subject) -> String {
    object(subject).to_lowercase()
}

impl Outcome {
    /// For the person who answered.
    pub fn words(&self, wish: &Wish) -> String {
        match (self, wish) {
            (Outcome::Done, Wish::Acknowledge { .. }) => "acknowledged".to_owned(),
            (Outcome::Done, Wish::RemoveAcknowledgement { .. }) => {
                "the acknowledgement was removed".to_owned()
            }
            (Outcome::Done, Wish::Downtime { .. }) => "the downtime has begun".to_owned(),
            (Outcome::Done, Wish::Recheck) => "checked again".to_owned(),
            (Outcome::Done, Wish::Comment { .. }) => "the comment was added".to_owned(),
            (Outcome::AlreadyAcknowledged(by), _) if by.is_empty() => {
                "already acknowledged".to_owned()
            }
            (Outcome::AlreadyAcknowledged(by), _) => format!("already acknowledged by {by}"),
            (Outcome::Recovered, _) => "already recovered".to_owned(),
            (Outcome::NotAcknowledged, Wish::RemoveAcknowledgement { of: Some(_) }) => {
                "that acknowledgement is there no more".to_owned()
            }
            (Outcome::NotAcknowledged, _) => "it was not acknowledged".to_owned(),
            (Outcome::UnknownObject, _) => "unknown object: the core does not have it".to_owned(),
            (Outcome::NotTaken, _) => "the core did not take it".to_owned(),
            (Outcome::Unconfirmed, _) => {
                "sent, but the core's state could not be read back".to_owned()
            }
            (Outcome::NotAllowed(why) | Outcome::Impossible(why), _) => why.clone(),
        }
    }

    /// For the log and the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::AlreadyAcknowledged(_) => "already_acknowledged",
            Outcome::Recovered => "recovered",
            Outcome::NotAcknowledged => "not_acknowledged",
            Outcome::UnknownObject => "unknown_object",
            Outcome::NotTaken => "not_taken",
            Outcome::Unconfirmed => "unconfirmed",
            Outcome::NotAllowed(_) => "not_allowed",
            Outcome::Impossible(_) => "impossible",
        }
    }
}

impl News {
    pub fn words(&self, wish: &Wish) -> String {
        match self {
            News::Waits(why) => format!("kept, and tried again until the core takes it: {why}"),
            News::Sent => "sent, not yet confirmed by the core".to_owned(),
            News::Ended(outcome) => outcome.words(wish),
        }
    }
}
