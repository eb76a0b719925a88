//! What the desk asks of the vendor that an answer came from. Both may wait for the network, so they run on threads of
//! their own.

use crate::answer::{Answer, News, Person};

pub trait Vendor: Send + Sync {
    /// Whether somebody belongs to the own workspace or team; the error is a look-up that failed and may be tried again.
    fn membership(&self, person: &Person) -> Result<Membership, String>;

    /// Tells the person, where the vendor has a way.
    fn tell(&self, answer: &Answer, news: &News);
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    Full,
    /// A guest, a bot or somebody else's, and what to do.
    Not(String),
}
