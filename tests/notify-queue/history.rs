//! What is sent after something newer about the same object was told.

use std::collections::HashMap;

use notify_test::flood::{USUAL, configure, line, say, told};
use notify_test::{Bench, Fault};
use serde_json::Value;

use crate::desk::Desk;

fn desk(notifier: &'static str) -> Desk {
    let desk = Desk::of(notifier);
    configure(&desk.bench, &desk.bench.smallest_config(), USUAL);
    desk
}

/// It lies in `failed/`.
fn refuse(bench: &Bench, kind: &str, state: &str) {
    bench.preview.always(Some(Fault::status(400)));
    bench.run(line(kind, state, &[])).code(69);
    bench.preview.always(None);
}

/// Each number's last receipt.
fn became(desk: &Desk) -> HashMap<u64, String> {
    let receipts = desk.kept().receipts().into_iter();
    let became = |receipt: &Value| receipt["became"].as_str().map(str::to_owned);
    receipts
        .filter_map(|receipt| Some((receipt["id"].as_u64()?, became(&receipt)?)))
        .collect()
}

#[test]
fn what_is_older_than_the_last_that_was_told_is_history_in_a_chat() {
    for notifier in ["slack-notify", "mattermost-notify"] {
        let desk = desk(notifier);
        refuse(&desk.bench, "PROBLEM", "2");
        say(&desk.bench, "RECOVERY", "0", &["--output", "PING OK"]);
        desk.queue(&["retry", "--host", "web01"]).code(0);
        desk.queue(&["run"]).code(0);
        let told_now = told(&desk.bench);
        assert_eq!(told_now.len(), 2, "{told_now:?}");
        assert_eq!(told_now[0], "✅ OK web01 / Ping – PING OK");
        let words = "ℹ️ CRITICAL web01 / Ping – history of ";
        assert!(told_now[1].starts_with(words), "{told_now:?}");
        let shown = desk.bench.preview.received().pop().expect("a message");
        assert!(shown.json()["attachments"].is_null(), "{shown:#?}");
        // It opened nothing: the next one is no repeat.
        say(&desk.bench, "PROBLEM", "2", &[]);
        let last = told(&desk.bench).pop();
        let news = "🔴 CRITICAL web01 / Ping – 100% packet loss";
        assert_eq!(last.as_deref(), Some(news));
    }
}

#[test]
fn what_is_older_than_the_last_that_was_told_changes_no_incident() {
    let desk = desk("pagerduty-notify");
    refuse(&desk.bench, "PROBLEM", "2");
    say(&desk.bench, "RECOVERY", "0", &[]);
    say(&desk.bench, "PROBLEM", "2", &[]);
    refuse(&desk.bench, "RECOVERY", "0");
    say(&desk.bench, "PROBLEM", "1", &[]);
    desk.queue(&["retry", "--host", "web01"]).code(0);
    desk.queue(&["run"]).code(0);
    let became = became(&desk);
    for number in [1, 4] {
        assert_eq!(became[&number], "nothing_to_send", "{became:?}");
    }
    let incidents = desk.bench.preview.incidents();
    assert_eq!(incidents.len(), 1, "{incidents:#?}");
    assert_eq!(incidents[0].events, ["trigger"; 2], "{incidents:#?}");
}
