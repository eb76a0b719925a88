//! openITCOCKPIT by its REST API. Its core knows hosts and services by UUIDs alone, and a command that was taken is only
//! queued.

mod command;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use notify_core::config::Config;
use notify_core::http::Response;
use notify_core::names::{OpenItCockpit, is_uuid};
use notify_core::notification::{State, Subject};
use notify_core::now::Now;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Acknowledged, Comments, Core, Expiry, Look, Named, Order, Trouble, begins};
use crate::answer::object;

pub struct OpenItCockpitCore {
    settings: OpenItCockpit,
    config: Arc<Config>,
    checks: Mutex<HashMap<String, Check>>,
}

/// When an object was checked is told in words, by the time zone and the format of whoever the api_key belongs to: that the
/// words changed is all that can be known.
struct Check {
    words: String,
    /// When others were first seen, in seconds since 1970.
    changed: f64,
}

/// Its status comes from a database that the core fills in its own time.
const LAG: f64 = 3.0;
/// Objects whose checks are remembered.
const CHECKS: usize = 1_000;
/// Names of one answer; each object comes with its whole status.
const PAGE: usize = 200;

impl OpenItCockpitCore {
    pub fn new(settings: OpenItCockpit, config: Arc<Config>) -> OpenItCockpitCore {
        OpenItCockpitCore {
            settings,
            config,
            checks: Mutex::default(),
        }
    }

    fn send(&self, path: &str, form: Option<String>) -> Result<Response, Trouble> {
        let deadline = Now::read().deadline(self.config.timeout);
        let sent = self.settings.send(path, form, deadline, &self.config);
        let response = sent.map_err(|error| Trouble::Later(format!("openITCOCKPIT: {error:#}")))?;
        match response.status {
            401 => Err(Trouble::Later(
                "openITCOCKPIT refused the api_key (401): check it in [openitcockpit]".to_owned(),
            )),
            status @ 300..=399 => Err(Trouble::Later(format!(
                "a redirect ({status}) instead of openITCOCKPIT: check url in [openitcockpit]"
            ))),
            status @ (429 | 500..=599) => Err(Trouble::Later(format!(
                "openITCOCKPIT cannot do it now ({status})"
            ))),
            _ => Ok(response),
        }
    }

    /// `None`: it does not know the object.
    fn read(&self, path: &str) -> Result<Option<Value>, Trouble> {
        let response = self.send(path, None)?;
        match response.status {
            200 => serde_json::from_str(&response.body).map(Some).map_err(|_| {
                Trouble::Later(
                    "the answer is not openITCOCKPIT's: check url in [openitcockpit]".to_owned(),
                )
            }),
            404 => Ok(None),
            403 => Err(Trouble::Later(
                "openITCOCKPIT's api_key may not read this (403): give its user the right"
                    .to_owned(),
            )),
            status => Err(Trouble::Later(format!("openITCOCKPIT answered {status}"))),
        }
    }

    fn last_check(&self, subject: &Subject, status: &Value, now: f64) -> f64 {
        let words = status["lastCheckUser"].as_str().unwrap_or_default();
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        let key = object(subject);
        if checks.len() >= CHECKS && !checks.contains_key(&key) {
            checks.clear();
        }
        let check = checks.entry(key).or_insert_with(|| Check {
            words: words.to_owned(),
            changed: 0.0,
        });
        if check.words != words {
            *check = Check {
                words: words.to_owned(),
                changed: now,
            };
        }
        check.changed
    }

    fn list(&self, kind: &str, filters: &[(&str, &str)]) -> Result<Vec<Value>, Trouble> {
        let mut path = format!("/{kind}/index.json?limit={PAGE}&page=1");
        for (key, value) in filters {
            path.push_str(&format!("&filter[{key}]={}", encoded(value)));
        }
        let answer = self.read(&path)?.unwrap_or_default();
        let all = answer[format!("all_{kind}")].as_array();
        let unreadable = || format!("openITCOCKPIT's list of {kind} cannot be read");
        let all = all.ok_or_else(|| Trouble::Later(unreadable()))?;
        if all.len() >= PAGE {
            return Err(Trouble::Never(format!(
                "too many {kind} have this in their names: write more of it"
            )));
        }
        Ok(all.clone())
    }
}

