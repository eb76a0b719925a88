//! Whatever a plugin prints: no mention, no link, no broken limit, in a server's eyes and in a client's.

use notify_core::button::{Buttons, Standing};
use notify_core::config::secret::Secret;
use notify_test::hostile::{self, Stage};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::Mattermost;
use crate::post::Context;

const WEBHOOK: &str = "webhook_url = 'https://chat.example/hooks/x'\n";
const CHANNEL: &str = "server_url = 'https://chat.example'\nbot_token = 'x'\nchannel = 'c'\n";

/// What the oldest servers keep beside the text, without the share that they add themselves.
const OLD_PROPS: usize = 7_600;
/// A post; on the oldest databases 4,000.
const POST: usize = 16_383;

/// With it posts have buttons.
const TWO_WAY: &str = "two_way = true\n";

fn stage(place: &str) -> Stage<Mattermost> {
    Stage::new(&format!(
        "[mattermost]\n{place}mention = 'here'\n[links]\nhost = 'https://mon.example/$HOSTNAME$'\nservice = 'https://mon.example/$HOSTNAME$/$SERVICEDESC$'\n[listen]\npublic_url = '{LISTENER}'\nbutton_secret = '{SECRET}'\n"
    ))
}

const LISTENER: &str = "https://monitoring.example.com/listen";
const SECRET: &str = "the-secret-that-seals-buttons";

proptest! {
    #[test]
    fn no_text_acts_and_no_limit_is_exceeded(notification in hostile::notification()) {
        let body = stage(WEBHOOK).body(notification).expect("Mattermost takes everything");
        check_text(&body["text"], Mention::Possible)?;
        check_attachments(&body["attachments"], OLD_PROPS)?;
    }

    #[test]
    fn no_text_acts_beside_buttons_nor_when_the_post_is_drawn_anew(
        notification in hostile::notification(),
        people in vec(hostile::text(), 0..12),
    ) {
        let body = stage(&format!("{WEBHOOK}{TWO_WAY}")).body(notification);
        let body = body.expect("Mattermost takes everything");
        check_text(&body["text"], Mention::Possible)?;
        check_attachments(&body["attachments"], OLD_PROPS)?;
        check_buttons(&body["attachments"][0], &people)?;
    }

    #[test]
    fn no_text_acts_in_an_update_with_buttons(
        notification in hostile::notification(),
        story in hostile::story(),
        people in vec(hostile::text(), 0..12),
    ) {
        let stage = stage(&format!("{CHANNEL}{TWO_WAY}"));
        let (update, _) = stage.follow_up(notification, &story, "c/p");
        let update = update.expect("an update");
        check_text(&update["message"], Mention::Never)?;
        check_attachments(&update["props"]["attachments"], OLD_PROPS)?;
        check_buttons(&update["props"]["attachments"][0], &people)?;
    }

    #[test]
    fn no_text_acts_in_an_update_and_a_reply(
        notification in hostile::notification(),
        story in hostile::story(),
    ) {
        let (update, reply) = stage(CHANNEL).follow_up(notification, &story, "c/p");
        let update = update.expect("an update");
        check_text(&update["message"], Mention::Never)?;
        check_attachments(&update["props"]["attachments"], OLD_PROPS)?;
        check_text(&reply["message"], Mention::Possible)?;
        prop_assert_eq!(&reply["root_id"], "p");
        prop_assert_eq!(&reply["props"], &Value::Null);
    }
}

proptest! {
    // Each is many at once.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_acts_in_a_digest_and_no_limit_is_exceeded(
        crowd in vec((hostile::notification(), hostile::story()), 1..16),
        title in hostile::text(),
    ) {
        let body = stage(WEBHOOK).digest(crowd.clone(), &title);
        check_text(&body["text"], Mention::Possible)?;
        check_attachments(&body["attachments"], OLD_PROPS)?;
        let body = stage(&format!("{WEBHOOK}props_limit = 800000\n")).digest(crowd, &title);
        check_attachments(&body["attachments"], POST)?;
    }
}

/// Whether the config's mention may stand at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mention {
    Possible,
    Never,
}

