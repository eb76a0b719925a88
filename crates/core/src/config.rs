//! The config: what its shared tables say, and the destinations of a program's own provider.

pub mod answers;
pub mod contacts;
pub mod error;
pub mod filter;
pub mod flood;
pub mod listen;
pub mod monitoring;
pub mod nearest;
pub mod periods;
pub mod queue;
pub mod secret;
pub mod section;
pub mod source;
pub mod tree;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::connection::{Connection, ProxySettings, Trust};
use crate::entry::DestinationId;
use crate::environment::Environment;
use crate::links::Links;
use crate::names::OpenItCockpit;
use crate::provider::Provider;
use crate::state_folder::lane::hex;
use crate::story::Surface;
use crate::time::Zone;
use answers::Answers;
use contacts::Contact;
use error::ConfigError;
use filter::Filter;
use flood::FloodSettings;
use listen::{Keys, ListenSettings};
use monitoring::Monitoring;
use periods::Periods;
use queue::QueueSettings;
use secret::{Redactor, Secret};
use section::Section;
use source::Source;

/// The name of the destination that a provider's own table is.
pub const DEFAULT: &str = "default";

/// No core waits longer for a notification.
const LONGEST: Duration = Duration::from_secs(3_600);

/// No notifier reads them.
const LISTENERS_TABLES: [&str; 2] = ["monitoring", "answers"];

/// The site of those who have only one.
pub const DEFAULT_SITE: &str = "default";

pub struct Config {
    source: Source,
    /// Makes references unique among sites; the same on a pair of redundant cores.
    pub site: String,
    pub zone: Zone,
    /// For everything together, name resolution included.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub state_dir: PathBuf,
    /// The machine's trusted certificates.
    pub trust_store: Option<PathBuf>,
    pub links: Links,
    pub openitcockpit: Option<OpenItCockpit>,
    pub queue: QueueSettings,
    pub flood: FloodSettings,
    pub listen: ListenSettings,
    pub contacts: Vec<Contact>,
    pub contact_groups: Vec<Contact>,
    periods: Periods,
    /// In the shared tables: none of them stops a page.
    problems: Vec<ConfigError>,
    /// Everything at the top that is no provider's.
    shared_keys: Vec<String>,
}

/// A place to post, with everything needed to reach it.
#[derive(Debug)]
pub struct Destination<P: Provider> {
    pub id: DestinationId,
    pub settings: P::Settings,
    pub connection: Connection,
    /// The pace: two requests there are never closer.
    pub min_interval: Duration,
    /// What it is used for, and when.
    pub filter: Filter,
    pub two_way: TwoWay,
}

/// Whether people there are asked for answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TwoWay {
    Yes,
    No,
}

impl<P: Provider> Destination<P> {
    /// Everything in its settings that must not be shown.
    pub fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        for source in P::secrets(&self.settings) {
            if let Ok(secret) = source.read() {
                redactor.hide(&secret);
            }
        }
        if let Some(proxy) = &self.connection.proxy {
            for secret in proxy.secrets() {
                redactor.hide(&secret);
            }
        }
        redactor
    }

    /// Changes with the settings, the secrets and the certificates. Too short to tell anything about any of them.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}{:?}", self.settings, self.connection));
        let proxy = self.connection.proxy.as_ref();
        let secrets = P::secrets(&self.settings)
            .into_iter()
            .map(|source| source.read().ok())
            .chain(
                proxy
                    .into_iter()
                    .flat_map(|proxy| proxy.secrets())
                    .map(Some),
            );
        for secret in secrets {
            hash.update(secret.as_ref().map_or("", Secret::expose));
            hash.update([0]);
        }
        for file in self.connection.files() {
            let changed = std::fs::metadata(file).and_then(|file| file.modified());
            hash.update(format!("{:?}", changed.ok()));
        }
        hex(&hash.finalize()[..4])
    }

    /// What is allowed and should not be, and what is wished and cannot be.
    pub fn doubts(&self, listen: &ListenSettings) -> Vec<String> {
        let insecure = (self.connection.trust == Trust::Anybody).then(|| {
            format!(
                "{}: insecure = true, so anybody may pretend to be the vendor: set ca_file instead",
                self.id
            )
        });
        let wants_buttons = self.two_way == TwoWay::Yes && P::SURFACE == Surface::Messages;
        let no_buttons = match &listen.keys {
            _ if !wants_buttons => None,
            Keys::Missing => Some("[listen] needs a public_url and a button_secret".to_owned()),
            Keys::Address { .. } => {
                Some("[listen] has no button_secret that can be used".to_owned())
            }
            Keys::Given { button_secret, .. } => listen::sealing(button_secret)
                .err()
                .map(|why| format!("button_secret: {why:#}")),
        };
        let no_buttons = no_buttons.map(|why| {
            format!(
                "{}: two_way = true, but messages have no buttons: {why}",
                self.id
            )
        });
        insecure.into_iter().chain(no_buttons).collect()
    }
}

