//! From a provider's name to its code: the only place that knows all of them.

use std::fmt;
use std::io;
use std::time::Duration;

use mattermost_notify::Mattermost;
use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::drain::{self, Left, Task, Told};
use notify_core::entry::DestinationId;
use notify_core::provider::Provider;
use notify_core::state_folder::StateFolder;
use notify_core::story::Surface;
use notify_core::unrouted::{self, Routing, Unrouted};
use pagerduty_notify::PagerDuty;
use slack_notify::Slack;

const VENDORS: [Vendor; 3] = [
    Vendor::of::<Slack>(),
    Vendor::of::<Mattermost>(),
    Vendor::of::<PagerDuty>(),
];

type Drain = fn(&Task, &mut dyn FnMut(Told)) -> io::Result<Left>;
type Route = fn(&StateFolder, &Config, Duration) -> io::Result<Routing>;

/// What the queue needs of a provider.
pub struct Vendor {
    pub name: &'static str,
    pub surface: Surface,
    pub drain: Drain,
    pub route: Route,
    /// Why this config would route such a notification nowhere.
    pub refuses: fn(&Unrouted, &Config) -> Option<String>,
    pub pace: fn(&str, &Config) -> Option<Duration>,
    pub problems: fn(&Config) -> Vec<ConfigError>,
    /// Whose secrets' files cannot be read, each with its destination. Variables may be set for others alone.
    pub missing_secrets: fn(&Config) -> Vec<MissingSecret>,
    /// The error of a missing section names no line.
    pub destinations: fn(&Config) -> Result<Vec<String>, ConfigError>,
}

impl Vendor {
    const fn of<P: Provider>() -> Vendor {
        Vendor {
            name: P::NAME,
            surface: P::SURFACE,
            drain: drain::drain::<P>,
            route: unrouted::route_all::<P>,
            refuses: |unrouted, config| {
                let failure = unrouted.route::<P>(config).err();
                failure.map(|failure| failure.reason)
            },
            pace: |name, config| Some(config.destination::<P>(name).ok()?.min_interval),
            problems: |config| config.problems::<P>(),
            missing_secrets: missing_secrets::<P>,
            destinations: |config| config.destinations::<P>(),
        }
    }

    /// `None` for one that this version does not know.
    pub fn named(name: &str) -> Option<&'static Vendor> {
        VENDORS.iter().find(|vendor| vendor.name == name)
    }

    /// Those with a section in the config, as good or bad as it may be.
    pub fn in_use(config: &Config) -> impl Iterator<Item = &'static Vendor> {
        VENDORS.iter().filter(|vendor| {
            let found = (vendor.destinations)(config);
            found.map_or_else(|error| error.line.is_some(), |_| true)
        })
    }
}

/// `slack:ops: cannot read …`
pub struct MissingSecret {
    destination: DestinationId,
    problem: String,
}

impl fmt::Display for MissingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.destination, self.problem)
    }
}

impl MissingSecret {
    /// By a lane that waits for it.
    pub fn is_told_by(&self, finding: &str) -> bool {
        finding.starts_with(&format!("{}: ", self.destination)) && finding.contains(&self.problem)
    }
}

fn missing_secrets<P: Provider>(config: &Config) -> Vec<MissingSecret> {
    let names = config.destinations::<P>().unwrap_or_default();
    let destinations = names
        .iter()
        .filter_map(|name| config.destination::<P>(name).ok());
    let mut missing = Vec::new();
    for destination in destinations {
        for source in P::secrets(&destination.settings) {
            if let SecretSource::File(_) = source
                && let Err(error) = source.read()
            {
                missing.push(MissingSecret {
                    destination: destination.id.clone(),
                    problem: format!("{error:#}"),
                });
            }
        }
    }
    missing
}
