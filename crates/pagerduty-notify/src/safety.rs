//! Whatever a plugin prints: an event that PagerDuty takes.

use notify_test::hostile::{self, Stage};
use proptest::prelude::*;

use crate::PagerDuty;

const CONFIG: &str =
    "[pagerduty]\nintegration_key = '0123456789abcdef0123456789abcdef'\nchange_events = true\n";

proptest! {
    #[test]
    fn no_event_exceeds_a_limit(notification in hostile::notification()) {
        let stage = Stage::<PagerDuty>::new(CONFIG);
        let event = stage.body(notification).expect("an event or a change");
        let payload = &event["payload"];
        let summary = payload["summary"].as_str().expect("a summary");
        prop_assert!((1..=1_024).contains(&summary.encode_utf16().count()));
        let turned = summary.contains(['\n', '\0', '\u{202E}']);
        prop_assert!(!turned, "{}", summary);
        prop_assert!(payload["source"].as_str().is_some());
        prop_assert!(event.to_string().len() <= 512_000);
        if let Some(severity) = payload["severity"].as_str() {
            prop_assert!(["critical", "error", "warning", "info"].contains(&severity));
            prop_assert!(event["dedup_key"].as_str().is_some_and(|key| key.len() <= 255));
        }
    }
}
