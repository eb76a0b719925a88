//! An app in Slack: what it signs with, and how its Web API is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::http::Uri;
use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::secret::{Secret, SecretSource};
use notify_core::config::section::Section;
use notify_core::connection::Connection;
use notify_core::http::{Client, Method, Response, Wire};
use notify_core::now::Now;
use serde_json::Value;

pub struct App {
    /// The section that it stands in.
    pub name: String,
    pub secrets: Vec<Secret>,
    token: Option<SecretSource>,
    web_api: String,
    connection: Connection,
    config: Arc<Config>,
    /// By origin: the Web API's, and that of the response URLs.
    clients: Mutex<HashMap<String, Arc<Client>>>,
}

/// Why Slack did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The app has none.
    NoToken,
    /// Slack's word for it.
    Refused(String),
    /// May pass.
    Away(String),
}

/// As Slack's own: GovSlack has another one.
const WEB_API: &str = "https://slack.com/api";
/// Where response URLs lead.
const HOOKS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// What stands in one section, before it is known whether another one is the same app.
struct Found {
    name: String,
    sources: Vec<SecretSource>,
    token: Option<SecretSource>,
    web_api: String,
    connection: Connection,
}

/// Every section with a signing_secret; those with the same one are the same app.
pub fn read(config: &Arc<Config>) -> anyhow::Result<Vec<App>> {
    let found = config.with_top(found)?;
    found
        .into_iter()
        .map(|found| {
            let secrets = found.sources.iter().map(|source| {
                let secret = source.read();
                secret.with_context(|| format!("[{}] signing_secret", found.name))
            });
            Ok(App {
                secrets: secrets.collect::<anyhow::Result<_>>()?,
                name: found.name,
                token: found.token,
                web_api: found.web_api,
                connection: found.connection,
                config: Arc::clone(config),
                clients: Mutex::default(),
            })
        })
        .collect()
}

fn found(top: &Section) -> Result<Vec<Found>, ConfigError> {
    let Some(base) = top.table("slack")? else {
        return Ok(Vec::new());
    };
    let proxy = top.table("proxy")?;
    let mut apps: Vec<Found> = Vec::new();
    let mut add = |section: &Section| -> Result<(), ConfigError> {
        let sources = section.secrets("signing_secret")?;
        if sources.is_empty() {
            return Ok(());
        }
        let token = section.secret(&["oauth_access_token", "bot_token"])?;
        if let Some(known) = apps.iter_mut().find(|known| known.sources == sources) {
            if known.token.is_none() {
                known.token = token;
            }
            return Ok(());
        }
        let web_api = section.text("web_api_url")?.unwrap_or(WEB_API);
        apps.push(Found {
            name: section.name().to_owned(),
            sources,
            token,
            web_api: web_api.trim_end_matches('/').to_owned(),
            connection: Connection::read(section, proxy.as_ref())?,
        });
        Ok(())
    };
    add(&base)?;
    for (_, section) in base.tables("destinations")? {
        add(&section.inheriting(&base))?;
    }
    Ok(apps)
}

impl App {
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// A method of the Web API, with everything that it answers.
    pub fn call(&self, method: &str, body: &Value, within: Duration) -> Result<Value, Trouble> {
        let bearer = self.bearer()?;
        let url = format!("{}/{method}", self.web_api);
        let response = self.post(&url, Some(bearer), body.to_string(), within)?;
        judged(&response)
    }

    /// As [`call`](App::call), for the methods that read no JSON.
    pub fn look_up(&self, method: &str, query: &str, within: Duration) -> Result<Value, Trouble> {
        let wire = Wire {
            method: Method::Get,
            url: format!("{}/{method}?{query}", self.web_api),
            headers: vec![("Authorization", self.bearer()?)],
            body: None,
        };
        judged(&self.send(&wire, within)?)
    }

    fn bearer(&self) -> Result<String, Trouble> {
        let token = self.token.as_ref().ok_or(Trouble::NoToken)?;
        let token = token.read().map_err(|why| Trouble::Away(why.to_string()))?;
        Ok(format!("Bearer {}", token.expose()))
    }

