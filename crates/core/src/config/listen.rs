//! `[listen]`: where answers arrive, and the secret that seals buttons.

use std::collections::HashSet;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};

use super::error::ConfigError;
use super::secret::{Secret, SecretSource};
use super::section::Section;
use crate::links;

#[derive(Clone, Debug)]
pub struct ListenSettings {
    pub address: SocketAddr,
    pub keys: Keys,
}

/// What buttons need.
#[derive(Clone, Debug)]
pub enum Keys {
    Missing,
    /// Enough for answers that come without one.
    Address {
        public_url: String,
    },
    Given {
        /// As vendors reach the listener, without a slash at its end.
        public_url: String,
        /// The first one seals, the others were used before it.
        button_secret: Vec<SecretSource>,
    },
}

/// A shorter one could be guessed.
const SHORTEST: usize = 16;
/// So could `aaaaaaaaaaaaaaaa`.
const FEWEST: usize = 8;

impl Default for ListenSettings {
    fn default() -> ListenSettings {
        ListenSettings {
            address: SocketAddr::from(([127, 0, 0, 1], 8085)),
            keys: Keys::Missing,
        }
    }
}

impl ListenSettings {
    /// What is wrong is noted with the section: it costs the buttons, and never a page.
    pub fn read(section: &Section) -> ListenSettings {
        let mut settings = ListenSettings::default();
        match section.text("address").map(|text| text.map(str::parse)) {
            Ok(Some(Ok(address))) => settings.address = address,
            Ok(Some(Err(_))) => section.note(section.error(
                "address",
                "must be an address and a port, like \"127.0.0.1:8085\"",
            )),
            Ok(None) => {}
            Err(error) => section.note(error),
        }
        let url = section.or_noted(public_url(section), None);
        let button_secret = section.or_noted(button_secret(section), Vec::new());
        settings.keys = match url {
            None => Keys::Missing,
            Some(public_url) if button_secret.is_empty() => Keys::Address { public_url },
            Some(public_url) => Keys::Given {
                public_url,
                button_secret,
            },
        };
        settings
    }
}

fn public_url(section: &Section) -> Result<Option<String>, ConfigError> {
    match section.text("public_url")? {
        Some(url) if !links::is_web(url) => {
            Err(section.error("public_url", "must begin with https:// (or http://)"))
        }
        url => Ok(url.map(|url| url.trim_end_matches('/').to_owned())),
    }
}

fn button_secret(section: &Section) -> Result<Vec<SecretSource>, ConfigError> {
    let secrets = section.secrets("button_secret")?;
    for source in &secrets {
        if let SecretSource::Inline(secret) = source {
            strong(secret).map_err(|why| section.error("button_secret", &why.to_string()))?;
        }
    }
    Ok(secrets)
}

/// The secret that seals, read at the last moment.
pub fn sealing(sources: &[SecretSource]) -> Result<Secret> {
    read(sources.first().context("there is none")?)
}

/// Every secret that opens a button, the one that seals first.
pub fn opening(sources: &[SecretSource]) -> Result<Vec<Secret>> {
    sources.iter().map(read).collect()
}

fn read(source: &SecretSource) -> Result<Secret> {
    let secret = source.read()?;
    strong(&secret)?;
    Ok(secret)
}

/// Whoever guesses it makes buttons of his own.
fn strong(secret: &Secret) -> Result<()> {
    const ADVICE: &str = "openssl rand -hex 32 makes a good one";
    let text = secret.expose();
    if text.len() < SHORTEST {
        bail!("has less than {SHORTEST} characters: {ADVICE}");
    }
    let different: HashSet<char> = text.chars().collect();
    if different.len() < FEWEST {
        bail!("has less than {FEWEST} different characters: {ADVICE}");
    }
    Ok(())
}
