//! Killed at every step of storing, routing and delivering.

use std::collections::BTreeSet;

use notify_test::kill::{self, Kill};
use notify_test::queue;

use crate::scenarios::{ALL, Scenario};
use crate::stage::Stage;
use crate::told::STORIES;

/// No story comes to a step more often.
const MOST_TURNS: u32 = 100;

#[test]
fn every_step_with_a_name_is_one_at_which_some_story_kills() {
    let come_to: BTreeSet<String> = ALL
        .iter()
        .map(|scenario| scenario.comes_to)
        .chain(STORIES.iter().map(|story| story.comes_to))
        .flatten()
        .map(|point| (*point).to_owned())
        .collect();
    assert_eq!(come_to, kill::points());
}

fn kill_everywhere(name: &str) {
    let scenario = ALL.iter().find(|scenario| scenario.name == name);
    let scenario = scenario.expect("a scenario of this name");
    let mut came_to = BTreeSet::new();
    for point in kill::points() {
        for turn in 1..=MOST_TURNS {
            let kill = Kill {
                point: point.clone(),
                turn,
            };
            if !killed_and_complete(scenario, &kill) {
                break;
            }
            came_to.insert(point.clone());
        }
    }
    for point in scenario.comes_to {
        assert!(came_to.contains(*point), "{name} never came to {point}");
    }
}

/// `false` where the victim ended before it came there.
fn killed_and_complete(scenario: &Scenario, kill: &Kill) -> bool {
    let what = format!("{} killed at {}:{}", scenario.name, kill.point, kill.turn);
    let mut stage = Stage::new(scenario.program);
    (scenario.before)(&mut stage);
    let told = stage.told();
    let victim = (scenario.victim)(&mut stage);
    let is_notifier = stage.told() > told;
    let killed = stage.kill(victim, kill);
    if killed.is_some() && is_notifier && !scenario.has_stored(&kill.point, kill.turn) {
        stage.may_lose_the_last();
    }
    (scenario.after)(&mut stage);
    queue::drain(&stage.bench);
    stage.check(killed.as_deref().unwrap_or_default(), &what);
    stage.is_clean(&what);
    killed.is_some()
}

macro_rules! stories {
    ($($name:ident,)*) => {
        $(#[test] fn $name() { kill_everywhere(stringify!($name)); })*

        #[test]
        fn every_story_is_told() {
            let told: BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(told, ALL.iter().map(|scenario| scenario.name).collect());
        }
    };
}

stories! {
    the_first_of_all,
    a_backlog_and_the_drainer,
    a_backlog_and_a_notifier,
    a_backlog_at_pagerduty,
    two_destinations,
    a_vendor_that_fails_and_recovers,
    one_that_fails_by_itself,
    what_is_too_old,
    a_receipt_that_is_late,
    a_config_that_is_broken,
    a_config_that_is_mended_for_a_notifier,
    a_config_that_is_mended_for_the_drainer,
}
