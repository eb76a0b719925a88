//! A storm: more than people read one by one is collected, and told as one message.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::Duration;

use super::crowd::{Aside, Phase};
use super::{Item, Left, Pace, Work, told};
use crate::config::TwoWay;
use crate::config::flood::DigestSettings;
use crate::deliver::Outcome;
use crate::digest::{Digest, Member};
use crate::entry::{Emoji, Entry};
use crate::kill_points::kill_point;
use crate::message::Message;
use crate::names;
use crate::now::{Moment, Now};
use crate::provider::Provider;
use crate::state_folder::journal::Became;
use crate::state_folder::known::Known;
use crate::state_folder::lane::{Sort, Ticket};
use crate::state_folder::line::{Line, Mute, Storm};
use crate::story::{self, Story, Surface, Turn, Vendor};
use crate::verdict::{Blame, Verdict};

/// What comes after a queue's end.
pub(super) enum Collected {
    More,
    Left(Left),
}

/// A digest's members.
struct Gathered {
    tickets: Vec<Ticket>,
    members: Vec<Member>,
    /// Which of them says how its object is.
    states: HashMap<u64, usize>,
    emoji: Emoji,
    /// When the first of them came.
    begun: f64,
}

impl Gathered {
    /// Lines have no order in time: an object has the last of its states, and no other.
    fn add(&mut self, ticket: Ticket, member: Member) {
        self.tickets.push(ticket);
        let place = self.states.get(&ticket.object).copied();
        match place.and_then(|place| self.members.get_mut(place)) {
            Some(earlier) if member.tells_state() => earlier.give_way_to(member),
            _ => {
                if member.tells_state() {
                    self.states.insert(ticket.object, self.members.len());
                }
                self.members.push(member);
            }
        }
    }
}

/// One digest tells no more: memory and the time for it are bounded.
const MOST: usize = 5_000;
/// So many are a digest of their own …
const MANY: usize = 100;
/// … where a slow machine has collected for so long: telling them takes longer than that, and a notifier has seconds.
const COLLECTING: Duration = Duration::from_secs(1);

/// So often a digest may fail before it is told in parts.
const PATIENT: u32 = 2;

impl<P: Provider> Work<'_, '_, P> {
    pub(super) fn muted(&mut self, line: &mut Line) -> Option<Left> {
        let mute = line.state.mute.clone()?;
        let now = Moment::read();
        let left = mute.left(&now);
        if left > 0.0 {
            return Some(Left::Muted(left, mute.reason));
        }
        line.state.mute = None;
        if self.digests().is_some() && self.came_during(&mute) {
            let zone = &self.task.config.zone;
            let clock = |seconds| zone.clock(seconds, now.wall);
            let said = match mute.said() {
                said if said.is_empty() => said,
                said => format!(", {said}"),
            };
            let (begin, end) = (clock(mute.begun.wall), clock(mute.begun.wall + mute.wait));
            line.state.storm = Some(Storm {
                title: format!("after the mute ({begin}–{end}{said})"),
                ..Storm::begin()
            });
        }
        None
    }

    /// Whether the oldest did: where nothing was kept what comes later is told as ever.
    fn came_during(&self, mute: &Mute) -> bool {
        let (folder, lane) = (self.task.folder, self.task.lane);
        let tickets = folder.list(lane).map(|listing| listing.tickets);
        let tickets = tickets.unwrap_or_default();
        let mut read = tickets
            .iter()
            .filter_map(|ticket| folder.read::<Entry>(lane, ticket).ok());
        read.next()
            .is_some_and(|(entry, _)| entry.created.since(&mute.begun) < mute.wait)
    }

    fn digests(&self) -> Option<&DigestSettings> {
        let digests = self.task.config.flood.digest.as_ref();
        digests.filter(|_| P::SURFACE == Surface::Messages)
    }

    /// A thousand notifiers must not read a thousand entries each: until the digest is due everybody leaves.
    pub(super) fn collecting(&mut self, line: &mut Line) -> Option<Left> {
        let Some(settings) = self.digests() else {
            line.state.storm = None;
            return None;
        };
        let now = Moment::read();
        if line.state.storm.as_ref()?.is_past(&now, settings) {
            line.state.storm = None;
        }
        let left = line.state.storm.as_ref()?.left(&now, settings);
        // Nobody waits for longer: such a file was not written by us.
        let longest = settings.every.max(settings.collect).as_secs_f64();
        (left > 0.0 && left <= longest).then_some(Left::Collecting(left))
    }

