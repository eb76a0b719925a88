//! A notification's entries through the queue: all of them on disk before the first network byte, then each by its
//! destination's line. Where the disk takes nothing they are sent directly, and that is said.

use std::io;
use std::panic::resume_unwind;
use std::time::Duration;

use crate::config::Config;
use crate::config::queue::Storage;
use crate::deliver::{Outcome, deliver};
use crate::drain::{Attempt, Caller, Left, Task, Told, drain};
use crate::entry::Entry;
use crate::now::{Deadline, Moment, Now};
use crate::provider::Provider;
use crate::receipt::{Fate, Kept, Receipt};
use crate::state_folder::StateFolder;
use crate::state_folder::journal::{All, Became};
use crate::state_folder::lane::{self, Ticket};
use crate::state_folder::line::{News, Trouble, TroubleKind};
use crate::state_folder::waiting::Stored;
use crate::time;
use crate::unrouted::{self, Routing, Unrouted, parcel};
use crate::verdict::{Blame, Verdict};

/// Each entry's receipt, and what else somebody should hear.
pub struct Ended {
    pub receipts: Vec<Receipt>,
    pub remarks: Vec<String>,
}

/// How long a notifier routes what came before it; its own is on no disk yet.
const ROUTING: Duration = Duration::from_secs(1);

/// `whole` is the notification before its routing.
pub fn deliver_all<P: Provider>(
    entries: &[Entry],
    whole: impl FnOnce() -> Unrouted,
    now: Now,
    config: &Config,
) -> Ended {
    if config.queue.storage == Storage::Off {
        return directly::<P>(entries, now, config, || Kept::Off);
    }
    let folder = match StateFolder::open(&config.state_dir) {
        Ok(folder) => folder,
        Err(unfit) => {
            return directly::<P>(entries, now, config, || Kept::Nowhere(unfit.to_string()));
        }
    };
    let mut remarks = Vec::new();
    // What came before must also leave before.
    let routed = unrouted::route_all::<P>(&folder, config, ROUTING);
    if let Ok(Routing::Unfinished) = routed
        && whole().keep_in(&folder).is_ok()
    {
        return behind_the_unrouted(entries);
    }
    let stored = match entries.iter().map(parcel).collect::<Result<Vec<_>, _>>() {
        Ok(parcels) => folder.store(&parcels, config.queue.limits),
        Err(error) => entries
            .iter()
            .map(|_| Err(io::Error::other(error.to_string())))
            .collect(),
    };
    // A folder that takes nothing at all is told with the receipt.
    if let Err(error) = routed
        && stored.iter().any(Result::is_ok)
    {
        remarks.push(format!("older notifications wait unrouted: {error}"));
    }
    let pairs: Vec<(&Entry, io::Result<u64>)> = entries.iter().zip(stored).collect();
    let deadline = now.deadline(config.timeout);
    let ended = side_by_side(&pairs, |(entry, stored)| match stored {
        Ok(number) => by_line::<P>(&folder, entry, *number, deadline, config),
        Err(error) => match stored_after_all::<P>(&folder, entry, error, deadline, config) {
            Some(number) => by_line::<P>(&folder, entry, number, deadline, config),
            None => {
                let kept = Kept::Nowhere(error.to_string());
                let tried = Fate::Tried(deliver::<P>(entry, now, config), kept);
                (tried, Vec::new())
            }
        },
    });
    let mut receipts = Vec::new();
    for (entry, (fate, said)) in entries.iter().zip(ended) {
        receipts.push(Receipt {
            destination: entry.destination.clone(),
            fate,
        });
        remarks.extend(said);
    }
    Ended { receipts, remarks }
}

/// After everything has been said: nobody waits for this.
pub fn tidy(config: &Config) {
    if config.queue.storage == Storage::OnDisk
        && let Ok(folder) = StateFolder::open(&config.state_dir)
    {
        // Its failing harms nothing that is on its way.
        let _ = folder.tidy_now_and_then(&config.queue);
    }
}

fn behind_the_unrouted(entries: &[Entry]) -> Ended {
    let receipts = entries.iter().map(|entry| Receipt {
        destination: entry.destination.clone(),
        fate: Fate::Queued {
            because: "older ones, which had to wait for the config, go first".to_owned(),
        },
    });
    Ended {
        receipts: receipts.collect(),
        remarks: Vec::new(),
    }
}

fn directly<P: Provider>(
    entries: &[Entry],
    now: Now,
    config: &Config,
    kept: impl Fn() -> Kept,
) -> Ended {
    let outcomes = side_by_side(entries, |entry| deliver::<P>(entry, now, config));
    let receipts = entries
        .iter()
        .zip(outcomes)
        .map(|(entry, outcome)| Receipt {
            destination: entry.destination.clone(),
            fate: Fate::Tried(outcome, kept()),
        });
    Ended {
        receipts: receipts.collect(),
        remarks: Vec::new(),
    }
}

