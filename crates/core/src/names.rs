//! Names for people. openITCOCKPIT's hosts and services are UUIDs to its core: a display name from the core wins,
//! else its REST API is asked, else the UUID is shown.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::config::Config;
use crate::config::error::ConfigError;
use crate::config::secret::SecretSource;
use crate::config::section::Section;
use crate::connection::Connection;
use crate::http::{Client, Method, Response, Wire};
use crate::links;
use crate::notification::Notification;
use crate::now::{Deadline, Now};
use crate::state_folder::{CachedName, StateFolder};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub host: String,
    pub service: Option<String>,
    pub origin: Origin,
}

/// Where the names come from, for `--explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Core,
    Remembered,
    LookedUp,
    /// The look-up gave nothing, and why.
    Unanswered(String),
}

/// `[openitcockpit]`: where names are looked up.
#[derive(Clone, Debug)]
pub struct OpenItCockpit {
    url: String,
    api_key: SecretSource,
    connection: Connection,
}

/// A look-up may delay a page by no more than this, nor by more than a third of the time there is.
const PATIENCE: Duration = Duration::from_secs(2);
/// After a failure nobody on this machine asks again for a minute.
const LEFT_ALONE: f64 = 60.0;
/// Objects are renamed now and then.
const FRESH: f64 = 24.0 * 3600.0;

impl OpenItCockpit {
    pub fn read(section: &Section, proxy: Option<&Section>) -> Result<OpenItCockpit, ConfigError> {
        let url = section
            .text("url")?
            .ok_or_else(|| section.missing("[openitcockpit] has no url"))?;
        if !links::is_web(url) {
            return Err(section.error("url", "must begin with http:// or https://"));
        }
        let api_key = section
            .secret(&["api_key"])?
            .ok_or_else(|| section.missing("[openitcockpit] has no api_key"))?;
        Ok(OpenItCockpit {
            url: url.trim_end_matches('/').to_owned(),
            api_key,
            connection: Connection::read(section, proxy)?,
        })
    }

    /// For `--check`: whether the server and the key are right. Nobody has this object.
    pub fn probe(&self, now: Now, config: &Config) -> Result<()> {
        let nobody = "/hosts/byUuid/00000000-0000-0000-0000-000000000000.json";
        let deadline = now.deadline(config.timeout).but_at_most(PATIENCE);
        match self.ask(nobody, deadline, config) {
            Err(no_name) if no_name.blame == Blame::Server => Err(no_name.why),
            _ => Ok(()),
        }
    }

    /// Whatever it answers. Where `form` is given it is posted.
    pub fn send(
        &self,
        path: &str,
        form: Option<String>,
        deadline: Deadline,
        config: &Config,
    ) -> Result<Response> {
        let api_key = self.api_key.read()?;
        // Never in the URL, which stands in access logs.
        let mut headers = vec![("Authorization", format!("X-OITC-API {}", api_key.expose()))];
        let method = match form {
            Some(_) => {
                let form = "application/x-www-form-urlencoded".to_owned();
                headers.push(("Content-Type", form));
                Method::Post
            }
            None => Method::Get,
        };
        let wire = Wire {
            method,
            url: format!("{}{path}", self.url),
            headers,
            body: form.map(String::into_bytes),
        };
        let client = Client::new(&self.connection, &wire.url, config.connect_timeout, config)?;
        Ok(client.send(&wire, deadline)?)
    }

    fn ask(&self, path: &str, deadline: Deadline, config: &Config) -> Result<Value, NoName> {
        let response = self.send(path, None, deadline, config)?;
        let about_the_object = |why: &str| NoName {
            blame: Blame::Object,
            why: anyhow!("{why}"),
        };
        match response.status {
            200 => Ok(serde_json::from_str(&response.body).context("its answer is not JSON")?),
            403 => Err(about_the_object(
                "the api_key may not read this object (403)",
            )),
            404 => Err(about_the_object("it does not know the object (404)")),
            401 => Err(anyhow!("it refused the api_key (401)").into()),
            status => Err(anyhow!("it answered {status}").into()),
        }
    }
}

/// Why a look-up gave no name.
struct NoName {
    blame: Blame,
    why: anyhow::Error,
}

/// One object that openITCOCKPIT does not tell about is no reason to stop asking about the others.
#[derive(PartialEq, Eq)]
enum Blame {
    Object,
    Server,
}

impl From<anyhow::Error> for NoName {
    fn from(why: anyhow::Error) -> NoName {
        NoName {
            blame: Blame::Server,
            why,
        }
    }
}

