//! A core, a workspace in Slack, the real notifier that posts there, and the listener between them.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::{Listener, ListenerBench, PATIENCE, Reply};
use notify_test::{Options, Preview, Run, Shown, SlackPerson, Whisper};
use serde_json::Value;

use crate::PROGRAM;

pub const SIGNING_SECRET: &str = "slack-signing-secret";
pub const LISTEN: &str =
    "public_url = \"https://answers.example\"\nbutton_secret = \"the-secret-that-seals-buttons\"\n";
pub const TOKEN: &str = "oauth_access_token = \"xoxb-1234567890-secret\"\n";
/// Everybody who plays in these tests.
pub const ALLOW: &str = "[answers]\nallow = [\"slack:UMAX\", \"slack:UERIKA\"]\n";

pub const MAX: SlackPerson = SlackPerson {
    id: "UMAX",
    team: "T00000000",
};
pub const ERIKA: SlackPerson = SlackPerson {
    id: "UERIKA",
    team: "T00000000",
};

/// How the notifier posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Webhook,
    Token,
}

pub struct Stage {
    pub nagios: FakeNagios,
    pub preview: Preview,
    pub bench: ListenerBench,
    way: Way,
}

impl Stage {
    /// `web01 / Ping` is CRITICAL; `more` stands at the config's end.
    pub fn new(way: Way, more: &str) -> Stage {
        let bench = ListenerBench::new(PROGRAM);
        let stage = Stage {
            nagios: FakeNagios::start(bench.folder()),
            preview: Preview::start(Options::default()).expect("the stand-in starts"),
            bench,
            way,
        };
        stage.nagios.host("web01", 0);
        stage.nagios.service("web01", "Ping", 2);
        stage.config(more);
        stage
    }

    pub fn config(&self, more: &str) {
        self.bench.config(
            LISTEN,
            &format!("{}{}{more}", self.section(), self.nagios.config()),
        );
    }

    pub fn section(&self) -> String {
        let place = match self.way {
            Way::Webhook => format!("webhook_url = {:?}\n", self.preview.slack_webhook()),
            Way::Token => format!("channel = {:?}\n{TOKEN}", self.channel()),
        };
        format!(
            "[slack]\n{place}web_api_url = {:?}\nsigning_secret = {SIGNING_SECRET:?}\ntwo_way = true\nmin_interval = 0\n",
            self.preview.slack_web_api()
        )
    }

    fn channel(&self) -> &'static str {
        match self.way {
            Way::Webhook => self.preview.slack_webhook_channel(),
            Way::Token => "C0000OPS0",
        }
    }

    /// The core's notification command.
    pub fn notify(&self, line: &[&str]) -> Run {
        let path = Path::new(PROGRAM.path).with_file_name("slack-notify");
        assert!(
            path.exists(),
            "cargo build --workspace --bins makes {}",
            path.display()
        );
        let mut command = Command::new(path);
        command
            .args(line)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.bench.folder())
            .env("TZ", "UTC")
            .env("MONITORING_NOTIFY_CONFIG", self.bench.config_file());
        let run = Run::of(command.output().expect("it starts"));
        run.code(0);
        run
    }

    pub fn problem(&self) {
        self.of_ping("PROBLEM", &[]);
    }

    pub fn of_ping(&self, kind: &str, more: &[&str]) {
        let line = [
            "--type",
            "Service",
            "--notificationtype",
            kind,
            "--hostname",
            "web01",
            "--servicedesc",
            "Ping",
            "--servicestate",
            "2",
            "--output",
            "100% packet loss",
        ];
        self.notify(&[&line, more].concat());
    }

    pub fn messages(&self) -> Vec<Shown> {
        self.preview.channel(self.channel())
    }

    /// The last one, as people have it before them now.
    pub fn message(&self) -> Shown {
        self.messages().pop().expect("a message")
    }

    /// The form of a click on the last message.
    pub fn form(&self, action: &str, who: SlackPerson) -> String {
        let reference = self.message().reference;
        let form = self.preview.slack_press(&reference, action, who);
        form.unwrap_or_else(|| panic!("no {action} under {:#?}", self.message()))
    }

    pub fn press(&self, listener: &Listener, action: &str, who: SlackPerson) -> Reply {
        self.interact(listener, &self.form(action, who))
    }

    pub fn interact(&self, listener: &Listener, form: &str) -> Reply {
        listener.post_as_slack("/slack/interaction", SIGNING_SECRET, form)
    }

    pub fn until<T>(&self, what: &str, is: impl Fn(&Stage) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(so) = is(self) {
                return so;
            }
            // As every core does now and then.
            self.nagios.write_status();
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not happen: {:#?} {:#?}",
                self.messages(),
                self.preview.slack_whispers()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until somebody alone was told this.
    pub fn until_whispered(&self, words: &str) -> Whisper {
        self.until(words, |stage| {
            let whispers = stage.preview.slack_whispers();
            whispers
                .into_iter()
                .find(|whisper| whisper.text.contains(words))
        })
    }

    /// Waits until the last message says this.
    pub fn until_it_says(&self, words: &str) -> Shown {
        self.until(words, |stage| {
            Some(stage.message()).filter(|shown| shown.page.contains(words))
        })
    }

    pub fn answers_pending(&self) -> usize {
        let pending = self.bench.state().join("answers/pending");
        std::fs::read_dir(pending).map_or(0, Iterator::count)
    }
}

/// What stands on the buttons of a message.
pub fn labels(shown: &Shown) -> Vec<String> {
    let blocks = shown.body["attachments"][0]["blocks"].as_array();
    let buttons = blocks
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| block["elements"].as_array().cloned().unwrap_or_default());
    buttons
        .map(|button| {
            button["text"]["text"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// The payload of a form, changed, as a form again.
pub fn changed(form: &str, change: impl FnOnce(&mut Value)) -> String {
    let json = form.strip_prefix("payload=").expect("a payload");
    let mut bytes = Vec::new();
    let mut rest = json.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.expect("a digit"));
                let digits = std::str::from_utf8(&digits).expect("digits");
                u8::from_str_radix(digits, 16).expect("a byte")
            }
            byte => byte,
        });
    }
    let mut payload = serde_json::from_slice(&bytes).expect("JSON");
    change(&mut payload);
    let encoded: String = payload
        .to_string()
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    format!("payload={encoded}")
}
