//! What became of an entry, in the one line that a core logs, and the exit code that follows from it.

use std::fmt;

use crate::deliver::Outcome;
use crate::entry::DestinationId;
use crate::exit::Exit;
use crate::state_folder::journal::Became;
use crate::text;
use crate::verdict::Verdict;

#[derive(Clone, Debug)]
pub struct Receipt {
    pub destination: DestinationId,
    pub fate: Fate,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    Tried(Outcome, Kept),
    /// Nobody is told by this one, and why.
    LeftOut {
        became: Became,
        reason: String,
    },
    /// Others, or a wait, go before it.
    Queued {
        because: String,
    },
}

/// What holds a notification that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It waits in the queue, and when it is tried again, as far as that is known.
    Waiting { again: String },
    /// In `failed/`, under this number.
    Failed(u64),
    /// Nothing: the queue is switched off.
    Off,
    /// Nothing: the queue cannot be used, and why.
    Nowhere(String),
}

/// A vendor's words may be a whole page.
const LONGEST_LINE: usize = 500;

impl Receipt {
    pub fn exit(&self) -> Exit {
        let Fate::Tried(outcome, kept) = &self.fate else {
            return Exit::Done;
        };
        match (outcome, kept) {
            (Outcome::Judged(Verdict::Delivered { .. }) | Outcome::NothingToSend { .. }, _) => {
                Exit::Done
            }
            (_, Kept::Nowhere(_)) => Exit::Lost,
            (Outcome::Judged(Verdict::Retry { .. }), Kept::Off) => Exit::TryAgain,
            (Outcome::Judged(Verdict::Retry { .. }), _) => Exit::Done,
            (Outcome::Judged(_), _) => Exit::Refused,
            (Outcome::Unusable { .. }, _) => Exit::Config,
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match &self.fate {
            Fate::Queued { because } => format!("queued: {because}"),
            Fate::LeftOut { became, reason } => format!("{}: {reason}", left_out(*became)),
            Fate::Tried(outcome, kept) => tried(outcome, kept),
        };
        let line = text::clip(&text::line(&line), LONGEST_LINE, |_| 1);
        write!(f, "{}: {line}", self.destination)
    }
}

fn left_out(became: Became) -> &'static str {
    match became {
        Became::Copy => "not sent again",
        Became::HeldBack => "held back",
        _ => "not sent by itself",
    }
}

fn tried(outcome: &Outcome, kept: &Kept) -> String {
    match (outcome, kept) {
        (Outcome::Judged(Verdict::Delivered { .. }) | Outcome::NothingToSend { .. }, kept) => {
            match kept {
                Kept::Nowhere(why) => format!("{} (past the queue: {why})", what(outcome)),
                _ => what(outcome),
            }
        }
        (outcome, Kept::Nowhere(why)) => format!("LOST: {}; not queued: {why}", what(outcome)),
        (outcome, Kept::Off) => match outcome {
            Outcome::Judged(Verdict::Retry { after, reason, .. }) => match after {
                Some(after) => format!(
                    "not delivered: {reason}; it may be tried again in {} s",
                    after.as_secs()
                ),
                None => format!("not delivered: {reason}"),
            },
            Outcome::Unusable { why } => format!("not delivered, config: {why}"),
            outcome => what(outcome),
        },
        (outcome, Kept::Waiting { again }) => match outcome {
            Outcome::Judged(Verdict::Retry { reason, .. }) => {
                format!("queued: {reason}; {again}")
            }
            Outcome::Unusable { why } => format!("queued, config: {why}"),
            outcome => format!("{}; queued, {again}", what(outcome)),
        },
        (outcome, Kept::Failed(number)) => {
            format!("{}; kept: notify-queue show {number}", what(outcome))
        }
    }
}

fn what(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Judged(Verdict::Delivered { reference: None }) => "delivered".to_owned(),
        Outcome::Judged(Verdict::Delivered {
            reference: Some(reference),
        }) => format!("delivered ({reference})"),
        Outcome::NothingToSend { why } => format!("nothing to send: {why}"),
        Outcome::Judged(Verdict::Retry { reason, .. }) => reason.clone(),
        Outcome::Judged(Verdict::MessageRefused { reason }) => {
            format!("message refused: {reason}")
        }
        Outcome::Judged(Verdict::DestinationRefused { reason }) => {
            format!("destination refused: {reason}")
        }
        Outcome::Unusable { why } => format!("config: {why}"),
    }
}
