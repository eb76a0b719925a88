//! Icinga 2's REST API over the wire: who asks, and what its statuses mean.
//! <https://icinga.com/docs/icinga-2/latest/doc/12-icinga2-api/>

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use notify_core::config::Config;
use notify_core::config::monitoring::Icinga2 as Settings;
use notify_core::http::{Client, LONGEST_ANSWER, Method, Response, Wire};
use notify_core::now::Now;
use notify_core::text;
use serde_json::Value;

use super::super::Trouble;

pub struct Api {
    settings: Settings,
    config: Arc<Config>,
    /// Kept as long as it works.
    client: Mutex<Option<Arc<Client>>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Results(Vec<Value>),
    /// Not there, or not for this API user: Icinga says the same.
    NoObjects,
    /// An acknowledgement of what is fine or acknowledged by now.
    Conflict,
}

/// Who we are to Icinga.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub version: String,
    pub user: String,
    /// With wildcards, as its ApiUser object has them.
    pub permissions: Vec<String>,
}

/// As much of Icinga's own words as anybody reads.
const LONGEST_WORDS: usize = 200;

impl Api {
    pub fn new(settings: Settings, config: Arc<Config>) -> Api {
        Api {
            settings,
            config,
            client: Mutex::default(),
        }
    }

    /// Objects, by what stands in the body: a GET's URL has limits, and its filters no variables.
    pub fn query(&self, kind: &str, body: &Value) -> Result<Reply, Trouble> {
        let method = ("X-HTTP-Method-Override", "GET".to_owned());
        self.ask(&format!("/v1/objects/{kind}"), Some(body), Some(method))
    }

    pub fn act(&self, action: &str, body: &Value) -> Result<Reply, Trouble> {
        self.ask(&format!("/v1/actions/{action}"), Some(body), None)
    }

    pub fn about(&self) -> Result<About, Trouble> {
        let reply = self.ask("/v1", None, None)?;
        let Reply::Results(results) = &reply else {
            return Err(not_icinga());
        };
        let about = results.first().ok_or_else(not_icinga)?;
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        let permissions = about["permissions"].as_array().into_iter().flatten();
        Ok(About {
            version: text("version"),
            user: text("user"),
            permissions: permissions
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }

    fn ask(
        &self,
        path: &str,
        body: Option<&Value>,
        header: Option<(&'static str, String)>,
    ) -> Result<Reply, Trouble> {
        let password = self.settings.password.read();
        let password =
            password.map_err(|error| Trouble::Later(format!("api_password: {error:#}")))?;
        let user = format!("{}:{}", self.settings.user, password.expose());
        let mut headers = vec![
            ("Accept", "application/json".to_owned()),
            ("Authorization", format!("Basic {}", STANDARD.encode(user))),
        ];
        headers.extend(header);
        let wire = Wire {
            method: match body {
                Some(_) => Method::Post,
                None => Method::Get,
            },
            url: format!("{}{path}", self.settings.url),
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
        };
        let deadline = Now::read().deadline(self.config.timeout);
        let answer = self.client()?.send(&wire, deadline);
        match answer {
            Ok(response) => reply(&response),
            Err(error) => {
                // Who mends a certificate does not start the listener anew.
                *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Err(Trouble::Later(format!("Icinga 2: {error}")))
            }
        }
    }

    fn client(&self) -> Result<Arc<Client>, Trouble> {
        let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(Arc::clone(client));
        }
        let Settings {
            url, connection, ..
        } = &self.settings;
        let made = Client::new(connection, url, self.config.connect_timeout, &self.config);
        let made =
            Arc::new(made.map_err(|error| Trouble::Later(format!("[monitoring]: {error:#}")))?);
        *client = Some(Arc::clone(&made));
        Ok(made)
    }
}

pub fn reply(response: &Response) -> Result<Reply, Trouble> {
    let body: Option<Value> = serde_json::from_str(&response.body).ok();
    let results = body.as_ref().and_then(|body| body["results"].as_array());
    // With one object its code is the whole answer's; some versions answer 200 all the same.
    let code = results
        .and_then(|results| results.first()?["code"].as_f64())
        .map_or(response.status, |code| response.status.max(code as u16));
    let words = words(body.as_ref(), results);
    match (code, results) {
        (200..=299, Some(results)) => Ok(Reply::Results(results.clone())),
        (200..=299, None) if response.body.len() as u64 >= LONGEST_ANSWER => Err(Trouble::Never(
            "too many names begin like this: write more of it".to_owned(),
        )),
        (200..=299, None) => Err(not_icinga()),
        (404, _) => Ok(Reply::NoObjects),
        (409, _) => Ok(Reply::Conflict),
        (400, _) => Err(Trouble::Never(format!(
            "Icinga 2 does not take it (400{words})"
        ))),
        (401, _) => Err(Trouble::Later(
            "Icinga 2 refused api_user and api_password (401): compare them with its ApiUser object"
                .to_owned(),
        )),
        (403, _) => Err(Trouble::Later(format!(
            "Icinga 2 does not let this API user (403{words}): see permissions in its ApiUser object"
        ))),
        (300..=399, _) => Err(Trouble::Later(format!(
            "a redirect ({code}) instead of Icinga 2: check api_url in [monitoring]"
        ))),
        (500..=599, _) => Err(Trouble::Later(format!(
            "Icinga 2 cannot do it now ({code}{words})"
        ))),
        _ => Err(Trouble::Later(format!("Icinga 2 answered {code}{words}"))),
    }
}

/// Its own, where it says something.
fn words(body: Option<&Value>, results: Option<&Vec<Value>>) -> String {
    let said = match results.and_then(|results| results.first()) {
        Some(result) => result["status"].as_str(),
        None => body.and_then(|body| body["status"].as_str()),
    };
    match said.map(text::line) {
        Some(said) if !said.trim().is_empty() => {
            format!(": {}", text::clip(said.trim(), LONGEST_WORDS, |_| 1))
        }
        _ => String::new(),
    }
}

fn not_icinga() -> Trouble {
    Trouble::Later("the answer is not Icinga 2's: check api_url in [monitoring]".to_owned())
}
