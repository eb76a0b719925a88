//! The external command file of Nagios and Naemon.

use notify_core::config::monitoring::CommandFile;
use notify_core::notification::Subject;

use super::{Core, Expiry, Look, Named, Order, Trouble};

pub struct Nagios {
    settings: CommandFile,
}

impl Nagios {
    pub fn new(settings: CommandFile) -> Nagios {
        Nagios { settings }
    }
}

impl Core for Nagios {
    fn look(&self, _subject: &Subject) -> Result<Option<Look>, Trouble> {
        Err(Trouble::Later(
            self.settings.command_file.display().to_string(),
        ))
    }

    fn give(&self, _order: &Order) -> Result<(), Trouble> {
        Err(Trouble::Later(String::new()))
    }

    fn find(&self, _host: &str, _service: Option<&str>) -> Result<Vec<Named>, Trouble> {
        Ok(Vec::new())
    }

    fn expiry(&self) -> Expiry {
        Expiry::Listener
    }

    fn probe(&self) -> Result<String, Trouble> {
        Ok(String::new())
    }
}
