//! Whether what people saw is how it was.

use std::collections::BTreeMap;

use notify_core::config::DEFAULT_SITE;
use notify_core::notification::{Kind, State};
use notify_core::reference::reference;
use notify_core::state_folder::journal::{All, Became, Belongs};
use notify_test::IncidentStatus;

use crate::people::{self, Line, Place, Says};
use crate::stage::{CHANNEL, House, Stage, Vendor};
use crate::tale::{Event, Filter, OBJECTS, Step, label, subject};

/// Plays it and judges it. The error tells the whole story.
pub fn judge(house: House, steps: &[Step]) -> Result<(), String> {
    let mut stage = Stage::new(house);
    let judged = stage.play(steps).and_then(|()| verdict(&stage));
    judged.map_err(|wrong| format!("{wrong}\n{house:?}\n{}{}", told(steps), seen(&stage)))
}

fn told(steps: &[Step]) -> String {
    let line = |step: &Step| match step {
        Step::Say(Event {
            object,
            kind,
            state,
            number,
            filter,
            contacts,
        }) => {
            let (object, kind, state) = (label(*object), kind.name(), state.name());
            format!("  {object} {kind} {state} no. {number}, {filter:?}, for {contacts}\n")
        }
        other => format!("  {other:?}\n"),
    };
    steps.iter().map(line).collect()
}

fn seen(stage: &Stage) -> String {
    let mut seen = "seen:\n".to_owned();
    for line in people::lines(&stage.preview.received()) {
        seen += &format!("  {} {:?}: {}\n", line.at, line.place, line.text);
    }
    for incident in stage.preview.incidents() {
        seen += &format!("  {incident:?}\n");
    }
    for known in stage.folder.known_in(&stage.lane).unwrap_or_default() {
        seen += &format!("  {:?} {:?}\n", known.subject, known.open);
    }
    seen
}

fn verdict(stage: &Stage) -> Result<(), String> {
    every_entry_has_one_receipt(stage)?;
    let known = stage.folder.known_in(&stage.lane);
    let known = known.map_err(|error| error.to_string())?;
    for object in 0..OBJECTS.len() {
        let its_own = |event: &&Event| event.object == object;
        let events: Vec<&Event> = stage.events.iter().filter(its_own).collect();
        let Some(last) = events.last() else { continue };
        let mut known = known
            .iter()
            .filter(|known| known.subject == subject(object));
        let known = match known.next().is_some_and(|known| known.open.is_some()) {
            true => Known::Open,
            false => Known::Closed,
        };
        let judged = match stage.house.vendor {
            Vendor::PagerDuty => incidents(stage, object, &events, known),
            _ => messages(stage, object, &events, known),
        };
        judged.map_err(|wrong| format!("{} is {}: {wrong}", label(object), last.state.name()))?;
    }
    Ok(())
}

/// What `notify-queue open` says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Open,
    Closed,
}

fn messages(stage: &Stage, object: usize, events: &[&Event], known: Known) -> Result<(), String> {
    let Some(last) = events.last() else {
        return Ok(());
    };
    let lines = people::lines(&stage.preview.received());
    let lines: Vec<&Line> = lines.iter().filter(|line| line.object == object).collect();
    in_order(stage, events, &lines)?;
    one_state_in_a_digest(&lines)?;
    let seen = lines.iter().rev().find_map(|line| match line.says {
        // What is said beside a problem opens none.
        Says::Is(state) if line.bare || state.is_good() => Some(state),
        _ => None,
    });
    let believed_good = seen.is_none_or(State::is_good);
    if believed_good == (known == Known::Open) {
        return Err(format!("it is known as {known:?}, and people saw {seen:?}"));
    }
    let must_be_told = !episode(events).is_empty();
    let right = match last.state.is_good() {
        true => believed_good,
        false => !believed_good || !must_be_told,
    };
    let exact = !tells_exactly(last) || seen.is_none_or(|state| state == last.state);
    if !right || !exact {
        return Err(format!("people saw {seen:?}"));
    }
    if episode(events).iter().any(|problem| problem.number <= 1) {
        aloud(stage, &lines)?;
    }
    match stage.is_threaded() {
        true => threads(stage, object, last),
        false => Ok(()),
    }
}

/// The problems since it was last good, as far as they may be told.
fn episode<'e>(events: &[&'e Event]) -> Vec<&'e Event> {
    let begin = events.iter().rposition(|event| event.state.is_good());
    let episode = &events[begin.map_or(0, |at| at + 1)..];
    let problems = episode
        .iter()
        .filter(|event| event.kind == Kind::Problem && event.filter == Filter::Passes);
    problems.copied().collect()
}

