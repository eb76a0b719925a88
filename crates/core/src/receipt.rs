//! What became of an entry, in the one line that a core logs, and the exit code that follows from it.

use std::fmt;

use crate::deliver::Outcome;
use crate::entry::DestinationId;
use crate::exit::Exit;
use crate::text;
use crate::verdict::Verdict;

#[derive(Clone, Debug)]
pub struct Receipt {
    pub destination: DestinationId,
    pub outcome: Outcome,
}

/// A vendor's words may be a whole page.
const LONGEST_LINE: usize = 500;

impl Receipt {
    pub fn exit(&self) -> Exit {
        match &self.outcome {
            Outcome::Judged(Verdict::Delivered { .. }) | Outcome::NothingToSend { .. } => {
                Exit::Done
            }
            Outcome::Judged(Verdict::Retry { .. }) => Exit::TryAgain,
            Outcome::Judged(
                Verdict::MessageRefused { .. } | Verdict::DestinationRefused { .. },
            ) => Exit::Refused,
            Outcome::Unusable { .. } => Exit::Config,
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = match &self.outcome {
            Outcome::Judged(Verdict::Delivered { reference: None }) => "delivered".to_owned(),
            Outcome::Judged(Verdict::Delivered {
                reference: Some(reference),
            }) => format!("delivered ({reference})"),
            Outcome::NothingToSend { why } => format!("nothing to send: {why}"),
            Outcome::Judged(Verdict::Retry { after, reason }) => match after {
                Some(after) => format!(
                    "not delivered: {reason}; it may be tried again in {} s",
                    after.as_secs()
                ),
                None => format!("not delivered: {reason}"),
            },
            Outcome::Judged(Verdict::MessageRefused { reason }) => {
                format!("message refused: {reason}")
            }
            Outcome::Judged(Verdict::DestinationRefused { reason }) => {
                format!("destination refused: {reason}")
            }
            Outcome::Unusable { why } => format!("not delivered, config: {why}"),
        };
        let line = text::clip(&text::line(&line), LONGEST_LINE, |_| 1);
        write!(f, "{}: {line}", self.destination)
    }
}
