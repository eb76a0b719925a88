//! What an answer needs next, given what the core's state says. Pure: no clock, no disk, no core.

use notify_core::answer as mark;
use notify_core::notification::State;
use notify_core::now::Moment;

use crate::answer::{Again, Answer, Outcome, Sticky, Wish};
use crate::monitoring::{Look, What};

#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Over(Outcome),
    Give(What),
    /// The core's state may not show it yet.
    Wait,
}

/// What is known when that is asked.
pub struct Known<'k> {
    pub look: &'k Look,
    pub notified: Notified,
    pub now: &'k Moment,
    /// Who the core is told it was.
    pub author: &'k str,
}

/// The core's own notification for this answer came through, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notified {
    Yes,
    No,
}

/// A command file's bytes can vanish at a reload: so often one is written, each time after the state said no.
const TIMES: u32 = 3;
/// A picture of the state that is younger than the order by less says nothing against it: a busy core first writes its state
/// and then reads its commands.
const LAG: f64 = 5.0;

pub fn next(answer: &Answer, known: &Known) -> Next {
    let look = known.look;
    if known.notified == Notified::Yes {
        // Also where a crash came between giving it and noting that.
        return Next::Over(Outcome::Done);
    }
    match answer.given {
        // It was given, and what the core said to that was lost.
        None if bears_our_mark(answer, look) => Next::Over(Outcome::Done),
        None => first(answer, known),
        Some(given) if is_taken(answer, look, given) => Next::Over(Outcome::Done),
        Some(_) if !is_beyond_doubt(answer, look) => Next::Wait,
        Some(_) => again(answer, known),
    }
}

/// Whether this picture would show it if the core had taken it.
pub fn is_beyond_doubt(answer: &Answer, look: &Look) -> bool {
    answer.given.is_some_and(|given| look.as_of >= given + LAG)
}

fn is_taken(answer: &Answer, look: &Look, given: f64) -> bool {
    match &answer.wish {
        _ if bears_our_mark(answer, look) => true,
        // Some cores tell that, and not by which comment.
        Wish::Acknowledge { .. } => {
            let acknowledged = look.acknowledged.as_ref();
            acknowledged.is_some_and(|it| it.comment.is_empty())
        }
        Wish::RemoveAcknowledgement { .. } => match &look.acknowledged {
            None => look.as_of >= given,
            // Somebody was quick.
            Some(it) => it.at > given,
        },
        // Whole seconds.
        Wish::Recheck => look.last_check + 1.0 > given,
        Wish::Downtime { .. } | Wish::Comment { .. } => false,
    }
}

/// Something in the core's state came from this very answer.
fn bears_our_mark(answer: &Answer, look: &Look) -> bool {
    let acknowledgement = look.acknowledged.iter().map(|it| &it.comment);
    let mut all = acknowledgement.chain(&look.comments).chain(&look.downtimes);
    all.any(|comment| is_marked(comment, &answer.id))
}

/// It was given, and a picture that is young enough does not show it.
fn again(answer: &Answer, known: &Known) -> Next {
    match first(answer, known) {
        // Checks take their time.
        Next::Give(What::Recheck) => Next::Wait,
        Next::Give(_) if answer.times_given >= TIMES => Next::Over(Outcome::NotTaken),
        // Whoever acknowledged a warning has not seen that.
        Next::Give(What::Acknowledge { .. })
            if is_worst(known.look.state) && answer.state.is_some() && !is_worst(answer.state) =>
        {
            Next::Over(Outcome::NotTaken)
        }
        Next::Over(Outcome::NotAcknowledged) => Next::Over(Outcome::Done),
        // It may have been taken, and have ended since.
        Next::Over(Outcome::Impossible(_)) => Next::Over(Outcome::Unconfirmed),
        next => next,
    }
}

fn first(answer: &Answer, known: &Known) -> Next {
    let look = known.look;
    // An older picture does not know what people have before them.
    let is_fresh = look.as_of >= answer.given.unwrap_or(answer.taken.wall);
    let over = |what: &str| {
        let words = format!("{what} would be over by now: the core was away too long");
        Next::Over(Outcome::Impossible(words))
    };
    match &answer.wish {
        Wish::Acknowledge {
            sticky,
            until,
            again,
            ..
        } => match &look.acknowledged {
            // Of a problem that may be over, unless it is younger than the picture.
            Some(it) if !is_fresh && it.at <= look.as_of => Next::Wait,
            Some(it) if *again == Again::Comment && it.by != known.author => {
                Next::Give(What::Comment)
            }
            Some(it) => Next::Over(Outcome::AlreadyAcknowledged(it.by.clone())),
            None if is_fresh && look.state.is_none_or(State::is_good) => {
                Next::Over(Outcome::Recovered)
            }
            None if until.is_some_and(|until| until <= known.now.wall) => {
                over("the acknowledgement")
            }
            None => Next::Give(What::Acknowledge {
                sticky: decided(*sticky, look.state),
                until: until.map(|until| until as u64),
            }),
        },
        Wish::RemoveAcknowledgement { of } => match (&look.acknowledged, of) {
            (None, _) if is_fresh => Next::Over(Outcome::NotAcknowledged),
            (Some(it), Some(_)) if it.comment.is_empty() => {
                let words = "the core does not say whose acknowledgement it has, so it stays: remove it by hand";
                Next::Over(Outcome::Impossible(words.to_owned()))
            }
            (Some(it), Some(of)) if !is_marked(&it.comment, of) => {
                Next::Over(Outcome::NotAcknowledged)
            }
            // An old picture does not tell whose it is.
            (None, Some(_)) => Next::Wait,
            _ => Next::Give(What::RemoveAcknowledgement),
        },
        Wish::Downtime { seconds, .. } => {
            // Its end is what somebody said, however late it begins.
            let left = *seconds as f64 - known.now.since(&answer.taken);
            match left > 0.0 {
                true => Next::Give(What::Downtime {
                    seconds: left.ceil() as u64,
                }),
                false => over("the downtime"),
            }
        }
        Wish::Recheck => Next::Give(What::Recheck),
        Wish::Comment { .. } => Next::Give(What::Comment),
    }
}

fn is_marked(comment: &str, id: &str) -> bool {
    mark::unmarked(comment).1 == Some(id)
}

/// An acknowledged warning that turns critical must page.
fn decided(sticky: Sticky, state: Option<State>) -> Sticky {
    match sticky {
        Sticky::ByState if is_worst(state) => Sticky::Yes,
        Sticky::ByState => Sticky::No,
        decided => decided,
    }
}

fn is_worst(state: Option<State>) -> bool {
    matches!(state, Some(State::Critical | State::Down))
}

#[cfg(test)]
mod tests;