/// Without a look-up: for many at once, as far as they have been looked up before.
pub fn remembered(notification: &Notification, config: &Config) -> Names {
    let names = as_given(notification);
    let uuid = match names.service.as_deref() {
        Some(service) if is_uuid(service) => service,
        _ => &names.host,
    };
    if config.openitcockpit.is_none() || !is_uuid(uuid) {
        return names;
    }
    let state = StateFolder::open(&config.state_dir).ok();
    match state.and_then(|state| state.name_of(uuid)) {
        Some(found) => names.with(found, Origin::Remembered),
        None => names,
    }
}

fn as_given(notification: &Notification) -> Names {
    let subject = &notification.subject;
    let told = |display: &str, name: &str| match display.trim().is_empty() {
        true => name.to_owned(),
        false => display.to_owned(),
    };
    Names {
        host: told(&notification.host_display_name, &subject.host),
        service: subject
            .service
            .as_deref()
            .map(|service| told(&notification.service_display_name, service)),
        origin: Origin::Core,
    }
}

impl Names {
    /// Only what is a UUID needs another name.
    fn with(self, found: CachedName, origin: Origin) -> Names {
        Names {
            host: match is_uuid(&self.host) {
                true => found.host,
                false => self.host,
            },
            service: match self.service {
                Some(service) if is_uuid(&service) => found.service.or(Some(service)),
                service => service,
            },
            origin,
        }
    }
}

/// The names to show, within the deadline; never an error.
pub fn resolve(
    notification: &Notification,
    now: Now,
    deadline: Deadline,
    config: &Config,
) -> Names {
    let names = as_given(notification);
    let unnamed = is_uuid(&names.host) || names.service.as_deref().is_some_and(is_uuid);
    let Some(openitcockpit) = config.openitcockpit.as_ref().filter(|_| unnamed) else {
        return names;
    };
    // Of several destinations the first one asks, and the others find what it has learnt.
    static ASKING: Mutex<()> = Mutex::new(());
    let _asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    match look_up(openitcockpit, notification, now, deadline, config) {
        Ok((found, origin)) => names.with(found, origin),
        Err(why) => Names {
            origin: Origin::Unanswered(format!("{why:#}")),
            ..names
        },
    }
}

fn look_up(
    openitcockpit: &OpenItCockpit,
    notification: &Notification,
    now: Now,
    deadline: Deadline,
    config: &Config,
) -> Result<(CachedName, Origin)> {
    let subject = &notification.subject;
    // A service's answer names its host as well: one question suffices.
    let (uuid, path) = match subject
        .service
        .as_deref()
        .filter(|service| is_uuid(service))
    {
        Some(service) => (service, format!("/services/byUuid/{service}.json")),
        None => (
            &*subject.host,
            format!("/hosts/byUuid/{}.json", subject.host),
        ),
    };
    if !is_uuid(uuid) {
        bail!("only UUIDs can be looked up");
    }
    // Without a folder that can be used every process finds out for itself.
    let state = StateFolder::open(&config.state_dir).ok();
    let remembered = state.as_ref().and_then(|state| state.name_of(uuid));
    if let Some(name) = &remembered
        && (0.0..FRESH).contains(&(now.wall - name.learnt))
    {
        return Ok((name.clone(), Origin::Remembered));
    }
    let answer = match state.as_ref().and_then(StateFolder::failed_look_up) {
        Some(failed) if (0.0..LEFT_ALONE).contains(&(now.wall - failed)) => Err(NoName {
            blame: Blame::Object,
            why: anyhow!("left alone after a failure within the last minute"),
        }),
        _ => openitcockpit
            .ask(
                &path,
                deadline.but_at_most(PATIENCE.min(config.timeout / 3)),
                config,
            )
            .and_then(|answer| {
                Ok(read_answer(&answer, now.wall).context("its answer has no name")?)
            }),
    };
    if matches!(&answer, Err(no_name) if no_name.blame == Blame::Server) {
        let _ = state
            .as_ref()
            .map(|state| state.note_failed_look_up(now.wall));
    }
    match (answer, remembered) {
        (Ok(name), _) => {
            // A cache that cannot be written costs time, not names.
            let _ = state.as_ref().map(|state| state.remember_name(uuid, &name));
            Ok((name, Origin::LookedUp))
        }
        (Err(_), Some(old)) => Ok((old, Origin::Remembered)),
        (Err(no_name), None) => Err(no_name.why),
    }
}

fn read_answer(answer: &Value, now: f64) -> Option<CachedName> {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    if let Some(host) = answer.get("host") {
        return Some(CachedName {
            host: text(&host["name"])?,
            service: None,
            learnt: now,
        });
    }
    let service = answer.get("service")?;
    // A service without a name of its own has its template's.
    let name = text(&service["name"]).or_else(|| text(&service["servicetemplate"]["name"]))?;
    Some(CachedName {
        host: text(&service["host"]["name"])?,
        service: Some(name),
        learnt: now,
    })
}

pub fn is_uuid(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
