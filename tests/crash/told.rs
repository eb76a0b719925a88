//! Killed at every step of telling what belongs together: what people see is told once, but for what was being sent, and
//! ends as it should.

use std::collections::BTreeSet;
use std::process::Command;

use notify_test::flood::{self, became, line, meanwhile, say, told};
use notify_test::kill::{self, Kill};
use notify_test::queue::Queue;
use notify_test::{Bench, IncidentStatus, Run, Shown, queue, storm, threads};

use crate::scenarios::{ROUTING, STORING};

pub struct Story {
    pub name: &'static str,
    bench: fn() -> Bench,
    before: fn(&Bench),
    victim: fn(&Bench) -> Command,
    after: fn(&Bench),
    /// What people see then, where it was killed at this step.
    seen: fn(&Bench, &str),
    /// It comes at least to these.
    pub comes_to: &'static [&'static str],
}

const NUMBERS: [[&str; 2]; 3] = [
    ["--notification-number", "1"],
    ["--notification-number", "2"],
    ["--notification-number", "3"],
];

pub const STORIES: [Story; 8] = [
    Story {
        name: "an_answer_below_its_problem",
        bench: in_threads,
        before: |bench| {
            say(bench, "PROBLEM", "2", &[]);
            waits(bench, &[("ACKNOWLEDGEMENT", "2", &[])]);
        },
        victim: queue::drainer,
        after: |_| {},
        seen: |bench, point| {
            let problem = the_problem(bench);
            assert!(problem.text.starts_with("👤 ACK"), "{problem:#?}");
            assert_eq!(problem.updates, 1, "{problem:#?}");
            once(problem.replies.len(), point);
        },
        comes_to: &["updated", "answered", "remembered", "receipt"],
    },
    Story {
        name: "the_end_of_a_problem_and_the_next_one",
        bench: in_threads,
        before: |bench| {
            say(bench, "PROBLEM", "2", &NUMBERS[0]);
            let again: [(&str, &str, &[&str]); 3] = [
                ("PROBLEM", "2", &NUMBERS[1]),
                ("RECOVERY", "0", &[]),
                ("PROBLEM", "1", &NUMBERS[0]),
            ];
            waits(bench, &again);
        },
        victim: queue::drainer,
        after: |bench| {
            say(bench, "RECOVERY", "0", &[]);
        },
        seen: |bench, point| {
            // Only its last request may have been in flight.
            let problems = threads::channel(bench);
            let news = |problem: &&Shown| problem.text.contains("was WARNING");
            once(problems.iter().filter(news).count().max(1), point);
            for problem in &problems[..1] {
                assert!(problem.text.starts_with("✅ OK"), "{problem:#?}");
                assert_eq!(problem.updates, 1, "{problem:#?}");
            }
            let last = problems.last().expect("the next problem");
            assert!(last.text.starts_with("✅ OK"), "{problems:#?}");
            assert!(problems.len() <= 3, "{problems:#?}");
        },
        comes_to: &["left-out", "updated", "remembered"],
    },
    Story {
        name: "what_is_over_before_it_was_told",
        bench: in_a_channel,
        before: |bench| {
            let said: [(&str, &str, &[&str]); 6] = [
                ("PROBLEM", "2", &NUMBERS[0]),
                ("PROBLEM", "2", &NUMBERS[1]),
                ("RECOVERY", "0", &[]),
                ("PROBLEM", "2", &NUMBERS[0]),
                ("ACKNOWLEDGEMENT", "2", &[]),
                ("RECOVERY", "0", &[]),
            ];
            waits(bench, &said);
        },
        victim: queue::drainer,
        after: |_| {},
        seen: |bench, point| {
            let told = told(bench);
            once(told.len(), point);
            for note in &told {
                // Whoever finds that somebody died over it takes it for seen.
                let seen = note.starts_with("✅ OK web01 / Ping – was CRITICAL");
                let untold = note.starts_with("ℹ️ web01 / Ping was CRITICAL 2 times ");
                assert!(untold || seen && point == "left-out", "{told:?}");
            }
            let became = became(bench);
            let folded = became.iter().filter(|one| one.ends_with(" folded")).count();
            assert_eq!((became.len(), folded), (6, 5), "{became:?}");
        },
        comes_to: &["left-out", "answered", "remembered"],
    },
    Story {
        name: "several_repeats",
        bench: in_a_channel,
        before: |bench| {
            let said = NUMBERS
                .each_ref()
                .map(|number| ("PROBLEM", "2", &number[..]));
            waits(bench, &said);
        },
        victim: queue::drainer,
        after: |_| {},
        seen: |bench, point| {
            let told = told(bench);
            once(told.len(), point);
            for problem in &told {
                // Whoever finds that somebody died over it takes it for seen, and does not count it.
                let counted = problem.contains("3 notifications") || point == "left-out";
                let whole = problem.starts_with("🔴 CRITICAL web01 / Ping – ");
                assert!(whole && counted, "{told:?}");
            }
        },
        comes_to: &["left-out"],
    },
    Story {
        name: "a_problem_that_may_have_opened",
        bench: at_pagerduty,
        before: |_| {},
        victim: |bench| bench.command(line("PROBLEM", "2", &[])),
        after: |bench| {
            say(bench, "RECOVERY", "0", &[]);
        },
        seen: |bench, _| assert_eq!(open(bench), 0),
        comes_to: &["marked", "answered", "remembered"],
    },
    Story {
        name: "a_problem_that_may_have_opened_again",
        bench: at_pagerduty,
        before: |bench| {
            say(bench, "PROBLEM", "2", &[]);
            say(bench, "RECOVERY", "0", &[]);
        },
        victim: |bench| bench.command(line("PROBLEM", "2", &[])),
        after: |bench| {
            say(bench, "RECOVERY", "0", &[]);
        },
        seen: |bench, _| assert_eq!(open(bench), 0),
        comes_to: &["marked", "answered", "remembered"],
    },
    Story {
        name: "what_came_back_after_an_end",
        bench: at_pagerduty,
        before: |bench| {
            let said: [(&str, &str, &[&str]); 3] = [
                ("PROBLEM", "2", &[]),
                ("RECOVERY", "0", &[]),
                ("PROBLEM", "2", &[]),
            ];
            waits(bench, &said);
        },
        victim: queue::drainer,
        after: |_| {},
        seen: |bench, _| {
            assert_eq!(bench.preview.incidents().len(), 1);
            assert_eq!(open(bench), 1);
        },
        comes_to: &["left-out", "answered", "remembered"],
    },
    Story {
        name: "a_storm",
        bench: in_a_storm,
        before: |bench| {
            meanwhile(bench, || {
                for host in ["web01", "web01", "web02", "web03"] {
                    let line = storm::say(host, "PROBLEM", "1", &[]);
                    bench.run(line).code(0);
                }
            });
        },
        victim: queue::drainer,
        after: |_| {},
        seen: |bench, point| {
            let received = bench.preview.received();
            let shown: Vec<String> = received.into_iter().filter_map(|one| one.shown).collect();
            // Whoever has no receipt may have been told by the digest.
            let told = [
                "answered",
                "remembered",
                "receipt",
                "receipt-synced",
                "removed",
            ];
            let most = if told.contains(&point) { 2 } else { 1 };
            for host in ["web01", "web02", "web03"] {
                let times = shown.iter().filter(|shown| shown.contains(host)).count();
                assert!(
                    (1..=most).contains(&times),
                    "{host} {times} times: {shown:#?}"
                );
            }
            let calls = shown.iter().filter(|shown| shown.contains("problems, "));
            once(calls.count(), point);
            let receipts = Queue::of(bench).receipts();
            let count = |word: &str| receipts.iter().filter(|one| one["became"] == word).count();
            assert_eq!(
                (count("delivered"), count("folded")),
                (3, 1),
                "{receipts:#?}"
            );
        },
        comes_to: &[
            "left-out",
            "marked",
            "answered",
            "remembered",
            "receipt",
            "removed",
        ],
    },
];