    /// What was collected is told without the rest.
    pub(super) fn has_enough(&self) -> bool {
        let collected = self.crowd.collected.len();
        collected >= MOST || collected >= MANY && self.began.elapsed() > COLLECTING
    }

    /// True: it has been put aside.
    pub(super) fn is_for_a_digest(
        &mut self,
        line: &mut Line,
        ticket: &Ticket,
        story: &Story,
    ) -> bool {
        let Some(settings) = self.digests() else {
            return false;
        };
        let above = settings.above as usize;
        if self.crowd.goes_without() || self.crowd.alone == Some(ticket.number) {
            return false;
        }
        if line.state.storm.is_none() && !self.is_storm(line, ticket, above) {
            return false;
        }
        let storm = line.state.storm.get_or_insert_with(Storm::begin);
        let may_be_over = storm.told.is_some() && self.crowd.phase == Phase::Collecting;
        if may_be_over && !self.is_storm(line, ticket, above) {
            line.state.storm = None;
            self.queue.push_front(*ticket);
            self.crowd.give_back(&mut self.queue);
            return true;
        }
        match (self.crowd.phase, &story.thread) {
            (Phase::Told, Some(_)) => return false,
            (Phase::Told, None) => {
                self.crowd.later += 1;
                self.blocked.insert(ticket.object);
            }
            (_, Some(_)) => self.crowd.put(*ticket, Aside::Answers),
            (_, None) => self.crowd.put(*ticket, Aside::Collected),
        }
        true
    }

    /// More objects than people read one by one are waiting, or as many messages have been posted in a minute.
    fn is_storm(&self, line: &Line, ticket: &Ticket, above: usize) -> bool {
        if line.state.posts_in_a_minute(Moment::read().wall) >= above {
            return true;
        }
        let collected = self.crowd.collected.iter();
        let waiting = collected.chain(&self.queue).chain([ticket]);
        // A downtime's companions become one message in any case.
        let counted = waiting.filter(|ticket| ticket.sort != Sort::Downtime);
        let mut objects = HashSet::new();
        for ticket in counted {
            objects.insert(ticket.object);
            if objects.len() > above {
                return true;
            }
        }
        false
    }

    /// The queue's end: the digest, where it is due; then the answers.
    pub(super) fn tell_collected(&mut self, line: &mut Line) -> io::Result<Collected> {
        let Some(settings) = self.digests().cloned() else {
            return Ok(Collected::Left(Left::Nothing));
        };
        let Some(storm) = line.state.storm.clone() else {
            return Ok(Collected::Left(Left::Nothing));
        };
        let left = storm.left(&Moment::read(), &settings);
        if self.crowd.phase == Phase::Told {
            return Ok(Collected::Left(match self.crowd.later {
                0 => Left::Nothing,
                _ => Left::Collecting(left),
            }));
        }
        if self.crowd.collected.is_empty() && self.crowd.answers.is_empty() {
            if left <= 0.0 {
                line.state.storm = None;
            }
            return Ok(Collected::Left(Left::Nothing));
        }
        if left > 0.0 {
            return Ok(Collected::Left(Left::Collecting(left)));
        }
        if !self.crowd.collected.is_empty() {
            match self.keep_pace(line)? {
                Pace::Kept => {}
                Pace::Napped => return Ok(Collected::More),
                Pace::Leaves(left) => return Ok(Collected::Left(left)),
            }
            if self.time_is_up() {
                return Ok(Collected::Left(Left::TimeUp));
            }
            if let Some(left) = self.tell_digest(line, &storm)? {
                return Ok(Collected::Left(left));
            }
        } else if !storm.title.is_empty() {
            // Of a mute that left nothing but answers.
            line.state.storm = None;
        }
        self.crowd.give_back(&mut self.queue);
        if self.crowd.phase == Phase::Collecting {
            self.crowd.phase = Phase::Told;
        }
        Ok(Collected::More)
    }

