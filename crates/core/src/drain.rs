//! A destination's lane from its oldest entry on, over one connection, for as long as the caller has time. Whoever
//! holds the line does this for everybody: a notifier for a few seconds, the drainer until nothing is due.

mod crowd;
mod downtime;
mod pick;
mod receipts;
mod storm;
mod told;
mod verdict;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crowd::Crowd;
use pick::Next;
use receipts::Leaving;
use storm::Collected;

use crate::config::Config;
use crate::deliver::{Outcome, Session};
use crate::entry::Entry;
use crate::kill_points::kill_point;
use crate::now::{Deadline, Moment, Now};
use crate::provider::Provider;
use crate::state_folder::StateFolder;
use crate::state_folder::journal::{Became, Journal};
use crate::state_folder::known::Known;
use crate::state_folder::lane::{Lane, Sort, Ticket};
use crate::state_folder::line::{Line, News, Trouble, TroubleKind};
use crate::story::{Ahead, Turn};

/// Which lane, for whom, and how long.
pub struct Task<'a> {
    pub folder: &'a StateFolder,
    pub lane: &'a Lane,
    pub config: &'a Config,
    pub caller: Caller,
}

#[derive(Clone, Copy)]
pub enum Caller {
    /// Waits for the verdict on its own entry, and has a deadline for everything.
    Notifier { own: u64, deadline: Deadline },
    /// Has time until then, and the whole time-out for each request.
    Drainer { until: Instant },
}

/// Something that the caller may want to say.
pub enum Told<'t> {
    Became {
        number: u64,
        entry: &'t Entry,
        became: Became,
        vendor: Option<&'t str>,
        reason: Option<&'t str>,
        /// How many are left in this lane, as far as anybody has looked.
        left: usize,
    },
    /// A file that is no entry, and what was done with it.
    Stranger { name: String, reason: String },
    /// After some trouble something passed.
    WorksAgain,
}

/// Why a drain ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// Nothing that is due waits any more.
    Nothing,
    /// Somebody else is sending, and takes what is there.
    Busy,
    TimeUp,
    /// The pace: seconds until the next.
    Paced(f64),
    /// A storm: seconds until the next digest.
    Collecting(f64),
    /// By hand: seconds until its end, and why.
    Muted(f64, String),
    Trouble {
        trouble: Trouble,
        attempt: Attempt,
        news: News,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// By this drain.
    Now,
    /// By another, and it is not due again.
    Before,
}

/// After its own verdict, and before it, a notifier serves others for no longer.
const FOR_OTHERS: Duration = Duration::from_secs(5);
/// The longest pause with the line in hand; for a longer one everybody leaves.
const NAP: f64 = 1.5;

pub fn drain<P: Provider>(task: &Task, tell: &mut dyn FnMut(Told)) -> io::Result<Left> {
    let mut work = Work::<P> {
        task,
        tell,
        began: Instant::now(),
        own_judged: None,
        session: None,
        journal: Journal::of(task.folder),
        queue: VecDeque::new(),
        ahead: HashMap::new(),
        looked_up_to: 0,
        looked: Instant::now(),
        blocked: HashSet::new(),
        batch: Vec::new(),
        crowd: Crowd::default(),
    };
    loop {
        let Some(mut line) = task.folder.line(task.lane)? else {
            return Ok(Left::Busy);
        };
        kill_point("locked");
        let left = work.at(&mut line);
        let left = work.commit().and(left);
        // After an error there may be receipts of entries that are still here: the next one has to look.
        if left.is_ok() {
            line.state.sending = None;
        }
        // A disk without room for a line's state loses no entry.
        let _ = line.write();
        drop(line);
        kill_point("unlocked");
        let left = left?;
        // Who found the line taken has left: what came in the meantime is ours to see.
        if left != Left::Nothing || !work.something_came()? {
            return Ok(left);
        }
    }
}

/// Whether the vendor's pace lets the next one pass.
enum Pace {
    Kept,
    Napped,
    Leaves(Left),
}

/// An entry on its way.
struct Item<'i> {
    ticket: Ticket,
    entry: &'i Entry,
    bytes: u64,
    known: Known,
}

struct Work<'w, 'a, P: Provider> {
    task: &'w Task<'a>,
    tell: &'w mut dyn FnMut(Told),
    began: Instant,
    own_judged: Option<Instant>,
    session: Option<Session<'a, P>>,
    journal: Journal<'a>,
    queue: VecDeque<Ticket>,
    /// Of each object's tickets that were ever listed.
    ahead: HashMap<u64, Ahead>,
    /// All numbers below have been listed, …
    looked_up_to: u64,
    /// … then.
    looked: Instant,
    /// Objects whose oldest entry has to wait: the others of theirs wait behind it.
    blocked: HashSet<u64>,
    batch: Vec<Leaving>,
    crowd: Crowd,
}

