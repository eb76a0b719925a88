//! The rules, one by one: what an entry is to people, and what they know after it.

mod filters;
mod waiting;

use Kind::{
    Acknowledgement, Custom, DowntimeCancelled, DowntimeEnd, DowntimeStart, FlappingDisabled,
    FlappingStart, FlappingStop, Problem, Recovery,
};
use State::{Critical, Down, Ok as Good, Unknown, Up, Warning};
use Surface::{Incidents, Messages};

use super::*;
use crate::entry::{DestinationId, Emoji};
use crate::notification::Subject;
use crate::state_folder::known::Open;

/// What was stored about one object, and what people know of it.
struct People {
    known: Known,
    surface: Surface,
    flood: FloodSettings,
    elsewhere: Elsewhere,
    ahead: Ahead,
    last: u64,
}

fn people(surface: Surface) -> People {
    People {
        known: Known::default(),
        surface,
        flood: FloodSettings::default(),
        elsewhere: Elsewhere::Unknown,
        ahead: Ahead::default(),
        last: 0,
    }
}

fn at(seconds: f64) -> Moment {
    Moment {
        wall: 1_795_237_900.0 + seconds,
        uptime: None,
    }
}

/// Ten seconds after the one before it.
fn say(kind: Kind, state: State, number: u64) -> Entry {
    let notification = Notification {
        kind,
        subject: Subject::service("web01", "Ping"),
        state: Some(state),
        number: Some(number),
        ..Notification::default()
    };
    Entry::new(
        DestinationId::new("slack", "ops"),
        notification,
        "default",
        "/etc/monitoring-notify/config.toml".into(),
        Emoji::Shown,
        at(0.0),
    )
}

fn held_back(entry: Entry) -> Entry {
    Entry {
        held_back: Some("outside of the period".into()),
        ..entry
    }
}

impl People {
    fn turn(&self, entry: &Entry, now: f64) -> Turn {
        turn(&Scene {
            entry,
            number: self.last,
            known: &self.known,
            ahead: self.ahead,
            elsewhere: self.elsewhere,
            surface: self.surface,
            flood: &self.flood,
            now: &at(now),
        })
    }

    /// All of them have waited; the last one's turn.
    fn after_waiting(&mut self, entries: &[Entry]) -> Turn {
        let numbers = self.last + 1..;
        for (number, entry) in numbers.zip(entries) {
            self.ahead.note(number, Sort::of(&entry.notification));
        }
        let turns: Vec<Turn> = entries.iter().map(|entry| self.hear(entry)).collect();
        turns.into_iter().next_back().expect("a turn")
    }

    fn hear(&mut self, entry: &Entry) -> Turn {
        self.try_telling(entry, Attempt::Never)
    }

    /// What may have been tried before. Who is told knows it, in a message named by its number.
    fn try_telling(&mut self, entry: &Entry, attempt: Attempt) -> Turn {
        self.last += 1;
        let entry = Entry {
            created: at(self.last as f64 * 10.0),
            ..entry.clone()
        };
        let turn = self.turn(&entry, self.last as f64 * 10.0);
        match &turn {
            Turn::Tell(story) => {
                let name = format!("message {}", self.last);
                let vendor = match story.thread {
                    Some(_) => Vendor::Reply,
                    None => Vendor::Own(Some(&name)),
                };
                tell(&mut self.known, &entry, self.last, story, vendor);
            }
            Turn::Leave(became, _) => leave(&mut self.known, &entry, *became, attempt),
        }
        turn
    }

    fn open(&self) -> &Open {
        self.known.open.as_ref().expect("an open problem")
    }
}

#[track_caller]
fn told(turn: Turn) -> Story {
    match turn {
        Turn::Tell(story) => story,
        Turn::Leave(became, why) => panic!("left out as {became:?}: {why}"),
    }
}

#[track_caller]
fn is_left(turn: Turn, as_what: Became) {
    match turn {
        Turn::Leave(became, _) if became == as_what => {}
        other => panic!("{other:?} instead of {as_what:?}"),
    }
}

#[track_caller]
fn is_aloud(story: &Story) {
    let is = (story.face, story.shape, story.call);
    assert_eq!(is, (Face::News, Shape::Whole, Call::Due), "{story:?}");
}

#[track_caller]
fn is_quiet(story: &Story) {
    let is = (story.face, story.shape, story.call);
    assert_eq!(is, (Face::News, Shape::Line, Call::Nobody), "{story:?}");
}

