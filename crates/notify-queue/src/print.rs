//! What goes to stdout.

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

pub struct Page {
    stdout: BufWriter<StdoutLock<'static>>,
}

impl Page {
    pub fn open() -> Page {
        Page {
            stdout: BufWriter::new(io::stdout().lock()),
        }
    }

    pub fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.stdout, "{line}").map_err(unprinted)
    }

    pub fn close(mut self) -> io::Result<()> {
        self.stdout.flush().map_err(unprinted)
    }
}

/// An error of stdout's: whoever reads a queue and prints it has to tell the two apart.
#[derive(Debug)]
struct Unprinted(io::Error);

impl fmt::Display for Unprinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stdout: {}", self.0)
    }
}

impl Error for Unprinted {}

fn unprinted(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Unprinted(error))
}

pub fn is_of_stdout(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Unprinted>())
}

/// A reader that went away is no error of ours.
pub fn text(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
