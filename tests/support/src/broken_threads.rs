//! Threads whose message is gone, whose vendor fails, whose file is damaged: nothing is lost, and nothing said twice.

use std::fs;

use notify_preview::{Answer, Calls, Deletion, Fault};
use serde_json::json;

use crate::Program;
use crate::flood::{USUAL, became, configure, say, take_along};
use crate::threads::{
    BLUE, DISK, GREEN, about, channel, channels, delivered, replies, section, with_token,
};

#[macro_export]
macro_rules! broken_threads {
    ($program:expr) => {
        $crate::promises!(broken_threads, $program;
            a_message_deleted_by_hand_is_replaced_by_a_new_one,
            a_message_that_is_too_old_to_change_is_replaced_by_a_new_one,
            a_channel_that_takes_nothing_any_more_is_left_for_the_new_one,
            an_update_that_fails_is_tried_again_and_nothing_twice,
            an_answer_that_fails_is_tried_again_without_the_update_before_it,
            what_was_deleted_after_its_update_is_told_anew,
            a_damaged_file_starts_its_object_anew,
        );
    };
}

/// After which nothing is known of what became of the request, or that it did nothing.
fn faults() -> [Fault; 5] {
    [
        Fault::too_many(0),
        Fault::status(500),
        Fault::Reset,
        Fault::Close,
        Fault::Hang,
    ]
}

pub fn a_message_deleted_by_hand_is_replaced_by_a_new_one(program: Program) {
    for before in [&[][..], &[("CUSTOM", "2")]] {
        let bench = with_token(program);
        delivered(&bench, "PROBLEM", "2", &[]);
        for (kind, state) in before {
            delivered(&bench, kind, state, &DISK);
        }
        let first = &channel(&bench)[0].reference;
        assert_eq!(bench.preview.delete(first), Deletion::Done);
        delivered(&bench, "ACKNOWLEDGEMENT", "2", &DISK);
        let told = channel(&bench);
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[1].text.starts_with("👤 ACK web01 / Ping"), "{told:#?}");
        assert_eq!(told[1].colours, [BLUE]);
        // It has taken the first one's place.
        delivered(&bench, "RECOVERY", "0", &[]);
        let told = channel(&bench);
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(replies(&told[1])[0].starts_with("✅ OK web01 / Ping – was CRITICAL"));
        assert_eq!(told[1].colours, [GREEN]);
    }
    // A repeat changes nothing, so it has to be told by the answer below it.
    let bench = with_token(program);
    delivered(&bench, "PROBLEM", "2", &["--notification-number", "1"]);
    assert_eq!(
        bench.preview.delete(&channel(&bench)[0].reference),
        Deletion::Done
    );
    delivered(&bench, "PROBLEM", "2", &["--notification-number", "2"]);
    delivered(&bench, "RECOVERY", "0", &[]);
    let told = channel(&bench);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(
        (told[1].replies.len(), told[1].updates),
        (1, 1),
        "{told:#?}"
    );
}

pub fn a_message_that_is_too_old_to_change_is_replaced_by_a_new_one(program: Program) {
    let bench = with_token(program);
    delivered(&bench, "PROBLEM", "2", &[]);
    bench
        .preview
        .always_on(Calls::Updates, Some(Fault::EditWindowClosed));
    delivered(&bench, "ACKNOWLEDGEMENT", "2", &DISK);
    bench.preview.always_on(Calls::Updates, None);
    delivered(&bench, "RECOVERY", "0", &[]);
    let told = channel(&bench);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert_eq!(
        (told[0].replies.len(), told[0].updates),
        (0, 0),
        "{told:#?}"
    );
    assert_eq!(
        (told[1].replies.len(), told[1].updates),
        (1, 1),
        "{told:#?}"
    );
}

pub fn a_channel_that_takes_nothing_any_more_is_left_for_the_new_one(program: Program) {
    let bench = with_token(program);
    let new = channels(program)[1];
    delivered(&bench, "PROBLEM", "2", &[]);
    configure(&bench, &section(&bench, new), USUAL);
    let refusal = match program.provider() {
        "slack" => Fault::Answer(Answer::json(
            200,
            json!({"ok": false, "error": "not_in_channel"}),
        )),
        _ => Fault::status(403),
    };
    bench.preview.next_on(Calls::Updates, refusal);
    delivered(&bench, "ACKNOWLEDGEMENT", "2", &DISK);
    delivered(&bench, "RECOVERY", "0", &[]);
    let told = about(&bench, new);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (told[0].replies.len(), &*told[0].colours),
        (1, &[GREEN.to_owned()][..])
    );
}

