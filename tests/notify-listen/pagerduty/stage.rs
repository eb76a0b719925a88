//! A core, its notifier, PagerDuty's stand-in with its webhooks, and a listener.

use std::cell::Cell;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::{Listener, ListenerBench, Reply, pagerduty_signature};
use notify_test::{Agent, Happened, Incident, NO_FLOOD, Options, Preview, Run, Webhook};

use crate::PROGRAM;

pub const SECRET: &str = "pagerduty-webhook-secret";
/// One of those for which all output is searched.
pub const API_KEY: &str = "openitcockpit-api-key";
pub const WEBHOOKS: &str = "webhook_secrets = \"pagerduty-webhook-secret\"\ntwo_way = true\n";
pub const LOOK_UPS: &str = "api_key = \"openitcockpit-api-key\"\n";
pub const LINKS: &str = "[links]\nnagios = \"https://mon.example.com/nagios/cgi-bin\"\n";

pub struct Stage {
    /// It goes before the folder of its files.
    pub nagios: FakeNagios,
    pub bench: ListenerBench,
    pub preview: Preview,
    delivered: Cell<usize>,
}

impl Stage {
    /// `keys` stand in `[pagerduty]`.
    pub fn new(keys: &str) -> Stage {
        Stage::with(keys, "")
    }

    pub fn with(keys: &str, more: &str) -> Stage {
        let bench = ListenerBench::new(PROGRAM);
        let stage = Stage {
            nagios: FakeNagios::start(bench.folder()),
            preview: Preview::start(Options::default()).expect("the stand-in starts"),
            bench,
            delivered: Cell::new(0),
        };
        stage.nagios.service("web01", "Ping", 2);
        stage.nagios.service("db01", "Disk /var", 1);
        stage.nagios.host("web01", 1);
        stage.config(keys, more);
        stage
    }

    pub fn config(&self, keys: &str, more: &str) {
        self.bench.config(
            "",
            &format!(
                "[pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"\nmin_interval = 0\napi_url = {:?}\nrest_url = {:?}\n{keys}\n{more}\n{NO_FLOOD}{}",
                self.preview.pagerduty_v2(),
                self.preview.url(),
                self.nagios.config(),
            ),
        );
    }

    /// The core runs its notification command.
    pub fn notify(&self, kind: &str, host: &str, service: Option<&str>, more: &[&str]) {
        let mut args = vec!["--notificationtype", kind, "--hostname", host];
        match service {
            Some(service) => args.extend(["--type", "Service", "--servicedesc", service]),
            None => args.extend(["--type", "Host", "--hoststate", "1"]),
        }
        if !more.contains(&"--servicestate") && service.is_some() {
            args.extend(["--servicestate", "2"]);
        }
        args.extend(more);
        let mut command = self.bench.command(&args);
        let notifier = Path::new(PROGRAM.path).with_file_name("pagerduty-notify");
        assert!(
            notifier.exists(),
            "pagerduty-notify is not built: cargo build --workspace --bins"
        );
        let mut as_core = std::process::Command::new(notifier);
        as_core.args(&args).env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                as_core.env(name, value);
            }
        }
        command = as_core;
        Run::of(command.output().expect("the notifier starts")).code(0);
    }

    /// `web01 / Ping` is CRITICAL, and PagerDuty has an incident.
    pub fn problem(&self) -> Incident {
        self.notify("PROBLEM", "web01", Some("Ping"), &[]);
        self.incident("mon:v1:berlin/web01/Ping")
    }

    pub fn incident(&self, key: &str) -> Incident {
        let incidents = self.preview.incidents();
        let found = incidents.into_iter().rfind(|one| one.dedup_key == key);
        found.unwrap_or_else(|| panic!("there is no incident {key}"))
    }

    pub fn by_max(&self, incident: &Incident, what: Happened) {
        let max = Agent::user("PMAX", "Max Example");
        self.preview.in_pagerduty(&incident.id, max, what);
    }

    /// What PagerDuty has not told yet.
    pub fn news(&self) -> Vec<Webhook> {
        let all = self.preview.webhooks();
        let before = self.delivered.replace(all.len());
        all[before..].to_vec()
    }

    /// By webhooks V3, in order; each is taken.
    pub fn deliver(&self, listener: &Listener) {
        for webhook in self.news() {
            post_v3(listener, &webhook.v3).status(202);
        }
    }

    /// The commands about one object that the core was given, without their time.
    pub fn commands(&self) -> Vec<String> {
        let commands = self.nagios.commands().into_iter();
        commands
            .map(|line| line.split_once("] ").expect("a time").1.to_owned())
            .collect()
    }

    /// Once everything is carried these are all.
    pub fn only_commands(&self, listener: &Listener, count: usize) -> Vec<String> {
        self.until_commands(count);
        until("all answers have left", || {
            // As every core does now and then.
            self.nagios.write_status();
            pending(listener) == 0
        });
        let commands = self.commands();
        assert_eq!(commands.len(), count, "{commands:#?}");
        commands
    }

    pub fn until_commands(&self, count: usize) {
        until("the core is told", || {
            self.nagios.write_status();
            self.commands().len() >= count
        });
    }

    pub fn until_it_says(&self, listener: &Listener, words: &str) {
        until(words, || {
            self.nagios.write_status();
            listener.log().contains(words)
        });
    }
}

pub fn pending(listener: &Listener) -> usize {
    let metrics = listener.get("/metrics").body;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("notify_listen_pending_answers "));
    line.and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("{metrics}"))
}

pub fn until(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(30), "not so: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

pub fn post_v3(listener: &Listener, body: &[u8]) -> Reply {
    let signature = pagerduty_signature(SECRET, body);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-PagerDuty-Signature", signature.as_str()),
    ];
    listener.post("/pagerduty/v3", &headers, body)
}
