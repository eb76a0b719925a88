//! What a filter holds back, and what it does not.

use super::*;

#[test]
fn a_filter_keeps_a_problem_and_what_follows_it_from_people() {
    let mut people = people(Messages);
    for entry in [
        held_back(say(Problem, Critical, 1)),
        say(Acknowledgement, Critical, 1),
        say(Recovery, Good, 1),
    ] {
        is_left(people.hear(&entry), Became::HeldBack);
    }
    assert_eq!(people.known.untold, None);
    told(people.hear(&say(Recovery, Good, 1)));
}

#[test]
fn a_filter_keeps_nothing_that_follows_a_known_problem() {
    for entry in [say(Acknowledgement, Critical, 1), say(Recovery, Good, 1)] {
        let mut people = people(Messages);
        told(people.hear(&say(Problem, Critical, 1)));
        told(people.hear(&held_back(entry)));
    }
}

#[test]
fn a_filter_keeps_no_end_from_incidents() {
    let mut people = people(Incidents);
    told(people.hear(&held_back(say(Recovery, Good, 1))));
    is_left(
        people.hear(&held_back(say(Problem, Critical, 1))),
        Became::HeldBack,
    );
    told(people.hear(&say(Recovery, Good, 1)));
}

#[test]
fn a_problem_that_a_filter_let_pass_is_told_by_the_one_it_was_left_to() {
    for attempt in [Attempt::Never, Attempt::Maybe] {
        let mut people = people(Messages);
        people.ahead.problem = 2;
        people.try_telling(&say(Problem, Critical, 1), attempt);
        is_aloud(&told(people.hear(&held_back(say(Problem, Critical, 2)))));
    }
}
