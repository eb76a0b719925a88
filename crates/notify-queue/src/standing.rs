//! How a lane stands: why its entries wait, and since when somebody should have sent them.

use notify_core::config::Config;
use notify_core::environment::Environment;
use notify_core::now::Moment;
use notify_core::state_folder::lane::{Past, Ticket};
use notify_core::state_folder::line::{LineState, TroubleKind};
use notify_core::time;

use crate::content::Content;
use crate::providers::Vendor;

/// What stands in a lane's way.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nothing: it is due.
    Clear,
    /// Its vendor, for so many seconds yet.
    Failing {
        reason: String,
        wait: f64,
    },
    Refused {
        reason: String,
        wait: f64,
    },
    /// The config, until somebody mends it.
    Unusable {
        reason: String,
    },
}

impl Standing {
    /// Of the lane that this is the first readable entry of. The config may have changed since anybody tried.
    pub fn of(
        first: Option<&Content>,
        line: &LineState,
        environment: &Environment,
        now: &Moment,
    ) -> Standing {
        if let Some(reason) = first.and_then(|first| unusable(first, environment)) {
            return Standing::Unusable { reason };
        }
        let is_routed = matches!(first, Some(Content::Entry(_)));
        match &line.trouble {
            Some(trouble) if is_routed => {
                let reason = trouble.reason.clone();
                let wait = trouble.left(now);
                match trouble.kind {
                    TroubleKind::Failing => Standing::Failing { reason, wait },
                    TroubleKind::Refused => Standing::Refused { reason, wait },
                    TroubleKind::Unusable => Standing::Unusable { reason },
                }
            }
            _ => Standing::Clear,
        }
    }

    pub fn reason(&self) -> Option<String> {
        match self {
            Standing::Clear => None,
            Standing::Failing { reason, .. } => Some(reason.clone()),
            Standing::Refused { reason, .. } => Some(format!("destination refused: {reason}")),
            Standing::Unusable { reason } => Some(format!("config: {reason}")),
        }
    }

    /// Seconds until somebody tries, where that is known.
    pub fn wait(&self) -> Option<f64> {
        match self {
            Standing::Clear => Some(0.0),
            Standing::Failing { wait, .. } | Standing::Refused { wait, .. } => Some(*wait),
            Standing::Unusable { .. } => None,
        }
    }

    /// `the vendor answered 503; tried again in 2 min`
    pub fn words(&self) -> Option<String> {
        let again = match self.wait() {
            None => "until that is mended".to_owned(),
            Some(wait) if wait > 0.0 => format!("tried again in {}", time::span(wait.ceil())),
            Some(_) => "due now".to_owned(),
        };
        Some(format!("{}; {again}", self.reason()?))
    }
}

/// Why the config lets nothing pass, as far as it can be seen without trying.
fn unusable(first: &Content, environment: &Environment) -> Option<String> {
    let config = match Config::load(Some(first.config()), environment) {
        Ok(config) => config,
        Err(error) => return Some(error.to_string()),
    };
    match first {
        Content::Entry(entry) => {
            let known = Vendor::named(&entry.destination.provider).is_some();
            (!known).then(|| unknown_provider(&entry.destination.provider))
        }
        Content::Unrouted(unrouted) => match Vendor::named(&unrouted.provider) {
            Some(vendor) => (vendor.refuses)(unrouted, &config),
            None => Some(unknown_provider(&unrouted.provider)),
        },
    }
}

pub fn unknown_provider(provider: &str) -> String {
    format!("this version knows no provider {provider}")
}

/// Seconds until an entry's own back-off is over.
pub fn own_wait(ticket: &Ticket, now: &Moment) -> f64 {
    match ticket.past {
        Past::Failed { again, .. } => (again as f64 - now.wall).max(0.0),
        Past::Fresh | Past::Delivered => 0.0,
    }
}
