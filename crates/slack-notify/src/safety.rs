//! Whatever a plugin prints: no mention, no link, no broken limit.

use notify_core::button::Button;
use notify_core::config::flood::FloodSettings;
use notify_core::config::secret::Secret;
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::story::Story;
use notify_test::hostile::{self, Stage};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::Slack;

const WEBHOOK: &str = "webhook_url = 'https://hooks.slack.com/services/T/B/X'\n";
const CHANNEL: &str = "channel = 'C1'\nbot_token = 'xoxb-1'\n";

fn stage(place: &str) -> Stage<Slack> {
    Stage::new(&format!(
        "[slack]\n{place}mention = 'here'\ntwo_way = true\n[listen]\npublic_url = 'https://answers.example'\nbutton_secret = 'the-secret-that-seals-buttons'\n[links]\nhost = 'https://mon.example/$HOSTNAME$'\nservice = 'https://mon.example/$HOSTNAME$/$SERVICEDESC$'\n"
    ))
}

proptest! {
    #[test]
    fn no_text_acts_and_no_limit_is_exceeded(notification in hostile::notification()) {
        let body = stage(WEBHOOK).body(notification).expect("Slack takes everything");
        check_text(&body, Mention::Possible)?;
        check_blocks(&body)?;
    }

    #[test]
    fn no_text_acts_in_an_update_and_a_reply(
        notification in hostile::notification(),
        story in hostile::story(),
    ) {
        let (update, reply) = stage(CHANNEL).follow_up(notification, &story, "C1/1.2");
        let update = update.expect("an update");
        check_text(&update, Mention::Never)?;
        check_blocks(&update)?;
        prop_assert_eq!((&update["channel"], &update["ts"]), (&"C1".into(), &"1.2".into()));
        check_text(&reply, Mention::Possible)?;
        prop_assert_eq!(&reply["attachments"], &Value::Null);
        prop_assert_eq!(&reply["thread_ts"], "1.2");
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
        let body = stage(WEBHOOK).digest(crowd, &title);
        check_text(&body, Mention::Possible)?;
        check_blocks(&body)?;
        for block in body["attachments"][0]["blocks"].as_array().expect("blocks") {
            prop_assert_eq!(&block["text"]["type"], "plain_text");
        }
    }
}

#[test]
fn a_problem_has_buttons_and_nothing_else_has() {
    let buttons = |kind: Kind, state: State| {
        let subject = Subject::service("web01", "🔥".repeat(200));
        let notification = Notification {
            kind,
            state: Some(state),
            subject,
            ..Notification::default()
        };
        let body = stage(WEBHOOK).body(notification).unwrap();
        check_blocks(&body).unwrap();
        body.to_string().contains("\"actions\"")
    };
    assert!(buttons(Kind::Problem, State::Critical));
    assert!(!buttons(Kind::Recovery, State::Ok));
    assert!(!buttons(Kind::Acknowledgement, State::Critical));
    assert!(!buttons(Kind::Custom, State::Critical));
}

#[test]
fn a_digest_of_the_longest_lines_has_no_more_blocks_than_slack_takes() {
    // Some of them nearly fit once more into a block.
    for length in [20, 40, 54, 58, 60] {
        let problem = |number: usize| {
            let service = format!("{}{}", number % 6, "🔥".repeat(length));
            let notification = Notification {
                kind: Kind::Problem,
                state: Some(State::Critical),
                subject: Subject::service(format!("host{}", number / 6), service),
                ..Notification::default()
            };
            let story = Story::alone(&notification, &FloodSettings::default());
            (notification, story)
        };
        let body = stage(WEBHOOK).digest((0..6_000).map(problem).collect(), "");
        check_blocks(&body).unwrap();
        let blocks = body["attachments"][0]["blocks"].as_array().unwrap();
        assert!(blocks.len() > 30, "the room is used: {}", blocks.len());
        let last = blocks.last().unwrap()["text"]["text"].as_str().unwrap();
        assert!(
            last.contains("\n… and ") && last.contains(" more problems on "),
            "{last}"
        );
    }
}

/// Whether the config's mention may stand at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mention {
    Possible,
    Never,
}

fn check_text(body: &Value, mention: Mention) -> Result<(), TestCaseError> {
    prop_assert_eq!(&body["parse"], "none");
    let text = body["text"].as_str().expect("a text");
    prop_assert!(length(text) <= 4_000 && !text.trim().is_empty());
    let own = match mention {
        Mention::Possible => text.strip_suffix(" <!here>").unwrap_or(text),
        Mention::Never => text,
    };
    // The only markup is the config's mention, at the very end.
    prop_assert!(!own.contains('<') && !own.contains('>'), "{}", own);
    prop_assert!(entities_are_whole(own), "{}", own);
    Ok(())
}

/// A single line has none.
fn check_blocks(body: &Value) -> Result<(), TestCaseError> {
    if body["attachments"].is_null() {
        return Ok(());
    }
    let blocks = body["attachments"][0]["blocks"].as_array().expect("blocks");
    prop_assert!((1..=50).contains(&blocks.len()), "{}", blocks.len());
    for block in blocks {
        let elements = block["elements"].as_array().cloned();
        let texts = match block["type"] == "actions" {
            true => check_buttons(block)?,
            false => elements.unwrap_or_else(|| vec![block["text"].clone()]),
        };
        prop_assert!((1..=10).contains(&texts.len()));
        for text in &texts {
            check_text_object(text)?;
        }
    }
    Ok(())
}

/// What stands on them, which is nobody else's text.
fn check_buttons(block: &Value) -> Result<Vec<Value>, TestCaseError> {
    prop_assert_eq!(&block["block_id"], "answers");
    let buttons = block["elements"].as_array().expect("buttons");
    let ids: Vec<&Value> = buttons.iter().map(|button| &button["action_id"]).collect();
    prop_assert_eq!(ids, ["acknowledge", "more"]);
    for button in buttons {
        let words = button["text"]["text"].as_str().expect("a text");
        prop_assert!(["Acknowledge", "Acknowledge too", "More…"].contains(&words));
        let value = button["value"].as_str().expect("a value");
        prop_assert!(length(value) <= 2_000);
        let secrets = [Secret::new("the-secret-that-seals-buttons")];
        let button: Button = serde_json::from_str(value).expect("a button");
        prop_assert_eq!(button.check(&secrets, "default", 1_795_237_915.0), Ok(()));
    }
    Ok(buttons
        .iter()
        .map(|button| button["text"].clone())
        .collect())
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
