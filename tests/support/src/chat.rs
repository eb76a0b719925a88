//! What a message in a chat has in common, whichever chat it is.

use crate::command_lines::{SERVICE, with};
use crate::notifications::{CASES, today};
use crate::{Bench, Program, Received};

#[macro_export]
macro_rules! chat {
    ($program:expr) => {
        $crate::promises!(chat, $program;
            the_first_line_is_what_a_phone_shows,
            a_comment_too_long_for_the_first_line_stands_whole_below_it,
            a_recovery_says_how_long_it_was,
            the_symbol_is_left_out_on_request,
        );
    };
}

/// The first line, which notifies.
pub fn text(received: &Received) -> String {
    let body = received.json();
    body["text"].as_str().expect("a text").to_owned()
}

pub fn the_first_line_is_what_a_phone_shows(program: Program) {
    let bench = Bench::new(program);
    for case in &CASES {
        let received = bench.sent(case.line());
        assert_eq!(text(&received), case.first_line, "{}", case.name());
        let body = received.json();
        assert_eq!(body["attachments"][0]["fallback"], case.first_line);
    }
}

pub fn a_comment_too_long_for_the_first_line_stands_whole_below_it(program: Program) {
    let bench = Bench::new(program);
    let comment = format!("{}at last", "disk ordered ".repeat(30));
    for kind in ["ACKNOWLEDGEMENT", "DOWNTIMESTART", "CUSTOM", "PROBLEM"] {
        let line = with(&SERVICE, "--notificationtype", kind);
        let line = with(&line, "--ackauthor", "Max");
        let received = bench.sent(with(&line, "--ackcomment", &comment));
        let shown = received.shown.expect("shown");
        assert!(
            shown.contains(&format!("Max: \"{comment}\"")),
            "{kind}: {shown}"
        );
    }
}

pub fn a_recovery_says_how_long_it_was(program: Program) {
    let recovery = with(&SERVICE, "--notificationtype", "RECOVERY");
    let recovery = with(&recovery, "--servicestate", "0");
    let shown = today(|begin, end| {
        let line = with(&recovery, "--last-ok", begin);
        let line = with(&line, "--last-state", "2");
        text(&Bench::new(program).sent(with(&line, "--datetime", end)))
    });
    assert_eq!(
        shown,
        "✅ OK web01 / Ping – was CRITICAL 7 min (10:02–10:09)"
    );
}

pub fn the_symbol_is_left_out_on_request(program: Program) {
    let bench = Bench::new(program);
    let received = bench.sent([&SERVICE[..], &["--no-emoji"]].concat());
    assert_eq!(text(&received), "CRITICAL web01 / Ping – 100% packet loss");
}