    fn tell_digest(&mut self, line: &mut Line, storm: &Storm) -> io::Result<Option<Left>> {
        let collected = self.without_suspects(line);
        // One of them may be what the vendor fails at: with fewer each time it is found in the end.
        let doubts = storm.failed.saturating_sub(PATIENT);
        let (collected, rest) = some_objects_of(collected, doubts);
        self.queue.extend(rest);
        let gathered = self.gather(line, collected)?;
        let first = match gathered.tickets.as_slice() {
            [] => return Ok(None),
            [only] => {
                // By itself it says more.
                self.crowd.alone = Some(only.number);
                self.queue.push_back(*only);
                let doubts = storm.failed;
                line.state.storm = self.told_now(storm, 1).map(|told| Storm {
                    failed: doubts,
                    ..told
                });
                return Ok(None);
            }
            [first, ..] => first,
        };
        let zone = &self.task.config.zone;
        let look = format!(
            "notify-queue log --destination {} --since {:?}",
            self.task.lane.place(),
            zone.stamp(gathered.begun).replace(' ', "T"),
        );
        let mut digest = Digest::of(&gathered.members, gathered.emoji, &storm.title, look);
        if storm.told.is_some() {
            digest.due.clear();
        }
        Self::mark(line, first.number);
        let outcome = self.post_digest(line, &digest);
        match outcome {
            Outcome::Judged(Verdict::MessageRefused { .. }) => {
                self.crowd.go_without();
                line.state.storm.take_if(|storm| !storm.title.is_empty());
                self.queue.extend(gathered.tickets);
                return Ok(None);
            }
            Outcome::Judged(Verdict::Retry {
                blame: Blame::Unclear,
                ..
            }) => {
                if let Some(storm) = &mut line.state.storm {
                    storm.failed += 1;
                }
            }
            Outcome::Judged(Verdict::Delivered { .. }) => {
                line.state.storm = self.told_now(storm, gathered.tickets.len());
                // Killed from here on the others are told in the next one, which calls nobody.
                let _ = line.write();
            }
            _ => {}
        }
        self.tell_members(line, &gathered.tickets, outcome, &digest.headline)
    }

    /// What failed before goes when the others have passed, and is then known to be the cause.
    fn without_suspects(&mut self, line: &Line) -> Vec<Ticket> {
        let collected = std::mem::take(&mut self.crowd.collected);
        let is_suspect = |ticket: &Ticket| {
            let mut suspects = line.state.suspects.iter();
            suspects.any(|suspect| suspect.object == ticket.object)
        };
        if collected.iter().all(is_suspect) {
            return collected;
        }
        let (suspects, others) = collected.into_iter().partition(is_suspect);
        let suspects: Vec<Ticket> = suspects;
        self.queue.extend(suspects);
        others
    }

    /// A few that a mute had kept are no storm: what comes next is told at once.
    fn told_now(&self, storm: &Storm, members: usize) -> Option<Storm> {
        let above = self.digests().map_or(0, |settings| settings.above as usize);
        let is_storm = storm.title.is_empty() || members > above;
        is_storm.then(|| Storm {
            told: Some(Moment::read()),
            title: String::new(),
            failed: 0,
            ..storm.clone()
        })
    }

    /// Each as if those before it had been told.
    fn gather(&mut self, line: &mut Line, collected: Vec<Ticket>) -> io::Result<Gathered> {
        let mut soon: HashMap<u64, Known> = HashMap::new();
        let mut gathered = Gathered {
            tickets: Vec::new(),
            members: Vec::new(),
            states: HashMap::new(),
            emoji: Emoji::Shown,
            begun: f64::MAX,
        };
        for ticket in collected {
            let read = self.task.folder.read::<Entry>(self.task.lane, &ticket);
            let Ok((entry, bytes)) = read else {
                continue;
            };
            let known = soon.remove(&ticket.object);
            let mut known = known.unwrap_or_else(|| self.known(&ticket, &entry));
            match self.turn(&ticket, &entry, &known) {
                Turn::Tell(story) => {
                    let own = Vendor::Own(None);
                    story::tell(&mut known, &entry, ticket.number, &story, own);
                    gathered.emoji = entry.emoji;
                    gathered.begun = gathered.begun.min(entry.created.wall);
                    gathered.add(ticket, self.member(&entry, &story));
                }
                Turn::Leave(became, why) => {
                    story::leave(&mut known, &entry, became, told::attempt(line, &ticket));
                    Self::mark(line, ticket.number);
                    // What only will have been told is not to be remembered yet.
                    let item = Item {
                        known: self.known(&ticket, &entry),
                        ticket,
                        entry: &entry,
                        bytes,
                    };
                    self.leave(line, item, became, &why)?;
                }
            }
            soon.insert(ticket.object, known);
        }
        Ok(gathered)
    }

