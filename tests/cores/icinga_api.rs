//! Icinga 2 with its REST API, a listener before it, and Slack on both sides.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify_core::config::Config;
use notify_core::connection::Connection;
use notify_core::environment::Environment;
use notify_core::http::{Client, Method, Wire};
use notify_core::now::Now;
use notify_test::certificates::Authority;
use notify_test::listener::{Listener, ListenerBench};
use notify_test::{Program, Shown, SlackPerson};
use serde_json::{Value, json};

use crate::daemon::{Daemon, PATIENCE, hand_over, holds_no_secret};
use crate::icinga::{objects_of_slack, start};
use crate::stage::{Stage, program};

const SIGNING_SECRET: &str = "slack-signing-secret";
const CHANNEL: &str = "C0123456789";
/// `listen:icinga-api-password`
const BASIC: &str = "Basic bGlzdGVuOmljaW5nYS1hcGktcGFzc3dvcmQ=";

/// What the documents ask for, and what this test does in the core's name.
const API: &str = r#"
object CheckerComponent "checker" { }

object Endpoint NodeName { }

object Zone "master" {
  endpoints = [ NodeName ]
}

object ApiListener "api" {
  bind_host = "127.0.0.1"
  bind_port = PORT
}

object Host {{{HOST}}} {
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
}

object Service {{{SERVICE}}} {
  host_name = {{{HOST}}}
  check_command = "nothing"
  enable_active_checks = false
  max_check_attempts = 1
}

object ApiUser "listen" {
  password = "icinga-api-password"
  permissions = [ "objects/query/*", "actions/*" ]
}

object ApiUser "blind" {
  password = "icinga-api-password"
  permissions = [ "objects/query/Host", "actions/*" ]
}
"#;