fn in_a_storm() -> Bench {
    let flood = format!("{}digest_above = 2\n", storm::AT_ONCE);
    storm::bench(kill::program("slack-notify"), &flood)
}

fn in_threads() -> Bench {
    threads::with_token(kill::program("slack-notify"))
}

fn in_a_channel() -> Bench {
    flood::bench(kill::program("slack-notify"))
}

fn at_pagerduty() -> Bench {
    flood::bench(kill::program("pagerduty-notify"))
}

fn waits(bench: &Bench, said: &[(&str, &str, &[&str])]) {
    meanwhile(bench, || {
        for (kind, state, more) in said {
            say(bench, kind, state, more).says("queued: another process is sending");
        }
    });
}

fn the_problem(bench: &Bench) -> Shown {
    let mut problems = threads::channel(bench);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

fn open(bench: &Bench) -> usize {
    let incidents = bench.preview.incidents().into_iter();
    incidents
        .filter(|incident| incident.status != IncidentStatus::Resolved)
        .count()
}

/// Between the vendor's answer and the note of it nobody knows of it.
fn once(times: usize, point: &str) {
    let most = if point == "answered" { 2 } else { 1 };
    assert!((1..=most).contains(&times), "{times} times");
}

fn kill_everywhere(name: &str) {
    let story = STORIES.iter().find(|story| story.name == name);
    let story = story.expect("a story of this name");
    let mut came_to = BTreeSet::new();
    // What can go wrong with a notification before it is sent is the scenarios' matter.
    let mut points = kill::points();
    points.retain(|point| !STORING.contains(&&**point) && !ROUTING.contains(&&**point));
    for point in points {
        for turn in 1.. {
            let kill = Kill {
                point: point.clone(),
                turn,
            };
            if !killed_and_seen(story, &kill) {
                break;
            }
            came_to.insert(point.clone());
        }
    }
    for point in story.comes_to {
        assert!(came_to.contains(*point), "{name} never came to {point}");
    }
}

/// `false` where the victim ended before it came there.
fn killed_and_seen(story: &Story, kill: &Kill) -> bool {
    let bench = (story.bench)();
    (story.before)(&bench);
    let mut victim = (story.victim)(&bench);
    let output = kill.at(&mut victim).output().expect("the victim starts");
    let was_killed = kill::was_killed(output.status);
    let run = Run::of(output);
    assert!(was_killed || run.code == 0, "{kill:?}: {run:#?}");
    queue::drain(&bench);
    (story.after)(&bench);
    queue::drain(&bench);
    let seen = || (story.seen)(&bench, &kill.point);
    let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(seen));
    assert!(seen.is_ok(), "{} killed at {kill:?}", story.name);
    was_killed
}

macro_rules! stories {
    ($($name:ident,)*) => {
        $(#[test] fn $name() { kill_everywhere(stringify!($name)); })*

        #[test]
        fn every_story_is_told() {
            let told: BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(told, STORIES.iter().map(|story| story.name).collect());
        }
    };
}

stories! {
    an_answer_below_its_problem,
    the_end_of_a_problem_and_the_next_one,
    what_is_over_before_it_was_told,
    several_repeats,
    a_problem_that_may_have_opened,
    a_problem_that_may_have_opened_again,
    what_came_back_after_an_end,
    a_storm,
}
