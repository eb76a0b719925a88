//! The exit codes, which are this software's contract with the cores and with scripts.

use std::fmt;
use std::process::ExitCode;

/// Ordered from harmless to worst: of several destinations the worst decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Delivered, safely on disk, or there was nothing to deliver (stderr says which).
    Done,
    /// Not delivered now, and the queue is switched off.
    TryAgain,
    /// The vendor refused the message or the destination for good.
    Refused,
    /// The config or a secret cannot be read or used; the notification is kept.
    Config,
    /// Neither delivered nor stored.
    Lost,
    /// A value that cannot be done without is missing, or an option is wrong.
    Usage,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::TryAgain => 75,
            Exit::Refused => 69,
            Exit::Config => 78,
            Exit::Lost => 74,
            Exit::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// An error that ends the program, and the exit code it ends with.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub reason: String,
}

impl Failure {
    pub fn usage(reason: impl Into<String>) -> Failure {
        Failure {
            exit: Exit::Usage,
            reason: reason.into(),
        }
    }

    pub fn config(reason: impl fmt::Display) -> Failure {
        Failure {
            exit: Exit::Config,
            reason: reason.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_destinations_decides() {
        let mut exits = [
            Exit::Lost,
            Exit::Done,
            Exit::Config,
            Exit::TryAgain,
            Exit::Refused,
        ];
        exits.sort();
        assert_eq!(exits.map(Exit::code), [0, 75, 69, 78, 74]);
    }
}
