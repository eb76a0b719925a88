//! Plays the part of openITCOCKPIT's REST API that a listener sees. A command that it takes is only queued; Naemon drops
//! what it does not like without a word; the status comes from a database that lags behind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stand_in::{Asked, Said, StandIn, Wrong};

/// UUIDs of a host, and of the service where it is one.
type Object = (String, Option<String>);

pub struct FakeOpenItCockpit {
    cockpit: Arc<Mutex<Cockpit>>,
    server: StandIn,
}

struct Cockpit {
    objects: BTreeMap<Object, Known>,
    lag: Duration,
    wrong: Option<Wrong>,
    asked: Vec<Asked>,
    /// As the core's command file got them.
    commands: Vec<String>,
}

struct Known {
    host_name: String,
    service_name: String,
    /// How it stood since when.
    history: Vec<(Instant, Standing)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub state: u8,
    /// Author and comment.
    pub acknowledged: Option<(String, String)>,
    pub sticky: bool,
    pub persistent: bool,
    /// Author and comment.
    pub downtimes: Vec<(String, String)>,
    pub checks: u32,
}

const KEY: &str = "X-OITC-API openitcockpit-api-key";

impl FakeOpenItCockpit {
    /// Its database is `lag` behind the core.
    pub fn start(lag: Duration) -> FakeOpenItCockpit {
        let cockpit = Arc::new(Mutex::new(Cockpit {
            objects: BTreeMap::new(),
            lag,
            wrong: None,
            asked: Vec::new(),
            commands: Vec::new(),
        }));
        let inside = Arc::clone(&cockpit);
        let server = StandIn::start(move |asked| {
            let wrong = {
                let mut cockpit = lock(&inside);
                cockpit.asked.push(asked.clone());
                cockpit.wrong
            };
            Wrong::said(wrong, || lock(&inside).answer(asked))
        });
        FakeOpenItCockpit { cockpit, server }
    }

    /// Its sections of the config.
    pub fn config(&self) -> String {
        format!(
            "[monitoring]\ncore = \"openitcockpit\"\n[openitcockpit]\nurl = {:?}\napi_key = \"openitcockpit-api-key\"\n",
            self.server.url()
        )
    }

    /// 0 UP, 1 DOWN, 2 UNREACHABLE.
    pub fn host(&self, uuid: &str, name: &str, state: u8) {
        self.add((uuid.to_owned(), None), name, "", state);
    }

    /// UUIDs of host and service, their names, and 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    pub fn service(&self, uuids: (&str, &str), names: (&str, &str), state: u8) {
        let object = (uuids.0.to_owned(), Some(uuids.1.to_owned()));
        self.add(object, names.0, names.1, state);
    }

    pub fn change(&self, host: &str, service: Option<&str>, change: impl FnOnce(&mut Standing)) {
        let object = (host.to_owned(), service.map(str::to_owned));
        let mut cockpit = lock(&self.cockpit);
        cockpit
            .objects
            .get_mut(&object)
            .expect("it has it")
            .change(change);
    }

    /// In the core itself, whatever the database says.
    pub fn standing(&self, host: &str, service: Option<&str>) -> Standing {
        let object = (host.to_owned(), service.map(str::to_owned));
        lock(&self.cockpit)
            .objects
            .get(&object)
            .expect("it has it")
            .now()
    }

    pub fn goes(&self, wrong: Option<Wrong>) {
        lock(&self.cockpit).wrong = wrong;
    }

    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.cockpit).asked.clone()
    }

    pub fn commands(&self) -> Vec<String> {
        lock(&self.cockpit).commands.clone()
    }

    fn add(&self, object: Object, host_name: &str, service_name: &str, state: u8) {
        let standing = Standing {
            state,
            ..Standing::default()
        };
        // Long known to the database.
        let since = Instant::now() - Duration::from_secs(60);
        let known = Known {
            host_name: host_name.to_owned(),
            service_name: service_name.to_owned(),
            history: vec![(since, standing)],
        };
        lock(&self.cockpit).objects.insert(object, known);
    }
}

