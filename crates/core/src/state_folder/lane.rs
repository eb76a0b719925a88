//! Names on disk: a lane is the folder of what waits for one destination, a ticket the file name of one entry in it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::entry::DestinationId;
use crate::notification::{Kind, Notification, State};

/// What waits for a destination as one config describes it, or for a provider until that config can be read again.
/// `slack:ops`, `slack:ops@1a2b3c4d`, `slack`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    pub provider: String,
    /// None: not routed yet.
    pub destination: Option<String>,
    /// Which config, unless it is the machine's. Two configs may mean two places by one name.
    config: Option<String>,
}

/// Its lanes have no suffix.
const MACHINE_CONFIG: &str = "/etc/monitoring-notify/config.toml";

impl Lane {
    pub fn of(destination: &DestinationId, config: &Path) -> Lane {
        Lane {
            provider: destination.provider.clone(),
            destination: Some(destination.name.clone()),
            config: suffix(config),
        }
    }

    pub fn unrouted(provider: &str, config: &Path) -> Lane {
        Lane {
            provider: provider.to_owned(),
            destination: None,
            config: suffix(config),
        }
    }

    pub fn destination(&self) -> Option<DestinationId> {
        let name = self.destination.as_deref()?;
        Some(DestinationId::new(&self.provider, name))
    }

    /// As people write it: `slack:ops`, or `slack` for what is not routed yet.
    pub fn place(&self) -> String {
        match self.destination() {
            Some(destination) => destination.to_string(),
            None => self.provider.clone(),
        }
    }
}

fn suffix(config: &Path) -> Option<String> {
    if config == Path::new(MACHINE_CONFIG) {
        return None;
    }
    let hash = Sha256::digest(config.as_os_str().as_encoded_bytes());
    Some(hex(&hash[..4]))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())?;
        match &self.config {
            Some(config) => write!(f, "@{config}"),
            None => Ok(()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct NoLane;

impl FromStr for Lane {
    type Err = NoLane;

    fn from_str(name: &str) -> Result<Lane, NoLane> {
        let (place, config) = match name.split_once('@') {
            Some((place, config)) => (place, Some(config.to_owned())),
            None => (name, None),
        };
        let (provider, destination) = match place.split_once(':') {
            Some((provider, destination)) => (provider, Some(destination.to_owned())),
            None => (place, None),
        };
        let plain = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let parts = [Some(provider), destination.as_deref(), config.as_deref()];
        let named = parts.into_iter().flatten().all(plain);
        match named {
            true => Ok(Lane {
                provider: provider.to_owned(),
                destination,
                config,
            }),
            false => Err(NoLane),
        }
    }
}

/// What an entry's file name says: enough to put a lane in order without opening a file, and to note a failed
/// attempt without writing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// In the order of storing, whatever the clock did.
    pub number: u64,
    /// Which object it is about: its reference's hash.
    pub object: u64,
    pub sort: Sort,
    pub past: Past,
}

/// What an entry tells, as far as its place in line needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A host's problem,
    Host,
    /// a critical service,
    Critical,
    Recovery,
    /// another problem of a service,
    Problem,
    /// the begin or end of a downtime.
    Downtime,
    Other,
}

const LETTERS: [(Sort, &str); 6] = [
    (Sort::Host, "h"),
    (Sort::Critical, "c"),
    (Sort::Recovery, "r"),
    (Sort::Problem, "p"),
    (Sort::Downtime, "d"),
    (Sort::Other, "o"),
];

impl Sort {
    pub fn of(notification: &Notification) -> Sort {
        match &notification.kind {
            Kind::Problem if notification.subject.service.is_none() => Sort::Host,
            Kind::Problem if notification.state == Some(State::Critical) => Sort::Critical,
            Kind::Problem => Sort::Problem,
            // One that says CRITICAL ends nothing.
            Kind::Recovery if notification.state.is_none_or(State::is_good) => Sort::Recovery,
            Kind::DowntimeStart | Kind::DowntimeEnd | Kind::DowntimeCancelled => Sort::Downtime,
            _ => Sort::Other,
        }
    }

    pub fn is_problem(self) -> bool {
        matches!(self, Sort::Host | Sort::Critical | Sort::Problem)
    }

    fn letter(self) -> &'static str {
        let found = LETTERS.iter().find(|(sort, _)| *sort == self);
        found.map_or("o", |(_, letter)| letter)
    }
}

/// What an entry has been through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Past {
    Fresh,
    /// Failed by itself, while others passed.
    Failed {
        times: u32,
        /// Seconds since 1970.
        again: u64,
    },
    /// Delivered, but its receipt found no room: it must not be sent again.
    Delivered,
}

