//! How long it was down: from what is known there, else from what the core says, else not at all.

use crate::flood::{USUAL, ago, bench, configure, say, told};
use crate::notifications::today;
use crate::queue::Queue;
use crate::{Bench, Program};

#[macro_export]
macro_rules! lasted {
    ($program:expr) => {
        $crate::promises!(lasted, $program;
            a_recovery_knows_since_when_its_problem_was_open,
            what_is_known_goes_before_what_the_core_says,
            without_a_known_problem_the_core_is_believed,
            a_recovery_about_which_nothing_is_known_is_told_without_a_duration,
            each_destination_knows_its_own_problem,
        );
    };
}

fn last(bench: &Bench) -> String {
    told(bench).last().cloned().unwrap_or_default()
}

pub fn a_recovery_knows_since_when_its_problem_was_open(program: Program) {
    let shown = today(|begin, end| {
        let bench = bench(program);
        say(&bench, "PROBLEM", "1", &["--datetime", begin]);
        // A repeat begins nothing, and the last state is the one that is over.
        let again = ["--datetime", end, "--notification-number", "2"];
        say(&bench, "PROBLEM", "2", &again);
        say(&bench, "RECOVERY", "0", &["--datetime", end]);
        last(&bench)
    });
    assert_eq!(
        shown,
        "✅ OK web01 / Ping – was CRITICAL 7 min (10:02–10:09)"
    );
}

pub fn what_is_known_goes_before_what_the_core_says(program: Program) {
    let shown = today(|begin, end| {
        let bench = bench(program);
        say(&bench, "PROBLEM", "2", &["--datetime", begin]);
        say(
            &bench,
            "RECOVERY",
            "0",
            &["--datetime", end, "--last-ok", "1600000000"],
        );
        last(&bench)
    });
    assert_eq!(
        shown,
        "✅ OK web01 / Ping – was CRITICAL 7 min (10:02–10:09)"
    );
}

pub fn without_a_known_problem_the_core_is_believed(program: Program) {
    let shown = today(|begin, end| {
        let bench = bench(program);
        say(
            &bench,
            "RECOVERY",
            "0",
            &["--datetime", end, "--last-ok", begin],
        );
        last(&bench)
    });
    assert_eq!(
        shown,
        "✅ OK web01 / Ping – problem lasted 7 min (10:02–10:09)"
    );
}

pub fn a_recovery_about_which_nothing_is_known_is_told_without_a_duration(program: Program) {
    let bench = bench(program);
    say(&bench, "RECOVERY", "0", &["--output", "PING OK"]);
    assert_eq!(last(&bench), "✅ OK web01 / Ping – PING OK");
    assert!(Queue::of(&bench).waiting().is_empty());
    // A new problem after it is none of the past.
    say(&bench, "PROBLEM", "2", &[]);
    assert_eq!(last(&bench), "🔴 CRITICAL web01 / Ping – 100% packet loss");
}

pub fn each_destination_knows_its_own_problem(program: Program) {
    let bench = Bench::new(program);
    let provider = program.provider();
    let ops = program.place(&bench.preview);
    let config = format!(
        "{}[{provider}.destinations.ops]\n{ops}",
        bench.smallest_config()
    );
    configure(&bench, &config, USUAL);
    let (begin, _) = ago(7);
    say(&bench, "PROBLEM", "2", &["--datetime", &begin]);
    say(
        &bench,
        "RECOVERY",
        "0",
        &["--output", "PING OK", "--to", "ops"],
    );
    assert_eq!(last(&bench), "✅ OK web01 / Ping – PING OK");
    say(&bench, "RECOVERY", "0", &["--to", "default"]);
    assert!(
        last(&bench).contains("was CRITICAL 7 min"),
        "{}",
        last(&bench)
    );
}
