//! Notifications made of everything that has a meaning to somebody: markup, mentions, entities, links, control
//! characters, very long and very wide text.

use notify_core::config::source::Source;
use notify_core::config::{Config, Destination};
use notify_core::digest::{Digest, Member};
use notify_core::entry::{Emoji, Entry};
use notify_core::environment::Environment;
use notify_core::message::Message;
use notify_core::names::{Names, Origin};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::provider::{Plan, Provider};
use notify_core::story::{Call, Face, Past, Shape, Story};
use proptest::prelude::*;
use serde_json::Value;

/// Pieces that act somewhere, and the seams between them.
const PIECES: [&str; 45] = [
    "@all",
    "@channel",
    "@here",
    "@bob",
    "<!channel>",
    "<!here>",
    "<@U123>",
    "<#C1>",
    "<!subteam^S1>",
    "<https://evil.example|click>",
    "https://evil.example",
    "http://evil.example/x",
    "www.evil.example",
    "mailto:a@b.c",
    "[x](https://evil.example)",
    "![x](https://evil.example/i.png)",
    "&#64;all",
    "&commat;bob",
    "&amp;",
    "&lt;!here&gt;",
    "`",
    "```",
    "~~~",
    "*",
    "_",
    "~",
    "~town-square",
    "#tag",
    "|",
    "\\",
    "\"",
    "'",
    "\n",
    "\\n",
    "\n---\n",
    "\n# ",
    "> ",
    "1. ",
    ":fire:",
    "\u{202E}",
    "\0",
    "\u{1b}[31m",
    "é",
    "🔥",
    "$(x)",
];

pub fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        2 => "[a-z <>&@]{0,12}",
        1 => any::<char>().prop_map(String::from),
    ];
    let short = proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat());
    (short, prop_oneof![9 => Just(1usize), 1 => Just(2_000usize)])
        .prop_map(|(text, times)| text.repeat(times))
}

pub fn notification() -> impl Strategy<Value = Notification> {
    let kind = proptest::sample::select(vec![
        Kind::Problem,
        Kind::Recovery,
        Kind::Acknowledgement,
        Kind::FlappingStart,
        Kind::DowntimeStart,
        Kind::Custom,
        Kind::Other("<!here> @all".to_owned()),
    ]);
    let state = proptest::sample::select(vec![
        None,
        Some(State::Ok),
        Some(State::Warning),
        Some(State::Critical),
    ]);
    let texts = proptest::collection::vec(text(), 10);
    (kind, state, texts).prop_map(|(kind, state, texts)| {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        Notification {
            kind,
            state,
            subject: Subject::service(next(), next()),
            output: next(),
            long_output: next(),
            author: next(),
            comment: next(),
            host_address: next(),
            host_alias: next(),
            attempt: next(),
            fields: vec![(next(), "value".to_owned())],
            ..Notification::default()
        }
    })
}

/// With whatever is known about what came before.
pub fn story() -> impl Strategy<Value = Story> {
    let face = proptest::sample::select(vec![Face::News, Face::Over, Face::History]);
    let shape = proptest::sample::select(vec![Shape::Whole, Shape::Line]);
    let call = proptest::sample::select(vec![Call::Due, Call::Nobody]);
    let flags = any::<(bool, bool)>();
    (face, shape, call, flags, 1..5u32).prop_map(|(face, shape, call, (late, below), times)| {
        Story {
            face,
            shape,
            call,
            late: late.then_some(840.0),
            past: late.then_some(Past {
                since: 1_795_237_000.0,
                state: Some(State::Critical),
                episodes: times,
            }),
            notifications: times,
            thread: below.then(|| "C1/1.2".to_owned()),
        }
    })
}

/// A config with one destination of this vendor.
pub struct Stage<P: Provider> {
    config: Config,
    destination: Destination<P>,
}

impl<P: Provider> Stage<P> {
    pub fn new(config: &str) -> Stage<P> {
        let source = Source::parse("test.toml".into(), config, Environment::default());
        let config = Config::new(source.expect("TOML")).expect("a config");
        let destination = config.destination::<P>("default").expect("a destination");
        Stage {
            config,
            destination,
        }
    }

    /// The body that a provider would post; `None` where it has no use for the notification.
    pub fn body(&self, notification: Notification) -> Option<Value> {
        let entry = self.entry(notification);
        let story = Story::alone(&entry.notification, &self.config.flood);
        match P::plan(&self.message(&entry, &story), &self.destination.settings) {
            Plan::Send(request) => request.body,
            Plan::Nothing(_) => None,
        }
    }

    /// What a problem's own message becomes, and what is said below it.
    pub fn follow_up(
        &self,
        notification: Notification,
        story: &Story,
        original: &str,
    ) -> (Option<Value>, Value) {
        let entry = self.entry(notification);
        let message = self.message(&entry, story);
        let standing = Story {
            shape: Shape::Whole,
            call: Call::Nobody,
            ..story.clone()
        };
        let standing = self.message(&entry, &standing);
        let settings = &self.destination.settings;
        let both = P::follow_up(&message, Some(&standing), original, settings);
        let both = both.expect("it has threads");
        let update = both.update.and_then(|update| update.body);
        (update, both.reply.body.expect("a reply"))
    }

    pub fn digest(&self, crowd: Vec<(Notification, Story)>, title: &str) -> Value {
        let members: Vec<Member> = crowd
            .into_iter()
            .map(|(notification, story)| {
                let entry = self.entry(notification);
                Member::of(&self.message(&entry, &story), &story)
            })
            .collect();
        let digest = Digest::of(&members, Emoji::Shown, title, "notify-queue log".to_owned());
        let request = P::digest(&digest, &self.destination.settings);
        let body = request.and_then(|request| request.body);
        body.expect("it has digests")
    }

    fn entry(&self, notification: Notification) -> Entry {
        Entry::new(
            self.destination.id.clone(),
            notification,
            &self.config.site,
            self.config.file().to_owned(),
            Emoji::Shown,
            Moment {
                wall: 1_795_237_915.0,
                uptime: None,
            },
        )
    }

    fn message<'e>(&'e self, entry: &'e Entry, story: &Story) -> Message<'e> {
        let subject = &entry.notification.subject;
        let names = Names {
            host: subject.host.clone(),
            service: subject.service.clone(),
            origin: Origin::Core,
        };
        let two_way = self.destination.two_way;
        Message::compose(
            entry,
            story,
            &names,
            entry.created.wall,
            &self.config,
            two_way,
        )
    }
}
