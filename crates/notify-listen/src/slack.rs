//! Slack over HTTP: buttons, the dialogue behind *More…*, a slash command.

pub mod reply;

use std::sync::Arc;

use axum::Router;
use notify_core::config::Config;

use crate::answer::{Answer, News, Person};
use crate::context::Context;
use crate::vendor::{Membership, Vendor};

pub struct Slack {}

impl Slack {
    /// `None`: nothing in the config wants answers from Slack.
    pub fn read(_config: &Arc<Config>) -> anyhow::Result<Option<Slack>> {
        Ok(None)
    }

    /// For `--check`: what works, and what does not.
    pub fn check(&self) -> Vec<Result<String, String>> {
        Vec::new()
    }

    pub fn routes(self: Arc<Slack>, _context: Arc<Context>) -> Router {
        Router::new()
    }
}

impl Vendor for Slack {
    fn membership(&self, _person: &Person) -> Result<Membership, String> {
        Ok(Membership::Full)
    }

    fn tell(&self, _answer: &Answer, _news: &News) {}
}
