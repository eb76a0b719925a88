//! What the config says of the way back from PagerDuty: `[pagerduty]`, and its destinations where they differ.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::{Secret, SecretSource};
use notify_core::config::section::Section;
use notify_core::connection::Connection;
use notify_core::links;

use super::rest::Rest;
use crate::signature::{self, Unsigned};

pub struct Account {
    /// Its table in the config.
    pub table: String,
    /// What signs webhooks V3.
    webhook_secrets: Vec<Secret>,
    /// What generic V2 webhooks bring along.
    webhook_password: Option<Secret>,
    pub rest: Option<Rest>,
    pub poll: Option<Duration>,
}

#[derive(PartialEq)]
struct Settings {
    webhook_secrets: Vec<SecretSource>,
    webhook_password: Option<SecretSource>,
    rest: Option<Access>,
    poll: Option<Duration>,
}

#[derive(PartialEq)]
struct Access {
    url: String,
    api_key: SecretSource,
    connection: Connection,
}

const WORLD: &str = "https://api.pagerduty.com";
const EUROPE: &str = "https://api.eu.pagerduty.com";
/// 960 requests a minute are everybody's with this key.
const SHORTEST: Duration = Duration::from_secs(5);

/// Those with a key for look-ups first.
pub fn read(config: &Arc<Config>) -> anyhow::Result<Vec<Account>> {
    let tables = config.with_top(tables)?;
    let mut known: Vec<Settings> = Vec::new();
    let mut accounts = Vec::new();
    for (table, settings) in tables {
        if settings.wants_answers() && !known.contains(&settings) {
            let account = settings.account(table.clone(), config);
            accounts.push(account.with_context(|| format!("[{table}]"))?);
            known.push(settings);
        }
    }
    accounts.sort_by_key(|account| account.rest.is_none());
    Ok(accounts)
}

fn tables(top: &Section) -> Result<Vec<(String, Settings)>, ConfigError> {
    let Some(base) = top.table("pagerduty")? else {
        return Ok(Vec::new());
    };
    let proxy = top.table("proxy")?;
    let mut tables = vec![(
        "pagerduty".to_owned(),
        Settings::read(&base, proxy.as_ref())?,
    )];
    for (name, destination) in base.tables("destinations")? {
        let settings = Settings::read(&destination.inheriting(&base), proxy.as_ref())?;
        tables.push((format!("pagerduty.destinations.{name}"), settings));
    }
    Ok(tables)
}

impl Settings {
    fn read(section: &Section, proxy: Option<&Section>) -> Result<Settings, ConfigError> {
        let region = section.word("region", &[("us", WORLD), ("eu", EUROPE)])?;
        let url = section.text("rest_url")?;
        if url.is_some_and(|url| !links::is_web(url)) {
            return Err(section.error("rest_url", "must begin with https://"));
        }
        let url = url.or(region).unwrap_or(WORLD).trim_end_matches('/');
        let rest = match section.secret(&["api_key"])? {
            Some(api_key) => Some(Access {
                url: url.to_owned(),
                api_key,
                connection: Connection::read(section, proxy)?,
            }),
            None => None,
        };
        let poll = section.duration("poll")?;
        if poll.is_some_and(|poll| poll < SHORTEST) {
            return Err(section.error("poll", "must be at least \"5s\""));
        }
        if poll.is_some() && rest.is_none() {
            return Err(section.error("poll", "needs an api_key beside it"));
        }
        Ok(Settings {
            webhook_secrets: section.secrets("webhook_secrets")?,
            webhook_password: section.secret(&["webhook_password"])?,
            rest,
            poll,
        })
    }

    fn wants_answers(&self) -> bool {
        !self.webhook_secrets.is_empty() || self.webhook_password.is_some() || self.poll.is_some()
    }

    fn account(&self, table: String, config: &Arc<Config>) -> anyhow::Result<Account> {
        let secrets = self.webhook_secrets.iter().map(SecretSource::read);
        let secrets: Result<_, _> = secrets.collect();
        let password = self.webhook_password.as_ref().map(SecretSource::read);
        let rest = self.rest.as_ref().map(|access| {
            let key = access.api_key.read().context("api_key")?;
            Rest::new(&access.url, key, &access.connection, config)
        });
        Ok(Account {
            table,
            webhook_secrets: secrets.context("webhook_secrets")?,
            webhook_password: password.transpose().context("webhook_password")?,
            rest: rest.transpose()?,
            poll: self.poll,
        })
    }
}

impl Account {
    pub fn has_v3(&self) -> bool {
        !self.webhook_secrets.is_empty()
    }

    pub fn has_v2(&self) -> bool {
        self.webhook_password.is_some()
    }

    pub fn signed(&self, signatures: Option<&str>, body: &[u8]) -> Result<(), Unsigned> {
        signature::pagerduty(&self.webhook_secrets, signatures, body)
    }

    pub fn knows(&self, password: &str) -> bool {
        let own = self.webhook_password.as_ref();
        own.is_some_and(|own| signature::same(own, password))
    }
}
