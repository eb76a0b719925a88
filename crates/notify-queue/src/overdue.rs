//! Since when somebody should have sent what waits in a lane.

use std::collections::HashSet;
use std::time::SystemTime;

use notify_core::config::Config;
use notify_core::environment::Environment;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::{Lane, Past, Ticket};
use notify_core::state_folder::line::LineState;
use notify_core::state_folder::waiting::{Shelf, Unreadable};

use crate::content::Content;
use crate::providers::Vendor;
use crate::standing::{own_wait, since_mute};

pub struct Overdue<'o> {
    pub folder: &'o StateFolder,
    pub lane: &'o Lane,
    pub line: &'o LineState,
    pub now: &'o Moment,
    pub environment: &'o Environment,
}

impl Overdue<'_> {
    /// In seconds; 0 where nothing is due, or somebody is about it.
    pub fn since(&self, tickets: &[Ticket]) -> f64 {
        let mut since: f64 = 0.0;
        let mut config = None;
        // Of an object whose oldest has to wait, all wait.
        let mut held = HashSet::new();
        for ticket in tickets {
            if held.contains(&ticket.object) || ticket.past == Past::Delivered {
                continue;
            }
            if own_wait(ticket, self.now) > 0.0 {
                held.insert(ticket.object);
                continue;
            }
            let read = Content::read(self.folder, Shelf::Waiting, self.lane, ticket);
            let content = match read {
                Ok((content, _)) => content,
                // Nobody may send those behind it.
                Err(Unreadable::Newer(_) | Unreadable::Disk(_)) => {
                    held.insert(ticket.object);
                    continue;
                }
                Err(Unreadable::Broken(_) | Unreadable::Gone) => continue,
            };
            let since_created = self.now.since(content.created());
            config.get_or_insert_with(|| content.config().to_owned());
            match ticket.past {
                Past::Failed { again, .. } => {
                    let since_again = (self.now.wall - again as f64).max(0.0);
                    since = since.max(since_again.min(since_created));
                }
                // Of those never tried the oldest is first.
                Past::Fresh | Past::Delivered => {
                    since = since.max(since_created);
                    break;
                }
            }
        }
        let Some(config) = config else { return 0.0 };
        let loaded = Config::load(Some(&config), self.environment).ok();
        let pace = loaded.as_ref().and_then(|config| {
            let name = self.lane.destination.as_deref()?;
            (Vendor::named(&self.lane.provider)?.pace)(name, config)
        });
        let digest = loaded.as_ref().and_then(|config| self.since_digest(config));
        let pace = pace.unwrap_or_default().as_secs_f64();
        let bounds = [
            // The lane's own wait is over …
            (self.line.trouble.as_ref()).map(|wait| self.now.since(&wait.noted) - wait.wait),
            // … nobody is sending, one after the other …
            (self.line.asked.as_ref()).map(|asked| self.now.since(asked) - pace),
            // … nobody wants silence, and no digest collects …
            since_mute(self.line, self.now),
            digest,
            // … and nobody has mended the config just now.
            std::fs::metadata(&config)
                .and_then(|found| found.modified())
                .ok()
                .and_then(|mended| SystemTime::now().duration_since(mended).ok())
                .map(|ago| ago.as_secs_f64()),
        ];
        bounds.into_iter().flatten().fold(since, f64::min).max(0.0)
    }

    /// Since when a storm's next digest is due; below 0 it is not yet.
    fn since_digest(&self, config: &Config) -> Option<f64> {
        let settings = config.flood.digest.as_ref()?;
        let storm = self.line.storm.as_ref()?;
        Some(match &storm.told {
            Some(told) => self.now.since(told) - settings.every.as_secs_f64(),
            None => self.now.since(&storm.begun) - settings.collect.as_secs_f64(),
        })
    }
}
