//! Hundreds that are killed at random moments; `scripts/torture` does the same with thousands.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use notify_test::Run;
use notify_test::queue;

use crate::crowd::{Crowd, Ended, Told, Weather};
use crate::dice::any_seed;

#[test]
fn whoever_is_killed_at_a_random_moment_loses_nothing_that_was_accepted() {
    survive(Weather::Fair, 1);
}

#[test]
fn whoever_is_killed_while_the_config_breaks_loses_nothing_that_was_accepted() {
    survive(Weather::ConfigBreaks, 2);
}

/// As many as are wanted, or a part of them.
fn survive(weather: Weather, part: u32) {
    let count = setting("NOTIFY_TORTURE").unwrap_or(500) as u32 / part;
    let seed = setting("NOTIFY_SEED").unwrap_or_else(any_seed);
    let said = format!("NOTIFY_SEED={seed} repeats the kill times");
    let crowd = Crowd::new();
    let typical = crowd.typical_time();
    let begun = Instant::now();
    let (told, kills) = crowd.tell_and_kill(count, seed, typical, weather);
    let telling = begun.elapsed();
    crowd.drain(&said);
    let twice = check(&crowd, &told, &kills, &said);
    if setting("NOTIFY_TORTURE").is_some() {
        let killed = told.iter().filter(|told| told.ended == Ended::Killed);
        let notifiers = killed.count();
        let drainers = kills.len() - notifiers;
        let drained = begun.elapsed() - telling;
        writeln!(
            std::io::stdout(),
            "{weather:?}: of {count} notifiers {notifiers} were killed, and {drainers} drainers, in {telling:.1?}; the \
             rest went out in {drained:.1?}: nothing lost, {twice} twice, as they were being sent. {said}."
        )
        .expect("stdout");
    }
}

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}

/// Comes back with how many were sent twice.
fn check(crowd: &Crowd, told: &[Told], kills: &[Instant], said: &str) -> usize {
    let mut arrivals: HashMap<u32, Vec<Instant>> = HashMap::new();
    let mut of_host: HashMap<&str, Vec<u32>> = HashMap::new();
    let host_of: HashMap<u32, &str> = told
        .iter()
        .map(|told| (told.number, told.host.as_str()))
        .collect();
    for one in crowd.bench.preview.received() {
        if let Some(number) = queue::note_of(&one).filter(|_| one.verdict == "accepted") {
            arrivals.entry(number).or_default().push(one.at);
            if let Some(host) = host_of.get(&number) {
                of_host.entry(host).or_default().push(number);
            }
        }
    }
    for told in told {
        let arrived = arrivals.contains_key(&told.number);
        let lost = told.ended == Ended::ByItself && !arrived;
        assert!(!lost, "{said}: {} is lost", told.number);
    }
    for (host, numbers) in of_host {
        assert!(numbers.is_sorted(), "{said}: order of {host}: {numbers:?}");
    }
    let twice: Vec<(u32, Instant, Instant)> = arrivals
        .iter()
        .flat_map(|(number, times)| times.windows(2).map(|two| (*number, two[0], two[1])))
        .collect();
    each_has_its_kill(&twice, kills, said);
    each_has_one_receipt(crowd, arrivals.len(), said);
    assert!(crowd.queue.failed().is_empty(), "{said}");
    assert!(crowd.queue.leftovers().len() <= kills.len(), "{said}");
    crowd.queue.let_it_be_tidied();
    Run::of(crowd.drainer().output().expect("it starts")).code(0);
    assert_eq!(crowd.queue.counted(), 0, "{said}");
    crowd.queue.holds_no_secret();
    twice.len()
}

fn each_has_one_receipt(crowd: &Crowd, arrived: usize, said: &str) {
    let receipts = crowd.queue.final_receipts();
    let mut numbers: Vec<u64> = receipts
        .iter()
        .map(|receipt| {
            assert_eq!(receipt["became"], "delivered", "{said}");
            receipt["id"].as_u64().expect("a number")
        })
        .collect();
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert_eq!((numbers.len(), all), (arrived, arrived), "{said}");
}

/// Whatever arrived a second time was being sent by somebody who was killed in between, and who sent nothing else then.
fn each_has_its_kill(twice: &[(u32, Instant, Instant)], kills: &[Instant], said: &str) {
    // A request may lie in the vendor's socket for a while when its sender is dead.
    const LATE: Duration = Duration::from_secs(2);
    let mut left = kills.to_vec();
    left.sort();
    let mut twice = twice.to_vec();
    twice.sort_by_key(|(_, _, second)| *second);
    for (number, first, second) in twice {
        let fits = |kill: &Instant| *kill + LATE >= first && *kill <= second + LATE;
        let found = left.iter().position(fits);
        let found = found.unwrap_or_else(|| panic!("{said}: {number} twice without a kill"));
        left.remove(found);
    }
}