#[test]
fn only_what_is_good_closes_and_a_recovery_whose_state_nobody_gave() {
    for (kind, good, bad, none) in [
        (Recovery, true, false, true),
        (DowntimeEnd, true, false, false),
        (DowntimeCancelled, true, false, false),
        (FlappingStop, true, false, false),
        (FlappingDisabled, false, false, false),
        (FlappingStart, false, false, false),
        (DowntimeStart, false, false, false),
        (Acknowledgement, false, false, false),
        (Custom, false, false, false),
        (Problem, false, false, false),
    ] {
        for (state, expected) in [
            (Some(Good), good),
            (Some(Up), good),
            (Some(Warning), bad),
            (Some(Unknown), bad),
            (Some(Down), bad),
            (None, none),
        ] {
            let mut entry = say(kind.clone(), Good, 1);
            entry.notification.state = state;
            assert_eq!(closes(&entry.notification), expected, "{kind:?} {state:?}");
        }
    }
}

#[test]
fn a_problems_message_is_drawn_as_what_it_has_become() {
    let mut story = Story::alone(
        &say(Problem, Critical, 1).notification,
        &people(Messages).flood,
    );
    for (kind, state, drawn) in [
        (Problem, Critical, Some(Problem)),
        (Recovery, Good, Some(Recovery)),
        (Acknowledgement, Critical, Some(Acknowledgement)),
        (DowntimeStart, Critical, Some(DowntimeStart)),
        (DowntimeEnd, Critical, Some(Problem)),
        (DowntimeEnd, Good, Some(Recovery)),
        (DowntimeCancelled, Good, Some(Recovery)),
        (FlappingStop, Critical, Some(Problem)),
        (FlappingStop, Good, Some(Recovery)),
        (FlappingStart, Critical, None),
        (Custom, Critical, None),
    ] {
        let entry = say(kind, state, 2);
        assert_eq!(story.standing(&entry.notification), drawn, "{entry:?}");
    }
    story.shape = Shape::Line;
    story.past = Some(Past {
        since: 0.0,
        state: Some(Critical),
        episodes: 1,
    });
    for (state, drawn) in [(Critical, None), (Warning, Some(Problem))] {
        let repeat = say(Problem, state, 2).notification;
        assert_eq!(story.standing(&repeat), drawn, "{state:?}");
    }
}

#[test]
fn a_problem_calls_when_it_begins_and_when_it_becomes_worse() {
    let mut people = people(Messages);
    is_aloud(&told(people.hear(&say(Problem, Warning, 1))));
    is_quiet(&told(people.hear(&say(Problem, Warning, 2))));
    is_aloud(&told(people.hear(&say(Problem, Critical, 3))));
    is_quiet(&told(people.hear(&say(Problem, Warning, 4))));
    is_aloud(&told(people.hear(&say(Problem, Unknown, 5))));
    let open = people.open();
    assert_eq!((open.state, open.since), (Some(Unknown), at(10.0).wall));
    assert_eq!(open.vendor.as_deref(), Some("message 1"));
}

#[test]
fn a_problem_without_a_number_is_a_first_one_where_nobody_knows_of_it() {
    let mut people = people(Messages);
    let mut entry = say(Problem, Critical, 1);
    entry.notification.number = None;
    is_aloud(&told(people.hear(&entry)));
    people.flood.copies_within = std::time::Duration::ZERO;
    is_quiet(&told(people.hear(&entry)));
}

#[test]
fn a_repeat_of_what_nobody_here_knows_calls_only_where_others_know_it() {
    for (elsewhere, calls) in [(Elsewhere::Unknown, false), (Elsewhere::Open, true)] {
        let mut people = people(Messages);
        people.elsewhere = elsewhere;
        let story = told(people.hear(&say(Problem, Critical, 7)));
        assert_eq!(story.call == Call::Due, calls, "{elsewhere:?}");
    }
}

#[test]
fn a_core_that_counts_anew_has_a_new_problem() {
    let mut people = people(Messages);
    people.hear(&say(Problem, Critical, 1));
    people.hear(&say(Problem, Critical, 2));
    let story = told(people.hear(&say(Problem, Critical, 1)));
    is_aloud(&story);
    assert_eq!(story.thread, None);
    assert_eq!(people.open().since, at(30.0).wall);
    assert_eq!(people.open().vendor.as_deref(), Some("message 3"));
}

#[test]
fn what_a_core_says_once_for_each_contact_is_told_once() {
    for kind in [Problem, Acknowledgement, DowntimeStart, Custom] {
        let mut people = people(Messages);
        told(people.hear(&say(kind.clone(), Critical, 1)));
        is_left(people.hear(&say(kind, Critical, 1)), Became::Copy);
    }
}

