//! What people write: `ack web01/Ping disk ordered`, the same in Slack and in Mattermost.

use std::sync::Arc;

use notify_core::config::nearest::nearest;
use notify_core::notification::Subject;

use crate::answer::{Again, Sticky, Wish, object};
use crate::duration;
use crate::monitoring::{Core, Named, Trouble};

/// What somebody's words come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Wish {
        subject: Subject,
        wish: Wish,
    },
    /// Nothing is done, and this is answered.
    Answer(String),
}

pub const HELP: &str = "\
`ack HOST[/SERVICE] [comment]` – acknowledge a problem
`unack HOST[/SERVICE]` – remove the acknowledgement
`downtime HOST[/SERVICE] 2h reason` – a downtime from now on, 1m to 30d
`recheck HOST[/SERVICE]` – check it now
`comment HOST[/SERVICE] text` – leave a word in the monitoring
`help` – this";

#[derive(Clone, Copy)]
enum Verb {
    Acknowledge,
    RemoveAcknowledgement,
    Downtime,
    Recheck,
    Comment,
}

const VERBS: [(&str, Verb); 8] = [
    ("ack", Verb::Acknowledge),
    ("acknowledge", Verb::Acknowledge),
    ("unack", Verb::RemoveAcknowledgement),
    ("unacknowledge", Verb::RemoveAcknowledgement),
    ("downtime", Verb::Downtime),
    ("recheck", Verb::Recheck),
    ("check", Verb::Recheck),
    ("comment", Verb::Comment),
];

/// Asks the core, so it may wait for the network.
pub fn understand(text: &str, core: &Arc<dyn Core>) -> Said {
    let text = plain(text);
    let (word, rest) = first_word(&text);
    let word = word.to_lowercase();
    if word.is_empty() || word == "help" {
        return Said::Answer(HELP.to_owned());
    }
    let Some((_, verb)) = VERBS.iter().find(|(name, _)| *name == word) else {
        let names = VERBS.iter().map(|(name, _)| *name).chain(["help"]);
        return Said::Answer(match nearest(&word, names) {
            Some(meant) => format!("I do not know {}. Did you mean {meant}?", quoted(&word)),
            None => format!("I do not know {}.\n{HELP}", quoted(&word)),
        });
    };
    if rest.is_empty() {
        return Said::Answer(format!("Which host or service? `{word} HOST[/SERVICE]`"));
    }
    match named(rest, core.as_ref()) {
        Ok((subject, rest)) => wish(*verb, &subject, rest),
        Err(answer) => Said::Answer(answer),
    }
}

fn wish(verb: Verb, subject: &Subject, rest: &str) -> Said {
    let wish = match verb {
        Verb::Acknowledge => Wish::Acknowledge {
            comment: rest.to_owned(),
            sticky: Sticky::ByState,
            until: None,
            again: Again::Comment,
        },
        Verb::RemoveAcknowledgement => Wish::RemoveAcknowledgement { of: None },
        Verb::Recheck => Wish::Recheck,
        Verb::Comment if rest.is_empty() => {
            return Said::Answer(format!("What shall it say about {}?", object(subject)));
        }
        Verb::Comment => Wish::Comment {
            text: rest.to_owned(),
        },
        Verb::Downtime => {
            let (span, reason) = first_word(rest);
            let Some(span) = duration::parse(span) else {
                return Said::Answer(format!(
                    "How long? `downtime {} 2h reason` (30m, 2h, 1d, up to 30d)",
                    object(subject)
                ));
            };
            Wish::Downtime {
                comment: reason.to_owned(),
                seconds: span.as_secs(),
            }
        }
    };
    Said::Wish {
        subject: subject.clone(),
        wish,
    }
}

/// The object at the beginning of what somebody wrote, and the rest of it. Names may hold spaces and slashes, so the longest
/// one that the core knows counts.
fn named<'t>(text: &'t str, core: &dyn Core) -> Result<(Subject, &'t str), String> {
    let first = first_word(text).0;
    let begins = first.split('/').next().unwrap_or(first);
    let begins = begins.trim_matches(['"', '\'']);
    let hosts = core.find(begins, None).map_err(unreachable)?;
    let Some((host, rest)) = longest(&hosts, text, |named| &named.name.host) else {
        return Err(unknown(begins, core));
    };
    let Some(rest) = rest.trim_start().strip_prefix('/') else {
        return Ok((host.subject.clone(), rest.trim()));
    };
    let rest = rest.trim_start();
    let services = core
        .find(&host.name.host, Some(""))
        .map_err(unreachable)?
        .into_iter()
        .filter(|named| named.subject.host == host.subject.host)
        .collect::<Vec<_>>();
    let service = |named: &Named| named.name.service.clone().unwrap_or_default();
    match longest(&services, rest, service) {
        Some((service, rest)) => Ok((service.subject.clone(), rest.trim())),
        None => {
            let known: Vec<String> = services.iter().map(service).collect();
            let name = first_word(rest).0;
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            Err(no_such(
                &format!("service on {}", host.name.host),
                name,
                &known,
            ))
        }
    }
}

