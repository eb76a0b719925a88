//! What a filter holds back opens nothing; what was opened is closed, whatever the hour.

use notify_preview::IncidentStatus;

use crate::flood::{USUAL, became, configure, say, told, two_contacts};
use crate::{Bench, Program, Run};

#[macro_export]
macro_rules! held_back {
    ($program:expr) => {
        $crate::promises!(held_back, $program;
            nobody_is_told_of_what_is_held_back_nor_of_its_end,
            what_was_opened_before_the_filter_closed_is_closed,
            what_opens_after_the_filter_opened_is_told,
            one_contact_that_wants_it_is_enough,
            a_destinations_own_filter_holds_back_alike,
            a_worse_state_passes_a_filter_that_held_back_the_better_one,
            without_a_queue_filters_count_and_every_end_is_told,
        );
    };
}

const CLOSED: &str = "enabled = false";

/// `alice` stands with `filter`; `bob` hears of everything.
fn filtered(bench: &Bench, filter: &str) {
    configure(bench, &two_contacts(bench, filter), USUAL);
}

fn to_alice(bench: &Bench, kind: &str, state: &str) -> Run {
    say(bench, kind, state, &["--contact", "alice"])
}

fn is_pagerduty(program: Program) -> bool {
    program.provider() == "pagerduty"
}

pub fn nobody_is_told_of_what_is_held_back_nor_of_its_end(program: Program) {
    let bench = Bench::new(program);
    filtered(&bench, CLOSED);
    for (kind, state) in [
        ("PROBLEM", "2"),
        ("ACKNOWLEDGEMENT", "2"),
        ("CUSTOM", "2"),
        ("PROBLEM", "1"),
        ("RECOVERY", "0"),
    ] {
        let run = to_alice(&bench, kind, state);
        run.one_line(program);
        run.says(":default: held back: contact \"alice\": enabled = false");
    }
    assert_eq!(told(&bench), [""; 0]);
    assert_eq!(
        became(&bench),
        [
            "PROBLEM held_back",
            "ACKNOWLEDGEMENT held_back",
            "CUSTOM held_back",
            "PROBLEM held_back",
            "RECOVERY held_back"
        ]
    );
}

pub fn what_was_opened_before_the_filter_closed_is_closed(program: Program) {
    let bench = Bench::new(program);
    filtered(&bench, "");
    to_alice(&bench, "PROBLEM", "2").says(":default: delivered");
    filtered(&bench, CLOSED);
    to_alice(&bench, "ACKNOWLEDGEMENT", "2").says(":default: delivered");
    // It opens nothing anew.
    to_alice(&bench, "PROBLEM", "1").says(":default: held back");
    to_alice(&bench, "RECOVERY", "0").says(":default: delivered");
    to_alice(&bench, "PROBLEM", "2").says(":default: held back");
    assert_eq!(told(&bench).len(), 3);
    if is_pagerduty(program) {
        let incidents = bench.preview.incidents();
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
        assert_eq!(incidents[0].status, IncidentStatus::Resolved);
    }
}

pub fn what_opens_after_the_filter_opened_is_told(program: Program) {
    let bench = Bench::new(program);
    filtered(&bench, CLOSED);
    to_alice(&bench, "PROBLEM", "2").says("held back");
    filtered(&bench, "");
    // Nobody there knows of it: its end says nothing to them, but an incident may be open all the same.
    let run = to_alice(&bench, "ACKNOWLEDGEMENT", "2");
    run.says(":default: held back: its problem was held back");
    let again = say(
        &bench,
        "PROBLEM",
        "2",
        &["--contact", "alice", "--notification-number", "2"],
    );
    again.says(":default: delivered");
    to_alice(&bench, "RECOVERY", "0").says(":default: delivered");
    assert_eq!(told(&bench).len(), 2);
    filtered(&bench, CLOSED);
    to_alice(&bench, "PROBLEM", "2").says("held back");
    filtered(&bench, "");
    let run = to_alice(&bench, "RECOVERY", "0");
    match is_pagerduty(program) {
        true => run.says(":default: delivered"),
        false => run.says(":default: held back: its problem was held back"),
    };
}

pub fn one_contact_that_wants_it_is_enough(program: Program) {
    for order in [["alice", "bob"], ["bob", "alice"]] {
        let bench = Bench::new(program);
        filtered(&bench, CLOSED);
        for (kind, state) in [
            ("PROBLEM", "2"),
            ("ACKNOWLEDGEMENT", "2"),
            ("RECOVERY", "0"),
        ] {
            let before = told(&bench).len();
            for contact in order {
                say(&bench, kind, state, &["--contact", contact]);
            }
            assert_eq!(told(&bench).len(), before + 1, "{kind} to {order:?}");
        }
    }
    let bench = Bench::new(program);
    filtered(&bench, CLOSED);
    say(&bench, "PROBLEM", "2", &["--contact", "alice,bob"]).says(":default: delivered");
}

pub fn a_destinations_own_filter_holds_back_alike(program: Program) {
    let bench = Bench::new(program);
    let open = bench.smallest_config();
    let closed = format!("{open}period = \"never\"\n[periods.never]\nmonday = []\n");
    configure(&bench, &closed, USUAL);
    say(&bench, "PROBLEM", "2", &[]).says(":default: held back: outside of the period \"never\"");
    assert_eq!(told(&bench), [""; 0]);
    configure(&bench, &open, USUAL);
    say(&bench, "PROBLEM", "2", &[]).says(":default: delivered");
    configure(&bench, &closed, USUAL);
    say(&bench, "RECOVERY", "0", &[]).says(":default: delivered");
}

pub fn a_worse_state_passes_a_filter_that_held_back_the_better_one(program: Program) {
    let bench = Bench::new(program);
    let config = format!("{}open_on = [\"CRITICAL\"]\n", bench.smallest_config());
    configure(&bench, &config, USUAL);
    say(&bench, "PROBLEM", "1", &[]).says(":default: held back");
    say(&bench, "PROBLEM", "2", &["--notification-number", "2"]).says(":default: delivered");
    // A filter that lets nothing open keeps no end back.
    say(&bench, "PROBLEM", "1", &["--notification-number", "3"]).says(":default: held back");
    say(&bench, "RECOVERY", "0", &[]).says(":default: delivered");
    say(&bench, "PROBLEM", "1", &[]).says(":default: held back");
    let quiet = say(&bench, "RECOVERY", "0", &[]);
    match is_pagerduty(program) {
        true => quiet.says(":default: delivered"),
        false => quiet.says(":default: held back: its problem was held back"),
    };
}

/// Nobody knows what was opened, so whatever closes goes out.
pub fn without_a_queue_filters_count_and_every_end_is_told(program: Program) {
    let bench = Bench::unqueued(program);
    bench.config(&format!("{}{USUAL}", two_contacts(&bench, CLOSED)));
    for kind in ["PROBLEM", "ACKNOWLEDGEMENT"] {
        let run = to_alice(&bench, kind, "2");
        run.says(":default: nothing to send: held back: contact \"alice\": enabled = false");
    }
    to_alice(&bench, "RECOVERY", "0").says(":default: delivered");
    say(&bench, "PROBLEM", "2", &["--contact", "bob"]).says(":default: delivered");
    assert_eq!(told(&bench).len(), 2);
}
