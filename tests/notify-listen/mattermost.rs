//! Answers from Mattermost: the real notifier posts to the stand-in, somebody clicks there, and the core hears of it.

#[path = "mattermost/checked.rs"]
mod checked;
#[path = "mattermost/choices.rs"]
mod choices;
#[path = "mattermost/clicks.rs"]
mod clicks;
#[path = "mattermost/commands.rs"]
mod commands;
#[path = "mattermost/forged.rs"]
mod forged;
#[path = "mattermost/people.rs"]
mod people;
#[path = "mattermost/waiting.rs"]
mod waiting;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use notify_test::fake_nagios::FakeNagios;
use notify_test::listener::{Listener, ListenerBench};
use notify_test::{
    Click, Clicked, Connection, MattermostLimits, Options, Preview, Program, Run, Shown,
};
use serde_json::Value;

use crate::PROGRAM;

const CHANNEL: &str = "alertsalertsalertsalertsal";
const PUBLIC_URL: &str = "https://monitoring.example.com";
const BUTTON_SECRET: &str = "the-secret-that-seals-buttons";
const SLASH_TOKEN: &str = "mattermost-slash-token";

/// A core, a vendor, a listener between them, and a notifier.
struct Stage {
    preview: Preview,
    nagios: FakeNagios,
    listener: Listener,
    bench: ListenerBench,
}

/// How the notifier posts.
#[derive(Clone, Copy, Debug)]
enum Posts {
    ByWebhook,
    ByBot,
}

/// 26 letters, as ids have them.
fn id(name: &str) -> String {
    name.chars().cycle().take(26).collect()
}

impl Stage {
    fn new(posts: Posts) -> Stage {
        Stage::with(posts, "")
    }

    /// `more` stands at the config's end.
    fn with(posts: Posts, more: &str) -> Stage {
        let token = "bot_token = \"bottokenbottokenbottoken26\"\n";
        let channel = match posts {
            Posts::ByWebhook => String::new(),
            Posts::ByBot => format!("channel = {CHANNEL:?}\n"),
        };
        Stage::of(&format!("{token}{channel}"), more)
    }

    /// `keys` stand in Mattermost's section.
    fn of(keys: &str, more: &str) -> Stage {
        let options = Options {
            mattermost: MattermostLimits::Old,
            ..Options::default()
        };
        let preview = Preview::start(options).expect("the stand-in starts");
        let bench = ListenerBench::new(PROGRAM);
        let nagios = FakeNagios::start(bench.folder());
        nagios.host("web01", 0);
        nagios.service("web01", "Ping", 2);
        bench.config(
            &format!("public_url = {PUBLIC_URL:?}\nbutton_secret = {BUTTON_SECRET:?}"),
            &format!(
                "[mattermost]\nwebhook_url = {:?}\ntwo_way = true\nslash_token = {SLASH_TOKEN:?}\nmin_interval = 0\n{keys}\n{}\n{more}",
                preview.mattermost_webhook(),
                nagios.config(),
            ),
        );
        let listener = bench.start();
        Stage {
            preview,
            nagios,
            listener,
            bench,
        }
    }

    fn notify(&self, args: &[&str]) -> Run {
        let program = sibling("mattermost-notify");
        let mut command = self.bench.command(args);
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = std::process::Command::new(program.path);
        command.args(args).env_clear().envs(environment);
        Run::of(command.output().expect("the notifier starts"))
    }

    /// The post of a service that is CRITICAL.
    fn problem(&self) -> Shown {
        self.problem_saying("100% packet loss")
    }

    fn problem_saying(&self, output: &str) -> Shown {
        self.notify(&[
            "--type",
            "Service",
            "--notificationtype",
            "PROBLEM",
            "--hostname",
            "web01",
            "--servicedesc",
            "Ping",
            "--servicestate",
            "2",
            "--output",
            output,
        ])
        .code(0)
        .quiet();
        self.posts().pop().expect("a post")
    }

    /// As people find them now.
    fn posts(&self) -> Vec<Shown> {
        let mut posts = self.preview.webhook_posts();
        posts.extend(self.preview.channel(CHANNEL));
        posts
    }

    fn post(&self, id: &str) -> Shown {
        let posts = self.posts();
        let found = posts.into_iter().find(|post| post.reference == id);
        found.expect("the post is there")
    }

    fn click(&self, post: &str, action: &str, who: &str) -> Clicked {
        self.clicked(post, action, None, who)
    }

    fn choose(&self, post: &str, value: &str, who: &str) -> Clicked {
        self.clicked(post, "more", Some(value), who)
    }

    /// While the core goes on writing its status.
    fn clicked(&self, post: &str, action: &str, option: Option<&str>, who: &str) -> Clicked {
        self.while_it_writes(|| {
            self.preview.click(&Click {
                post,
                action,
                option,
                user_id: &id(who),
                user_name: who,
                listener: self.listener.address(),
            })
        })
    }

    fn while_it_writes<T>(&self, act: impl FnOnce() -> T) -> T {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    self.nagios.write_status();
                    thread::sleep(Duration::from_millis(50));
                }
            });
            let _end = OnEnd(&done);
            act()
        })
    }

    /// What the notifier sent with this button.
    fn context(&self, action: &str) -> Value {
        let received = self.preview.received();
        let posted = received.iter().find(|one| one.method == "POST");
        let body = posted.expect("a post").json();
        let attachments = match body["attachments"].is_null() {
            true => &body["props"]["attachments"],
            false => &body["attachments"],
        };
        let actions = attachments[0]["actions"].as_array().expect("buttons");
        let action = actions.iter().find(|one| one["id"] == action);
        action.expect("it is there")["integration"]["context"].clone()
    }
}

/// A test that fails must not wait for its own threads.
struct OnEnd<'d>(&'d AtomicBool);

impl Drop for OnEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A program that was built beside this one.
fn sibling(name: &'static str) -> Program {
    let path = Path::new(PROGRAM.path).with_file_name(name);
    assert!(
        path.exists(),
        "{name} is not built: cargo build --workspace --bins"
    );
    Program {
        name,
        path: Box::leak(path.display().to_string().into_boxed_str()),
    }
}

trait Heard {
    /// What the person alone sees.
    fn hears(&self, words: &str) -> &Self;
}

impl Heard for Clicked {
    fn hears(&self, words: &str) -> &Clicked {
        assert_eq!(self.status, 200, "{self:?}");
        let heard = self.ephemeral.as_deref().unwrap_or_default();
        assert!(heard.contains(words), "{words:?} is not in {heard:?}");
        assert_eq!(self.connection, Connection::Closed);
        self
    }
}
