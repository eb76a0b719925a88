use notify_core::answer::marked;
use notify_core::notification::Subject;
use proptest::prelude::*;

use super::*;
use crate::answer::{Person, Source};
use crate::monitoring::Acknowledged;

const TAKEN: f64 = 1_800_000_000.5;
const OTHER: &str = "fedcba9876543210";

fn answer(wish: Wish) -> Answer {
    let person = Person {
        source: Source::Slack,
        id: "U1".to_owned(),
        name: "Max".to_owned(),
        channel: None,
        team: None,
    };
    let mut answer = Answer::new(&[b"verdict"], person, Subject::host("web01"), wish);
    answer.taken = at(TAKEN);
    answer
}

fn at(wall: f64) -> Moment {
    Moment { wall, uptime: None }
}

fn acknowledge() -> Wish {
    Wish::Acknowledge {
        comment: "disk ordered".to_owned(),
        sticky: Sticky::ByState,
        until: None,
        again: Again::Nothing,
    }
}

fn until(until: f64) -> Wish {
    Wish::Acknowledge {
        comment: String::new(),
        sticky: Sticky::ByState,
        until: Some(until),
        again: Again::Nothing,
    }
}

fn also() -> Wish {
    Wish::Acknowledge {
        comment: String::new(),
        sticky: Sticky::ByState,
        until: None,
        again: Again::Comment,
    }
}

fn downtime() -> Wish {
    Wish::Downtime {
        comment: "kernel".to_owned(),
        seconds: 600,
    }
}

fn removal(of: Option<&str>) -> Wish {
    Wish::RemoveAcknowledgement {
        of: of.map(str::to_owned),
    }
}

fn given(wish: Wish, times: u32) -> Answer {
    Answer {
        given: Some(TAKEN),
        times_given: times,
        state: Some(State::Critical),
        ..answer(wish)
    }
}

fn down(as_of: f64) -> Look {
    Look {
        state: Some(State::Down),
        as_of,
        ..Look::default()
    }
}

fn in_state(state: State, as_of: f64) -> Look {
    Look {
        state: Some(state),
        ..down(as_of)
    }
}

fn by(author: &str, id: &str, since: f64, as_of: f64) -> Look {
    Look {
        acknowledged: Some(Acknowledged {
            by: author.to_owned(),
            comment: marked("disk ordered", id),
            at: since,
        }),
        ..down(as_of)
    }
}

fn said(answer: &Answer, look: &Look, seconds: f64) -> Next {
    let known = Known {
        look,
        notified: Notified::No,
        now: &at(TAKEN + seconds),
        author: "Max",
    };
    next(answer, &known)
}

fn give(sticky: Sticky) -> Next {
    Next::Give(What::Acknowledge {
        sticky,
        until: None,
    })
}

fn over(outcome: Outcome) -> Next {
    Next::Over(outcome)
}

/// Younger than the answer, and old enough to tell.
const SURE: f64 = TAKEN + LAG + 1.0;
const FRESH: f64 = TAKEN + 1.0;
const OLD: f64 = TAKEN - 30.0;

#[test]
fn an_acknowledgement_is_sticky_where_it_cannot_become_worse() {
    for (state, sticky) in [
        (State::Down, Sticky::Yes),
        (State::Critical, Sticky::Yes),
        (State::Unreachable, Sticky::No),
        (State::Warning, Sticky::No),
        (State::Unknown, Sticky::No),
    ] {
        let look = in_state(state, FRESH);
        assert_eq!(said(&answer(acknowledge()), &look, 1.0), give(sticky));
    }
}

