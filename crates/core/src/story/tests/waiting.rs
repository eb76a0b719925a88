//! What had to wait, and what may have arrived although nobody saw an answer.

use super::*;

#[test]
fn problems_that_waited_are_told_by_the_last_of_them() {
    let mut people = people(Messages);
    let waited = [
        say(Problem, Warning, 1),
        say(Problem, Critical, 2),
        say(Problem, Critical, 2),
        say(Problem, Critical, 3),
    ];
    let story = told(people.after_waiting(&waited));
    is_aloud(&story);
    // A copy is none.
    assert_eq!(story.notifications, 3);
    assert_eq!(people.open().since, at(10.0).wall);
}

#[test]
fn what_is_over_before_anybody_was_told_is_one_note() {
    let mut people = people(Messages);
    let story = told(people.after_waiting(&[
        say(Problem, Critical, 1),
        say(Acknowledgement, Critical, 1),
        say(Recovery, Good, 1),
        say(Problem, Warning, 1),
        say(Recovery, Good, 1),
    ]));
    assert_eq!(story.face, Face::Over);
    let past = story.past.expect("a past");
    assert_eq!((past.since, past.episodes), (at(10.0).wall, 2));
    assert_eq!((&people.known.open, &people.known.untold), (&None, &None));
}

#[test]
fn a_problem_that_came_back_before_anybody_was_told_is_news() {
    let mut people = people(Messages);
    let story = told(people.after_waiting(&[
        say(Problem, Critical, 1),
        say(Recovery, Good, 1),
        say(Problem, Critical, 1),
    ]));
    is_aloud(&story);
    assert_eq!(people.open().since, at(30.0).wall);
}

#[test]
fn the_end_of_a_problem_that_people_know_is_told_before_the_next_one() {
    let mut people = people(Messages);
    told(people.hear(&say(Problem, Critical, 1)));
    people.ahead.problem = 3;
    let story = told(people.hear(&say(Recovery, Good, 1)));
    assert_eq!(story.thread.as_deref(), Some("message 1"));
    is_aloud(&told(people.hear(&say(Problem, Critical, 1))));
}

#[test]
fn incidents_hear_of_every_end() {
    let mut people = people(Incidents);
    people.ahead.problem = 3;
    people.ahead.recovery = 2;
    is_left(people.hear(&say(Problem, Critical, 1)), Became::Folded);
    told(people.hear(&say(Recovery, Good, 1)));
    is_aloud(&told(people.hear(&say(Problem, Critical, 1))));
}

#[test]
fn without_collapse_each_is_told() {
    let mut people = people(Messages);
    people.flood.collapse = Collapse::No;
    let waited = [say(Problem, Critical, 1), say(Recovery, Good, 1)];
    let story = told(people.after_waiting(&waited));
    assert_eq!(story.face, Face::News);
}

#[test]
fn the_end_of_what_may_have_been_seen_is_an_end() {
    for surface in [Messages, Incidents] {
        let mut people = people(surface);
        people.ahead.recovery = 2;
        let first = say(Problem, Critical, 1);
        is_left(people.try_telling(&first, Attempt::Maybe), Became::Folded);
        assert_eq!(people.open().seen, Seen::Perhaps);
        let story = told(people.hear(&say(Recovery, Good, 1)));
        assert_eq!(story.face, Face::News);
        assert_eq!(people.known.open, None);
    }
}

#[test]
fn what_may_have_been_seen_is_told_aloud_while_it_lasts() {
    let mut people = people(Messages);
    people.ahead.problem = 3;
    people.hear(&say(Problem, Critical, 1));
    people.try_telling(&say(Problem, Critical, 2), Attempt::Maybe);
    is_aloud(&told(people.hear(&say(Problem, Critical, 3))));
    let open = people.open();
    assert_eq!((open.since, open.seen), (at(10.0).wall, Seen::Surely));
}

#[test]
fn a_message_that_may_say_another_state_by_now_is_drawn_again() {
    for (updated, attempt) in [(Some(2), Attempt::Never), (None, Attempt::Maybe)] {
        let mut people = people(Messages);
        people.hear(&say(Problem, Critical, 1));
        people.known.halfway = updated;
        people.ahead.problem = 3;
        is_left(
            people.try_telling(&say(Problem, Warning, 2), attempt),
            Became::Folded,
        );
        let last = say(Problem, Critical, 3);
        let story = told(people.hear(&last));
        assert_eq!(story.standing(&last.notification), Some(Problem));
    }
}