impl<P: Provider> Work<'_, '_, P> {
    fn at(&mut self, line: &mut Line) -> io::Result<Left> {
        if let Some(number) = line.state.sending {
            // Its holder died: what it had receipts for must not go out again.
            self.task.folder.settle(self.task.lane)?;
            line.state.doubt(number);
        }
        if let Some(left) = self.muted(line) {
            return Ok(left);
        }
        if let Some(left) = self.not_due(line)? {
            return Ok(left);
        }
        if let Some(left) = self.collecting(line) {
            return Ok(left);
        }
        loop {
            let next = match self.has_enough() {
                true => Next::Left(Left::Nothing),
                false => self.next(line)?,
            };
            let (ticket, entry, bytes) = match next {
                Next::Entry(ticket, ..) if self.crowd.takes_along(&ticket) => continue,
                Next::Entry(ticket, entry, bytes) => (ticket, entry, bytes),
                Next::Left(Left::Nothing) => match self.tell_collected(line)? {
                    Collected::More => continue,
                    Collected::Left(left) => return Ok(left),
                },
                Next::Left(left) => return Ok(left),
            };
            let mut item = Item {
                known: self.known(&ticket, &entry),
                ticket,
                entry: &entry,
                bytes,
            };
            let story = match self.turn(&ticket, &entry, &item.known) {
                Turn::Tell(story) => story,
                Turn::Leave(became, why) => {
                    Self::mark(line, ticket.number);
                    self.leave(line, item, became, &why)?;
                    continue;
                }
            };
            if self.is_for_a_digest(line, &ticket, &story) {
                continue;
            }
            match self.keep_pace(line)? {
                Pace::Kept => {}
                // What came meanwhile may have a say in it.
                Pace::Napped => {
                    self.queue.push_front(ticket);
                    self.look_again()?;
                    continue;
                }
                Pace::Leaves(left) => return Ok(left),
            }
            if self.time_is_up() {
                return Ok(Left::TimeUp);
            }
            if ticket.sort == Sort::Downtime
                && let Some(next) = self.tell_downtime(line, &ticket, &entry, &story)?
            {
                match next {
                    Collected::More => continue,
                    Collected::Left(left) => return Ok(left),
                }
            }
            Self::mark(line, ticket.number);
            kill_point("marked");
            let sent = self.ask(&mut item, &story);
            kill_point("answered");
            if let Outcome::Judged(_) = sent.outcome {
                line.state.asked = Some(Moment::read());
            }
            if let Some(left) = self.judge(line, item, &story, sent)? {
                return Ok(left);
            }
        }
    }

    /// Before the first receipt or request: whoever finds this looks into the journal first.
    fn mark(line: &mut Line, number: u64) {
        line.state.sending = Some(number);
        let _ = line.write();
    }

    fn not_due(&mut self, line: &mut Line) -> io::Result<Option<Left>> {
        let now = Moment::read();
        let Some(trouble) = &line.state.trouble else {
            return Ok(None);
        };
        let longest = self.task.config.queue.schedule.longest_wait();
        // Nobody waits for longer: such a file was not written by us.
        if trouble.left(&now) <= 0.0 || trouble.wait > longest.as_secs_f64() {
            return Ok(None);
        }
        if trouble.kind == TroubleKind::Refused && trouble.fingerprint != self.fingerprint() {
            return Ok(None);
        }
        let mut trouble = trouble.clone();
        let news = trouble.news(&now);
        line.state.trouble = Some(trouble.clone());
        Ok(Some(Left::Trouble {
            trouble,
            attempt: Attempt::Before,
            news,
        }))
    }

    /// Of the config and secrets as they are now; `None` where they cannot be read.
    fn fingerprint(&mut self) -> Option<String> {
        Some(self.session().ok()?.destination.fingerprint())
    }

    fn session(&mut self) -> Result<&Session<'_, P>, Outcome> {
        if self.session.is_none() {
            let name = self.task.lane.destination.as_deref().unwrap_or_default();
            self.session = Some(Session::open(name, self.task.config)?);
        }
        self.session.as_ref().ok_or_else(|| Outcome::Unusable {
            why: "no session".to_owned(),
        })
    }

    /// A short pause is taken here; for a long one the line is given back.
    fn keep_pace(&mut self, line: &Line) -> io::Result<Pace> {
        let Ok(session) = self.session() else {
            return Ok(Pace::Kept);
        };
        let pace = session.destination.min_interval.as_secs_f64();
        let left = |asked: &Moment| Moment::read().left_of(asked, pace);
        let pause = line.state.asked.as_ref().map_or(0.0, left);
        if pause <= 0.0 {
            return Ok(Pace::Kept);
        }
        if pause > NAP || !self.nap(pause)? {
            return Ok(Pace::Leaves(Left::Paced(pause)));
        }
        Ok(Pace::Napped)
    }

    /// With the line in hand and everything told so far on disk; false: there is no time for it.
    fn nap(&mut self, seconds: f64) -> io::Result<bool> {
        self.commit()?;
        let pause = Duration::from_secs_f64(seconds);
        let has_time = pause <= self.time_left();
        if has_time {
            thread::sleep(pause);
        }
        Ok(has_time)
    }

    fn time_left(&self) -> Duration {
        match self.task.caller {
            Caller::Drainer { until } => until.saturating_duration_since(Instant::now()),
            Caller::Notifier { deadline, .. } => {
                let since = self.own_judged.unwrap_or(self.began);
                FOR_OTHERS
                    .saturating_sub(since.elapsed())
                    .min(deadline.left())
            }
        }
    }

    /// An attempt without a fair chance would only look like a failure of the vendor's.
    fn time_is_up(&self) -> bool {
        let has_a_chance = match self.task.caller {
            Caller::Drainer { .. } => true,
            Caller::Notifier { deadline, .. } => deadline.left() >= self.task.config.timeout / 3,
        };
        self.time_left().is_zero() || !has_a_chance
    }

    fn deadline(&self, now: Now) -> Deadline {
        match self.task.caller {
            Caller::Notifier { deadline, .. } => deadline,
            Caller::Drainer { .. } => now.deadline(self.task.config.timeout),
        }
    }

    fn is_own(&self, ticket: &Ticket) -> bool {
        matches!(self.task.caller, Caller::Notifier { own, .. } if own == ticket.number)
    }
}
