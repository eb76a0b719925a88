//! Icinga 2 by its REST API. Objects are named in the request's body, never in an expression.

pub mod api;
mod permissions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use notify_core::config::Config;
use notify_core::config::monitoring as settings;
use notify_core::notification::{State, Subject};
use notify_core::now::Now;
use serde_json::{Value, json};

use super::{Acknowledged, Core, Expiry, Look, Named, Order, Trouble, What, begins};
use crate::answer::Sticky;
use api::{Api, Reply};

pub struct Icinga2 {
    api: Api,
}

/// An acknowledgement's comment.
const ACKNOWLEDGEMENT: f64 = 4.0;

impl Icinga2 {
    pub fn new(settings: settings::Icinga2, config: Arc<Config>) -> Icinga2 {
        Icinga2 {
            api: Api::new(settings, config),
        }
    }

    /// Comments or downtimes of one object.
    fn about(
        &self,
        object: &Object,
        kind: &str,
        attributes: &[&str],
    ) -> Result<Vec<Value>, Trouble> {
        let one = kind.trim_end_matches('s');
        let body = json!({
            "filter": format!("{one}.host_name == host_name && {one}.service_name == service_name"),
            "filter_vars": {"host_name": object.host, "service_name": object.service.unwrap_or_default()},
            "attrs": attributes,
        });
        match self.api.query(kind, &body)? {
            Reply::Results(results) => Ok(attributes_of(results)),
            // Where there are none the list is empty.
            Reply::NoObjects | Reply::Conflict => Err(permissions::missing(&self.api, kind)),
        }
    }
}

impl Core for Icinga2 {
    fn look(&self, subject: &Subject) -> Result<Option<Look>, Trouble> {
        let Some(object) = Object::of(subject) else {
            return Ok(None);
        };
        let as_of = Now::read().wall;
        let mut question = object.named();
        question["attrs"] = json!(["state", "last_check", "last_reachable", "acknowledgement"]);
        let found = match self.api.query(object.kind(), &question)? {
            Reply::Results(results) => attributes_of(results).pop(),
            Reply::NoObjects | Reply::Conflict => {
                permissions::needed(&self.api, object.kind())?;
                None
            }
        };
        let Some(found) = found else {
            return Ok(None);
        };
        let comments = self.about(
            &object,
            "comments",
            &["author", "text", "entry_type", "entry_time"],
        )?;
        let downtimes = self.about(&object, "downtimes", &["comment"])?;
        let last_check = number(&found, "last_check");
        let acknowledged = number(&found, "acknowledgement") > 0.0;
        Ok(Some(Look {
            subject: subject.clone(),
            state: (last_check > 0.0).then(|| state(&object, &found)),
            acknowledged: acknowledged.then(|| acknowledgement(&comments)),
            comments: texts(&comments, "text"),
            downtimes: texts(&downtimes, "comment"),
            last_check,
            as_of,
        }))
    }

    fn give(&self, order: &Order) -> Result<(), Trouble> {
        let unknown = || Trouble::Never("unknown object: Icinga 2 has no such name".to_owned());
        let object = Object::of(&order.subject).ok_or_else(unknown)?;
        let mut body = object.named();
        body["author"] = json!(order.author);
        let action = match order.what {
            What::Acknowledge { sticky, until } => {
                body["comment"] = json!(order.comment);
                body["sticky"] = json!(sticky == Sticky::Yes);
                body["notify"] = json!(true);
                body["persistent"] = json!(false);
                if let Some(until) = until {
                    if until <= order.now {
                        return Err(Trouble::Never(
                            "its end had come before Icinga 2 could be told".to_owned(),
                        ));
                    }
                    body["expiry"] = json!(until);
                }
                "acknowledge-problem"
            }
            What::RemoveAcknowledgement => "remove-acknowledgement",
            What::Downtime { seconds } => {
                body["comment"] = json!(order.comment);
                body["start_time"] = json!(order.now);
                body["end_time"] = json!(order.now.saturating_add(seconds));
                body["fixed"] = json!(true);
                "schedule-downtime"
            }
            What::Recheck => {
                body["force"] = json!(true);
                "reschedule-check"
            }
            What::Comment => {
                body["comment"] = json!(order.comment);
                "add-comment"
            }
        };
        match self.api.act(action, &body)? {
            // What of it is so is read back.
            Reply::Results(_) | Reply::Conflict => Ok(()),
            Reply::NoObjects => Err(permissions::missing(&self.api, action)),
        }
    }

