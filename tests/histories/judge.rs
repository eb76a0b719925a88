//! Whether what people saw is how it was.

use std::collections::BTreeMap;

use notify_core::notification::Kind;
use notify_core::state_folder::journal::{All, Became, Belongs};
use notify_test::IncidentStatus;

use crate::people::{self, Line, Place, Says};
use crate::stage::{CHANNEL, House, Stage, Vendor};
use crate::tale::{Event, Filter, OBJECTS, Step, subject};

/// Plays it and judges it. The error tells the whole story.
pub fn judge(house: House, steps: &[Step]) -> Result<(), String> {
    let mut stage = Stage::new(house);
    stage
        .play(steps)
        .and_then(|()| verdict(&stage))
        .map_err(|wrong| {
            let mut seen = String::new();
            for line in people::lines(&stage.preview.received()) {
                let Line {
                    at, place, text, ..
                } = line;
                seen += &format!("  {at} {place:?}: {text}\n");
            }
            for incident in stage.preview.incidents() {
                seen += &format!("  {incident:?}\n");
            }
            for known in stage.folder.known_in(&stage.lane).unwrap_or_default() {
                seen += &format!(
                    "  known: {}\n",
                    serde_json::to_string(&known).unwrap_or_default()
                );
            }
            format!("{wrong}\n{house:?}\n{}seen:\n{seen}", told(steps))
        })
}

fn told(steps: &[Step]) -> String {
    let line = |step: &Step| match step {
        Step::Say(event) => format!(
            "  {} {} {} no. {}{}{}\n",
            people_name(event.object),
            event.kind.name(),
            event.state.name(),
            event.number,
            if event.filter == Filter::HoldsBack {
                " held back"
            } else {
                ""
            },
            if event.contacts > 1 { " twice" } else { "" },
        ),
        other => format!("  {other:?}\n"),
    };
    steps.iter().map(line).collect()
}

fn people_name(object: usize) -> String {
    crate::tale::label(object)
}

