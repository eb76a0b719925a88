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
    /// By hand.
    Muted {
        reason: String,
        wait: f64,
    },
    /// A storm's digest is on its way.
    Collecting {
        wait: f64,
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
        let config = first.map(|first| usable_config(first, environment));
        let config = match config.transpose() {
            Ok(config) => config,
            Err(reason) => return Standing::Unusable { reason },
        };
        // In the order in which a drain asks.
        if let Some(mute) = &line.mute {
            let wait = now.left_of(&mute.begun, mute.wait);
            if wait > 0.0 {
                let reason = mute.reason.clone();
                return Standing::Muted { reason, wait };
            }
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
            _ => match config.and_then(|config| until_digest(line, &config, now)) {
                Some(wait) => Standing::Collecting { wait },
                None => Standing::Clear,
            },
        }
    }

    pub fn reason(&self) -> Option<String> {
        match self {
            Standing::Clear => None,
            Standing::Failing { reason, .. } => Some(reason.clone()),
            Standing::Refused { reason, .. } => Some(format!("destination refused: {reason}")),
            Standing::Unusable { reason } => Some(format!("config: {reason}")),
            Standing::Muted { reason, .. } if reason.is_empty() => Some("muted".to_owned()),
            Standing::Muted { reason, .. } => Some(format!("muted: {reason}")),
            Standing::Collecting { .. } => Some("many at once are told together".to_owned()),
        }
    }

    /// Seconds until somebody tries, where that is known.
    pub fn wait(&self) -> Option<f64> {
        match self {
            Standing::Clear => Some(0.0),
            Standing::Failing { wait, .. }
            | Standing::Refused { wait, .. }
            | Standing::Muted { wait, .. }
            | Standing::Collecting { wait } => Some(*wait),
            Standing::Unusable { .. } => None,
        }
    }

    /// `the vendor answered 503; tried again in 2 min`
    pub fn words(&self) -> Option<String> {
        let span = |wait: &f64| time::span(wait.ceil());
        match self {
            Standing::Muted { reason, wait } if reason.is_empty() => {
                return Some(format!("muted for {}", span(wait)));
            }
            Standing::Muted { reason, wait } => {
                return Some(format!("muted for {}: {reason}", span(wait)));
            }
            Standing::Collecting { wait } => {
                return Some(format!("{}, in {}", self.reason()?, span(wait)));
            }
            _ => {}
        }
        let again = match self.wait() {
            None => "until that is mended".to_owned(),
            Some(wait) if wait > 0.0 => format!("tried again in {}", time::span(wait.ceil())),
            Some(_) => "due now".to_owned(),
        };
        Some(format!("{}; {again}", self.reason()?))
    }
}

/// The config that an entry means, or why it lets nothing pass, as far as that can be seen without trying.
pub fn usable_config(entry: &Content, environment: &Environment) -> Result<Config, String> {
    let config = Config::load(Some(entry.config()), environment);
    let config = config.map_err(|error| error.to_string())?;
    let refused = match entry {
        Content::Entry(entry) => {
            let known = Vendor::named(&entry.destination.provider).is_some();
            (!known).then(|| unknown_provider(&entry.destination.provider))
        }
        Content::Unrouted(unrouted) => match Vendor::named(&unrouted.provider) {
            Some(vendor) => (vendor.refuses)(unrouted, &config),
            None => Some(unknown_provider(&unrouted.provider)),
        },
    };
    refused.map_or(Ok(config), Err)
}

/// Seconds until what is collected is told.
fn until_digest(line: &LineState, config: &Config, now: &Moment) -> Option<f64> {
    let settings = config.flood.digest.as_ref()?;
    let left = line.storm.as_ref()?.left(now, settings);
    // Nobody waits for longer: such a file was not written by us.
    let longest = settings.every.max(settings.collect).as_secs_f64();
    (left > 0.0 && left <= longest).then_some(left)
}

/// Seconds since the end of a mute after which nothing was told yet.
pub fn since_mute(line: &LineState, now: &Moment) -> Option<f64> {
    if let Some(mute) = &line.mute {
        return Some((now.since(&mute.begun) - mute.wait).max(0.0));
    }
    let storm = line.storm.as_ref()?;
    let is_first = storm.told.is_none() && !storm.title.is_empty();
    is_first.then(|| now.since(&storm.begun))
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