#[test]
fn another_state_number_or_comment_is_no_copy() {
    let mut other = say(Acknowledgement, Critical, 1);
    other.notification.comment = "disk ordered".into();
    for (first, second) in [
        (say(Problem, Warning, 1), say(Problem, Critical, 1)),
        (say(Problem, Critical, 1), say(Problem, Critical, 2)),
        (say(Acknowledgement, Critical, 1), other),
    ] {
        let mut people = people(Messages);
        told(people.hear(&first));
        told(people.hear(&second));
    }
}

#[test]
fn after_the_end_of_a_problem_the_same_words_are_new_ones() {
    for end in [Recovery, DowntimeEnd, DowntimeCancelled, FlappingStop] {
        let mut people = people(Messages);
        for _ in 0..2 {
            told(people.hear(&say(Problem, Critical, 1)));
            told(people.hear(&say(Acknowledgement, Critical, 1)));
            told(people.hear(&say(end.clone(), Good, 1)));
        }
        assert_eq!(people.known.open, None);
    }
}

#[test]
fn two_minutes_later_it_is_no_copy() {
    let mut people = people(Messages);
    people.hear(&say(Custom, Critical, 1));
    people.last = 12;
    told(people.hear(&say(Custom, Critical, 1)));
}

#[test]
fn what_has_arrived_is_told_no_second_time() {
    let mut people = people(Messages);
    let entry = say(Problem, Critical, 1);
    told(people.hear(&entry));
    is_left(people.turn(&entry, 10.0), Became::Delivered);
}

#[test]
fn what_is_older_than_the_last_one_told_is_history() {
    for (surface, is_told) in [(Messages, true), (Incidents, false)] {
        let mut people = people(surface);
        people.last = 5;
        told(people.hear(&say(Problem, Critical, 1)));
        people.last = 2;
        match people.turn(&say(Recovery, Good, 1), 60.0) {
            Turn::Tell(story) => assert_eq!((story.face, is_told), (Face::History, true)),
            Turn::Leave(became, _) => assert_eq!((became, is_told), (Became::NothingToSend, false)),
        }
    }
}

#[test]
fn what_came_late_says_so() {
    let people = people(Messages);
    for (now, late) in [(119.0, None), (121.0, Some(121.0))] {
        let story = told(people.turn(&say(Problem, Critical, 1), now));
        assert_eq!(story.late, late);
    }
}

#[test]
fn what_follows_a_problem_goes_into_its_thread() {
    for (surface, threads, thread) in [
        (Messages, Threads::Yes, Some("message 1")),
        (Messages, Threads::No, None),
        (Incidents, Threads::Yes, None),
    ] {
        let mut people = people(surface);
        people.flood.threads = threads;
        people.hear(&say(Problem, Critical, 1));
        let story = told(people.hear(&say(Acknowledgement, Critical, 1)));
        assert_eq!(story.thread.as_deref(), thread, "{surface:?} {threads:?}");
    }
}

#[test]
fn a_message_that_took_no_reply_is_followed_by_the_next_one() {
    let mut people = people(Messages);
    people.hear(&say(Problem, Critical, 1));
    people.last = 2;
    let entry = say(Acknowledgement, Critical, 1);
    let story = told(people.turn(&entry, 20.0));
    tell(
        &mut people.known,
        &entry,
        2,
        &story,
        Vendor::Own(Some("another")),
    );
    assert_eq!(people.open().vendor.as_deref(), Some("another"));
}

#[test]
fn the_end_of_a_downtime_ends_a_problem_that_people_know() {
    let end = say(DowntimeEnd, Good, 1);
    let mut people = people(Messages);
    let story = told(people.turn(&end, 0.0));
    assert!(!story.ends_problem(&end.notification));
    people.hear(&say(Problem, Critical, 1));
    let story = told(people.hear(&end));
    assert!(story.ends_problem(&end.notification));
    assert_eq!(people.known.open, None);
}

#[test]
fn a_message_that_a_downtimes_end_drew_anew_is_drawn_again_for_the_state_before() {
    let mut people = people(Messages);
    people.hear(&say(Problem, Critical, 1));
    people.hear(&say(DowntimeEnd, Warning, 1));
    let worse = say(Problem, Critical, 2);
    let story = told(people.hear(&worse));
    is_aloud(&story);
    assert_eq!(story.standing(&worse.notification), Some(Problem));
}

#[test]
fn with_whole_repeats_none_is_a_line() {
    let mut people = people(Messages);
    people.flood.repeats = Repeats::Whole;
    people.hear(&say(Problem, Critical, 1));
    let story = told(people.hear(&say(Problem, Critical, 2)));
    assert_eq!(story.shape, Shape::Whole);
}
