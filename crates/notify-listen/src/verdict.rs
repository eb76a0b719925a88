//! What an answer needs next, given what the core's state says. Pure: no clock, no disk, no core.

use notify_core::answer as mark;
use notify_core::notification::State;

use crate::answer::{Again, Answer, Outcome, Sticky, Wish};
use crate::monitoring::{Look, What};

#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Over(Outcome),
    Give(What),
    /// The core's state may not show it yet.
    Wait,
}

/// The core's own notification for this answer came through, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notified {
    Yes,
    No,
}

/// A command file's bytes can vanish at a reload: so often one is written, each time after the state said no.
const TIMES: u32 = 3;
/// A picture of the state that is younger than the order by less says nothing against it.
const LAG: f64 = 2.0;

pub fn next(answer: &Answer, look: &Look, notified: Notified) -> Next {
    match answer.given {
        Some(_) if notified == Notified::Yes || is_taken(answer, look) => Next::Over(Outcome::Done),
        Some(given) if look.as_of < given + LAG => Next::Wait,
        Some(_) => {
            let first = before_it_is_given(answer, look);
            match first {
                // Checks take their time.
                Next::Give(What::Recheck) => Next::Wait,
                Next::Give(_) if answer.times_given >= TIMES => Next::Over(Outcome::NotTaken),
                first => first,
            }
        }
        // It was given, and a crash or a lost answer came before that was noted.
        None if notified == Notified::Yes || bears_our_mark(answer, look) => {
            Next::Over(Outcome::Done)
        }
        None => before_it_is_given(answer, look),
    }
}

fn is_taken(answer: &Answer, look: &Look) -> bool {
    match &answer.wish {
        _ if bears_our_mark(answer, look) => true,
        // Some cores tell that, and not by which comment.
        Wish::Acknowledge { .. } => {
            let acknowledged = look.acknowledged.as_ref();
            acknowledged.is_some_and(|it| it.comment.is_empty())
        }
        Wish::RemoveAcknowledgement { .. } => look.acknowledged.is_none() && is_news(answer, look),
        Wish::Recheck => answer
            .given
            .is_some_and(|given| look.last_check + 1.0 >= given),
        Wish::Downtime { .. } | Wish::Comment { .. } => false,
    }
}

/// Something in the core's state came from this very answer.
fn bears_our_mark(answer: &Answer, look: &Look) -> bool {
    let ours = |comment: &String| mark::unmarked(comment).1 == Some(&answer.id);
    let acknowledgement = look.acknowledged.iter().map(|it| &it.comment);
    let mut all = acknowledgement.chain(&look.comments).chain(&look.downtimes);
    all.any(ours)
}

/// Whether the picture is younger than the answer: an older one does not know what people have before them.
fn is_news(answer: &Answer, look: &Look) -> bool {
    look.as_of >= answer.given.unwrap_or(answer.taken.wall)
}

fn before_it_is_given(answer: &Answer, look: &Look) -> Next {
    let fresh = is_news(answer, look);
    match &answer.wish {
        Wish::Acknowledge {
            sticky,
            until,
            again,
            ..
        } => {
            match &look.acknowledged {
                Some(_) if *again == Again::Comment => Next::Give(What::Comment),
                Some(it) => Next::Over(Outcome::AlreadyAcknowledged(it.by.clone())),
                None if fresh && look.state.is_none_or(State::is_good) => {
                    Next::Over(Outcome::Recovered)
                }
                None => Next::Give(What::Acknowledge {
                    sticky: decided(*sticky, look.state),
                    until: until.map(|until| until as u64),
                }),
            }
        }
        Wish::RemoveAcknowledgement { of } => match (&look.acknowledged, of) {
            (None, _) if fresh => Next::Over(Outcome::NotAcknowledged),
            (Some(it), Some(_)) if it.comment.is_empty() && fresh => {
                Next::Over(Outcome::Impossible(
                    "the core does not say whose acknowledgement it has, so it stays: remove it by hand"
                        .to_owned(),
                ))
            }
            (Some(it), Some(of)) if mark::unmarked(&it.comment).1 != Some(of) => {
                Next::Over(Outcome::NotAcknowledged)
            }
            // An old picture does not tell whose it is.
            (None, Some(_)) => Next::Wait,
            _ => Next::Give(What::RemoveAcknowledgement),
        },
        Wish::Downtime { seconds, .. } => Next::Give(What::Downtime { seconds: *seconds }),
        Wish::Recheck => Next::Give(What::Recheck),
        Wish::Comment { .. } => Next::Give(What::Comment),
    }
}

/// An acknowledged warning that turns critical must page.
fn decided(sticky: Sticky, state: Option<State>) -> Sticky {
    match (sticky, state) {
        (Sticky::ByState, Some(State::Critical | State::Down)) => Sticky::Yes,
        (Sticky::ByState, _) => Sticky::No,
        (decided, _) => decided,
    }
}
