//! Whatever a plugin prints: no mention, no link, no broken limit.

use notify_test::hostile;
use proptest::prelude::*;
use serde_json::Value;

use crate::Slack;

const CONFIG: &str = "[slack]\nwebhook_url = 'https://hooks.slack.com/services/T/B/X'\nmention = 'here'\n[links]\nhost = 'https://mon.example/$HOSTNAME$'\nservice = 'https://mon.example/$HOSTNAME$/$SERVICEDESC$'\n";

proptest! {
    #[test]
    fn no_text_acts_and_no_limit_is_exceeded(notification in hostile::notification()) {
        let body = hostile::body::<Slack>(CONFIG, notification).expect("Slack takes everything");
        prop_assert_eq!(&body["parse"], "none");
        let text = body["text"].as_str().expect("a text");
        prop_assert!(length(text) <= 4_000 && !text.trim().is_empty());
        // The only markup is the config's mention, at the very end.
        let own = text.strip_suffix(" <!here>").unwrap_or(text);
        prop_assert!(!own.contains('<') && !own.contains('>'), "{}", own);
        prop_assert!(entities_are_whole(own), "{}", own);

        let blocks = body["attachments"][0]["blocks"].as_array().expect("blocks");
        prop_assert!((1..=50).contains(&blocks.len()));
        for block in blocks {
            let elements = block["elements"].as_array().cloned();
            let texts = elements.unwrap_or_else(|| vec![block["text"].clone()]);
            prop_assert!((1..=10).contains(&texts.len()));
            for text in &texts {
                check_text_object(text)?;
            }
        }
    }
}

fn check_text_object(object: &Value) -> Result<(), TestCaseError> {
    let text = object["text"].as_str().unwrap_or_default();
    prop_assert!(length(text) <= 3_000 && !text.is_empty(), "{object}");
    if object["type"] == "plain_text" {
        prop_assert_eq!(&object["emoji"], false);
        return Ok(());
    }
    prop_assert_eq!(&object["verbatim"], true);
    prop_assert!(entities_are_whole(text), "{}", text);
    let mut rest = text;
    while let Some((_, link)) = rest.split_once('<') {
        let (link, after) = link.split_once('>').expect("a link ends");
        prop_assert!(link.starts_with("https://mon.example/"), "{}", link);
        prop_assert!(!link.contains('<'), "{}", link);
        rest = after;
    }
    prop_assert!(!rest.contains('>'), "{}", text);
    Ok(())
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// No cut went through an entity.
fn entities_are_whole(text: &str) -> bool {
    text.split('&').skip(1).all(|rest| {
        ["amp;", "lt;", "gt;"]
            .iter()
            .any(|entity| rest.starts_with(entity))
    })
}