#[test]
fn an_answer_before_it_is_given() {
    let max = || "Max".to_owned();
    let ann = || "Ann".to_owned();
    for (case, wish, look, expected) in [
        ("a problem", acknowledge(), down(FRESH), give(Sticky::Yes)),
        (
            "the picture is older than the problem",
            acknowledge(),
            in_state(State::Up, OLD),
            give(Sticky::No),
        ),
        (
            "it recovered",
            acknowledge(),
            in_state(State::Up, FRESH),
            over(Outcome::Recovered),
        ),
        (
            "somebody has it",
            acknowledge(),
            by("Ann", OTHER, OLD, FRESH),
            over(Outcome::AlreadyAcknowledged(ann())),
        ),
        (
            "somebody had it, perhaps of the problem before",
            acknowledge(),
            by("Ann", OTHER, OLD - 60.0, OLD),
            Next::Wait,
        ),
        (
            "somebody has it since a moment ago, which the picture does not show",
            acknowledge(),
            by("Ann", OTHER, TAKEN - 1.0, OLD),
            over(Outcome::AlreadyAcknowledged(ann())),
        ),
        (
            "a second person",
            also(),
            by("Ann", OTHER, OLD, FRESH),
            Next::Give(What::Comment),
        ),
        (
            "the same person once more",
            also(),
            by("Max", OTHER, OLD, FRESH),
            over(Outcome::AlreadyAcknowledged(max())),
        ),
        (
            "the core was away too long",
            until(TAKEN + 5.0),
            down(FRESH),
            over(Outcome::Impossible(
                "the acknowledgement would be over by now: the core was away too long".to_owned(),
            )),
        ),
        (
            "nothing to remove",
            removal(None),
            down(FRESH),
            over(Outcome::NotAcknowledged),
        ),
        (
            "something to remove that the picture does not show",
            removal(None),
            down(OLD),
            Next::Give(What::RemoveAcknowledgement),
        ),
        (
            "its own to remove",
            removal(Some(OTHER)),
            by("Ann", OTHER, OLD, FRESH),
            Next::Give(What::RemoveAcknowledgement),
        ),
        (
            "somebody else's",
            removal(Some("0000000000000000")),
            by("Ann", OTHER, OLD, FRESH),
            over(Outcome::NotAcknowledged),
        ),
        (
            "whose cannot be told yet",
            removal(Some(OTHER)),
            down(OLD),
            Next::Wait,
        ),
        (
            "a check",
            Wish::Recheck,
            down(FRESH),
            Next::Give(What::Recheck),
        ),
        (
            "what is left of a downtime",
            downtime(),
            down(FRESH),
            Next::Give(What::Downtime { seconds: 590 }),
        ),
        (
            "a comment",
            Wish::Comment {
                text: String::new(),
            },
            down(OLD),
            Next::Give(What::Comment),
        ),
    ] {
        assert_eq!(said(&answer(wish), &look, 10.0), expected, "{case}");
    }
    assert_eq!(
        said(&answer(downtime()), &down(FRESH), 700.0),
        over(Outcome::Impossible(
            "the downtime would be over by now: the core was away too long".to_owned()
        ))
    );
}