fn verdict(stage: &Stage) -> Result<(), String> {
    every_entry_has_one_receipt(stage)?;
    for object in 0..OBJECTS.len() {
        let its_own = |event: &&Event| event.object == object;
        let events: Vec<&Event> = stage.events.iter().filter(its_own).collect();
        let Some(last) = events.last() else { continue };
        let known = stage
            .folder
            .known_in(&stage.lane)
            .map_err(|error| error.to_string())?;
        let known = known
            .into_iter()
            .find(|known| known.subject == subject(object));
        let is_open = known.is_some_and(|known| known.open.is_some());
        if stage.house.vendor == Vendor::PagerDuty {
            incidents(stage, object, &events, is_open)?;
            continue;
        }
        let all = people::lines(&stage.preview.received());
        let lines: Vec<&Line> = all.iter().filter(|line| line.object == object).collect();
        in_order(&events, &lines)?;
        one_state_in_a_digest(&lines)?;
        let seen = lines.iter().rev().find_map(|line| match line.says {
            // What is said beside a problem opens none.
            Says::Is(state) if line.bare || state.is_good() => Some((state, *line)),
            _ => None,
        });
        let believed_bad = seen.is_some_and(|(state, _)| !state.is_good());
        if is_open != believed_bad {
            return Err(format!(
                "object {object}: known as open: {is_open}, and people saw {seen:?}"
            ));
        }
        let truth = last.state;
        let must_be_told = !episode(&events).is_empty();
        match seen {
            Some((state, _)) if state.is_good() == truth.is_good() => {}
            None if truth.is_good() || !must_be_told => {}
            Some((state, _)) if state.is_good() && !must_be_told => {}
            _ => {
                return Err(format!(
                    "object {object} is {truth:?}, and people saw {seen:?}"
                ));
            }
        }
        if let Some((state, _)) = seen
            && tells_exactly(last)
            && state != truth
        {
            return Err(format!(
                "object {object} is {truth:?}, and people saw {seen:?}"
            ));
        }
        if must_be_told && truth_is_news(&events) {
            loudly(stage, object, &lines)?;
        }
        if stage.is_threaded() {
            threads(stage, object, &events)?;
        }
    }
    Ok(())
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

fn truth_is_news(events: &[&Event]) -> bool {
    episode(events).iter().any(|event| event.number <= 1)
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

fn incidents(stage: &Stage, object: usize, events: &[&Event], is_open: bool) -> Result<(), String> {
    let reference = notify_core::reference::reference("default", &subject(object));
    let incidents = stage.preview.incidents();
    let its_own = incidents
        .iter()
        .filter(|incident| incident.dedup_key == reference);
    let open = its_own
        .filter(|one| one.status != IncidentStatus::Resolved)
        .count();
    let truth = events.last().map(|event| event.state);
    let is_bad = truth.is_some_and(|state| !state.is_good());
    let must_be_open = is_bad && !episode(events).is_empty();
    if open > 0 && !is_bad || open == 0 && must_be_open {
        return Err(format!(
            "object {object} is {truth:?}, and {open} incidents are open"
        ));
    }
    if is_open != (open > 0) {
        return Err(format!(
            "object {object}: known as open: {is_open}, and {open} incidents are"
        ));
    }
    Ok(())
}

/// What is shown as news was so in this order.
fn in_order(events: &[&Event], lines: &[&Line]) -> Result<(), String> {
    let mut from = 0;
    for line in lines {
        let Says::Is(state) = line.says else { continue };
        let is_it = |event: &&Event| event.state == state;
        match events[from..].iter().position(is_it) {
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
fn loudly(stage: &Stage, object: usize, lines: &[&Line]) -> Result<(), String> {
    let is_good = |line: &&Line| matches!(line.says, Says::Is(state) if state.is_good());
    let begin = lines.iter().rposition(is_good).map_or(0, |at| at + 1);
    let of_it = &lines[begin..];
    if of_it
        .iter()
        .all(|line| line.again || line.place == Place::Update)
    {
        return Err(format!("object {object}: nobody was told aloud"));
    }
    if stage.house.digest_above.is_none() && !of_it.iter().any(|line| line.calls) {
        return Err(format!("object {object}: nobody was called"));
    }
    Ok(())
}

/// The top of a thread says how it is; that of an older problem, that it is over.
fn threads(stage: &Stage, object: usize, events: &[&Event]) -> Result<(), String> {
    let received = stage.preview.received();
    let posts = people::messages(&received);
    let shown = stage.preview.channel(CHANNEL);
    assert_eq!(
        posts.len(),
        shown.len(),
        "every message stands in the channel"
    );
    let mut tops = Vec::new();
    for (at, one) in posts.iter().zip(&shown) {
        // Nobody can change a message whose name was never told.
        if !one.deleted && !stage.unsure.contains(at) {
            tops.extend(people::original(one).filter(|line| line.object == object && line.bare));
        }
    }
    let is_red = |line: &Line| matches!(line.says, Says::Is(state) if !state.is_good());
    let Some(last) = events.last() else {
        return Ok(());
    };
    if !last.state.is_good()
        && let Some(newest) = tops.pop()
        && is_red(&newest)
        && tells_exactly(last)
        && newest.says != Says::Is(last.state)
    {
        let (state, text) = (last.state, newest.text);
        return Err(format!(
            "object {object} is {state:?}, and its message says {text}"
        ));
    }
    match tops.into_iter().find(is_red) {
        Some(top) => Err(format!(
            "an old message of object {object} stays as it was: {}",
            top.text
        )),
        None => Ok(()),
    }
}

fn tells_exactly(event: &Event) -> bool {
    let tells = match event.kind {
        Kind::Problem => true,
        Kind::Recovery => event.state.is_good(),
        _ => false,
    };
    tells && event.filter == Filter::Passes
}