impl Core for OpenItCockpitCore {
    fn look(&self, subject: &Subject) -> Result<Option<Look>, Trouble> {
        let now = Now::read().wall;
        let path = match &subject.service {
            _ if !is_uuid(&subject.host) => return Ok(None),
            Some(service) if !is_uuid(service) => return Ok(None),
            Some(service) => format!("/services/browser/{service}.json"),
            None => format!("/hosts/browser/{}.json", subject.host),
        };
        let Some(found) = self.read(&path)? else {
            return Ok(None);
        };
        let status = match subject.service {
            Some(_) => &found["servicestatus"],
            None => &found["hoststatus"],
        };
        if !status.is_object() {
            return Err(Trouble::Later(
                "openITCOCKPIT's answer has no status".to_owned(),
            ));
        }
        let acknowledged = is_true(&status["problemHasBeenAcknowledged"]).then(|| Acknowledged {
            by: text(&found["acknowledgement"]["author_name"]),
            comment: text(&found["acknowledgement"]["comment_data"]),
            // Told in the user's format and time zone.
            at: 0.0,
        });
        let planned = found["plannedDowntimes"].as_array().into_iter().flatten();
        let downtimes = std::iter::once(&found["downtime"]).chain(planned);
        Ok(Some(Look {
            subject: subject.clone(),
            state: state(subject, &status["currentState"]),
            comments: acknowledged.iter().map(|it| it.comment.clone()).collect(),
            acknowledged,
            downtimes: downtimes
                .map(|downtime| text(&downtime["commentData"]))
                .collect(),
            last_check: self.last_check(subject, status, now),
            as_of: now - LAG,
        }))
    }

    fn give(&self, order: &Order) -> Result<(), Trouble> {
        let form = command::form(order)?;
        let response = self.send("/nagios_module/cmd/submit.json", Some(form))?;
        match response.status {
            // Queued: what becomes of it is read back.
            200 => Ok(()),
            403 => Err(Trouble::Later(
                "openITCOCKPIT's api_key may not submit commands (403): give its user the right"
                    .to_owned(),
            )),
            status => Err(Trouble::Never(format!(
                "openITCOCKPIT does not take it ({status})"
            ))),
        }
    }

    fn find(&self, host: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble> {
        if host.is_empty() {
            return Ok(Vec::new());
        }
        if is_uuid(host) && service.is_none_or(is_uuid) {
            let subject = Subject {
                host: host.to_owned(),
                service: service.map(str::to_owned),
            };
            return Ok(vec![Named::from(subject)]);
        }
        let all = match service {
            Some(service) => self.list(
                "services",
                &[("Hosts.name", host), ("servicename", service)],
            )?,
            None => self.list("hosts", &[("Hosts.name", host)])?,
        };
        // It finds what is anywhere in a name, and reads % and _ as wildcards.
        let meant = |named: &Named| {
            begins(&named.name.host, host)
                && begins(
                    named.name.service.as_deref().unwrap_or_default(),
                    service.unwrap_or_default(),
                )
        };
        let found = all.iter().filter_map(|one| match service {
            Some(_) => service_in(one),
            None => host_in(one),
        });
        Ok(found.filter(meant).collect())
    }

    fn expiry(&self) -> Expiry {
        Expiry::Listener
    }

    fn comments(&self) -> Comments {
        Comments::Refused
    }

    fn probe(&self) -> Result<String, Trouble> {
        let probed = self.settings.probe(Now::read(), &self.config);
        probed.map_err(|error| Trouble::Later(format!("openITCOCKPIT: {error:#}")))?;
        Ok("openITCOCKPIT takes the api_key".to_owned())
    }
}

fn state(subject: &Subject, state: &Value) -> Option<State> {
    let number = state.as_i64().or_else(|| state.as_str()?.parse().ok())?;
    Some(match (&subject.service, number) {
        (None, 0) => State::Up,
        (None, 1) => State::Down,
        (None, _) => State::Unreachable,
        (Some(_), 0) => State::Ok,
        (Some(_), 1) => State::Warning,
        (Some(_), 2) => State::Critical,
        (Some(_), _) => State::Unknown,
    })
}

fn host_in(one: &Value) -> Option<Named> {
    Some(Named {
        subject: Subject::host(uuid(&one["Host"])?),
        name: Subject::host(name(&one["Host"], "hostname")?),
    })
}

fn service_in(one: &Value) -> Option<Named> {
    let host = host_in(one)?;
    let service = &one["Service"];
    Some(Named {
        subject: Subject::service(host.subject.host, uuid(service)?),
        name: Subject::service(host.name.host, name(service, "servicename")?),
    })
}

fn uuid(of: &Value) -> Option<&str> {
    of["uuid"].as_str().filter(|uuid| is_uuid(uuid))
}

/// Its own key for it, or the one that both kinds have.
fn name<'v>(of: &'v Value, key: &str) -> Option<&'v str> {
    of[key].as_str().or_else(|| of["name"].as_str())
}

/// PHP is free with numbers and truth.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !["", "0", "false"].contains(&&**text),
        _ => false,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn encoded(value: &str) -> impl std::fmt::Display {
    utf8_percent_encode(value, NON_ALPHANUMERIC)
}
