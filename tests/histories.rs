//! Histories of a few objects through the real drains to the stand-in. Whatever the order, however long the vendor is
//! away, whenever a sender is killed: the last thing that a person sees of each object is its true state, and nothing
//! that was opened stays open.

#[path = "histories/every.rs"]
mod every;
#[path = "histories/judge.rs"]
mod judge;
#[path = "histories/people.rs"]
mod people;
#[path = "histories/random.rs"]
mod random;
#[path = "histories/stage.rs"]
mod stage;
#[path = "histories/tale.rs"]
mod tale;
