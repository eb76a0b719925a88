//! How a chat shows what it tells late.

use crate::Program;
use crate::flood::{USUAL, ago, became, bench, configure, say, told, two_contacts, waits};
use crate::queue::Queue;

#[macro_export]
macro_rules! late_chat {
    ($program:expr) => {
        $crate::promises!(late_chat, $program;
            a_late_problem_that_lasts_is_whole_and_says_how_late,
            what_is_told_soon_enough_says_nothing_of_lateness,
            a_problem_that_is_over_is_one_note,
            what_came_and_went_several_times_is_one_note,
            for_two_contacts_it_is_one_note_too,
            a_problem_that_came_back_is_told_and_its_past_is_not,
            several_repeats_are_one_with_their_count,
            an_acknowledgement_of_what_is_over_is_told_with_it,
            an_acknowledgement_of_what_lasts_is_told,
            what_somebody_wrote_is_told_in_any_case,
            the_end_of_a_known_problem_is_a_recovery_however_late,
        );
    };
}

pub fn a_late_problem_that_lasts_is_whole_and_says_how_late(program: Program) {
    let bench = bench(program);
    let mention = if program.provider() == "slack" {
        "here"
    } else {
        "all"
    };
    let config = format!("{}mention = {mention:?}\n", bench.smallest_config());
    configure(&bench, &config, USUAL);
    let (at, clock) = ago(14);
    waits(&bench, 14, &[("PROBLEM", "2", &["--datetime", &at])]);
    let shown = &bench.preview.received()[0];
    assert_eq!(shown.mentions.len(), 1);
    assert!(shown.json()["attachments"].is_array());
    let told = told(&bench).remove(0);
    assert!(
        told.starts_with("🔴 CRITICAL web01 / Ping – 14 min late ("),
        "{told}"
    );
    assert!(
        told.contains(&format!("{clock}) – 100% packet loss")),
        "{told}"
    );
}

pub fn what_is_told_soon_enough_says_nothing_of_lateness(program: Program) {
    for (late_after, is_late) in [("1h", false), ("13m", true), ("0s", true)] {
        let bench = bench(program);
        let flood = format!("{USUAL}late_after = {late_after:?}\n");
        configure(&bench, &bench.smallest_config(), &flood);
        waits(&bench, 14, &[("PROBLEM", "2", &[])]);
        let told = told(&bench);
        assert_eq!(
            told[0].contains("14 min late"),
            is_late,
            "{late_after}: {told:?}"
        );
    }
    let bench = bench(program);
    say(&bench, "PROBLEM", "2", &[]);
    assert_eq!(
        told(&bench),
        ["🔴 CRITICAL web01 / Ping – 100% packet loss"]
    );
}

/// `was CRITICAL` with these words behind it, from so many minutes ago to so many.
fn is_note(note: &str, times: &str, begin: &str, end: &str, late: &str) {
    let words = format!("ℹ️ web01 / Ping was CRITICAL{times} ");
    assert!(note.starts_with(&words), "{note}");
    assert!(note.contains(begin) && note.contains(end), "{note}");
    let rest = format!(", OK now – sent {late} late");
    assert!(note.ends_with(&rest), "{note}");
}

