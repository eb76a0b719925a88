//! The core that answers go to: what it says of an object, and how it is told.

pub(crate) mod command_file;
mod harmless;
pub mod icinga2;
mod openitcockpit;
pub mod picture;
pub mod status_blocks;
mod status_file;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use anyhow::Context;
use notify_core::config::Config;
use notify_core::config::monitoring::Monitoring;
use notify_core::notification::{State, Subject};

use crate::answer::Sticky;

/// A core. Its methods may wait for the network, so they run on threads of their own.
pub trait Core: Send + Sync {
    /// What its state says now; `None`: it does not have this object.
    fn look(&self, subject: &Subject) -> Result<Option<Look>, Trouble>;

    /// Tells it. That it was told means nothing yet: it is read back.
    fn give(&self, order: &Order) -> Result<(), Trouble>;

    /// The objects whose names begin like this, in any case, without a service the hosts: for commands that people write.
    fn find(&self, host: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble>;

    fn expiry(&self) -> Expiry;

    fn comments(&self) -> Comments {
        Comments::Taken
    }

    /// For `--check` and `/healthz`: what works, in a few words.
    fn probe(&self) -> Result<String, Trouble>;
}

/// An object, and how people call it: openITCOCKPIT's are UUIDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub subject: Subject,
    pub name: Subject,
}

impl From<Subject> for Named {
    fn from(subject: Subject) -> Named {
        Named {
            name: subject.clone(),
            subject,
        }
    }
}

/// Who ends an acknowledgement that expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Core,
    /// The listener's own timer.
    Listener,
}

/// Whether comments can be added to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    Taken,
    Refused,
}

/// Why the core could not be asked or told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Passes, or is mended: tried again.
    Later(String),
    /// This order it never takes.
    Never(String),
}

/// What a core's state says of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The core's own spelling.
    pub subject: Subject,
    /// `None`: not checked yet.
    pub state: Option<State>,
    pub acknowledged: Option<Acknowledged>,
    /// Comments and those of acknowledgements, as far as the core tells them; those without a mark of ours need not be here.
    pub comments: Vec<String>,
    /// The comments of its downtimes, likewise.
    pub downtimes: Vec<String>,
    /// Seconds since 1970.
    pub last_check: f64,
    /// When this picture was taken, in seconds since 1970.
    pub as_of: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acknowledged {
    /// Empty where the core does not say.
    pub by: String,
    pub comment: String,
    /// Since when, in seconds since 1970; 0 where the core does not say.
    pub at: f64,
}

/// What a core is told. Author and comment are harmless already.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub subject: Subject,
    pub what: What,
    pub author: String,
    /// With the mark of the answer at its end.
    pub comment: String,
    /// Seconds since 1970.
    pub now: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Acknowledge {
        /// Never [`Sticky::ByState`].
        sticky: Sticky,
        /// Only where the core ends it itself, in seconds since 1970.
        until: Option<u64>,
    },
    RemoveAcknowledgement,
    Downtime {
        seconds: u64,
    },
    Recheck,
    Comment,
}

impl Trouble {
    pub fn words(&self) -> &str {
        let (Trouble::Later(why) | Trouble::Never(why)) = self;
        why
    }
}

/// In any case, as people write names.
fn begins(name: &str, prefix: &str) -> bool {
    name.to_lowercase().starts_with(&prefix.to_lowercase())
}

pub use harmless::harmless;

/// The core of `[monitoring]`.
pub fn core(config: &Arc<Config>) -> anyhow::Result<Arc<dyn Core>> {
    let read = config.with_top(|top| -> anyhow::Result<Monitoring> {
        let section = top
            .table("monitoring")?
            .context("there is no [monitoring] section: say which core the answers go to")?;
        let proxy = top.table("proxy")?;
        Ok(Monitoring::read(&section, proxy.as_ref())?)
    })?;
    Ok(match read {
        Monitoring::CommandFile(settings) => Arc::new(command_file::Nagios::new(settings)),
        Monitoring::Icinga2(settings) => {
            Arc::new(icinga2::Icinga2::new(*settings, Arc::clone(config)))
        }
        Monitoring::OpenItCockpit => {
            let settings = config.openitcockpit.clone();
            let settings = settings.context(
                "core = \"openitcockpit\" needs [openitcockpit] with its url and api_key",
            )?;
            Arc::new(openitcockpit::OpenItCockpitCore::new(
                settings,
                Arc::clone(config),
            ))
        }
    })
}