fn check_text(text: &Value, mention: Mention) -> Result<(), TestCaseError> {
    let text = text.as_str().expect("a text");
    prop_assert!(text.chars().count() <= 4_000 && !text.trim().is_empty());
    stands_still(match mention {
        Mention::Possible => text.strip_suffix(" @here").unwrap_or(text),
        Mention::Never => text,
    })
}

/// A single line has none.
fn check_attachments(attachments: &Value, most: usize) -> Result<(), TestCaseError> {
    if let Some(text) = attachments[0]["text"].as_str() {
        stands_still(&without_fences(text))?;
    }
    let cost: usize = attachments.to_string().chars().map(cost).sum();
    prop_assert!(cost + 200 <= most, "{cost}");
    Ok(())
}

/// Where there are buttons: what they bring back, and what the listener makes of it.
fn check_buttons(attachment: &Value, people: &[String]) -> Result<(), TestCaseError> {
    let Some(actions) = attachment["actions"].as_array() else {
        return Ok(());
    };
    for action in actions {
        let id = action["id"].as_str().expect("an id");
        prop_assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let context = &action["integration"]["context"];
        let context: Context = serde_json::from_value(context.clone()).expect("a context");
        let Some(mut post) = context.post else {
            prop_assert_eq!(id, "more");
            continue;
        };
        let message = Value::from(post.message.clone());
        check_text(&message, Mention::Possible)?;
        for person in people {
            // As long as a server allows.
            let name: String = notify_core::text::line(person).chars().take(64).collect();
            post.add(format!("@{name}"));
        }
        let buttons = Buttons::new(
            &context.button.reference,
            Standing::Acknowledged,
            1_795_237_915.0,
            LISTENER,
            &Secret::new(SECRET),
        );
        let redrawn = post.attachment(&buttons.expect("random numbers"));
        check_attachments(&serde_json::json!([redrawn]), OLD_PROPS)?;
    }
    Ok(())
}

/// Go escapes these three as six characters.
fn cost(character: char) -> usize {
    match character {
        '<' | '>' | '&' => 6,
        _ => 1,
    }
}

/// Fenced blocks neither mention nor link; one that is not closed would.
fn without_fences(text: &str) -> String {
    let mut outside = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let fence: String = line
            .chars()
            .take_while(|character| *character == '`')
            .collect();
        if fence.len() < 3 {
            outside.push_str(line);
            outside.push('\n');
            continue;
        }
        assert!(
            lines.any(|line| line.starts_with(&fence) && line.trim_end_matches('`').is_empty()),
            "a fence is left open: {text}"
        );
    }
    outside
}

fn stands_still(text: &str) -> Result<(), TestCaseError> {
    let (text, own_links) = without_own_links(text);
    let characters: Vec<char> = text.chars().collect();
    for (index, character) in characters.iter().enumerate() {
        let next = characters.get(index + 1).copied().unwrap_or(' ');
        let backslashes = characters[..index]
            .iter()
            .rev()
            .take_while(|character| **character == '\\')
            .count();
        let escaped = backslashes % 2 == 1;
        let quiet = match character {
            '@' | '<' | '&' => next == '\u{200B}',
            '#' | '~' => escaped && next == '\u{200B}',
            '`' | '*' | '_' | '|' | '!' => escaped,
            '[' | ']' => escaped || own_links > 0,
            ':' => next != '/',
            _ => true,
        };
        prop_assert!(quiet, "{character:?} at {index} acts in {text:?}");
    }
    // Within a word nothing is a host's name.
    let hosts = text.match_indices("www.evil").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| !before.is_alphanumeric())
    });
    prop_assert_eq!(hosts.count(), 0, "{}", text);
    prop_assert!(!text.replace("\\](", "").contains("]("), "{}", text);
    Ok(())
}

/// Without where our own links lead (percent-encoding has made names harmless there), and how many there are.
fn without_own_links(text: &str) -> (String, usize) {
    let mut parts = text.split("](https://mon.example/");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    let mut count = 0;
    for part in parts {
        let (_, rest) = part.split_once(')').expect("a destination ends");
        shown.push(']');
        shown.push_str(rest);
        count += 1;
    }
    (shown, count)
}