/// Names that would act in JSON, in an expression, in a URL, in a shell.
pub const ODD: Object = Object {
    host: r#"we"ird \ host/a ü's %20 ${x}."#,
    service: Some(r#"C:\ "; true || "a && $(touch pwned) `id` *?"#),
};

pub struct Stand {
    pub icinga: Daemon,
    pub stage: Stage,
    listeners: ListenerBench,
    url: String,
    client: Client,
}

impl Stand {
    pub fn start(icinga: &Path) -> Stand {
        let stage = Stage::new();
        let authority = Authority::new();
        let own = |path: PathBuf, text: &[u8]| {
            fs::write(&path, text).expect("a file of the core's");
            hand_over([&*path]);
        };
        let certificates = stage.folder().join("icinga/data/certs");
        fs::create_dir_all(&certificates).expect("a folder for certificates");
        let identity = authority.server("localhost");
        let trusted = authority.certificate();
        own(certificates.join("ca.crt"), trusted.as_bytes());
        own(
            certificates.join("localhost.crt"),
            &identity.certificate_chain_pem,
        );
        own(
            certificates.join("localhost.key"),
            &identity.private_key_pem,
        );
        hand_over([&*certificates]);
        own(stage.folder().join("ca.crt"), trusted.as_bytes());
        let stranger = Authority::new().certificate();
        own(stage.folder().join("stranger.crt"), stranger.as_bytes());

        let port = free_port();
        let url = format!("https://localhost:{port}");
        stage.bench.config(&config(&stage, &url));
        let objects = API
            .replace("PORT", &port.to_string())
            .replace("SERVICE", ODD.service.unwrap_or_default())
            .replace("HOST", ODD.host);
        let objects = objects_of_slack() + &objects;
        let (icinga, _) = start(icinga, &stage, &objects, "localhost", "web01");
        let file = stage.folder().join("config.toml");
        let read = Config::load(Some(&file), &Environment::of_process()).expect("a config");
        let connection = Connection {
            ca_file: Some(stage.folder().join("ca.crt")),
            ..Connection::default()
        };
        let client = Client::new(&connection, &url, PATIENCE, &read).expect("a client");
        let listeners = ListenerBench::new(Program {
            name: "notify-listen",
            // Each is started with the stage's environment.
            path: "",
        });
        let mut stand = Stand {
            icinga,
            stage,
            listeners,
            url,
            client,
        };
        stand.until("the API answers", |stand| {
            stand.query("/v1/objects/zones", &json!({})).map(drop)
        });
        stand
    }

    /// With something of the config replaced.
    pub fn listener(&self, from: &str, to: &str) -> Listener {
        let changed = config(&self.stage, &self.url).replace(from, to);
        self.stage.bench.config(&changed);
        let file = self.stage.folder().join("config.toml");
        hand_over([&*file]);
        let listener = self
            .listeners
            .start_as(self.stage.command(program("notify-listen")));
        self.stage.bench.config(&config(&self.stage, &self.url));
        hand_over([&*file]);
        listener
    }

    /// As a plugin's result would.
    pub fn result(&self, object: &Object, state: u8, output: &str) {
        let mut body = object.named();
        body["exit_status"] = json!(state);
        body["plugin_output"] = json!(output);
        self.ask("/v1/actions/process-check-result", None, &body)
            .expect("the core takes it");
    }

    pub fn state(&self, object: &Object) -> Value {
        let kind = if object.service.is_some() {
            "services"
        } else {
            "hosts"
        };
        let path = format!("/v1/objects/{kind}");
        let found = self.query(&path, &object.named()).expect("the core has it");
        found["results"][0]["attrs"].clone()
    }

    /// The attributes of its comments or downtimes.
    pub fn of(&self, object: &Object, kind: &str) -> Vec<Value> {
        let all = self.query(&format!("/v1/objects/{kind}"), &json!({}));
        let all = all.expect("a list")["results"].take();
        let service = object.service.unwrap_or_default();
        let of_it = |one: &Value| one["host_name"] == object.host && one["service_name"] == service;
        let attributes = all
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| &one["attrs"]);
        attributes.filter(|one| of_it(one)).cloned().collect()
    }

    pub fn until<T>(&mut self, what: &str, is: impl Fn(&Stand) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(so) = is(self) {
                return so;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not happen; the core said\n{}",
                self.icinga.said()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The newest message in Slack that begins so.
    pub fn message(&mut self, begins: &str) -> Shown {
        self.until(begins, |stand| {
            let shown = stand.stage.bench.preview.channel(CHANNEL);
            shown
                .into_iter()
                .rev()
                .find(|shown| shown.text.starts_with(begins))
        })
    }

    /// As it stands there now.
    pub fn now(&self, message: &Shown) -> Shown {
        let shown = self.stage.bench.preview.channel(CHANNEL);
        let mut this = shown
            .into_iter()
            .filter(|shown| shown.reference == message.reference);
        this.next().expect("it is still there")
    }

    /// What Slack sends when somebody presses that.
    pub fn form(&self, message: &Shown, button: &str, who: &str) -> String {
        let preview = &self.stage.bench.preview;
        let form = preview.slack_press(&message.reference, button, SlackPerson::new(who));
        form.unwrap_or_else(|| panic!("no button {button} in {message:#?}"))
    }

    pub fn press(&self, listener: &Listener, message: &Shown, button: &str, who: &str) {
        self.post(listener, &self.form(message, button, who));
    }

    pub fn post(&self, listener: &Listener, form: &str) {
        listener
            .post_as_slack("/slack/interaction", SIGNING_SECRET, form)
            .status(200);
    }

    /// By the dialogue behind *More…*.
    pub fn choose(
        &mut self,
        listener: &Listener,
        message: &Shown,
        who: &str,
        chosen: &[(&str, &str)],
    ) {
        let before = self.stage.bench.preview.slack_views().len();
        self.press(listener, message, "more", who);
        let view = self.until("the dialogue opens", |stand| {
            stand.stage.bench.preview.slack_views().get(before).cloned()
        });
        self.post(
            listener,
            &self.stage.bench.preview.slack_submit(&view, chosen),
        );
    }

    /// What the slash command is answered with.
    pub fn command(&self, listener: &Listener, text: &str) -> String {
        let form = self
            .stage
            .bench
            .preview
            .slack_command(text, CHANNEL, SlackPerson::new("UMAX"));
        let reply = listener.post_as_slack("/slack/command", SIGNING_SECRET, &form);
        reply.status(200).body.clone()
    }

    pub fn end(&self) {
        let pwned = self.stage.folder().join("pwned");
        assert!(!pwned.exists(), "{}", self.icinga.said());
        holds_no_secret(&self.icinga.said());
    }

    fn query(&self, path: &str, body: &Value) -> Option<Value> {
        self.ask(
            path,
            Some(("X-HTTP-Method-Override", "GET".to_owned())),
            body,
        )
    }

    fn ask(
        &self,
        path: &str,
        header: Option<(&'static str, String)>,
        body: &Value,
    ) -> Option<Value> {
        let mut headers = vec![
            ("Accept", "application/json".to_owned()),
            ("Authorization", BASIC.to_owned()),
        ];
        headers.extend(header);
        let wire = Wire {
            method: Method::Post,
            url: format!("{}{path}", self.url),
            headers,
            body: Some(body.to_string().into_bytes()),
        };
        let response = self
            .client
            .send(&wire, Now::read().deadline(PATIENCE))
            .ok()?;
        assert_eq!(response.status, 200, "{path}: {}", response.body);
        serde_json::from_str(&response.body).ok()
    }
}

/// A host, or a service on it.
pub struct Object {
    pub host: &'static str,
    pub service: Option<&'static str>,
}

impl Object {
    fn full(&self) -> String {
        match self.service {
            Some(service) => format!("{}!{service}", self.host),
            None => self.host.to_owned(),
        }
    }

    fn named(&self) -> Value {
        match self.service {
            Some(_) => json!({"type": "Service", "service": self.full()}),
            None => json!({"type": "Host", "host": self.host}),
        }
    }
}

fn config(stage: &Stage, url: &str) -> String {
    let preview = stage.bench.preview.url();
    let ca = stage.folder().join("ca.crt");
    format!(
        r#"
site = "berlin"
[slack]
channel = "{CHANNEL}"
oauth_access_token = "xoxb-1234567890-secret"
web_api_url = "{preview}/api/"
signing_secret = "{SIGNING_SECRET}"
min_interval = 0
two_way = true
[listen]
address = "127.0.0.1:0"
public_url = "https://answers.example"
button_secret = "the-secret-that-seals-buttons"
[flood]
digest = false
[answers]
allow = ["slack:UMAX", "slack:UMIA"]
[monitoring]
core = "icinga2"
api_url = "{url}"
api_user = "listen"
api_password = "icinga-api-password"
ca_file = "{ca}"
"#,
        ca = ca.display()
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}