impl Config {
    pub fn load(chosen: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
        let file = source::find(chosen, environment)?;
        Config::new(Source::read(file, environment.clone())?)
    }

    pub fn new(source: Source) -> Result<Config, ConfigError> {
        let top = source.top();
        let mut problems = Vec::new();

        // What only adorns a page, or routes it, stops none where it is wrong: it is told and left out. A proxy is
        // read by the destinations that use it.
        let proxy = top.table("proxy")?;
        if let Some(section) = &proxy {
            let read = ProxySettings::read(section);
            problems.extend(unknown(section, &read));
            problems.extend(read.err());
        }
        let mut links = Links::default();
        if let Some(section) = top.table("links")? {
            let read = Links::read(&section);
            problems.extend(unknown(&section, &read));
            match read {
                Ok(read) => links = read,
                Err(error) => problems.push(error),
            }
        }
        let mut openitcockpit = None;
        if let Some(section) = top.table("openitcockpit")? {
            let read = OpenItCockpit::read(&section, proxy.as_ref());
            problems.extend(unknown(&section, &read));
            match read {
                Ok(read) => openitcockpit = Some(read),
                Err(error) => problems.push(error),
            }
        }
        let mut queue = QueueSettings::default();
        if let Some(section) = top.table("queue")? {
            queue = QueueSettings::read(&section);
            problems.extend(section.unknown());
        }
        let mut flood = FloodSettings::default();
        if let Some(section) = top.table("flood")? {
            flood = FloodSettings::read(&section);
            problems.extend(section.unknown());
        }
        let mut listen = ListenSettings::default();
        if let Some(section) = top.table("listen")? {
            listen = ListenSettings::read(&section);
            problems.extend(section.unknown());
        }
        let zone = zone(&top, &source.environment)?;
        let wrong_zone = top.has(&["timezone"]) && !zone.exists();
        if wrong_zone {
            // Times in UTC are worth more than no page.
            problems.push(top.error("timezone", "is not in this machine's time zone database"));
        }
        let mut periods = Periods::default();
        if let Some(section) = top.table("periods")? {
            periods = Periods::read(&section, (!wrong_zone).then_some(&zone));
            problems.extend(section.noted());
        }
        let mut people = |key| {
            let Some(section) = top.table(key)? else {
                return Ok(Vec::new());
            };
            let people = contacts::read(&section, &periods);
            problems.extend(section.noted());
            Ok(people)
        };
        let contacts = people("contacts")?;
        let contact_groups = people("contactgroups")?;
        let site = top.text("site")?.unwrap_or(DEFAULT_SITE).to_owned();
        let span = |key, usual| match top.duration(key)? {
            Some(Duration::ZERO) => Err(top.error(key, "leaves no time at all")),
            Some(span) if span > LONGEST => Err(top.error(key, "is more than an hour")),
            span => Ok(span.unwrap_or(Duration::from_secs(usual))),
        };
        let timeout = span("timeout", 10)?;
        let connect_timeout = span("connect_timeout", 3)?;
        let state_dir = top.path("state_dir")?;
        // They are the listener's, and known to be by those who look for typos.
        top.also_asked(&LISTENERS_TABLES);
        let shared_keys = top.asked();
        Ok(Config {
            site,
            zone,
            timeout,
            connect_timeout,
            state_dir: state_dir.unwrap_or_else(source::default_state_dir),
            trust_store: source::trust_store(&source.environment),
            links,
            openitcockpit,
            queue,
            flood,
            listen,
            contacts,
            contact_groups,
            periods,
            problems,
            shared_keys,
            source,
        })
    }

    pub fn file(&self) -> &Path {
        &self.source.file
    }

    /// The names of a provider's destinations, its own table's first where that is one.
    pub fn destinations<P: Provider>(&self) -> Result<Vec<String>, ConfigError> {
        let top = self.source.top();
        let base = base::<P>(&top)?;
        let named = base.tables("destinations")?;
        let own = is_destination::<P>(&base)?.then(|| DEFAULT.to_owned());
        let named = named.into_iter().map(|(name, _)| name.to_owned());
        let named = named.filter(|name| wrong_name(name).is_none());
        Ok(own.into_iter().chain(named).collect())
    }

