//! openITCOCKPIT by its REST API.

use std::sync::Arc;

use notify_core::config::Config;
use notify_core::names::OpenItCockpit;
use notify_core::notification::Subject;

use super::{Core, Expiry, Look, Named, Order, Trouble};

pub struct OpenItCockpitCore {
    settings: OpenItCockpit,
    config: Arc<Config>,
}

impl OpenItCockpitCore {
    pub fn new(settings: OpenItCockpit, config: Arc<Config>) -> OpenItCockpitCore {
        OpenItCockpitCore { settings, config }
    }
}

impl Core for OpenItCockpitCore {
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