    fn find(&self, host: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble> {
        if host.is_empty() {
            return Ok(Vec::new());
        }
        let (kind, filter, attributes) = match service {
            Some(_) => (
                "services",
                "match(host_pattern, host.name) && match(service_pattern, service.name)",
                ["host_name", "name"].as_slice(),
            ),
            None => (
                "hosts",
                "match(host_pattern, host.name)",
                ["name"].as_slice(),
            ),
        };
        let body = json!({
            "filter": filter,
            "filter_vars": {
                "host_pattern": pattern(host),
                "service_pattern": pattern(service.unwrap_or_default()),
            },
            "attrs": attributes,
        });
        let found = match self.api.query(kind, &body)? {
            Reply::Results(results) => attributes_of(results),
            Reply::NoObjects | Reply::Conflict => {
                return Err(permissions::missing(&self.api, kind));
            }
        };
        let named = |attributes: &Value, key: &str| attributes[key].as_str().map(str::to_owned);
        let subjects = found.iter().filter_map(|attributes| {
            Some(match service {
                Some(_) => {
                    Subject::service(named(attributes, "host_name")?, named(attributes, "name")?)
                }
                None => Subject::host(named(attributes, "name")?),
            })
        });
        // The pattern lets more through than was meant.
        let meant = |subject: &Subject| {
            begins(&subject.host, host)
                && begins(
                    subject.service.as_deref().unwrap_or_default(),
                    service.unwrap_or_default(),
                )
        };
        Ok(subjects.filter(meant).map(Named::from).collect())
    }

    fn expiry(&self) -> Expiry {
        Expiry::Core
    }

    fn probe(&self) -> Result<String, Trouble> {
        let about = self.api.about()?;
        permissions::all(&about)?;
        Ok(format!("Icinga 2 {} as {}", about.version, about.user))
    }
}

/// What a name of Icinga's can be.
struct Object<'s> {
    host: &'s str,
    service: Option<&'s str>,
}

impl<'s> Object<'s> {
    /// `None`: no object of Icinga's has this name. `!` stands between host and service there.
    fn of(subject: &'s Subject) -> Option<Object<'s>> {
        let (host, service) = (&*subject.host, subject.service.as_deref());
        let is_name = |name: &str| !name.is_empty() && !name.contains('!');
        let whole = is_name(host) && service.is_none_or(is_name);
        whole.then_some(Object { host, service })
    }

    fn kind(&self) -> &'static str {
        match self.service {
            Some(_) => "services",
            None => "hosts",
        }
    }

    fn named(&self) -> Value {
        match self.service {
            Some(service) => {
                json!({"type": "Service", "service": format!("{}!{service}", self.host)})
            }
            None => json!({"type": "Host", "host": self.host}),
        }
    }
}

fn attributes_of(results: Vec<Value>) -> Vec<Value> {
    let attributes = results
        .into_iter()
        .filter_map(|mut result| Some(result.get_mut("attrs")?.take()));
    attributes.filter(Value::is_object).collect()
}

fn number(attributes: &Value, key: &str) -> f64 {
    attributes[key].as_f64().unwrap_or_default()
}

fn texts(of: &[Value], key: &str) -> Vec<String> {
    let texts = of.iter().filter_map(|attributes| attributes[key].as_str());
    texts.map(str::to_owned).collect()
}

fn state(object: &Object, found: &Value) -> State {
    let reachable = found["last_reachable"].as_bool() != Some(false);
    match (object.service, number(found, "state") as i64) {
        (None, 0) => State::Up,
        (None, _) if reachable => State::Down,
        (None, _) => State::Unreachable,
        (Some(_), 0) => State::Ok,
        (Some(_), 1) => State::Warning,
        (Some(_), 2) => State::Critical,
        (Some(_), _) => State::Unknown,
    }
}

/// Persistent comments of former ones may still be there.
fn acknowledgement(comments: &[Value]) -> Acknowledged {
    let of_one = |comment: &&Value| number(comment, "entry_type") == ACKNOWLEDGEMENT;
    let newest = |one: &&Value, other: &&Value| {
        number(one, "entry_time").total_cmp(&number(other, "entry_time"))
    };
    let comment = comments.iter().filter(of_one).max_by(newest);
    let text = |key: &str| comment.and_then(|it| it[key].as_str()).unwrap_or_default();
    Acknowledged {
        by: text("author").to_owned(),
        comment: text("text").to_owned(),
        at: comment.map_or(0.0, |comment| number(comment, "entry_time")),
    }
}

/// For `match`, which knows no escapes, and of other letters than ASCII's not which is small or capital.
fn pattern(prefix: &str) -> String {
    let mut pattern: String = prefix
        .chars()
        .map(|character| match character {
            '*' | '?' | '\\' => '?',
            ascii if ascii.is_ascii() => ascii,
            _ => '*',
        })
        .collect();
    pattern.push('*');
    pattern
}