/// The longest name at the beginning of the text, in quotes or not, and what comes after it.
fn longest<'n, 't, S: AsRef<str>>(
    known: &'n [Named],
    text: &'t str,
    name: impl Fn(&'n Named) -> S,
) -> Option<(&'n Named, &'t str)> {
    let mut found: Option<(&Named, &str, usize)> = None;
    for named in known {
        let name = name(named);
        let name = name.as_ref();
        if let Some(rest) = after(text, name)
            && found.is_none_or(|(_, _, length)| name.len() > length)
        {
            found = Some((named, rest, name.len()));
        }
    }
    found.map(|(named, rest, _)| (named, rest))
}

/// What follows a name, where the text begins with it: in any case, in quotes or not.
fn after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    if name.is_empty() {
        return None;
    }
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote)
            && let Some(rest) = strip_any_case(inside, name)
            && let Some(rest) = rest.strip_prefix(quote)
        {
            return Some(rest);
        }
    }
    let rest = strip_any_case(text.trim_start_matches(['"', '\'']), name)?;
    // "web01/Disk /var" in one pair of quotes ends behind the service.
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let ends =
        rest.is_empty() || rest.starts_with(|next: char| next.is_whitespace() || next == '/');
    ends.then_some(rest)
}

fn strip_any_case<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for expected in name.chars() {
        let next = rest.next()?;
        let same = next == expected || next.to_lowercase().eq(expected.to_lowercase());
        if !same {
            return None;
        }
    }
    Some(rest.as_str())
}

fn unknown(name: &str, core: &dyn Core) -> String {
    // A typo leaves the beginning as it is, or what stands before it; some cores refuse to list all of one letter's.
    let mut alike = Vec::new();
    for letters in [2, 1] {
        let beginning: String = name.chars().take(letters).collect();
        alike.extend(core.find(&beginning, None).unwrap_or_default());
    }
    let names: Vec<&str> = alike.iter().map(|named| named.name.host.as_str()).collect();
    no_such("host", name, &names)
}

fn no_such(what: &str, name: &str, known: &[&str]) -> String {
    let lower: Vec<String> = known.iter().map(|known| known.to_lowercase()).collect();
    let meant = nearest(&name.to_lowercase(), lower.iter().map(String::as_str));
    let meant = meant.and_then(|meant| {
        let at = lower.iter().position(|known| known == meant)?;
        known.get(at)
    });
    match meant {
        Some(meant) => format!(
            "There is no {what} {}. Did you mean {}?",
            quoted(name),
            quoted(meant)
        ),
        None => format!("There is no {what} {}.", quoted(name)),
    }
}

fn unreachable(trouble: Trouble) -> String {
    format!("The monitoring cannot be asked: {}", trouble.words())
}

/// Never long, and never markup: it is what somebody wrote.
fn quoted(word: &str) -> String {
    let word: String = word
        .chars()
        .filter(|character| !"`*_~<>&@".contains(*character))
        .take(80)
        .collect();
    format!("“{word}”")
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim()),
        None => (text, ""),
    }
}

