//! Plays the part of Icinga 2's REST API that a listener sees, as observed on 2.13.6.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::stand_in::{Asked, Said, StandIn, Wrong};

/// Host, and the service where it is one.
type Object = (String, Option<String>);

pub struct FakeIcinga {
    core: Arc<Mutex<Core>>,
    server: StandIn,
}

struct Core {
    objects: BTreeMap<Object, Standing>,
    permissions: Vec<String>,
    /// What goes wrong, for paths that begin so.
    wrong: Option<(&'static str, Wrong)>,
    asked: Vec<Asked>,
}

#[derive(Clone, Debug)]
pub struct Standing {
    pub state: u8,
    pub reachable: bool,
    /// 0, 1, and 2 for a sticky one.
    pub acknowledgement: u8,
    pub expiry: Option<u64>,
    pub comments: Vec<Comment>,
    /// Author, comment, start, end.
    pub downtimes: Vec<(String, String, u64, u64)>,
    pub last_check: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// 1 of a person, 4 of an acknowledgement.
    pub entry_type: u8,
    pub author: String,
    pub text: String,
    pub persistent: bool,
    /// In seconds since 1970.
    pub at: f64,
}

const USER: &str = "listen";
const PASSWORD: &str = "icinga-api-password";
/// `listen:icinga-api-password`
const BASIC: &str = "Basic bGlzdGVuOmljaW5nYS1hcGktcGFzc3dvcmQ=";

impl FakeIcinga {
    pub fn start() -> FakeIcinga {
        let core = Arc::new(Mutex::new(Core {
            objects: BTreeMap::new(),
            permissions: vec!["objects/query/*".to_owned(), "actions/*".to_owned()],
            wrong: None,
            asked: Vec::new(),
        }));
        let inside = Arc::clone(&core);
        let server = StandIn::start(move |asked| {
            let wrong = {
                let mut core = lock(&inside);
                core.asked.push(asked.clone());
                let wrong = core.wrong.filter(|(path, _)| asked.path.starts_with(path));
                wrong.map(|(_, wrong)| wrong)
            };
            Wrong::said(wrong, || lock(&inside).answer(asked))
        });
        FakeIcinga { core, server }
    }

    /// Its section of the config.
    pub fn config(&self) -> String {
        format!(
            "[monitoring]\ncore = \"icinga2\"\napi_url = {:?}\napi_user = {USER:?}\napi_password = {PASSWORD:?}\n",
            self.server.url()
        )
    }

    /// 0 UP, 1 DOWN.
    pub fn host(&self, host: &str, state: u8) {
        self.set((host.to_owned(), None), state);
    }

    /// 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    pub fn service(&self, host: &str, service: &str, state: u8) {
        self.set((host.to_owned(), Some(service.to_owned())), state);
    }

    pub fn change(&self, host: &str, service: Option<&str>, change: impl FnOnce(&mut Standing)) {
        let object = (host.to_owned(), service.map(str::to_owned));
        let mut core = lock(&self.core);
        change(core.objects.get_mut(&object).expect("the core has it"));
    }

    pub fn standing(&self, host: &str, service: Option<&str>) -> Standing {
        let object = (host.to_owned(), service.map(str::to_owned));
        let core = lock(&self.core);
        core.objects.get(&object).cloned().expect("the core has it")
    }

    pub fn goes(&self, wrong: Option<Wrong>) {
        lock(&self.core).wrong = wrong.map(|wrong| ("", wrong));
    }

    /// Only where it is told something.
    pub fn actions_go(&self, wrong: Wrong) {
        lock(&self.core).wrong = Some(("/v1/actions/", wrong));
    }

    pub fn permits(&self, permissions: &[&str]) {
        lock(&self.core).permissions = permissions.iter().map(|&it| it.to_owned()).collect();
    }

    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.core).asked.clone()
    }

    fn set(&self, object: Object, state: u8) {
        let mut core = lock(&self.core);
        let standing = core.objects.entry(object).or_insert_with(|| Standing {
            state,
            reachable: true,
            acknowledgement: 0,
            expiry: None,
            comments: Vec::new(),
            downtimes: Vec::new(),
            last_check: 0.0,
        });
        standing.state = state;
        standing.last_check = now();
        if state == 0 {
            standing.unacknowledge();
        }
    }
}

fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Standing {
    fn unacknowledge(&mut self) {
        self.acknowledgement = 0;
        self.expiry = None;
        self.comments
            .retain(|comment| comment.entry_type != 4 || comment.persistent);
    }
}

impl Core {
    fn answer(&mut self, asked: &Asked) -> Said {
        if asked.header("authorization") != Some(BASIC) {
            return error(401, "Unauthorized. Please check your user credentials.");
        }
        if asked.header("accept") != Some("application/json") {
            return error(
                400,
                "Accept header is missing or not set to 'application/json'.",
            );
        }
        if asked.method == "GET" && asked.path == "/v1" {
            let about = json!({"user": USER, "version": "r2.13.6-1", "permissions": self.permissions, "info": "…"});
            return results(200, vec![about]);
        }
        let Ok(body) = serde_json::from_str::<Value>(&asked.body) else {
            return error(400, "Invalid request body");
        };
        let override_method = asked.header("x-http-method-override");
        if let Some(kind) = asked.path.strip_prefix("/v1/objects/") {
            assert_eq!((&*asked.method, override_method), ("POST", Some("GET")));
            return self.query(kind, &body);
        }
        if let Some(action) = asked.path.strip_prefix("/v1/actions/") {
            assert_eq!((&*asked.method, override_method), ("POST", None));
            return self.act(action, &body);
        }
        error(404, "The requested path could not be found.")
    }

    fn may(&self, permission: &str) -> bool {
        let covers = |given: &String| match given.strip_suffix('*') {
            Some(prefix) => permission.starts_with(prefix),
            None => given == permission,
        };
        self.permissions.iter().any(covers)
    }

    fn query(&self, kind: &str, body: &Value) -> Said {
        let (name, permission) = match kind {
            "hosts" => ("host", "objects/query/Host"),
            "services" => ("service", "objects/query/Service"),
            "comments" => ("comment", "objects/query/Comment"),
            "downtimes" => ("downtime", "objects/query/Downtime"),
            _ => return error(400, "Invalid type specified."),
        };
        if !self.may(permission) {
            return nothing();
        }
        let variable = |name: &str| body["filter_vars"][name].as_str().unwrap_or_default();
        let of_one =
            format!("{name}.host_name == host_name && {name}.service_name == service_name");
        match (name, body["filter"].as_str()) {
            ("comment" | "downtime", Some(filter)) if filter == of_one => {
                let service = Some(variable("service_name").to_owned()).filter(|it| !it.is_empty());
                let object = (variable("host_name").to_owned(), service);
                let standing = self.objects.get(&object);
                results(
                    200,
                    standing.map_or(Vec::new(), |standing| standing.list(name)),
                )
            }
            ("host", Some("match(host_pattern, host.name)")) => {
                self.matching(variable("host_pattern"), None)
            }
            (
                "service",
                Some("match(host_pattern, host.name) && match(service_pattern, service.name)"),
            ) => self.matching(variable("host_pattern"), Some(variable("service_pattern"))),
            ("host" | "service", None) => match self.named(body, name) {
                Some(object) => {
                    let standing = &self.objects[&object];
                    results(200, vec![json!({"attrs": standing.attributes()})])
                }
                None => nothing(),
            },
            _ => error(400, "Invalid filter."),
        }
    }

    /// The whole name, in the core's own letters.
    fn named(&self, body: &Value, kind: &str) -> Option<Object> {
        let name = body[kind].as_str().filter(|name| !name.is_empty())?;
        let full = |(host, service): &Object| match service {
            Some(service) => format!("{host}!{service}"),
            None => host.clone(),
        };
        let of_kind = |object: &&Object| object.1.is_some() == (kind == "service");
        let mut objects = self.objects.keys().filter(of_kind);
        objects.find(|object| full(object) == name).cloned()
    }