    /// Where a response URL says: only to Slack.
    pub fn respond(&self, url: &str, body: &Value, within: Duration) -> Result<(), Trouble> {
        if !self.is_slack(url) {
            return Err(Trouble::Refused("that is no address of Slack's".to_owned()));
        }
        let response = self.post(url, None, body.to_string(), within)?;
        match response.status {
            200..=299 => Ok(()),
            status => Err(Trouble::Refused(status.to_string())),
        }
    }

    /// A response URL comes from outside, signed or not: nothing inside is asked for it.
    fn is_slack(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else {
            return false;
        };
        let origin = origin(&uri);
        let own = self.web_api.parse().ok().as_ref().and_then(self::origin);
        let hooks = HOOKS.map(|host| format!("https://{host}"));
        origin.is_some_and(|origin| hooks.contains(&origin) || own.as_ref() == Some(&origin))
    }

    fn post(
        &self,
        url: &str,
        authorization: Option<String>,
        body: String,
        within: Duration,
    ) -> Result<Response, Trouble> {
        let mut headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
        headers.extend(authorization.map(|bearer| ("Authorization", bearer)));
        let wire = Wire {
            method: Method::Post,
            url: url.to_owned(),
            headers,
            body: Some(body.into_bytes()),
        };
        self.send(&wire, within)
    }

    fn send(&self, wire: &Wire, within: Duration) -> Result<Response, Trouble> {
        let away = |why: String| Trouble::Away(why);
        let client = self
            .client(&wire.url)
            .map_err(|why| away(format!("{why:#}")))?;
        let deadline = Now::read().deadline(within);
        client
            .send(wire, deadline)
            .map_err(|why| away(why.to_string()))
    }

    fn client(&self, url: &str) -> anyhow::Result<Arc<Client>> {
        let origin = url.parse().ok().as_ref().and_then(self::origin);
        let origin = origin.context("its URL is malformed")?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&origin) {
            return Ok(Arc::clone(client));
        }
        let patience = self.config.connect_timeout;
        let client = Client::new(&self.connection, url, patience, &self.config)?;
        let client = Arc::new(client);
        clients.insert(origin, Arc::clone(&client));
        Ok(client)
    }
}

/// `None` where it holds credentials, or is no whole URL.
fn origin(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?.as_str();
    let plain = !authority.contains('@');
    plain.then_some(format!(
        "{}://{}",
        uri.scheme_str()?,
        authority.to_ascii_lowercase()
    ))
}

fn judged(response: &Response) -> Result<Value, Trouble> {
    let answer: Value = match response.status {
        200 => serde_json::from_str(&response.body).unwrap_or_default(),
        status => return Err(Trouble::Away(format!("Slack answered {status}"))),
    };
    if answer["ok"] == true {
        return Ok(answer);
    }
    let word = answer["error"].as_str();
    // Words of Slack's are short; whatever else answers is not quoted.
    let plain = |word: &&str| {
        word.len() < 50
            && word
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_lowercase())
    };
    match word.filter(plain) {
        None => Err(Trouble::Away("it does not answer like Slack".to_owned())),
        Some(
            "ratelimited"
            | "rate_limited"
            | "internal_error"
            | "fatal_error"
            | "request_timeout"
            | "service_unavailable",
        ) => Err(Trouble::Away(format!(
            "Slack: {}",
            word.unwrap_or_default()
        ))),
        Some(word) => Err(Trouble::Refused(word.to_owned())),
    }
}

impl Trouble {
    /// For logs and for `--check`.
    pub fn words(&self) -> String {
        match self {
            Trouble::NoToken => "there is no oauth_access_token".to_owned(),
            Trouble::Refused(word) | Trouble::Away(word) => word.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_holds_no_credentials() {
        let of = |url: &str| url.parse().ok().as_ref().and_then(origin);
        assert_eq!(
            of("https://Hooks.Slack.com/actions/T1/2/x").as_deref(),
            Some("https://hooks.slack.com")
        );
        for other in [
            "https://hooks.slack.com@evil.example/",
            "https://hooks.slack.com:444/x",
            "https://hooks.slack.com.evil.example/x",
            "http://hooks.slack.com/x",
            "//hooks.slack.com/x",
            "/x",
            "",
        ] {
            assert_ne!(
                of(other).as_deref(),
                Some("https://hooks.slack.com"),
                "{other}"
            );
        }
    }
}