/// Chat clients put non-breaking spaces between words and curly quotes around them, and Slack makes links of what looks
/// like a host's name: `<http://web01.example.com|web01.example.com>`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        match inside.split_once('>') {
            Some((link, after)) if link.starts_with("http") || link.starts_with("mailto:") => {
                let shown = link.rsplit('|').next().unwrap_or(link);
                let shown = shown
                    .trim_start_matches("mailto:")
                    .trim_start_matches("https://")
                    .trim_start_matches("http://");
                plain.push_str(shown);
                rest = after;
            }
            _ => {
                plain.push('<');
                rest = inside;
            }
        }
    }
    plain.push_str(rest);
    let plain = plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace(['“', '”', '„'], "\"")
        .replace(['‘', '’'], "'");
    notify_core::text::line(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::{Expiry, Look, Order};
    use proptest::prelude::*;

    struct Names;

    const SERVICES: [(&str, &str); 6] = [
        ("web01", "Ping"),
        ("web01", "Disk"),
        ("web01", "Disk /var"),
        ("web01", "Disk /var/log full"),
        ("Mail Server", "smtp/25"),
        ("web01.example.com", "Ping"),
    ];

    impl Core for Names {
        fn look(&self, _: &Subject) -> Result<Option<Look>, Trouble> {
            Ok(None)
        }

        fn give(&self, _: &Order) -> Result<(), Trouble> {
            Ok(())
        }

        fn find(&self, host: &str, service: Option<&str>) -> Result<Vec<Named>, Trouble> {
            let begins =
                |name: &str, with: &str| name.to_lowercase().starts_with(&with.to_lowercase());
            let mut found: Vec<Subject> = SERVICES
                .iter()
                .filter(|(name, of)| begins(name, host) && begins(of, service.unwrap_or_default()))
                .map(|(host, of)| match service {
                    Some(_) => Subject::service(*host, *of),
                    None => Subject::host(*host),
                })
                .collect();
            found.dedup();
            Ok(found.into_iter().map(Named::from).collect())
        }

        fn expiry(&self) -> Expiry {
            Expiry::Core
        }

        fn probe(&self) -> Result<String, Trouble> {
            Ok(String::new())
        }
    }

    fn said(text: &str) -> Said {
        let core: Arc<dyn Core> = Arc::new(Names);
        understand(text, &core)
    }

    fn acknowledged(text: &str) -> (Subject, String) {
        match said(text) {
            Said::Wish {
                subject,
                wish: Wish::Acknowledge { comment, .. },
            } => (subject, comment),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    fn answered(text: &str) -> String {
        match said(text) {
            Said::Answer(answer) => answer,
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn an_object_is_found_however_it_is_written() {
        let ping = Subject::service("web01", "Ping");
        for text in [
            "ack web01/Ping",
            "ACK WEB01/ping",
            "ack web01 / Ping",
            "ack\u{a0}web01/Ping",
            "  acknowledge   \"web01\"/\"Ping\"  ",
            "ack “web01/Ping”",
            "ack <http://web01|web01>/Ping",
        ] {
            assert_eq!(
                acknowledged(text),
                (ping.clone(), String::new()),
                "{text:?}"
            );
        }
        assert_eq!(acknowledged("ack web01").0, Subject::host("web01"));
        assert_eq!(
            acknowledged("ack <http://web01.example.com|web01.example.com>/ping").0,
            Subject::service("web01.example.com", "Ping")
        );
    }

    #[test]
    fn names_with_spaces_and_slashes_end_where_the_core_says() {
        let cases = [
            ("ack web01/Disk /var ordered", "Disk /var", "ordered"),
            (
                "ack web01/disk /var/log full it is",
                "Disk /var/log full",
                "it is",
            ),
            ("ack web01/Disk is ordered", "Disk", "is ordered"),
        ];
        for (text, service, comment) in cases {
            let expected = (Subject::service("web01", service), comment.to_owned());
            assert_eq!(acknowledged(text), expected, "{text:?}");
        }
        assert_eq!(
            acknowledged("ack mail server/SMTP/25 me"),
            (Subject::service("Mail Server", "smtp/25"), "me".to_owned())
        );
    }

    #[test]
    fn a_near_miss_gets_a_suggestion() {
        assert!(answered("ack web02/Ping").contains("“web01”"));
        assert!(answered("ack wbe01").contains("“web01”"));
        assert!(answered("ack web01/Pong").contains("“Ping”"));
        assert!(answered("akc web01").contains("ack"));
        assert!(answered("ack nothing-like-it").contains("There is no host"));
    }

    #[test]
    fn a_downtime_has_a_span_and_a_reason() {
        assert_eq!(
            said("downtime web01 1h30m new kernel"),
            Said::Wish {
                subject: Subject::host("web01"),
                wish: Wish::Downtime {
                    comment: "new kernel".to_owned(),
                    seconds: 5_400,
                },
            }
        );
        for text in [
            "downtime web01",
            "downtime web01 soon",
            "downtime web01 31d x",
        ] {
            assert!(answered(text).contains("How long?"), "{text:?}");
        }
    }

    #[test]
    fn whoever_says_nothing_gets_help() {
        for text in ["", "  ", "help", "HELP"] {
            assert_eq!(answered(text), HELP);
        }
        assert!(answered("ack").contains("Which host"));
        assert!(answered("comment web01").contains("What shall it say"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_answered(text in ".{0,300}") {
            said(&text);
        }

        #[test]
        fn whatever_follows_a_name_is_the_comment(comment in "[a-z ]{0,40}") {
            let expected = (Subject::service("web01", "Ping"), comment.split_whitespace().collect::<Vec<_>>().join(" "));
            let text = format!("ack web01/Ping {comment}");
            prop_assert_eq!(acknowledged(&text), expected);
        }
    }
}
