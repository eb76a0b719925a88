//! Cores run the command once for each contact; people get it once.

use notify_preview::{Answer, Fault};

use crate::flood::{
    USUAL, became, bench, configure, meanwhile, say, take_along, told, two_contacts,
};
use crate::{Bench, Program};

#[macro_export]
macro_rules! copies {
    ($program:expr) => {
        $crate::promises!(copies, $program;
            what_a_core_says_to_two_contacts_arrives_once,
            what_differs_is_no_copy,
            another_object_or_destination_has_its_own,
            after_a_recovery_or_another_state_the_same_problem_is_news,
            a_second_recovery_is_a_copy,
            copies_that_wait_become_one,
            what_comes_after_copies_within_is_no_copy,
            without_copies_within_each_call_is_told,
            a_copy_of_what_never_arrived_is_sent,
            without_a_queue_nobody_knows_a_copy,
        );
    };
}

fn with_contacts(program: Program, flood: &str) -> Bench {
    let bench = Bench::new(program);
    configure(&bench, &two_contacts(&bench, ""), flood);
    bench
}

pub fn what_a_core_says_to_two_contacts_arrives_once(program: Program) {
    for number in [&[][..], &["--notification-number", "1"]] {
        let bench = with_contacts(program, USUAL);
        for (kind, state) in [
            ("PROBLEM", "2"),
            ("ACKNOWLEDGEMENT", "2"),
            ("RECOVERY", "0"),
        ] {
            let to = |contact, id| {
                let more = [&["--contact", contact, "--notification-id", id], number].concat();
                say(&bench, kind, state, &more)
            };
            let before = told(&bench).len();
            to("alice", "7").says(":default: delivered");
            // The core's id of a notification differs, and may have begun anew.
            let copy = to("bob", "8");
            copy.one_line(program);
            copy.says(":default: not sent again: ")
                .says(" said the same, for another contact");
            to("bob", "7").says(":default: not sent again: ");
            assert_eq!(told(&bench).len(), before + 1, "{kind} {number:?}");
            let became = became(&bench);
            let last = &became[became.len() - 3..];
            let copy = format!("{kind} copy");
            assert_eq!(last, [format!("{kind} delivered"), copy.clone(), copy]);
        }
    }
}

pub fn what_differs_is_no_copy(program: Program) {
    for (kind, state, more) in [
        ("PROBLEM", "1", &[][..]),
        ("PROBLEM", "2", &["--notification-number", "2"]),
        ("ACKNOWLEDGEMENT", "2", &[]),
        ("PROBLEM", "2", &["--ackcomment", "disk ordered"]),
        ("PROBLEM", "2", &["--ackauthor", "Max"]),
    ] {
        let bench = bench(program);
        say(&bench, "PROBLEM", "2", &[]);
        say(&bench, kind, state, more).says(":default: delivered");
        assert_eq!(told(&bench).len(), 2, "{kind} {state} {more:?}");
    }
    let bench = bench(program);
    say(&bench, "PROBLEM", "2", &[]);
    for comment in ["disk ordered", "disk here"] {
        let run = say(&bench, "ACKNOWLEDGEMENT", "2", &["--ackcomment", comment]);
        run.says(":default: delivered");
    }
    // Each by itself, even where the other came in between.
    say(
        &bench,
        "ACKNOWLEDGEMENT",
        "2",
        &["--ackcomment", "disk ordered"],
    )
    .says("not sent again");
}

pub fn another_object_or_destination_has_its_own(program: Program) {
    let bench = with_contacts(program, USUAL);
    for more in [
        &[][..],
        &["--to", "ops"],
        &["--hostname", "web01b"],
        &["--servicedesc", "Disk"],
    ] {
        let run = say(&bench, "PROBLEM", "2", more);
        run.says(": delivered");
    }
    let run = say(&bench, "PROBLEM", "2", &["--to", "ops,default"]);
    run.says(":ops: not sent again")
        .says(":default: not sent again");
    assert_eq!(told(&bench).len(), 4);
}

pub fn after_a_recovery_or_another_state_the_same_problem_is_news(program: Program) {
    let bench = bench(program);
    for (kind, state) in [
        ("PROBLEM", "2"),
        ("RECOVERY", "0"),
        ("PROBLEM", "2"),
        ("PROBLEM", "1"),
        ("PROBLEM", "2"),
    ] {
        say(&bench, kind, state, &[]).says(":default: delivered");
    }
    assert_eq!(told(&bench).len(), 5);
}

/// Whatever else was said about the object in between.
pub fn a_second_recovery_is_a_copy(program: Program) {
    let bench = bench(program);
    say(&bench, "PROBLEM", "2", &[]);
    say(&bench, "RECOVERY", "0", &[]);
    say(&bench, "CUSTOM", "0", &["--ackcomment", "please call me"]);
    say(&bench, "RECOVERY", "0", &[]).says(":default: not sent again");
}

pub fn copies_that_wait_become_one(program: Program) {
    let bench = with_contacts(program, USUAL);
    meanwhile(&bench, || {
        for contact in ["alice", "bob"] {
            say(&bench, "PROBLEM", "2", &["--contact", contact])
                .says("queued: another process is sending");
        }
    });
    take_along(&bench);
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("notifications"), "{told:?}");
    assert_eq!(became(&bench), ["PROBLEM folded", "PROBLEM delivered"]);
}

pub fn what_comes_after_copies_within_is_no_copy(program: Program) {
    let bench = bench(program);
    say(&bench, "PROBLEM", "2", &[]);
    say(&bench, "PROBLEM", "2", &[]).says("not sent again");
    let shorter = format!("{USUAL}copies_within = \"1ms\"\n");
    configure(&bench, &bench.smallest_config(), &shorter);
    say(&bench, "PROBLEM", "2", &[]).says(":default: delivered");
    assert_eq!(told(&bench).len(), 2);
}

pub fn without_copies_within_each_call_is_told(program: Program) {
    let bench = with_contacts(program, &format!("{USUAL}copies_within = 0\n"));
    for contact in ["alice", "bob"] {
        say(&bench, "PROBLEM", "2", &["--contact", contact]).says(":default: delivered");
    }
    assert_eq!(told(&bench).len(), 2);
}

pub fn a_copy_of_what_never_arrived_is_sent(program: Program) {
    let bench = with_contacts(program, USUAL);
    // Where the first try is refused, the chats are asked once more and plainly.
    bench
        .preview
        .always(Some(Fault::Answer(Answer::text(413, ""))));
    bench
        .run(crate::flood::line("PROBLEM", "2", &["--contact", "alice"]))
        .code(69);
    bench.preview.always(None);
    say(&bench, "PROBLEM", "2", &["--contact", "bob"]).says(":default: delivered");
    assert_eq!(became(&bench), ["PROBLEM refused", "PROBLEM delivered"]);
}

pub fn without_a_queue_nobody_knows_a_copy(program: Program) {
    let bench = Bench::unqueued(program);
    bench.config(&format!("{}{USUAL}", two_contacts(&bench, "")));
    for contact in ["alice", "bob"] {
        say(&bench, "PROBLEM", "2", &["--contact", contact]).says(":default: delivered");
    }
    assert_eq!(told(&bench).len(), 2);
}