#[test]
fn an_answer_after_it_was_given() {
    let id = answer(acknowledge()).id;
    let checked = |last_check| Look {
        last_check,
        ..down(SURE)
    };
    let with_downtime = Look {
        downtimes: vec![marked("kernel", &id)],
        ..down(OLD)
    };
    let with_comment = Look {
        comments: vec![marked("also acknowledged via Slack", &id)],
        ..by("Ann", OTHER, OLD, SURE)
    };
    for (case, wish, times, look, expected) in [
        (
            "it has it",
            acknowledge(),
            1,
            by("Max", &id, TAKEN, FRESH),
            over(Outcome::Done),
        ),
        (
            "a comment says so",
            also(),
            1,
            with_comment,
            over(Outcome::Done),
        ),
        ("not shown yet", acknowledge(), 1, down(OLD), Next::Wait),
        ("a busy core", acknowledge(), 1, down(FRESH), Next::Wait),
        (
            "it vanished",
            acknowledge(),
            1,
            down(SURE),
            give(Sticky::Yes),
        ),
        ("again", acknowledge(), 2, down(SURE), give(Sticky::Yes)),
        (
            "often enough",
            acknowledge(),
            3,
            down(SURE),
            over(Outcome::NotTaken),
        ),
        (
            "recovered",
            acknowledge(),
            1,
            in_state(State::Up, SURE),
            over(Outcome::Recovered),
        ),
        (
            "somebody else was quicker",
            acknowledge(),
            1,
            by("Ann", OTHER, FRESH, SURE),
            over(Outcome::AlreadyAcknowledged("Ann".to_owned())),
        ),
        (
            "ended since",
            until(TAKEN + 5.0),
            1,
            down(SURE),
            over(Outcome::Unconfirmed),
        ),
        (
            "removed",
            removal(None),
            1,
            down(FRESH),
            over(Outcome::Done),
        ),
        (
            "not removed",
            removal(None),
            1,
            by("Ann", OTHER, OLD, FRESH),
            Next::Wait,
        ),
        (
            "still there",
            removal(None),
            1,
            by("Ann", OTHER, OLD, SURE),
            Next::Give(What::RemoveAcknowledgement),
        ),
        (
            "somebody acknowledged anew",
            removal(None),
            1,
            by("Ann", OTHER, FRESH, SURE),
            over(Outcome::Done),
        ),
        (
            "its own is gone, another is there",
            removal(Some("0000000000000000")),
            1,
            by("Ann", OTHER, OLD, SURE),
            over(Outcome::Done),
        ),
        (
            "the downtime is there",
            downtime(),
            1,
            with_downtime,
            over(Outcome::Done),
        ),
        (
            "checked",
            Wish::Recheck,
            1,
            checked(TAKEN.floor()),
            over(Outcome::Done),
        ),
        (
            "checked before",
            Wish::Recheck,
            1,
            checked(TAKEN.floor() - 1.0),
            Next::Wait,
        ),
    ] {
        assert_eq!(said(&given(wish, times), &look, 10.0), expected, "{case}");
    }
}

#[test]
fn a_warning_that_turned_critical_is_not_acknowledged_by_a_command_sent_again() {
    let warned = Answer {
        state: Some(State::Warning),
        ..given(acknowledge(), 1)
    };
    let look = in_state(State::Critical, SURE);
    assert_eq!(said(&warned, &look, 10.0), over(Outcome::NotTaken));
    let look = in_state(State::Warning, SURE);
    assert_eq!(said(&warned, &look, 10.0), give(Sticky::No));
}

#[test]
fn the_core_s_notification_is_enough() {
    for answer in [answer(acknowledge()), given(acknowledge(), 1)] {
        let known = Known {
            look: &in_state(State::Up, SURE),
            notified: Notified::Yes,
            now: &at(TAKEN + 10.0),
            author: "Max",
        };
        assert_eq!(next(&answer, &known), over(Outcome::Done));
    }
}

/// A core that takes a command after a while or loses it, and writes its state now and then.
struct Core {
    /// Between two pictures.
    every: u32,
    /// From a command to its effect.
    slow: f64,
    lost: Vec<bool>,
    commands: Vec<f64>,
}

impl Core {
    fn has_taken(&self, now: f64) -> usize {
        let lost = self.lost.iter().chain(std::iter::repeat(&false));
        let taken = self.commands.iter().zip(lost);
        let taken = taken.filter(|(at, lost)| !**lost && **at + self.slow <= now);
        taken.count()
    }

    fn look(&self, now: f64, id: &str) -> Look {
        let every = f64::from(self.every);
        let written = (now / every).floor() * every;
        match self.has_taken(written) {
            0 => down(written.floor()),
            _ => by("Max", id, written, written.floor()),
        }
    }
}

