//! The external command file of Nagios and Naemon: a FIFO that the core reads. Whoever writes to it is told nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

use notify_core::answer as mark;
use notify_core::config::monitoring::{CommandFile, Flavour};
use notify_core::notification::Subject;
use notify_core::now::Moment;
use notify_core::text;

use super::status_file::{O_NONBLOCK, StatusFile};
use super::{Core, Expiry, Look, Named, Order, Trouble, What};
use crate::answer::Sticky;

pub struct Nagios {
    settings: CommandFile,
    status: StatusFile,
}

/// `PIPE_BUF` of Linux: so much is written as a whole or not at all, whoever else writes.
const LONGEST: usize = 4_096;
const LONGEST_AUTHOR: usize = 200;
/// What opening a FIFO says that nobody reads.
const ENXIO: i32 = 6;
/// A core that has not written its state for so long, in seconds, is most likely down.
const OLD: f64 = 300.0;

impl Nagios {
    pub fn new(settings: CommandFile) -> Nagios {
        Nagios {
            status: StatusFile::new(settings.status_file.clone()),
            settings,
        }
    }

    /// Never waits: a core that is down has no reader.
    fn open(&self) -> Result<File, Trouble> {
        let file = OpenOptions::new()
            .write(true)
            .custom_flags(O_NONBLOCK)
            .open(&self.settings.command_file)
            .map_err(|error| self.trouble(&reason(&error)))?;
        let found = file.metadata();
        match found.is_ok_and(|found| found.file_type().is_fifo()) {
            true => Ok(file),
            // A script's `> nagios.cmd` makes one while the core is down, and the core then starts without its command file.
            false => {
                Err(self.trouble("is no FIFO: remove it and restart the core, which makes it"))
            }
        }
    }

    fn write(&self, line: &[u8]) -> Result<(), Trouble> {
        match self.open()?.write(line) {
            Ok(written) if written == line.len() => Ok(()),
            Ok(_) => Err(self.trouble("took only a part of a command")),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(self.trouble("is full: the core does not read it"))
            }
            Err(error) => Err(self.trouble(&reason(&error))),
        }
    }

    fn trouble(&self, what: &str) -> Trouble {
        let path = self.settings.command_file.display();
        Trouble::Later(format!("command_file {path} {what}"))
    }
}

fn reason(error: &io::Error) -> String {
    match (error.kind(), error.raw_os_error()) {
        (_, Some(ENXIO)) => "is read by nobody: start the core".to_owned(),
        (ErrorKind::NotFound, _) => "does not exist: start the core with check_external_commands=1, or set command_file in [monitoring] as its main config does".to_owned(),
        (ErrorKind::PermissionDenied, _) => {
            "may not be written: run notify-listen as the core's user".to_owned()
        }
        _ => error.to_string(),
    }
}

impl Core for Nagios {
    fn look(&self, subject: &Subject) -> Result<Option<Look>, Trouble> {
        Ok(self.status.picture()?.look(subject))
    }

    fn give(&self, order: &Order) -> Result<(), Trouble> {
        let line = command(order, self.settings.flavour).map_err(Trouble::Never)?;
        self.write(line.as_bytes())
    }

    fn find(&self, host: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble> {
        let found = self.status.picture()?.find(host, service);
        Ok(found.into_iter().map(Named::from).collect())
    }

    fn expiry(&self) -> Expiry {
        match self.settings.flavour {
            Flavour::Nagios => Expiry::Listener,
            Flavour::Naemon => Expiry::Core,
        }
    }

    fn probe(&self) -> Result<String, Trouble> {
        self.open()?;
        let picture = self.status.picture()?;
        let age = (Moment::read().wall - picture.as_of).max(0.0);
        let file = self.settings.status_file.display();
        match age > OLD {
            true => Err(Trouble::Later(format!(
                "status_file {file} is {age:.0} s old: start the core, or set status_file in [monitoring] as its main config does"
            ))),
            false => Ok(format!(
                "somebody reads the command file, the status of {} objects is {age:.0} s old",
                picture.len()
            )),
        }
    }
}

/// One line; the error says why this object or text cannot be in one.
fn command(order: &Order, flavour: Flavour) -> Result<String, String> {
    let Order { subject, now, .. } = order;
    let names = std::iter::once(&subject.host).chain(&subject.service);
    for name in names {
        if name.is_empty() || name.contains(is_no_part_of_a_name) {
            return Err(format!(
                "the core cannot be told of {name:?}: its name has a character that a command cannot hold"
            ));
        }
    }
    let (kind, object) = match &subject.service {
        Some(service) => ("SVC", format!("{};{service}", subject.host)),
        None => ("HOST", subject.host.clone()),
    };
    let author = text::clip(&order.author, LONGEST_AUTHOR, char::len_utf8);
    let begin = match order.what {
        What::Acknowledge { sticky, until } => {
            // Nagios takes 2 as sticky, Naemon all but 0.
            let sticky = if sticky == Sticky::Yes { 2 } else { 0 };
            let given = format!("{object};{sticky};1;0");
            match (flavour, until) {
                (Flavour::Naemon, Some(until)) => {
                    format!("ACKNOWLEDGE_{kind}_PROBLEM_EXPIRE;{given};{until};{author};")
                }
                _ => format!("ACKNOWLEDGE_{kind}_PROBLEM;{given};{author};"),
            }
        }
        What::RemoveAcknowledgement => format!("REMOVE_{kind}_ACKNOWLEDGEMENT;{object}"),
        What::Downtime { seconds } => {
            let end = now.saturating_add(seconds);
            format!("SCHEDULE_{kind}_DOWNTIME;{object};{now};{end};1;0;{seconds};{author};")
        }
        What::Recheck => format!("SCHEDULE_FORCED_{kind}_CHECK;{object};{now}"),
        What::Comment => format!("ADD_{kind}_COMMENT;{object};1;{author};"),
    };
    let begin = format!("[{now}] {begin}");
    let comment = match order.what {
        What::RemoveAcknowledgement | What::Recheck => String::new(),
        _ => cut(&order.comment, LONGEST.saturating_sub(begin.len() + 1)),
    };
    let line = format!("{begin}{comment}");
    // Whatever came before: a line that ends early is a second command.
    match line.len() < LONGEST && !line.contains(char::is_control) && !author.contains(';') {
        true => Ok(line + "\n"),
        false => Err("the core cannot be told of this object: its name is too long".to_owned()),
    }
}

/// U+FFFD stands for bytes that no text can hold, so that the core would not know it.
fn is_no_part_of_a_name(character: char) -> bool {
    character == ';' || character == '\u{FFFD}' || character.is_control()
}

/// What is said gives way, never its mark: by that the answer is known again.
fn cut(comment: &str, room: usize) -> String {
    match mark::unmarked(comment) {
        (said, Some(id)) => {
            let mark = mark::marked("", id);
            let said = text::clip(said, room.saturating_sub(mark.len()), char::len_utf8);
            said + &mark
        }
        (said, None) => text::clip(said, room, char::len_utf8),
    }
}

#[cfg(test)]
mod tests;
