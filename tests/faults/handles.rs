//! No file handles left: whatever is said is true.

use std::process::Command;

use notify_test::queue::{Queue, arrived};
use notify_test::{Bench, Fault, Run};

use crate::stage::{impatient, problem, run};

/// With fewer the loader cannot open the program's libraries.
const FEWEST: u32 = 4;

fn limited(command: &Command, handles: u32) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("ulimit -n {handles}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

/// With a fresh state folder, or one that was used before.
fn benches() -> [Bench; 2] {
    let used = impatient();
    run(&mut problem(&used, "earlier", 1_000)).code(0);
    [impatient(), used]
}

fn never_panics(said: &Run) {
    assert!(!said.stderr.contains("panicked"), "{said:#?}");
    assert!([0, 69, 74, 75, 78].contains(&said.code), "{said:#?}");
}

#[test]
fn with_few_file_handles_what_is_said_is_true() {
    for handles in FEWEST..=24 {
        for bench in benches() {
            let command = problem(&bench, "web01", 1);
            let said = run(&mut limited(&command, handles));
            never_panics(&said);
            let has_arrived = arrived(&bench.preview).contains(&1);
            let queue = Queue::of(&bench);
            let waits = queue.waiting().iter().any(|kept| kept.note() == Some(1));
            let what = format!("{handles} handles: {said:#?}");
            match said.code {
                0 | 75 => assert!(has_arrived || waits, "{what}"),
                78 if said.stderr.contains("LOST") => panic!("{what}"),
                69 | 78 => assert!(waits, "{what}"),
                _ => assert!(!has_arrived && !waits, "{what}"),
            }
            assert_eq!(has_arrived, said.stderr.contains("delivered"), "{what}");
            if waits {
                notify_test::queue::drain(&bench);
                let times = arrived(&bench.preview)
                    .iter()
                    .filter(|one| **one == 1)
                    .count();
                assert_eq!(times, 1, "{what}");
            }
            queue.holds_no_secret();
        }
    }
}

#[test]
fn with_few_file_handles_and_a_dead_vendor_what_is_said_is_true() {
    for handles in FEWEST..=24 {
        for bench in benches() {
            bench.preview.always(Some(Fault::status(503)));
            let said = run(&mut limited(&problem(&bench, "web01", 1), handles));
            never_panics(&said);
            let queue = Queue::of(&bench);
            let waits = queue.waiting().iter().any(|kept| kept.note() == Some(1));
            let what = format!("{handles} handles: {said:#?}");
            assert_eq!(said.code == 74, said.stderr.contains("LOST"), "{what}");
            assert_eq!(said.code == 74, !waits, "{what}");
        }
    }
}

#[test]
fn a_drainer_with_few_file_handles_loses_nothing_and_sends_nothing_twice() {
    let bench = impatient();
    bench.preview.always(Some(Fault::too_many(0)));
    for number in 1..=4 {
        run(&mut problem(&bench, "web01", number)).code(0);
    }
    bench.preview.always(None);
    for handles in FEWEST..=24 {
        let drainer = notify_test::queue::drainer(&bench);
        never_panics(&run(&mut limited(&drainer, handles)));
    }
    notify_test::queue::drain(&bench);
    assert_eq!(arrived(&bench.preview), [1, 2, 3, 4]);
}