    fn matching(&self, host: &str, service: Option<&str>) -> Said {
        let fits = |(name, of_it): &&Object| match (of_it, service) {
            (None, None) => fits(host, name),
            (Some(of_it), Some(service)) => fits(host, name) && fits(service, of_it),
            _ => false,
        };
        let named = |(host, service): &Object| match service {
            Some(service) => json!({"attrs": {"host_name": host, "name": service}}),
            None => json!({"attrs": {"name": host}}),
        };
        results(200, self.objects.keys().filter(fits).map(named).collect())
    }

    fn act(&mut self, action: &str, body: &Value) -> Said {
        let kind = match body["type"].as_str() {
            Some("Host") => "host",
            Some("Service") => "service",
            _ => return error(400, "Invalid type specified."),
        };
        let permitted = self.may(&format!("actions/{action}"));
        let Some(object) = self.named(body, kind).filter(|_| permitted) else {
            return nothing();
        };
        let Some(standing) = self.objects.get_mut(&object) else {
            return nothing();
        };
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let (author, comment) = (text("author"), text("comment"));
        let entry_type = if action == "acknowledge-problem" {
            4
        } else {
            1
        };
        let said = Comment {
            entry_type,
            author: author.clone(),
            text: comment.clone(),
            persistent: body["persistent"] == true,
            at: now(),
        };
        match action {
            "acknowledge-problem" if standing.state == 0 => return result(409, "Service is OK."),
            "acknowledge-problem" if standing.acknowledgement > 0 => {
                return result(409, "Service is already acknowledged.");
            }
            "acknowledge-problem" | "add-comment" if comment.is_empty() || author.is_empty() => {
                return result(
                    500,
                    "Action execution failed: 'Error: Could not create comment.\n'.",
                );
            }
            "acknowledge-problem" => {
                standing.acknowledgement = if body["sticky"] == true { 2 } else { 1 };
                standing.expiry = body["expiry"].as_u64();
                standing.comments.push(said);
            }
            "add-comment" => standing.comments.push(said),
            "remove-acknowledgement" => standing.unacknowledge(),
            "schedule-downtime" => {
                let (Some(start), Some(end)) =
                    (body["start_time"].as_u64(), body["end_time"].as_u64())
                else {
                    return result(400, "Options 'start_time' and 'end_time' are required");
                };
                standing.downtimes.push((author, comment, start, end));
            }
            "reschedule-check" if body["force"] == true => standing.last_check = now(),
            _ => return error(404, "Action does not exist."),
        }
        result(200, "Successfully done.")
    }
}

impl Standing {
    fn attributes(&self) -> Value {
        json!({
            "state": f64::from(self.state),
            "last_check": self.last_check,
            "last_reachable": self.reachable,
            "acknowledgement": f64::from(self.acknowledgement),
        })
    }

    fn list(&self, kind: &str) -> Vec<Value> {
        let downtime = |(author, comment, ..): &(String, String, u64, u64)| json!({"attrs": {"author": author, "comment": comment}});
        let comment = |comment: &Comment| {
            json!({"attrs": {
                "author": comment.author, "text": comment.text,
                "entry_type": f64::from(comment.entry_type), "entry_time": comment.at,
            }})
        };
        match kind {
            "downtime" => self.downtimes.iter().map(downtime).collect(),
            _ => self.comments.iter().rev().map(comment).collect(),
        }
    }
}

/// `match` of Icinga: `*` and `?`, in any case of ASCII's letters, without escapes.
fn fits(pattern: &str, name: &str) -> bool {
    fn rest(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', more)), _) => (0..=name.len()).any(|from| rest(more, &name[from..])),
            (Some((b'?', more)), Some((_, name))) => rest(more, name),
            (Some((one, more)), Some((other, name))) => {
                one.eq_ignore_ascii_case(other) && rest(more, name)
            }
            _ => false,
        }
    }
    rest(pattern.as_bytes(), name.as_bytes())
}

fn nothing() -> Said {
    error(404, "No objects found.")
}

fn error(code: u16, status: &str) -> Said {
    Said::json(code, &json!({"error": code, "status": status}))
}

fn result(code: u16, status: &str) -> Said {
    results(
        code,
        vec![json!({"code": f64::from(code), "status": status})],
    )
}

fn results(status: u16, results: Vec<Value>) -> Said {
    Said::json(status, &json!({"results": results}))
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs_f64()
}
