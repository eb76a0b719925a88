//! Notifications made of everything that has a meaning to somebody: markup, mentions, entities, links, control
//! characters, very long and very wide text.

use notify_core::config::Config;
use notify_core::config::source::Source;
use notify_core::entry::{Emoji, Entry};
use notify_core::environment::Environment;
use notify_core::message::Message;
use notify_core::names::{Names, Origin};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::provider::{Plan, Provider};
use notify_core::story::Story;
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

/// The body that a provider would post; `None` where it has no use for the notification.
pub fn body<P: Provider>(config: &str, notification: Notification) -> Option<Value> {
    let source = Source::parse("test.toml".into(), config, Environment::default());
    let config = Config::new(source.expect("TOML")).expect("a config");
    let destination = config.destination::<P>("default").expect("a destination");
    let names = Names {
        host: notification.subject.host.clone(),
        service: notification.subject.service.clone(),
        origin: Origin::Core,
    };
    let entry = Entry::new(
        destination.id.clone(),
        notification,
        &config.site,
        config.file().to_owned(),
        Emoji::Shown,
        Moment {
            wall: 1_795_237_915.0,
            uptime: None,
        },
    );
    let story = Story::alone(&entry.notification, &config.flood);
    let message = Message::compose(&entry, &story, &names, entry.created.wall, &config);
    match P::plan(&message, &destination.settings) {
        Plan::Send(request) => request.body,
        Plan::Nothing(_) => None,
    }
}
