//! Where a bot's REST API lives.

use anyhow::{Context, bail};
use notify_core::config::error::ConfigError;
use notify_core::config::secret::SecretSource;
use notify_core::config::section::Section;
use notify_core::links;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    Url(String),
    /// The webhook's server is the bot's.
    OfWebhook(SecretSource),
}

impl Server {
    /// `None`: the section names neither.
    pub fn read(section: &Section) -> Result<Option<Server>, ConfigError> {
        let webhook = section.secret_url(&["webhook_url"])?;
        let url = section.text("server_url")?;
        if url.is_some_and(|url| !links::is_web(url)) {
            return Err(section.error("server_url", "must begin with https:// (or http://)"));
        }
        Ok(match url {
            Some(url) => Some(Server::Url(url.trim_end_matches('/').to_owned())),
            None => webhook.map(Server::OfWebhook),
        })
    }

    /// Everything before `/hooks/`: the server may live below a path.
    pub fn url(&self) -> anyhow::Result<String> {
        match self {
            Server::Url(url) => Ok(url.clone()),
            Server::OfWebhook(webhook) => {
                let webhook = webhook.read_url().context("webhook_url")?;
                match webhook.expose().rsplit_once("/hooks/") {
                    Some((server, _)) => Ok(server.to_owned()),
                    None => bail!("webhook_url has no /hooks/ in it: set server_url"),
                }
            }
        }
    }
}
