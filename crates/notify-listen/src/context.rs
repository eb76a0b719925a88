//! What every vendor's part works with.

use std::sync::Arc;

use notify_core::config::Config;
use notify_core::config::secret::Secret;

use crate::desk::Desk;
use crate::log::Log;
use crate::metrics::{Counter, Metrics};

pub struct Context {
    pub config: Arc<Config>,
    pub desk: Arc<Desk>,
    /// What seals buttons, and what did before.
    pub button_secrets: Vec<Secret>,
}

impl Context {
    pub fn log(&self) -> &Log {
        &self.desk.log
    }

    pub fn metrics(&self) -> &Metrics {
        &self.desk.metrics
    }

    /// What was not let in: counted each time, and told now and then. `line` holds nothing that a stranger wrote.
    pub fn refuse(&self, source: &'static str, reason: &'static str, line: &str) {
        self.metrics().count(Counter::Refused, source, reason);
        self.log().refused(source, reason, line);
    }
}
