//! What people know of an object after an entry: told, or left out.

use super::{Attempt, Face, Story, about, closes, key};
use crate::entry::{Entry, ToldAs};
use crate::notification::Kind;
use crate::state_folder::journal::Became;
use crate::state_folder::known::{About, Known, Open, Seen, Told, Untold, Why};
use crate::time::When;

/// What people know once it has arrived.
pub fn tell(known: &mut Known, entry: &Entry, number: u64, story: &Story, vendor: Vendor) {
    let notification = &entry.notification;
    known.halfway = None;
    if story.face == Face::History {
        let key = format!("history {number}");
        known.remember(told(entry, number, key, About::Else));
        return;
    }
    if closes(notification) {
        known.open = None;
        known.untold = None;
    } else if notification.kind == Kind::Problem && notification.is_problem() {
        let begun = match &known.open {
            Some(open) if notification.number != Some(1) => open.since,
            Some(_) => begin(entry),
            None => begun(known.untold.as_ref(), entry),
        };
        let before = known.open.take().and_then(|open| open.vendor);
        known.open = Some(Open {
            state: notification.state,
            since: begun,
            vendor: match vendor {
                Vendor::Own(name) => name.map(str::to_owned),
                Vendor::Reply => before,
            },
            seen: Seen::Surely,
        });
        known.untold = None;
    } else if let (Some(open), Some(_)) = (&mut known.open, &story.thread) {
        match vendor {
            // Its message is gone: this one takes its place.
            Vendor::Own(Some(name)) => open.vendor = Some(name.to_owned()),
            // Its message says this state by now.
            Vendor::Reply if story.standing(notification) == Some(Kind::Problem) => {
                open.state = notification.state;
            }
            Vendor::Own(None) | Vendor::Reply => {}
        }
    }
    let (key, about) = match entry.told_as {
        ToldAs::News => (key(notification), about(notification)),
        // What the core says next is no copy of it.
        ToldAs::History | ToldAs::Again => (format!("again {number}"), About::Else),
    };
    known.remember(told(entry, number, key, about));
}

/// How something arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor<'v> {
    /// As a message of its own, with the vendor's name for it.
    Own(Option<&'v str>),
    /// Below the problem's message.
    Reply,
}

/// What people do not know although it was here.
pub fn leave(known: &mut Known, entry: &Entry, became: Became, attempt: Attempt) {
    let notification = &entry.notification;
    let is_problem = notification.kind == Kind::Problem && notification.is_problem();
    let may_be_seen = known.halfway.take().is_some() || attempt == Attempt::Maybe;
    match became {
        Became::Folded | Became::HeldBack if is_problem && known.open.is_none() => {
            let why = match became {
                Became::Folded => Why::Folded,
                _ => Why::HeldBack,
            };
            if why == Why::Folded && may_be_seen {
                let untold = known.untold.take();
                known.open = Some(Open {
                    state: notification.state,
                    since: begun(untold.as_ref(), entry),
                    vendor: None,
                    seen: Seen::Perhaps,
                });
                return;
            }
            let key = key(notification);
            let untold = known.untold.get_or_insert(Untold {
                why,
                state: notification.state,
                since: begin(entry),
                episodes: 0,
                notifications: 0,
                key: String::new(),
            });
            untold.notifications += u32::from(untold.key != key);
            untold.key = key;
            untold.state = notification.state;
            if why == Why::Folded {
                untold.why = why;
            }
        }
        Became::Folded if is_problem && may_be_seen => {
            // Its message may say this by now.
            if let Some(open) = &mut known.open
                && open.state != notification.state
            {
                open.seen = Seen::Perhaps;
            }
        }
        Became::Folded if notification.kind == Kind::Recovery && known.open.is_none() => {
            if let Some(untold) = &mut known.untold
                && !untold.is_over()
            {
                untold.episodes += 1;
                untold.key.clear();
            }
        }
        Became::HeldBack if closes(notification) => known.untold = None,
        _ => {}
    }
}

/// When a problem began, as far as the core said.
pub fn begin(entry: &Entry) -> f64 {
    let at = entry.notification.at.as_ref().and_then(When::seconds);
    at.unwrap_or(entry.created.wall)
}

/// As much of it as nobody was told.
fn begun(untold: Option<&Untold>, entry: &Entry) -> f64 {
    let untold = untold.filter(|untold| untold.why == Why::Folded && untold.episodes == 0);
    untold.map_or_else(|| begin(entry), |untold| untold.since)
}

fn told(entry: &Entry, number: u64, key: String, about: About) -> Told {
    Told {
        number,
        key,
        about,
        created: entry.created.clone(),
    }
}
