//! What is told late says so; what is over wakes nobody.

use notify_preview::{Fault, IncidentStatus};

use crate::flood::{
    USUAL, became, bench, configure, meanwhile, say, take_along, told, two_contacts, waits,
};
use crate::{Incident, Program};

#[macro_export]
macro_rules! late {
    ($program:expr) => {
        $crate::promises!(late, $program;
            what_is_over_before_anybody_was_told_opens_nothing,
            every_repeat_but_the_last_is_told_with_it,
            what_may_have_arrived_is_ended,
            what_may_have_arrived_and_lasts_is_told_whole,
            a_recovery_after_an_untold_problem_is_no_copy_of_the_one_before,
            what_a_filter_holds_back_takes_nothing_along,
            a_recovery_that_is_none_ends_nothing,
            what_is_switched_off_is_told_one_by_one,
        );
    };
}

fn is_pagerduty(program: Program) -> bool {
    program.provider() == "pagerduty"
}

pub fn what_is_over_before_anybody_was_told_opens_nothing(program: Program) {
    let bench = bench(program);
    waits(&bench, 0, &[("PROBLEM", "2", &[]), ("RECOVERY", "0", &[])]);
    assert_eq!(became(&bench), ["PROBLEM folded", "RECOVERY delivered"]);
    assert_eq!(told(&bench).len(), 1, "{:?}", told(&bench));
    assert!(bench.preview.incidents().is_empty());
    if is_pagerduty(program) {
        assert!(
            told(&bench)[0].starts_with("resolve: "),
            "{:?}",
            told(&bench)
        );
    }
    // Each end is told: what opens next would only be added to what might be open.
    waits(
        &bench,
        0,
        &[
            ("PROBLEM", "2", &[]),
            ("RECOVERY", "0", &[]),
            ("PROBLEM", "1", &[]),
        ],
    );
    let news = told(&bench).split_off(1);
    match is_pagerduty(program) {
        true => {
            assert_eq!(news.len(), 2, "{news:?}");
            assert!(news[0].starts_with("resolve: ") && news[1].starts_with("trigger: WARNING"));
            let incidents = bench.preview.incidents();
            assert_eq!(incidents.len(), 1);
            assert_eq!(incidents[0].status, IncidentStatus::Triggered);
        }
        false => assert_eq!(news.len(), 1, "{news:?}"),
    }
}

pub fn every_repeat_but_the_last_is_told_with_it(program: Program) {
    let bench = bench(program);
    let numbers = ["1", "2", "3"].map(|number| ["--notification-number", number]);
    let said = numbers
        .each_ref()
        .map(|number| ("PROBLEM", "2", &number[..]));
    waits(&bench, 0, &said);
    assert_eq!(
        became(&bench),
        ["PROBLEM folded", "PROBLEM folded", "PROBLEM delivered"]
    );
    assert_eq!(told(&bench).len(), 1);
}

pub fn what_may_have_arrived_is_ended(program: Program) {
    for fault in [Fault::HalfBody, Fault::Reset, Fault::status(500)] {
        let bench = bench(program);
        bench.preview.next(fault);
        say(&bench, "PROBLEM", "2", &[]).says("queued: ");
        meanwhile(&bench, || {
            say(&bench, "RECOVERY", "0", &[]);
        });
        take_along(&bench);
        assert_eq!(became(&bench), ["PROBLEM folded", "RECOVERY delivered"]);
        let last = told(&bench).pop().unwrap_or_default();
        match is_pagerduty(program) {
            true => assert!(last.starts_with("resolve: "), "{last}"),
            false => assert!(
                last.starts_with("✅ OK web01 / Ping – was CRITICAL"),
                "{last}"
            ),
        }
        let open = |incident: &Incident| incident.status != IncidentStatus::Resolved;
        assert!(!bench.preview.incidents().iter().any(open));
    }
}

/// Or a problem during which the vendor failed would call nobody.
pub fn what_may_have_arrived_and_lasts_is_told_whole(program: Program) {
    let bench = bench(program);
    bench.preview.next(Fault::status(500));
    say(&bench, "PROBLEM", "2", &["--notification-number", "1"]).says("queued: ");
    waits(
        &bench,
        0,
        &[("PROBLEM", "2", &["--notification-number", "2"])],
    );
    let told = told(&bench);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("again"), "{told:?}");
}

pub fn a_recovery_after_an_untold_problem_is_no_copy_of_the_one_before(program: Program) {
    for fault in [None, Some(Fault::HalfBody)] {
        let bench = bench(program);
        say(&bench, "PROBLEM", "2", &[]);
        say(&bench, "RECOVERY", "0", &[]).says(":default: delivered");
        if let Some(fault) = fault {
            bench.preview.next(fault);
            say(&bench, "PROBLEM", "2", &[]).says("queued: ");
            waits(&bench, 0, &[("RECOVERY", "0", &[])]);
        } else {
            waits(&bench, 0, &[("PROBLEM", "2", &[]), ("RECOVERY", "0", &[])]);
        }
        let became = became(&bench);
        assert_eq!(became[2..], ["PROBLEM folded", "RECOVERY delivered"]);
        let open = |incident: &Incident| incident.status != IncidentStatus::Resolved;
        assert!(!bench.preview.incidents().iter().any(open));
    }
}

/// Whoever is called first: the one who wants to be told is.
pub fn what_a_filter_holds_back_takes_nothing_along(program: Program) {
    for order in [["alice", "bob"], ["bob", "alice"]] {
        let bench = bench(program);
        configure(&bench, &two_contacts(&bench, "enabled = false"), USUAL);
        let calls = order.map(|contact| ["--contact", contact]);
        waits(
            &bench,
            0,
            &calls.each_ref().map(|call| ("PROBLEM", "2", &call[..])),
        );
        assert_eq!(told(&bench).len(), 1, "{order:?}: {:?}", became(&bench));
        waits(
            &bench,
            0,
            &calls.each_ref().map(|call| ("RECOVERY", "0", &call[..])),
        );
        assert_eq!(told(&bench).len(), 2, "{order:?}: {:?}", became(&bench));
    }
    let bench = bench(program);
    let config = format!("{}open_on = [\"CRITICAL\"]\n", bench.smallest_config());
    configure(&bench, &config, USUAL);
    waits(&bench, 0, &[("PROBLEM", "2", &[]), ("PROBLEM", "1", &[])]);
    assert_eq!(became(&bench), ["PROBLEM delivered", "PROBLEM held_back"]);
}

pub fn a_recovery_that_is_none_ends_nothing(program: Program) {
    let bench = bench(program);
    waits(&bench, 0, &[("PROBLEM", "2", &[]), ("RECOVERY", "2", &[])]);
    assert_eq!(became(&bench)[0], "PROBLEM delivered");
    if is_pagerduty(program) {
        let incidents = bench.preview.incidents();
        assert_eq!(
            incidents[0].status,
            IncidentStatus::Triggered,
            "{incidents:#?}"
        );
    }
}

pub fn what_is_switched_off_is_told_one_by_one(program: Program) {
    let bench = bench(program);
    configure(
        &bench,
        &bench.smallest_config(),
        &format!("{USUAL}collapse = false\n"),
    );
    let said: [(&str, &str, &[&str]); 5] = [
        ("PROBLEM", "1", &[]),
        ("PROBLEM", "2", &[]),
        ("RECOVERY", "0", &[]),
        ("PROBLEM", "2", &[]),
        ("RECOVERY", "0", &[]),
    ];
    waits(&bench, 0, &said);
    assert_eq!(told(&bench).len(), 5);
}
