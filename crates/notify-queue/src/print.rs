//! What goes to stdout.

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
        writeln!(self.stdout, "{line}")
    }

    pub fn close(mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// A reader that went away is no error of ours.
pub fn text(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