/// More digits than a name has.
const HIGHEST: u64 = 9_000_000_000_000_000;

pub fn object(reference: &str) -> u64 {
    let hash = Sha256::digest(reference.as_bytes());
    hash[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Ticket {
    pub fn fresh(number: u64, object: u64, sort: Sort) -> Ticket {
        Ticket {
            number,
            object,
            sort,
            past: Past::Fresh,
        }
    }

    pub fn failures(&self) -> u32 {
        match self.past {
            Past::Failed { times, .. } => times,
            Past::Fresh | Past::Delivered => 0,
        }
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.sort.letter();
        write!(f, "{:016}-{:016x}-{letter}", self.number, self.object)?;
        match self.past {
            Past::Fresh => {}
            Past::Failed { times, again } => write!(f, "-{times}-{again}")?,
            Past::Delivered => f.write_str("-delivered")?,
        }
        f.write_str(".json")
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct NoTicket;

impl FromStr for Ticket {
    type Err = NoTicket;

    fn from_str(name: &str) -> Result<Ticket, NoTicket> {
        let mut parts = name.strip_suffix(".json").ok_or(NoTicket)?.split('-');
        let mut next = || parts.next().ok_or(NoTicket);
        let number = next()?.parse().map_err(|_| NoTicket)?;
        if number > HIGHEST {
            return Err(NoTicket);
        }
        let object = u64::from_str_radix(next()?, 16).map_err(|_| NoTicket)?;
        let letter = next()?;
        let sort = LETTERS.iter().find(|(_, known)| *known == letter);
        let (sort, _) = *sort.ok_or(NoTicket)?;
        let past = match (parts.next(), parts.next()) {
            (None, None) => Past::Fresh,
            (Some("delivered"), None) => Past::Delivered,
            (Some(times), Some(again)) => Past::Failed {
                times: times.parse().map_err(|_| NoTicket)?,
                again: again.parse().map_err(|_| NoTicket)?,
            },
            _ => return Err(NoTicket),
        };
        let ticket = Ticket {
            number,
            object,
            sort,
            past,
        };
        // Only one spelling: two files with one ticket would be one too many.
        match ticket.to_string() == name {
            true => Ok(ticket),
            false => Err(NoTicket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_round_trips_and_says_which_config_it_is_of() {
        let ops = DestinationId::new("slack", "ops");
        let machine = Lane::of(&ops, Path::new(MACHINE_CONFIG));
        assert_eq!(machine.to_string(), "slack:ops");
        let other = Lane::of(&ops, Path::new("/home/alice/config.toml"));
        assert_ne!(machine, other);
        for lane in [machine, other, Lane::unrouted("slack", Path::new("/x"))] {
            assert_eq!(lane.to_string().parse(), Ok(lane));
        }
    }

    #[test]
    fn a_folder_that_is_no_lane_is_none() {
        for alien in [
            "",
            ":",
            "slack:",
            ":ops",
            "slack:ops@",
            "a/b",
            ".x y",
            "slack:ops:db",
        ] {
            assert_eq!(alien.parse::<Lane>(), Err(NoLane), "{alien}");
        }
    }

    #[test]
    fn a_ticket_round_trips_and_sorts_by_its_number() {
        let fresh = Ticket::fresh(42, object("mon:v1:default/web01"), Sort::Host);
        let failed = Ticket {
            past: Past::Failed {
                times: 3,
                again: 1_795_240_999,
            },
            ..fresh
        };
        let delivered = Ticket {
            past: Past::Delivered,
            ..fresh
        };
        for ticket in [
            fresh,
            failed,
            delivered,
            Ticket::fresh(HIGHEST, 0, Sort::Other),
        ] {
            assert_eq!(ticket.to_string().parse(), Ok(ticket));
        }
        assert!(Ticket::fresh(9, u64::MAX, Sort::Other) < Ticket::fresh(10, 0, Sort::Host));
    }

    #[test]
    fn a_file_that_is_no_ticket_is_none() {
        for alien in [
            "",
            ".json",
            "42.json",
            "42-1.json",
            "0000000000000042-1a2b3c4d5e6f7788-h",
            "0000000000000042-1a2b3c4d5e6f7788.json",
            "0000000000000042-1a2b3c4d5e6f7788-x.json",
            "0000000000000042-1a2b3c4d5e6f7788-h-1.json",
            "0000000000000042-1A2B3C4D5E6F7788-h.json",
            "0000000000000042-1a2b3c4d5e6f7788-h-1-2-3.json",
            "9999999999999999-1a2b3c4d5e6f7788-h.json",
        ] {
            assert_eq!(alien.parse::<Ticket>(), Err(NoTicket), "{alien}");
        }
    }
}