fn lock(cockpit: &Mutex<Cockpit>) -> MutexGuard<'_, Cockpit> {
    cockpit.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn now(&self) -> Standing {
        let newest = self.history.last();
        newest
            .map(|(_, standing)| standing.clone())
            .unwrap_or_default()
    }

    fn before(&self, lag: Duration) -> Standing {
        let mut newest_first = self.history.iter().rev();
        let known = newest_first.find(|(since, _)| since.elapsed() >= lag);
        known
            .map(|(_, standing)| standing.clone())
            .unwrap_or_default()
    }

    fn change(&mut self, change: impl FnOnce(&mut Standing)) {
        let mut standing = self.now();
        change(&mut standing);
        if standing.state == 0 {
            standing.acknowledged = None;
        }
        self.history.push((Instant::now(), standing));
    }
}

impl Cockpit {
    fn answer(&mut self, asked: &Asked) -> Said {
        assert!(!asked.path.contains("key"), "a key in {}", asked.path);
        if asked.header("authorization") != Some(KEY) {
            return failure(401, "Unauthorized");
        }
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let uuid =
            |prefix: &str| Some(path.strip_prefix(prefix)?.strip_suffix(".json")?.to_owned());
        match (&*asked.method, path) {
            ("POST", "/nagios_module/cmd/submit.json") => self.submit(&pairs(&asked.body)),
            ("GET", "/hosts/index.json") => self.list(&pairs(query), "hosts"),
            ("GET", "/services/index.json") => self.list(&pairs(query), "services"),
            ("GET", _) => match (uuid("/hosts/browser/"), uuid("/services/browser/")) {
                (Some(uuid), _) => {
                    self.browser(|(host, service)| *host == uuid && service.is_none())
                }
                (_, uuid @ Some(_)) => self.browser(|(_, service)| *service == uuid),
                _ => failure(404, "Not found"),
            },
            _ => failure(405, "Method not allowed"),
        }
    }

    fn browser(&self, is: impl Fn(&Object) -> bool) -> Said {
        let Some(((_, service), known)) = self.objects.iter().find(|(object, _)| is(object)) else {
            return failure(404, "Host not found");
        };
        let standing = known.before(self.lag);
        let status = json!({
            "currentState": standing.state,
            "humanState": "…",
            "problemHasBeenAcknowledged": standing.acknowledged.is_some(),
            "acknowledgement_type": i32::from(standing.acknowledged.is_some()) + i32::from(standing.sticky),
            "scheduledDowntimeDepth": standing.downtimes.len(),
            "isHardstate": true,
            "lastCheck": "a moment ago",
            "lastCheckUser": format!("12:00:{:02} - 21.11.2026", standing.checks),
        });
        // PHP's empty list stands for nothing.
        let acknowledgement = standing.acknowledged.map_or(json!([]), |(author, comment)| {
            json!({"author_name": author, "comment_data": comment, "is_sticky": standing.sticky})
        });
        let downtime = standing.downtimes.last().map_or(
            json!([]),
            |(author, comment)| json!({"authorName": author, "commentData": comment}),
        );
        let mut answer = json!({"acknowledgement": acknowledgement, "downtime": downtime, "plannedDowntimes": []});
        let kind = if service.is_some() {
            "servicestatus"
        } else {
            "hoststatus"
        };
        answer[kind] = status;
        Said::json(200, &answer)
    }

    fn list(&self, query: &[(String, String)], kind: &str) -> Said {
        let value = |key: &str| {
            let found = query.iter().find(|(name, _)| name == key);
            found.map_or("", |(_, value)| value).to_lowercase()
        };
        let limit = value("limit").parse().unwrap_or(25);
        let (host, service) = (value("filter[Hosts.name]"), value("filter[servicename]"));
        let listed = self.objects.iter().filter(|((_, is_service), known)| {
            is_service.is_some() == (kind == "services")
                && known.host_name.to_lowercase().contains(&host)
                && known.service_name.to_lowercase().contains(&service)
        });
        let all: Vec<Value> = listed
            .take(limit)
            .map(|((host, service), known)| {
                json!({
                    "Host": {"uuid": host, "name": known.host_name, "hostname": known.host_name},
                    "Service": {"uuid": service, "servicename": known.service_name},
                })
            })
            .collect();
        Said::json(200, &json!({format!("all_{kind}"): all}))
    }