    pub fn destination<P: Provider>(&self, name: &str) -> Result<Destination<P>, ConfigError> {
        let top = self.source.top();
        let base = base::<P>(&top)?;
        match name {
            DEFAULT => read::<P>(&top, &base, name, &self.periods),
            _ => read::<P>(&top, &named::<P>(&base, name)?, name, &self.periods),
        }
    }

    /// Where a notification goes that nothing routes: to the destination that `default` names, else to the
    /// provider's own table, else to the only one there is.
    pub fn default_destination<P: Provider>(&self) -> Result<String, ConfigError> {
        let top = self.source.top();
        let base = base::<P>(&top)?;
        let names = self.destinations::<P>()?;
        match (base.text("default")?, names.as_slice()) {
            (Some(name), names) if names.iter().any(|known| known == name) => Ok(name.to_owned()),
            (Some(_), _) => Err(base.error("default", "names no destination")),
            (None, [first, ..]) if first == DEFAULT || names.len() == 1 => Ok(first.clone()),
            (None, _) => Err(base.missing(&format!(
                "[{0}] has several destinations and no default: add default = \"…\" to [{0}]",
                P::NAME
            ))),
        }
    }

    /// Everything wrong with what this provider's program reads: unknown keys, and destinations that cannot
    /// be used.
    pub fn problems<P: Provider>(&self) -> Vec<ConfigError> {
        let mut problems = self.problems.clone();
        let top = self.source.top();
        top.also_asked(&self.shared_keys);
        if let Err(error) = look_through::<P>(&top, &self.periods, &mut problems) {
            problems.push(error);
        }
        problems.extend(top.unknown_at_the_top());
        problems.extend(self.dead_ends::<P>());
        // What destinations inherit would be told once for each of them.
        let mut told = Vec::new();
        problems.retain(|problem| {
            let last = problem.problem.rsplit('.').next().map(str::to_owned);
            let place = (problem.line, last);
            let known = problem.line.is_some() && told.contains(&place);
            told.push(place);
            !known
        });
        problems
    }

    /// Everything wrong with what no provider owns, and with the tables that only the listener reads.
    pub fn shared_problems(&self) -> Vec<ConfigError> {
        let top = self.source.top();
        top.also_asked(&self.shared_keys);
        let mut problems = self.problems.clone();
        problems.extend(top.unknown_at_the_top());
        problems.extend(self.listener_problems());
        problems
    }

    /// No notifier minds what is wrong there.
    pub fn listener_problems(&self) -> Vec<ConfigError> {
        let top = self.source.top();
        let mut problems = Vec::new();
        let mut table = |key| match top.table(key) {
            Ok(section) => section,
            Err(error) => {
                problems.push(error);
                None
            }
        };
        let [monitoring, answers] = LISTENERS_TABLES.map(&mut table);
        if let Some(section) = monitoring {
            // What is wrong with a proxy is told as its own.
            let proxy = top.table("proxy").ok().flatten();
            let read = Monitoring::read(&section, proxy.as_ref());
            problems.extend(unknown(&section, &read));
            problems.extend(read.err());
        }
        if let Some(section) = answers {
            Answers::read(&section);
            problems.extend(section.unknown());
        }
        problems
    }

    /// Keys in a provider's own table that nobody knows, whether or not anything can be sent with it.
    pub fn unknown_keys<P: Provider>(&self) -> Vec<ConfigError> {
        let top = self.source.top();
        let Ok(Some(base)) = top.table(P::NAME) else {
            return Vec::new();
        };
        base.also_asked(&["default", "destinations"]);
        let own = read::<P>(&top, &base, DEFAULT, &self.periods);
        unknown(&base, &own)
    }

    /// Destinations that contacts and groups name and nobody has.
    fn dead_ends<P: Provider>(&self) -> Vec<ConfigError> {
        let top = self.source.top();
        let known = self.destinations::<P>().unwrap_or_default();
        let mut dead = Vec::new();
        for (table, people) in [
            ("contacts", &self.contacts),
            ("contactgroups", &self.contact_groups),
        ] {
            let Ok(Some(section)) = top.table(table) else {
                continue;
            };
            for person in people {
                let ours = person
                    .destinations
                    .iter()
                    .filter(|id| id.provider == P::NAME);
                for id in ours.filter(|id| !known.contains(&id.name)) {
                    let problem = format!("names {id}, which is no destination");
                    dead.push(section.error(&person.name, &problem));
                }
            }
        }
        dead
    }

    /// A table at the top, or below one: for who reads what no notifier needs.
    pub fn with_top<T>(&self, read: impl FnOnce(&Section) -> T) -> T {
        read(&self.source.top())
    }

    /// A word about a file that strangers may read although secrets stand in it.
    pub fn exposure(&self) -> Option<String> {
        self.source.exposure()
    }
}