/// The core took it, and what it said to that never arrived: it was not noted as given.
#[test]
fn what_the_core_has_is_not_given_again() {
    let comment = || Wish::Comment {
        text: "seen".to_owned(),
    };
    for wish in [acknowledge(), also(), downtime(), comment()] {
        let answer = answer(wish);
        let ours = || vec![marked("seen", &answer.id)];
        let look = match answer.wish {
            Wish::Acknowledge {
                again: Again::Nothing,
                ..
            } => by("Max", &answer.id, FRESH, FRESH),
            Wish::Downtime { .. } => Look {
                downtimes: ours(),
                ..down(FRESH)
            },
            _ => Look {
                comments: ours(),
                ..by("Ann", OTHER, OLD, FRESH)
            },
        };
        assert_eq!(said(&answer, &look, 2.0), over(Outcome::Done));
    }
}

#[test]
fn an_acknowledgement_stays_where_nobody_says_whose_it_is() {
    let mut look = by("", "", 0.0, FRESH);
    look.acknowledged = Some(Acknowledged::default());
    let said = said(&answer(removal(Some(OTHER))), &look, 2.0);
    assert!(
        matches!(said, Next::Over(Outcome::Impossible(_))),
        "{said:?}"
    );
}

proptest! {
    #[test]
    fn no_core_is_told_twice_what_it_has(
        every in 1u32..40,
        slow in 0.0..4.0,
        lost in prop::collection::vec(any::<bool>(), 0..4),
        crashes in prop::collection::vec(0u32..200, 0..3),
    ) {
        let mut core = Core { every, slow, lost, commands: Vec::new() };
        let mut answer = answer(acknowledge());
        let mut outcome = None;
        for second in 0..400 {
            let now = TAKEN + f64::from(second);
            if crashes.contains(&second) {
                // Noted, and not given.
                answer.given = Some(now);
                answer.times_given += 1;
            }
            let look = core.look(now, &answer.id);
            match said(&answer, &look, f64::from(second)) {
                Next::Wait => {}
                Next::Give(What::Acknowledge { .. }) => {
                    answer.given = Some(now);
                    answer.times_given += 1;
                    core.commands.push(now);
                }
                Next::Give(other) => prop_assert!(false, "{other:?}"),
                Next::Over(over) => {
                    outcome = Some(over);
                    break;
                }
            }
        }
        let taken = core.has_taken(f64::INFINITY);
        prop_assert!(core.commands.len() <= TIMES as usize);
        prop_assert!(taken <= 1);
        match outcome {
            Some(Outcome::Done) => prop_assert_eq!(taken, 1),
            Some(Outcome::NotTaken) => prop_assert_eq!(taken, 0),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn done_is_only_what_the_core_says(
        times in 0u32..5,
        age in -20.0..20.0,
        state in 0usize..7,
        acknowledged in prop::option::of((any::<bool>(), any::<bool>())),
        kind in 0usize..4,
    ) {
        let wish = [acknowledge(), also(), removal(None), downtime()][kind].clone();
        let mut answer = answer(wish);
        if times > 0 {
            answer.given = Some(TAKEN);
            answer.times_given = times;
        }
        let states = [
            None,
            Some(State::Up),
            Some(State::Down),
            Some(State::Ok),
            Some(State::Warning),
            Some(State::Critical),
            Some(State::Unknown),
        ];
        let mut look = Look { state: states[state], ..down(TAKEN + age) };
        let mut ours = false;
        if let Some((is_ours, is_new)) = acknowledged {
            ours = is_ours;
            let id = if is_ours { answer.id.as_str() } else { OTHER };
            let since = if is_new { TAKEN + 1.0 } else { OLD };
            look.acknowledged = by("Ann", id, since, 0.0).acknowledged;
        }
        let said = said(&answer, &look, 10.0);
        let is_removal = matches!(answer.wish, Wish::RemoveAcknowledgement { .. });
        if said == over(Outcome::Done) && !is_removal {
            prop_assert!(ours && look.acknowledged.is_some());
        }
        if let Next::Give(what) = &said {
            prop_assert!(times < TIMES);
            prop_assert!(times == 0 || look.as_of >= TAKEN + LAG);
            if matches!(what, What::Acknowledge { .. }) {
                prop_assert!(look.acknowledged.is_none());
            }
        }
    }
}