    pub(super) fn post_digest(&mut self, line: &mut Line, digest: &Digest) -> Outcome {
        let deadline = self.deadline(Now::read());
        kill_point("marked");
        let outcome = match self.session() {
            Ok(session) => session.digest(digest, deadline),
            Err(unusable) => Some(unusable),
        };
        kill_point("answered");
        line.state.asked = Some(Moment::read());
        outcome.unwrap_or_else(|| Outcome::Judged(Verdict::message_refused("it has no digests")))
    }

    /// Each of them has its receipt.
    pub(super) fn tell_members(
        &mut self,
        line: &mut Line,
        members: &[Ticket],
        outcome: Outcome,
        headline: &str,
    ) -> io::Result<Option<Left>> {
        let Outcome::Judged(Verdict::Delivered { reference }) = outcome else {
            // In an outage none of them is to blame.
            let storm = line.state.storm.as_ref();
            let found_soon = storm.is_none_or(|storm| storm.failed > PATIENT);
            let suspect = members.first().filter(|_| found_soon);
            return self.failed(line, suspect, outcome);
        };
        line.state.delivered = line.state.asked.clone();
        self.note_post(line);
        let why = format!("as one of {}: {headline}", members.len());
        // All of them before the first receipt, which takes its time: a kill in between repeats nothing.
        let mut told = Vec::with_capacity(members.len());
        for ticket in members {
            if let Some((entry, _, story)) = self.again(ticket) {
                let known = self.known(ticket, &entry);
                self.arrived(line, ticket, &entry, &story, known, Vendor::Own(None));
                told.push(*ticket);
            }
        }
        for ticket in told {
            let read = self.task.folder.read::<Entry>(self.task.lane, &ticket);
            let Ok((entry, bytes)) = read else {
                continue;
            };
            let vendor = reference.as_deref();
            self.done(ticket, &entry, bytes, Became::Delivered, vendor, Some(&why))?;
        }
        self.passed(line)?;
        Ok(None)
    }

    /// Read once more: thousands of entries are not held in memory.
    pub(super) fn again(&mut self, ticket: &Ticket) -> Option<(Entry, u64, Story)> {
        let read = self.task.folder.read::<Entry>(self.task.lane, ticket);
        let (entry, bytes) = read.ok()?;
        let known = self.known(ticket, &entry);
        match self.turn(ticket, &entry, &known) {
            Turn::Tell(story) => Some((entry, bytes, story)),
            // The next drain deals with it.
            Turn::Leave(..) => None,
        }
    }

    pub(super) fn member(&self, entry: &Entry, story: &Story) -> Member {
        let now = Now::read();
        let config = self.task.config;
        let names = names::remembered(&entry.notification, config);
        // Nothing can be answered in a digest.
        let message = Message::compose(entry, story, &names, now.wall, config, TwoWay::No);
        Member::of(&message, story)
    }

    pub(super) fn note_post(&self, line: &mut Line) {
        if let Some(settings) = self.digests() {
            line.state
                .posted(Moment::read().wall, settings.above as usize);
        }
    }
}

/// Halved as often as there are doubts. What is about one object stays together: its last state is what counts.
fn some_objects_of(tickets: Vec<Ticket>, doubts: u32) -> (Vec<Ticket>, Vec<Ticket>) {
    let mut objects: Vec<u64> = Vec::new();
    let mut seen = HashSet::new();
    for ticket in &tickets {
        if seen.insert(ticket.object) {
            objects.push(ticket.object);
        }
    }
    let some = (objects.len() >> doubts.min(usize::BITS - 1)).max(1);
    let some: HashSet<u64> = objects.into_iter().take(some).collect();
    tickets
        .into_iter()
        .partition(|ticket| some.contains(&ticket.object))
}