/// Each within the same deadline: a dead vendor does not delay the others.
fn side_by_side<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if let [only] = items {
        return vec![act(only)];
    }
    std::thread::scope(|scope| {
        let act = &act;
        let threads: Vec<_> = items
            .iter()
            .map(|item| scope.spawn(move || act(item)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Whoever finds the queue full helps to empty it: what waits there for the same place is older.
fn stored_after_all<P: Provider>(
    folder: &StateFolder,
    entry: &Entry,
    error: &io::Error,
    deadline: Deadline,
    config: &Config,
) -> Option<u64> {
    if error.kind() != io::ErrorKind::StorageFull || !folder.holds_anything(&entry.lane()) {
        return None;
    }
    let task = Task {
        folder,
        lane: &entry.lane(),
        config,
        caller: Caller::Notifier {
            own: NONE,
            deadline,
        },
    };
    drain::<P>(&task, &mut |_| {}).ok()?;
    let parcel = parcel(entry).ok()?;
    let mut stored = folder.store(&[parcel], config.queue.limits);
    stored.pop()?.ok()
}

/// No entry has it.
const NONE: u64 = 0;

fn by_line<P: Provider>(
    folder: &StateFolder,
    entry: &Entry,
    number: u64,
    deadline: Deadline,
    config: &Config,
) -> (Fate, Vec<String>) {
    let task = Task {
        folder,
        lane: &entry.lane(),
        config,
        caller: Caller::Notifier {
            own: number,
            deadline,
        },
    };
    let mut own = None;
    let mut remarks = Vec::new();
    let left = drain::<P>(&task, &mut |told| match told {
        Told::Became {
            number: which,
            became,
            vendor,
            reason,
            ..
        } if which == number => {
            own = fate_of(number, became, vendor, reason);
        }
        Told::Stranger { name, reason } => remarks.push(format!("{}: {name}: {reason}", task.lane)),
        Told::Became { .. } | Told::WorksAgain => {}
    });
    let fate = own.or_else(|| taken_along(folder, entry, number));
    let fate = fate.unwrap_or_else(|| match left {
        Ok(left) => waiting(left),
        Err(error) => Fate::Queued {
            because: format!("it was not sent: {error}"),
        },
    });
    (fate, remarks)
}

/// What another sender has made of it by now.
fn taken_along(folder: &StateFolder, entry: &Entry, number: u64) -> Option<Fate> {
    let ticket = Ticket::fresh(number, lane::object(&entry.reference), entry.sort());
    if folder.is_waiting(&entry.lane(), &ticket) {
        return None;
    }
    let records = folder.records(All::Latest).ok()?;
    let last = records.filter(|record| record.id == number).last()?;
    let (vendor, reason) = (last.vendor.as_deref(), last.reason.as_deref());
    fate_of(number, last.became, vendor, reason)
}

fn fate_of(
    number: u64,
    became: Became,
    vendor: Option<&str>,
    reason: Option<&str>,
) -> Option<Fate> {
    let reason = reason.unwrap_or_default().to_owned();
    let waiting = || Kept::Waiting {
        again: String::new(),
    };
    match became {
        Became::Delivered => Some(Fate::Tried(
            Outcome::Judged(Verdict::Delivered {
                reference: vendor.map(str::to_owned),
            }),
            waiting(),
        )),
        Became::NothingToSend => Some(Fate::Tried(
            Outcome::NothingToSend { why: reason },
            waiting(),
        )),
        Became::Copy | Became::HeldBack | Became::Folded => Some(Fate::LeftOut { became, reason }),
        Became::Refused | Became::GivenUp | Became::Expired => Some(Fate::Tried(
            Outcome::Judged(Verdict::MessageRefused { reason }),
            Kept::Failed(number),
        )),
        _ => None,
    }
}

/// The drain ended before this entry's turn.
fn waiting(left: Left) -> Fate {
    let because = |because: &str| Fate::Queued {
        because: because.to_owned(),
    };
    match left {
        Left::Busy => because("another process is sending, and takes it along"),
        Left::TimeUp => because("others are before it"),
        Left::Paced(_) => because("the vendor's pace does not let it pass yet"),
        Left::Collecting(seconds) => Fate::Queued {
            because: format!(
                "many at once are told together, in {}",
                time::span(seconds.ceil())
            ),
        },
        Left::Muted(seconds, reason) => Fate::Queued {
            because: format!(
                "muted for {}{}",
                time::span(seconds.ceil()),
                match reason.is_empty() {
                    true => String::new(),
                    false => format!(": {reason}"),
                }
            ),
        },
        Left::Nothing => because("an older one about the same object goes first"),
        Left::Trouble {
            trouble,
            attempt,
            news,
        } => in_trouble(&trouble, attempt, news),
    }
}

fn in_trouble(trouble: &Trouble, attempt: Attempt, news: News) -> Fate {
    let wait = time::span(trouble.left(&Moment::read()).ceil());
    let reason = trouble.reason.clone();
    let outcome = match trouble.kind {
        TroubleKind::Unusable => Outcome::Unusable { why: reason },
        TroubleKind::Refused if attempt == Attempt::Now || news == News::Fresh => {
            Outcome::Judged(Verdict::DestinationRefused { reason })
        }
        // Somebody was told within the last minutes: 3,000 times the same helps nobody.
        TroubleKind::Refused => {
            return Fate::Queued {
                because: format!("destination refused: {reason}; tried again in {wait}"),
            };
        }
        TroubleKind::Failing => Outcome::Judged(Verdict::Retry {
            after: None,
            blame: Blame::Destination,
            reason,
        }),
    };
    Fate::Tried(
        outcome,
        Kept::Waiting {
            again: format!("tried again in {wait}"),
        },
    )
}