pub fn an_update_that_fails_is_tried_again_and_nothing_twice(program: Program) {
    for fault in faults().into_iter().chain([Fault::HalfBody]) {
        let bench = with_token(program);
        delivered(&bench, "PROBLEM", "2", &[]);
        bench.preview.next_on(Calls::Updates, fault.clone());
        say(&bench, "ACKNOWLEDGEMENT", "2", &DISK).says(":default: queued: ");
        take_along(&bench);
        let told = channel(&bench);
        assert_eq!(told.len(), 1, "{fault:?}: {told:#?}");
        assert_eq!(told[0].replies.len(), 1, "{fault:?}: {told:#?}");
        assert!(told[0].text.starts_with("👤 ACK"), "{fault:?}: {told:#?}");
        assert_eq!(
            became(&bench).last().map(|one| &**one),
            Some("ACKNOWLEDGEMENT delivered")
        );
    }
}

pub fn an_answer_that_fails_is_tried_again_without_the_update_before_it(program: Program) {
    for fault in faults() {
        let bench = with_token(program);
        delivered(&bench, "PROBLEM", "2", &[]);
        bench.preview.next_on(Calls::Replies, fault.clone());
        say(&bench, "RECOVERY", "0", &[]).says(":default: queued: ");
        assert_eq!(channel(&bench)[0].colours, [GREEN], "{fault:?}");
        take_along(&bench);
        let told = channel(&bench);
        assert_eq!(told.len(), 1, "{fault:?}: {told:#?}");
        assert_eq!(
            (told[0].replies.len(), told[0].updates),
            (1, 1),
            "{fault:?}: {told:#?}"
        );
    }
}

pub fn what_was_deleted_after_its_update_is_told_anew(program: Program) {
    let bench = with_token(program);
    delivered(&bench, "PROBLEM", "2", &[]);
    bench.preview.next_on(Calls::Replies, Fault::too_many(0));
    say(&bench, "RECOVERY", "0", &[]).says(":default: queued: ");
    assert_eq!(
        bench.preview.delete(&channel(&bench)[0].reference),
        Deletion::Done
    );
    take_along(&bench);
    let told = channel(&bench);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told[1]
            .text
            .starts_with("✅ OK web01 / Ping – was CRITICAL"),
        "{told:#?}"
    );
}

pub fn a_damaged_file_starts_its_object_anew(program: Program) {
    for damage in [
        &b"{\"format\":1,\"refer"[..],
        b"",
        b"\0\0\0\0",
        b"[]",
        b"{\"format\":2,\"reference\":\"?\",\"subject\":{\"host\":\"web01\"},\"open\":{\"since\":1}}",
    ] {
        let bench = with_token(program);
        delivered(&bench, "PROBLEM", "2", &[]);
        let files = crate::queued::files(&bench, "open");
        assert_eq!(files.len(), 1, "{files:?}");
        fs::write(&files[0], damage).expect("it is damaged");
        let damage = String::from_utf8_lossy(damage);
        let run = say(&bench, "RECOVERY", "0", &["--output", "PING OK"]);
        run.says(":default: delivered (").says(": what was open there is forgotten");
        assert!(run.stderr.contains("open/"), "{run:#?}");
        assert_eq!(run.stderr.lines().count(), 2, "{run:#?}");
        let told = channel(&bench);
        assert_eq!(told.len(), 2, "{damage:?}: {told:#?}");
        assert_eq!(told[1].text, "✅ OK web01 / Ping – PING OK", "{damage:?}");
        // Mended by what came.
        delivered(&bench, "PROBLEM", "2", &[]);
        delivered(&bench, "RECOVERY", "0", &[]);
        let told = channel(&bench);
        assert_eq!((told.len(), told[2].replies.len()), (3, 1), "{damage:?}: {told:#?}");
    }
}
