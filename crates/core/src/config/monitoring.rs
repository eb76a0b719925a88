//! `[monitoring]`: the core that answers go to.

use std::path::PathBuf;

use super::error::ConfigError;
use super::secret::SecretSource;
use super::section::Section;
use crate::connection::Connection;
use crate::links;

#[derive(Clone, Debug)]
pub enum Monitoring {
    CommandFile(CommandFile),
    Icinga2(Box<Icinga2>),
    /// Reached as `[openitcockpit]` says.
    OpenItCockpit,
}

#[derive(Clone, Debug)]
pub struct CommandFile {
    pub flavour: Flavour,
    pub command_file: PathBuf,
    pub status_file: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    Nagios,
    /// Knows acknowledgements that expire.
    Naemon,
}

#[derive(Clone, Debug)]
pub struct Icinga2 {
    /// Without a slash at its end.
    pub url: String,
    pub user: String,
    pub password: SecretSource,
    pub connection: Connection,
}

#[derive(Clone, Copy)]
enum Name {
    Nagios,
    Naemon,
    Icinga2,
    OpenItCockpit,
}

impl Monitoring {
    pub fn read(section: &Section, proxy: Option<&Section>) -> Result<Monitoring, ConfigError> {
        let names = [
            ("nagios", Name::Nagios),
            ("naemon", Name::Naemon),
            ("icinga2", Name::Icinga2),
            ("openitcockpit", Name::OpenItCockpit),
        ];
        let Some(name) = section.word("core", &names)? else {
            return Err(section.missing(
                "[monitoring] has no core: \"nagios\", \"naemon\", \"icinga2\" or \"openitcockpit\"",
            ));
        };
        let path = |key: &str| {
            let path = section.path(key)?;
            path.ok_or_else(|| section.missing(&format!("[monitoring] has no {key}")))
        };
        let by_file = |flavour| {
            Ok(Monitoring::CommandFile(CommandFile {
                flavour,
                command_file: path("command_file")?,
                status_file: path("status_file")?,
            }))
        };
        match name {
            Name::Nagios => by_file(Flavour::Nagios),
            Name::Naemon => by_file(Flavour::Naemon),
            Name::Icinga2 => icinga2(section, proxy)
                .map(Box::new)
                .map(Monitoring::Icinga2),
            Name::OpenItCockpit => Ok(Monitoring::OpenItCockpit),
        }
    }
}

fn icinga2(section: &Section, proxy: Option<&Section>) -> Result<Icinga2, ConfigError> {
    let url = section
        .text("api_url")?
        .unwrap_or("https://localhost:5665")
        .trim_end_matches('/');
    if !links::is_web(url) {
        return Err(section.error("api_url", "must begin with https://"));
    }
    let needed = |key: &str| section.missing(&format!("[monitoring] has no {key}"));
    let user = section.text("api_user")?;
    let password = section.secret(&["api_password"])?;
    Ok(Icinga2 {
        url: url.to_owned(),
        user: user.ok_or_else(|| needed("api_user"))?.to_owned(),
        password: password.ok_or_else(|| needed("api_password"))?,
        connection: Connection::read(section, proxy)?,
    })
}
