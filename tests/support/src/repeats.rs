//! What people know already is said in one quiet line; what is news to them is not.

use notify_preview::Received;

use crate::flood::{USUAL, ago, configure, meanwhile, say, told};
use crate::{Bench, Program};

#[macro_export]
macro_rules! repeats {
    ($program:expr) => {
        $crate::promises!(repeats, $program;
            a_repeat_is_one_line_and_calls_nobody,
            a_repeat_without_a_number_is_known_by_the_open_problem,
            a_better_state_is_a_repeat_and_a_worse_one_is_not,
            who_hears_of_a_problem_for_the_first_time_gets_it_whole,
            a_repeat_of_what_nobody_knows_is_one_line,
            a_core_that_counts_from_one_again_has_a_new_problem,
            after_a_recovery_a_problem_is_news,
            a_repeat_of_what_is_still_waiting_is_news,
            repeats_are_whole_on_request,
        );
    };
}

/// Whoever is called is called in `default` and in `ops`.
fn calling(program: Program, flood: &str) -> Bench {
    let bench = Bench::new(program);
    let provider = program.provider();
    let mention = match provider {
        "slack" => "here",
        _ => "all",
    };
    let place = format!("{}mention = {mention:?}\n", program.place(&bench.preview));
    let config = format!("[{provider}]\n{place}[{provider}.destinations.ops]\n{place}");
    configure(&bench, &config, flood);
    bench
}

fn last(bench: &Bench) -> Received {
    bench.preview.received().pop().expect("a message")
}

fn is_whole_and_calls(bench: &Bench) -> bool {
    let last = last(bench);
    let attachments = last.json()["attachments"].is_array();
    assert_eq!(attachments, !last.mentions.is_empty(), "{last:#?}");
    attachments
}

fn again(number: &str) -> [&str; 2] {
    ["--notification-number", number]
}

pub fn a_repeat_is_one_line_and_calls_nobody(program: Program) {
    let bench = calling(program, USUAL);
    let (begin, clock) = ago(30);
    say(
        &bench,
        "PROBLEM",
        "2",
        &["--notification-number", "1", "--datetime", &begin],
    );
    assert!(is_whole_and_calls(&bench));
    for number in ["2", "3", "17"] {
        say(&bench, "PROBLEM", "2", &again(number));
        assert!(!is_whole_and_calls(&bench), "{number}");
        let line = told(&bench).pop().unwrap_or_default();
        let words = format!("🔴 CRITICAL web01 / Ping – again, no. {number} since ");
        assert!(line.starts_with(&words), "{line}");
        assert!(
            line.ends_with(&format!("{clock} – 100% packet loss")),
            "{line}"
        );
    }
}

pub fn a_repeat_without_a_number_is_known_by_the_open_problem(program: Program) {
    let bench = calling(program, &format!("{USUAL}copies_within = 0\n"));
    say(&bench, "PROBLEM", "2", &[]);
    assert!(is_whole_and_calls(&bench));
    say(&bench, "PROBLEM", "2", &[]);
    assert!(!is_whole_and_calls(&bench));
    let line = told(&bench).pop().unwrap_or_default();
    assert!(line.contains("web01 / Ping – again since "), "{line}");
}

pub fn a_better_state_is_a_repeat_and_a_worse_one_is_not(program: Program) {
    for number in [&[][..], &again("2")] {
        let bench = calling(program, USUAL);
        // WARNING, UNKNOWN, CRITICAL.
        for (state, is_news) in [
            ("1", true),
            ("2", true),
            ("3", false),
            ("1", false),
            ("3", true),
            ("2", true),
        ] {
            // The first has number 1 in any case.
            let number = if told(&bench).is_empty() {
                &again("1")
            } else {
                number
            };
            say(&bench, "PROBLEM", state, number);
            assert_eq!(is_whole_and_calls(&bench), is_news, "{:?}", told(&bench));
        }
    }
}

/// An escalation.
pub fn who_hears_of_a_problem_for_the_first_time_gets_it_whole(program: Program) {
    let bench = calling(program, USUAL);
    say(&bench, "PROBLEM", "2", &again("1"));
    say(
        &bench,
        "PROBLEM",
        "2",
        &[&again("2")[..], &["--to", "ops"]].concat(),
    );
    assert!(is_whole_and_calls(&bench));
    say(
        &bench,
        "PROBLEM",
        "2",
        &[&again("3")[..], &["--to", "ops,default"]].concat(),
    );
    let received = bench.preview.received().split_off(2);
    let called: Vec<usize> = received.iter().map(|one| one.mentions.len()).collect();
    assert_eq!(called, [0, 0]);
}

pub fn a_repeat_of_what_nobody_knows_is_one_line(program: Program) {
    let bench = calling(program, USUAL);
    say(&bench, "PROBLEM", "2", &again("2"));
    assert!(!is_whole_and_calls(&bench));
    assert_eq!(
        told(&bench),
        ["🔴 CRITICAL web01 / Ping – again, no. 2 – 100% packet loss"]
    );
    // Known from now on, so that its recovery has something to say.
    say(&bench, "RECOVERY", "0", &[]);
    let line = told(&bench).pop().unwrap_or_default();
    assert!(
        line.starts_with("✅ OK web01 / Ping – was CRITICAL"),
        "{line}"
    );
}

/// It has lost its memory, or the RECOVERY in between never came.
pub fn a_core_that_counts_from_one_again_has_a_new_problem(program: Program) {
    let bench = calling(program, USUAL);
    for number in ["1", "2"] {
        say(&bench, "PROBLEM", "2", &again(number));
    }
    say(&bench, "PROBLEM", "2", &again("1"));
    assert!(is_whole_and_calls(&bench));
}

pub fn after_a_recovery_a_problem_is_news(program: Program) {
    let bench = calling(program, USUAL);
    for _ in 0..2 {
        say(&bench, "PROBLEM", "2", &[]);
        assert!(is_whole_and_calls(&bench));
        say(&bench, "RECOVERY", "0", &[]);
        assert!(last(&bench).mentions.is_empty());
    }
}

pub fn a_repeat_of_what_is_still_waiting_is_news(program: Program) {
    let bench = calling(program, USUAL);
    meanwhile(&bench, || {
        say(&bench, "PROBLEM", "2", &again("1"));
    });
    say(&bench, "PROBLEM", "2", &again("2"));
    assert_eq!(told(&bench).len(), 1);
    assert!(is_whole_and_calls(&bench));
    assert!(!told(&bench)[0].contains("again"), "{:?}", told(&bench));
}

/// They call nobody all the same.
pub fn repeats_are_whole_on_request(program: Program) {
    let bench = calling(program, &format!("{USUAL}quiet_repeats = false\n"));
    say(&bench, "PROBLEM", "2", &again("1"));
    assert!(is_whole_and_calls(&bench));
    say(&bench, "PROBLEM", "2", &again("2"));
    let last = last(&bench);
    assert!(last.json()["attachments"].is_array());
    assert!(last.mentions.is_empty(), "{last:#?}");
    assert!(!told(&bench)[1].contains("again"), "{:?}", told(&bench));
}
