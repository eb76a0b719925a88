//! PagerDuty: webhooks V3 and generic V2, and polling where no port is open.

use std::sync::Arc;

use axum::Router;
use notify_core::config::Config;

use crate::answer::{Answer, News, Person};
use crate::context::Context;
use crate::vendor::{Membership, Vendor};

pub struct PagerDuty {}

impl PagerDuty {
    /// `None`: nothing in the config wants answers from PagerDuty.
    pub fn read(_config: &Arc<Config>) -> anyhow::Result<Option<PagerDuty>> {
        Ok(None)
    }

    /// For `--check`: what works, and what does not.
    pub fn check(&self) -> Vec<Result<String, String>> {
        Vec::new()
    }

    /// Polling, where the config wants it.
    pub fn start(self: &Arc<PagerDuty>, _context: &Arc<Context>) {}

    pub fn routes(self: Arc<PagerDuty>, _context: Arc<Context>) -> Router {
        Router::new()
    }
}

impl Vendor for PagerDuty {
    fn membership(&self, _person: &Person) -> Result<Membership, String> {
        Ok(Membership::Full)
    }

    fn tell(&self, _answer: &Answer, _news: &News) {}
}