    fn submit(&mut self, pairs: &[(String, String)]) -> Said {
        let keys: Vec<&str> = pairs.iter().map(|(key, _)| &**key).collect();
        let Some((("command", command), fields)) = pairs
            .split_first()
            .map(|((key, value), rest)| ((&**key, &**value), rest))
        else {
            return failure(400, "Bad request");
        };
        let Some(parameters) = parameters(command) else {
            return failure(404, "Command not found");
        };
        for (key, value) in fields {
            if key.ends_with("Uuid") && value.len() != 36 {
                return failure(400, "CmdController: Could not resolve");
            }
        }
        let values: Vec<&str> = fields.iter().map(|(_, value)| &**value).collect();
        let line = format!("{command};{}", values.join(";"));
        self.commands.push(line.clone());
        // What is too much, too little or in another place breaks the line.
        if keys[1..] == *parameters {
            self.take(&line, parameters);
        }
        Said::json(
            200,
            &json!({"message": "Command added successfully to queue", "command": command, "args": []}),
        )
    }

    /// As Naemon does: what it does not know or like it drops without a word.
    fn take(&mut self, line: &str, parameters: &[&str]) {
        let line = line.lines().next().unwrap_or_default();
        let fields: Vec<&str> = line.splitn(parameters.len() + 1, ';').collect();
        let value = |key: &str| {
            let place = parameters.iter().position(|parameter| *parameter == key);
            place.and_then(|place| fields.get(place + 1)).copied()
        };
        let text = |key: &str| value(key).unwrap_or_default().to_owned();
        let object = (text("hostUuid"), value("serviceUuid").map(str::to_owned));
        let Some(known) = self.objects.get_mut(&object) else {
            return;
        };
        let said = (text("author"), text("comment"));
        match fields[0] {
            command if command.starts_with("ACKNOWLEDGE") => {
                if known.now().state != 0 && !said.1.is_empty() {
                    let (sticky, persistent) = (text("sticky") != "0", text("persistent") != "0");
                    known.change(|standing| {
                        standing.acknowledged = Some(said);
                        standing.sticky = sticky;
                        standing.persistent = persistent;
                    });
                }
            }
            command if command.starts_with("REMOVE") => {
                known.change(|standing| standing.acknowledged = None)
            }
            command if command.ends_with("DOWNTIME") => {
                let numbers = ["start_time", "end_time", "fixed", "duration"]
                    .map(|key| text(key).parse::<u64>());
                if numbers.iter().all(Result::is_ok) {
                    known.change(|standing| standing.downtimes.push(said));
                }
            }
            _ => known.change(|standing| standing.checks += 1),
        }
    }
}

/// In this order, and no others.
fn parameters(command: &str) -> Option<&'static [&'static str]> {
    Some(match command {
        "ACKNOWLEDGE_HOST_PROBLEM" => &[
            "hostUuid",
            "sticky",
            "notify",
            "persistent",
            "author",
            "comment",
        ],
        "ACKNOWLEDGE_SVC_PROBLEM" => &[
            "hostUuid",
            "serviceUuid",
            "sticky",
            "notify",
            "persistent",
            "author",
            "comment",
        ],
        "REMOVE_HOST_ACKNOWLEDGEMENT" => &["hostUuid"],
        "REMOVE_SVC_ACKNOWLEDGEMENT" => &["hostUuid", "serviceUuid"],
        "SCHEDULE_HOST_DOWNTIME" => &[
            "hostUuid",
            "start_time",
            "end_time",
            "fixed",
            "trigger_id",
            "duration",
            "author",
            "comment",
        ],
        "SCHEDULE_SVC_DOWNTIME" => &[
            "hostUuid",
            "serviceUuid",
            "start_time",
            "end_time",
            "fixed",
            "trigger_id",
            "duration",
            "author",
            "comment",
        ],
        "SCHEDULE_FORCED_HOST_CHECK" => &["hostUuid", "check_time"],
        "SCHEDULE_FORCED_SVC_CHECK" => &["hostUuid", "serviceUuid", "check_time"],
        _ => return None,
    })
}

fn failure(status: u16, message: &str) -> Said {
    Said::json(status, &json!({"message": message, "code": status}))
}

fn pairs(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| decoded(&text.replace('+', " "));
    pairs
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, more)) = rest.split_first() {
        let hex = more.get(..2).filter(|_| byte == b'%');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(hex.unwrap_or(byte));
        rest = if hex.is_some() { &more[2..] } else { more };
    }
    String::from_utf8(bytes).expect("UTF-8")
}
