//! What was told before and is told again: as history, or as news once more.

use super::*;
use crate::entry::{DestinationId, Emoji};
use crate::notification::Subject;
use crate::state_folder::known::Known;

fn at(seconds: f64) -> Moment {
    Moment {
        wall: 1_795_237_900.0 + seconds,
        uptime: None,
    }
}

fn entry(kind: Kind, state: State, number: Option<u64>, seconds: f64) -> Entry {
    let notification = Notification {
        kind,
        subject: Subject::service("web01", "Ping"),
        state: Some(state),
        number,
        ..Notification::default()
    };
    Entry::new(
        DestinationId::new("slack", "ops"),
        notification,
        "default",
        "/etc/monitoring-notify/config.toml".into(),
        Emoji::Shown,
        at(seconds),
    )
}

fn problem(number: Option<u64>, seconds: f64) -> Entry {
    entry(Kind::Problem, State::Critical, number, seconds)
}

struct People {
    known: Known,
    surface: Surface,
    ahead: Ahead,
}

impl People {
    fn with(surface: Surface) -> People {
        People {
            known: Known::default(),
            surface,
            ahead: Ahead::default(),
        }
    }

    /// What it is to them, and from then on they know it.
    fn hear(&mut self, entry: &Entry, number: u64) -> Turn {
        let turn = turn(&Scene {
            entry,
            number,
            known: &self.known,
            ahead: self.ahead,
            elsewhere: Elsewhere::Unknown,
            surface: self.surface,
            flood: &FloodSettings::default(),
            now: &entry.created,
        });
        match &turn {
            Turn::Tell(story) => {
                let vendor = format!("message {number}");
                tell(
                    &mut self.known,
                    entry,
                    number,
                    story,
                    Vendor::Own(Some(&vendor)),
                );
            }
            Turn::Leave(became, _) => leave(&mut self.known, entry, *became, Attempt::Never),
        }
        turn
    }
}

fn told(turn: Turn) -> Story {
    match turn {
        Turn::Tell(story) => story,
        Turn::Leave(became, why) => panic!("left out as {became:?}: {why}"),
    }
}

#[test]
fn history_is_one_quiet_line_that_changes_nothing() {
    let mut people = People::with(Surface::Messages);
    told(people.hear(&problem(Some(1), 0.0), 1));
    let open = people.known.open.clone();
    let recovery = entry(Kind::Recovery, State::Ok, None, 5.0);
    for again in [problem(Some(1), 0.0), recovery] {
        let again = again.once_more(ToldAs::History, at(10.0));
        let story = told(people.hear(&again, 2));
        assert_eq!((story.face, story.shape), (Face::History, Shape::Line));
        assert_eq!(story.call, Call::Nobody);
        assert_eq!(people.known.open, open);
        people.known.told.pop();
    }
}

#[test]
fn history_opens_and_closes_no_incident() {
    let mut people = People::with(Surface::Incidents);
    let again = problem(Some(1), 0.0).once_more(ToldAs::History, at(10.0));
    let left = people.hear(&again, 1);
    assert!(
        matches!(left, Turn::Leave(Became::NothingToSend, _)),
        "{left:?}"
    );
    assert_eq!(people.known.open, None);
}

#[test]
fn news_once_more_is_no_copy_and_calls_again() {
    for number in [None, Some(1), Some(3)] {
        let mut people = People::with(Surface::Messages);
        told(people.hear(&problem(number, 0.0), 1));
        for again in 2..4 {
            let entry = problem(number, 0.0).once_more(ToldAs::Again, at(again as f64));
            let story = told(people.hear(&entry, again));
            assert_eq!((story.face, story.shape), (Face::News, Shape::Whole));
            assert_eq!((story.call, story.thread), (Call::Due, None), "{number:?}");
        }
        let open = people.known.open.as_ref().unwrap();
        assert_eq!(open.vendor.as_deref(), Some("message 3"));
    }
}

#[test]
fn what_was_held_back_then_is_told_once_more() {
    let mut people = People::with(Surface::Messages);
    let held_back = |entry| Entry {
        held_back: Some("outside of the period".into()),
        ..entry
    };
    let left = people.hear(&held_back(problem(Some(1), 0.0)), 1);
    assert!(matches!(left, Turn::Leave(Became::HeldBack, _)), "{left:?}");
    let recovery = held_back(entry(Kind::Recovery, State::Ok, None, 0.0));
    told(people.hear(&recovery.once_more(ToldAs::Again, at(10.0)), 2));
    assert_eq!(people.known.untold, None);
}

#[test]
fn what_the_core_says_after_it_is_no_copy_of_it_but_of_the_cores_own() {
    let mut people = People::with(Surface::Messages);
    let again = problem(Some(1), 0.0).once_more(ToldAs::Again, at(10.0));
    told(people.hear(&again, 1));
    // A new problem, for two contacts, with a replay in between.
    told(people.hear(&problem(Some(1), 20.0), 2));
    told(people.hear(&again, 3));
    let copy = people.hear(&problem(Some(1), 21.0), 4);
    assert!(matches!(copy, Turn::Leave(Became::Copy, _)), "{copy:?}");
}

#[test]
fn an_end_that_waits_behind_it_is_told_for_both() {
    let mut people = People::with(Surface::Incidents);
    people.ahead.recovery = 9;
    let again = problem(Some(1), 0.0).once_more(ToldAs::Again, at(10.0));
    let left = people.hear(&again, 8);
    assert!(matches!(left, Turn::Leave(Became::Folded, _)), "{left:?}");
}
