//! Mattermost: message actions and a slash command.

use std::sync::Arc;

use axum::Router;
use notify_core::config::Config;

use crate::answer::{Answer, News, Person};
use crate::context::Context;
use crate::vendor::{Membership, Vendor};

pub struct Mattermost {}

impl Mattermost {
    /// `None`: nothing in the config wants answers from Mattermost.
    pub fn read(_config: &Arc<Config>) -> anyhow::Result<Option<Mattermost>> {
        Ok(None)
    }

    /// For `--check`: what works, and what does not.
    pub fn check(&self) -> Vec<Result<String, String>> {
        Vec::new()
    }

    pub fn routes(self: Arc<Mattermost>, _context: Arc<Context>) -> Router {
        Router::new()
    }
}

impl Vendor for Mattermost {
    fn membership(&self, _person: &Person) -> Result<Membership, String> {
        Ok(Membership::Full)
    }

    fn tell(&self, _answer: &Answer, _news: &News) {}
}
