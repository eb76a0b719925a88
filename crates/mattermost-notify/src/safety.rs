//! Whatever a plugin prints: no mention, no link, no broken limit, in a server's eyes and in a client's.

use notify_test::hostile;
use proptest::prelude::*;

use crate::Mattermost;

const CONFIG: &str = "[mattermost]\nwebhook_url = 'https://chat.example/hooks/x'\nmention = 'here'\n[links]\nhost = 'https://mon.example/$HOSTNAME$'\nservice = 'https://mon.example/$HOSTNAME$/$SERVICEDESC$'\n";

/// What the oldest servers keep beside the text, without the share that they add themselves.
const OLD_PROPS: usize = 7_600;

proptest! {
    #[test]
    fn no_text_acts_and_no_limit_is_exceeded(notification in hostile::notification()) {
        let body = hostile::body::<Mattermost>(CONFIG, notification).expect("Mattermost takes everything");
        let text = body["text"].as_str().expect("a text");
        prop_assert!(text.chars().count() <= 4_000 && !text.trim().is_empty());
        let own = text.strip_suffix(" @here").unwrap_or(text);
        stands_still(own)?;

        let attachment = &body["attachments"][0];
        stands_still(&without_fences(attachment["text"].as_str().expect("a text")))?;
        let cost: usize = body["attachments"].to_string().chars().map(cost).sum();
        prop_assert!(cost + 200 <= OLD_PROPS, "{cost}");
    }
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