pub fn a_problem_that_is_over_is_one_note(program: Program) {
    let bench = bench(program);
    let mention = if program.provider() == "slack" {
        "here"
    } else {
        "all"
    };
    let config = format!("{}mention = {mention:?}\n", bench.smallest_config());
    configure(&bench, &config, USUAL);
    let ((begin, begun), (end, ended)) = (ago(14), ago(7));
    let said: [(&str, &str, &[&str]); 2] = [
        ("PROBLEM", "2", &["--datetime", &begin]),
        ("RECOVERY", "0", &["--datetime", &end]),
    ];
    waits(&bench, 7, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    is_note(&told[0], "", &begun, &ended, "14 min");
    assert!(bench.preview.received()[0].mentions.is_empty());
    assert!(Queue::of(&bench).waiting().is_empty());
    // Then it is forgotten: the next one has a beginning of its own.
    say(&bench, "PROBLEM", "2", &[]);
    say(&bench, "RECOVERY", "0", &[]);
    let last = crate::flood::told(&bench).pop().unwrap_or_default();
    assert!(!last.contains(&begun), "{last}");
}

pub fn what_came_and_went_several_times_is_one_note(program: Program) {
    let bench = bench(program);
    let (begin, begun) = ago(14);
    let (middle, _) = ago(10);
    let (end, ended) = ago(7);
    let said: [(&str, &str, &[&str]); 6] = [
        ("PROBLEM", "2", &["--datetime", &begin]),
        ("RECOVERY", "0", &["--datetime", &middle]),
        ("PROBLEM", "2", &["--datetime", &middle]),
        ("RECOVERY", "0", &["--datetime", &middle]),
        ("PROBLEM", "2", &["--datetime", &middle]),
        ("RECOVERY", "0", &["--datetime", &end]),
    ];
    waits(&bench, 7, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    is_note(&told[0], " 3 times", &begun, &ended, "14 min");
}

pub fn for_two_contacts_it_is_one_note_too(program: Program) {
    let bench = bench(program);
    configure(&bench, &two_contacts(&bench, ""), USUAL);
    let ((begin, begun), (end, ended)) = (ago(14), ago(7));
    let mut said: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for (kind, state, at) in [("PROBLEM", "2", &begin), ("RECOVERY", "0", &end)] {
        for contact in ["alice", "bob"] {
            said.push((kind, state, vec!["--datetime", at, "--contact", contact]));
        }
    }
    let said: Vec<(&str, &str, &[&str])> = said
        .iter()
        .map(|(kind, state, more)| (*kind, *state, &more[..]))
        .collect();
    waits(&bench, 7, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    is_note(&told[0], "", &begun, &ended, "14 min");
}

pub fn a_problem_that_came_back_is_told_and_its_past_is_not(program: Program) {
    let bench = bench(program);
    let (at, clock) = ago(14);
    let said: [(&str, &str, &[&str]); 3] = [
        ("PROBLEM", "2", &[]),
        ("RECOVERY", "0", &[]),
        ("PROBLEM", "2", &["--datetime", &at]),
    ];
    waits(&bench, 14, &said);
    assert_eq!(
        became(&bench),
        ["PROBLEM folded", "RECOVERY folded", "PROBLEM delivered"]
    );
    let told = told(&bench);
    let words = "🔴 CRITICAL web01 / Ping – 14 min late (";
    assert!(told[0].starts_with(words), "{told:?}");
    assert!(
        told[0].contains(&format!("{clock}, 2 notifications)")),
        "{told:?}"
    );
}

pub fn several_repeats_are_one_with_their_count(program: Program) {
    let bench = bench(program);
    let more: Vec<[&str; 2]> = ["1", "2", "2", "3"]
        .into_iter()
        .map(|number| ["--notification-number", number])
        .collect();
    // Two of them are the same for two contacts.
    let said: Vec<(&str, &str, &[&str])> = more
        .iter()
        .map(|number| ("PROBLEM", "2", &number[..]))
        .collect();
    waits(&bench, 14, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains(", 3 notifications) – 100% packet loss"),
        "{told:?}"
    );
    assert!(bench.preview.received()[0].json()["attachments"].is_array());
}

pub fn an_acknowledgement_of_what_is_over_is_told_with_it(program: Program) {
    let bench = bench(program);
    let said: [(&str, &str, &[&str]); 3] = [
        ("PROBLEM", "2", &[]),
        ("ACKNOWLEDGEMENT", "2", &["--ackcomment", "disk ordered"]),
        ("RECOVERY", "0", &[]),
    ];
    waits(&bench, 14, &said);
    assert_eq!(
        became(&bench),
        [
            "PROBLEM folded",
            "ACKNOWLEDGEMENT folded",
            "RECOVERY delivered"
        ]
    );
    assert!(told(&bench)[0].starts_with("ℹ️ web01 / Ping was CRITICAL "));
}

pub fn an_acknowledgement_of_what_lasts_is_told(program: Program) {
    let bench = bench(program);
    let said: [(&str, &str, &[&str]); 2] = [
        ("PROBLEM", "2", &[]),
        ("ACKNOWLEDGEMENT", "2", &["--ackcomment", "disk ordered"]),
    ];
    waits(&bench, 14, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(
        told[1],
        "👤 ACK web01 / Ping (CRITICAL) – \"disk ordered\" – sent 14 min late"
    );
}

pub fn what_somebody_wrote_is_told_in_any_case(program: Program) {
    let bench = bench(program);
    let said: [(&str, &str, &[&str]); 4] = [
        ("PROBLEM", "2", &[]),
        ("CUSTOM", "2", &["--ackcomment", "please call me"]),
        ("CUSTOM", "2", &["--ackcomment", "it burns"]),
        ("RECOVERY", "0", &[]),
    ];
    waits(&bench, 14, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("\"please call me\"") && told[1].contains("\"it burns\""));
    assert!(
        told[2].starts_with("ℹ️ web01 / Ping was CRITICAL "),
        "{told:?}"
    );
}

pub fn the_end_of_a_known_problem_is_a_recovery_however_late(program: Program) {
    let bench = bench(program);
    let ((begin, _), (end, _)) = (ago(21), ago(14));
    say(&bench, "PROBLEM", "2", &["--datetime", &begin]);
    // It came and went once more.
    let said: [(&str, &str, &[&str]); 3] = [
        ("RECOVERY", "0", &[]),
        ("PROBLEM", "2", &[]),
        ("RECOVERY", "0", &["--datetime", &end]),
    ];
    waits(&bench, 14, &said);
    let told = told(&bench);
    assert_eq!(told.len(), 2, "{told:?}");
    let words = "✅ OK web01 / Ping – was CRITICAL 7 min (";
    assert!(told[1].starts_with(words), "{told:?}");
    assert!(told[1].ends_with(") – sent 14 min late"), "{told:?}");
}