fn zone(top: &Section, environment: &Environment) -> Result<Zone, ConfigError> {
    if let Some(name) = top.text("timezone")? {
        return Ok(Zone::named(name));
    }
    // Where TZ names a file or a rule, the machine's own zone is the better guess.
    let named = environment.text("TZ").filter(|name| !name.is_empty());
    Ok(named.map_or_else(Zone::default, Zone::named))
}

fn base<'c, P: Provider>(top: &Section<'c>) -> Result<Section<'c>, ConfigError> {
    top.table(P::NAME)?.ok_or_else(|| {
        let there = top.items().map(|item| item.key.as_str());
        match nearest::nearest(P::NAME, there) {
            Some(mistyped) => {
                top.error(mistyped, &format!("is unknown: did you mean {}?", P::NAME))
            }
            None => top.missing(&format!(
                "there is no [{}] section; {}",
                P::NAME,
                P::SMALLEST_CONFIG
            )),
        }
    })
}

/// A provider's own table may be a destination, or only hold what its destinations inherit.
fn is_destination<P: Provider>(base: &Section) -> Result<bool, ConfigError> {
    Ok(base.has(P::PLACE) || base.tables("destinations")?.is_empty())
}

/// A name stands on command lines, in lists and in the one line of a plugin.
fn wrong_name(name: &str) -> Option<&'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match name {
        DEFAULT => Some("is the name of the table above it: choose another one"),
        "" => Some("has no name"),
        _ if !name.bytes().all(plain) => Some("may have letters, digits, dots and dashes only"),
        _ => None,
    }
}

fn named<'c, P: Provider>(base: &Section<'c>, name: &str) -> Result<Section<'c>, ConfigError> {
    let tables = base.tables("destinations")?;
    let known: Vec<&str> = tables.iter().map(|(known, _)| *known).collect();
    let provider = P::NAME;
    let advice = match nearest::nearest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean {provider}:{meant}?"),
        None if known.is_empty() => format!("add [{provider}.destinations.{name}]"),
        None => format!("there are {}", known.join(", ")),
    };
    match tables.into_iter().find(|(known, _)| *known == name) {
        Some((_, section)) => Ok(section.inheriting(base)),
        None => Err(base.missing(&format!(
            "there is no destination {provider}:{name}: {advice}"
        ))),
    }
}

fn read<P: Provider>(
    top: &Section,
    section: &Section,
    name: &str,
    periods: &Periods,
) -> Result<Destination<P>, ConfigError> {
    // Both in any case: what was asked for is what is known.
    let settings = P::settings(section);
    let connection = Connection::read(section, top.table("proxy")?.as_ref());
    let min_interval = match section.duration("min_interval") {
        Ok(Some(interval)) if interval > LONGEST => {
            Err(section.error("min_interval", "is more than an hour"))
        }
        interval => interval,
    };
    let filter = Filter::of_destination(section, periods);
    let two_way = section.flag("two_way");
    section.also_asked_secrets(P::ANSWER_SECRETS);
    section.also_asked(P::ANSWER_KEYS);
    Ok(Destination {
        id: DestinationId::new(P::NAME, name),
        settings: settings?,
        connection: connection?,
        min_interval: min_interval?.unwrap_or(P::MIN_INTERVAL),
        filter,
        two_way: match two_way? {
            Some(true) => TwoWay::Yes,
            _ => TwoWay::No,
        },
    })
}

fn look_through<P: Provider>(
    top: &Section,
    periods: &Periods,
    problems: &mut Vec<ConfigError>,
) -> Result<(), ConfigError> {
    let base = base::<P>(top)?;
    // Read in any case: what was asked for is what is known.
    base.text("default")?;
    let destinations = base.tables("destinations")?;
    let own = read::<P>(top, &base, DEFAULT, periods);
    let own_unknown = unknown(&base, &own);
    if is_destination::<P>(&base)? {
        problems.extend(own.err());
    }
    problems.extend(own_unknown);
    if let Some(section) = base.table("destinations")? {
        problems.extend(section.items().filter_map(|item| section.below(item).err()));
    }
    for (name, table) in destinations {
        if let Some(problem) = wrong_name(name) {
            problems.push(table.missing(&format!("{} {problem}", table.name())));
            continue;
        }
        let section = named::<P>(&base, name)?;
        let destination = read::<P>(top, &section, name, periods);
        let unknown = unknown(&section, &destination);
        problems.extend(destination.err());
        problems.extend(unknown);
    }
    Ok(())
}

fn unknown<T>(section: &Section, read: &Result<T, ConfigError>) -> Vec<ConfigError> {
    match read {
        Ok(_) => section.unknown(),
        Err(_) => section.misspelt(),
    }
}
