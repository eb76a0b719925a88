//! Icinga 2 by its REST API.

use std::sync::Arc;

use notify_core::config::Config;
use notify_core::config::monitoring as settings;
use notify_core::notification::Subject;

use super::{Core, Expiry, Look, Named, Order, Trouble};

pub struct Icinga2 {
    settings: settings::Icinga2,
    config: Arc<Config>,
}

impl Icinga2 {
    pub fn new(settings: settings::Icinga2, config: Arc<Config>) -> Icinga2 {
        Icinga2 { settings, config }
    }
}

impl Core for Icinga2 {
    fn look(&self, _subject: &Subject) -> Result<Option<Look>, Trouble> {
        Err(Trouble::Later(format!(
            "{:?}{:?}",
            self.settings, self.config.site
        )))
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