fn every_entry_has_one_receipt(stage: &Stage) -> Result<(), String> {
    let records = stage
        .folder
        .records(All::Yes)
        .map_err(|error| error.to_string())?;
    let mut receipts: BTreeMap<u64, Vec<Became>> = BTreeMap::new();
    for record in records.filter(|record| record.became.belongs() != Belongs::Waiting) {
        receipts.entry(record.id).or_default().push(record.became);
    }
    for number in &stage.stored {
        match receipts.get(number).map(Vec::as_slice) {
            Some(
                [
                    Became::Delivered
                    | Became::Copy
                    | Became::Folded
                    | Became::HeldBack
                    | Became::NothingToSend,
                ],
            ) => {}
            other => return Err(format!("entry {number} has the receipts {other:?}")),
        }
    }
    Ok(())
}

fn incidents(stage: &Stage, object: usize, events: &[&Event], known: Known) -> Result<(), String> {
    let reference = reference(DEFAULT_SITE, &subject(object));
    let incidents = stage.preview.incidents();
    let open = incidents
        .iter()
        .filter(|one| one.dedup_key == reference && one.status != IncidentStatus::Resolved);
    let open: Vec<IncidentStatus> = open.map(|one| one.status).collect();
    let wrong = Err(format!(
        "it is known as {known:?}, and its incidents are {open:?}"
    ));
    let Some(last) = events.last() else {
        return Ok(());
    };
    let must_be_open = !last.state.is_good() && !episode(events).is_empty();
    let is_acknowledged = open.first() == Some(&IncidentStatus::Acknowledged);
    let hears = last.kind == Kind::Acknowledgement && last.filter == Filter::Passes;
    match open.as_slice() {
        [] if known == Known::Closed && !must_be_open => Ok(()),
        [_] if known == Known::Open && !last.state.is_good() && (is_acknowledged || !hears) => {
            Ok(())
        }
        _ => wrong,
    }
}

/// What is shown as news was so in this order. What nobody knows to have arrived may be told once more.
fn in_order(stage: &Stage, events: &[&Event], lines: &[&Line]) -> Result<(), String> {
    let mut from = 0;
    for line in lines {
        let Says::Is(state) = line.says else { continue };
        let is_it = |event: &&Event| event.state == state;
        match events[from..].iter().position(is_it) {
            Some(_) if stage.unsure.contains(&line.at) => {}
            Some(further) => from += further,
            None => return Err(format!("shown after something newer: {line:?}")),
        }
    }
    Ok(())
}

/// Nobody knows which of two lines of one message is the later one.
fn one_state_in_a_digest(lines: &[&Line]) -> Result<(), String> {
    for line in lines
        .iter()
        .filter(|line| line.place == Place::Digest && line.bare)
    {
        let other = lines
            .iter()
            .find(|other| other.at == line.at && other.bare && other.says != line.says);
        if let Some(other) = other {
            return Err(format!("one digest says two things: {line:?} {other:?}"));
        }
    }
    Ok(())
}

/// A problem that nobody was called for is a problem that nobody knows of.
fn aloud(stage: &Stage, lines: &[&Line]) -> Result<(), String> {
    let is_good = |line: &&Line| matches!(line.says, Says::Is(state) if state.is_good());
    let begin = lines.iter().rposition(is_good).map_or(0, |at| at + 1);
    let of_it = &lines[begin..];
    let mut aloud = of_it
        .iter()
        .filter(|line| !line.again && line.place != Place::Update);
    if aloud.next().is_none() {
        return Err("nobody was told aloud".to_owned());
    }
    // Of digests only the first calls anybody.
    match stage.house.digest_above.is_some() || of_it.iter().any(|line| line.calls) {
        true => Ok(()),
        false => Err("nobody was called".to_owned()),
    }
}

/// The top of a thread says how it is; that of an older problem, that it is over.
fn threads(stage: &Stage, object: usize, last: &Event) -> Result<(), String> {
    let received = stage.preview.received();
    let posts = people::messages(&received);
    let shown = stage.preview.channel(CHANNEL);
    assert_eq!(
        posts.len(),
        shown.len(),
        "each of them stands in the channel"
    );
    let mut tops: Vec<Line> = Vec::new();
    for (at, one) in posts.iter().zip(&shown) {
        // Nobody can change a message whose name was never told.
        if !one.deleted && !stage.unsure.contains(at) {
            tops.extend(people::original(one).filter(|line| line.object == object && line.bare));
        }
    }
    let is_red = |line: &Line| matches!(line.says, Says::Is(state) if !state.is_good());
    if !last.state.is_good()
        && let Some(newest) = tops.pop()
        && is_red(&newest)
        && tells_exactly(last)
        && newest.says != Says::Is(last.state)
    {
        return Err(format!("its message says {}", newest.text));
    }
    match tops.into_iter().find(is_red) {
        Some(top) => Err(format!("an old message stays as it was: {}", top.text)),
        None => Ok(()),
    }
}

/// What says the state in so many words.
fn tells_exactly(event: &Event) -> bool {
    let tells = match event.kind {
        Kind::Problem => true,
        Kind::Recovery => event.state.is_good(),
        _ => false,
    };
    tells && event.filter == Filter::Passes
}
