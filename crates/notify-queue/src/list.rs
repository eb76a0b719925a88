//! `list`: what waits where, since when, and why.

use std::io;

use notify_core::environment::Environment;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::{Lane, Past};
use notify_core::state_folder::waiting::Shelf;
use notify_core::{text, time};
use serde::Serialize;

use crate::command::Form;
use crate::json;
use crate::lanes;
use crate::naming::Naming;
use crate::newer::Newer;
use crate::place::Place;
use crate::print::Page;
use crate::reasons::Reasons;
use crate::standing::{Standing, own_wait};
use crate::stock::{FAILED, Item, Selection};

/// An entry in `list --json`.
#[derive(Serialize)]
struct Row<'i> {
    id: u64,
    destination: String,
    shelf: &'static str,
    kind: Option<&'i str>,
    host: Option<&'i str>,
    service: Option<&'i str>,
    state: Option<&'static str>,
    /// Seconds since 1970.
    created: Option<f64>,
    age_seconds: Option<u64>,
    attempts: u32,
    /// Seconds; 0 is now.
    due: Option<u64>,
    reason: Option<String>,
    config: Option<String>,
    file: String,
}

pub fn list(
    folder: &StateFolder,
    selection: &Selection,
    form: Form,
    place: &Place,
    environment: &Environment,
) -> io::Result<()> {
    let naming = Naming::new(folder);
    let now = Moment::read();
    let failures = match selection.shelves.contains(&Shelf::Failed) {
        true => Reasons::read(folder)?,
        false => Reasons::default(),
    };
    let mut page = Page::open();
    let mut shown = 0;
    selection.for_each_lane(folder, &naming, |shelf, lane, items| {
        shown += items.len();
        let line = folder.line_state(lane);
        let first = items.iter().find_map(|item| item.content.as_ref().ok());
        let standing = match shelf {
            Shelf::Waiting => Standing::of(first, &line, environment, &now),
            Shelf::Failed => Standing::Clear,
        };
        match form {
            Form::Json => {
                for item in &items {
                    let row = row(item, &standing, &failures, folder, &now);
                    page.line(&json::line(&row)?)?;
                }
            }
            Form::People => {
                page.line(&heading(shelf, lane, &items, &standing, &now))?;
                for item in &items {
                    page.line(&entry(item, failures.of(item), &naming, &now))?;
                }
            }
        }
        Ok(())
    })?;
    if form == Form::People {
        if shown == 0 {
            page.line("nothing")?;
        }
        hint_at_failed(folder, selection, &mut page)?;
        if let Some((usual, lanes)) = place.strays() {
            let count = lanes::waiting(&usual, &lanes);
            let usual = usual.root().display();
            page.line(&format!(
                "{count} more in {usual}: the next run fetches them"
            ))?;
        }
    }
    page.close()
}

fn row<'i>(
    item: &'i Item,
    standing: &Standing,
    failures: &Reasons,
    folder: &StateFolder,
    now: &Moment,
) -> Row<'i> {
    let content = item.content.as_ref().ok();
    let notification = content.map(|content| content.notification());
    let created = item.stored.as_ref();
    let (due, reason) = match item.shelf {
        Shelf::Failed => (None, failures.of(item).map(str::to_owned)),
        Shelf::Waiting => {
            let due = standing.wait().filter(|_| content.is_some());
            let own = item.ticket.map_or(0.0, |ticket| own_wait(&ticket, now));
            let reason = item.problem().or_else(|| standing.reason());
            (due.map(|due| due.max(own).ceil() as u64), reason)
        }
    };
    Row {
        id: item.number(),
        destination: item.lane.place(),
        shelf: match item.shelf {
            Shelf::Waiting => "waiting",
            Shelf::Failed => "failed",
        },
        kind: notification.map(|notification| notification.kind.name()),
        host: notification.map(|notification| notification.subject.host.as_str()),
        service: notification.and_then(|notification| notification.subject.service.as_deref()),
        state: notification.and_then(|notification| Some(notification.state?.name())),
        created: created.map(|created| created.wall),
        age_seconds: created.map(|created| now.since(created) as u64),
        attempts: item.ticket.map_or(0, |ticket| ticket.failures()),
        due,
        reason,
        config: content.map(|content| content.config().display().to_string()),
        file: folder
            .file(item.shelf, &item.lane, &item.name)
            .display()
            .to_string(),
    }
}

fn heading(shelf: Shelf, lane: &Lane, items: &[Item], standing: &Standing, now: &Moment) -> String {
    let place = match (shelf, &lane.destination) {
        (_, Some(_)) | (Shelf::Failed, None) => lane.place(),
        (Shelf::Waiting, None) => format!("{} (not routed)", lane.place()),
    };
    let ages = items
        .iter()
        .filter_map(|item| Some(now.since(item.stored.as_ref()?)));
    let oldest = ages.reduce(f64::max).map_or(String::new(), |oldest| {
        format!(", oldest {}", time::span(oldest))
    });
    let what = match shelf {
        Shelf::Waiting => "waiting",
        Shelf::Failed => "failed",
    };
    let why = standing
        .words()
        .map_or(String::new(), |words| format!("; {words}"));
    let newer = match shelf {
        Shelf::Waiting => Newer::among(items),
        Shelf::Failed => None,
    };
    let newer = newer.map_or(String::new(), |newer| format!("; {}", newer.words()));
    let count = items.len();
    text::line(&format!("{place} – {count} {what}{oldest}{why}{newer}"))
}

fn entry(item: &Item, why: Option<&str>, naming: &Naming, now: &Moment) -> String {
    let age = item.stored.as_ref();
    let age = age.map_or(String::new(), |stored| time::span(now.since(stored)));
    let id = match item.number() {
        0 => "-".to_owned(),
        number => number.to_string(),
    };
    let mut notes = Vec::new();
    if let Some(ticket) = item.ticket {
        match ticket.past {
            Past::Failed { times, .. } => {
                let wait = own_wait(&ticket, now);
                let again = match wait > 0.0 && item.shelf == Shelf::Waiting {
                    true => format!(", again in {}", time::span(wait.ceil())),
                    false => String::new(),
                };
                notes.push(format!("failed {times} times{again}"));
            }
            Past::Delivered => notes.push("delivered, its receipt is late".to_owned()),
            Past::Fresh => {}
        }
    }
    let what = match (&item.content, why) {
        (Err(_), Some(why)) => format!("{}: {why}", item.name),
        (_, why) => {
            notes.extend(why.map(str::to_owned));
            item.headline(naming)
        }
    };
    let notes = match notes.is_empty() {
        true => String::new(),
        false => format!(" – {}", notes.join("; ")),
    };
    let what = text::line(&format!("{what}{notes}"));
    format!("{id:>8}  {age:>10}  {what}")
}

/// Who looks only at what waits should not miss what was given up.
fn hint_at_failed(folder: &StateFolder, selection: &Selection, page: &mut Page) -> io::Result<()> {
    if selection.shelves == FAILED {
        return Ok(());
    }
    let mut failed = 0;
    let lanes = folder.lanes_on(Shelf::Failed)?.into_iter();
    for lane in lanes.filter(|lane| selection.destinations.has(lane)) {
        let listing = folder.list_on(Shelf::Failed, &lane)?;
        failed += listing.tickets.len() + listing.aliens.len();
    }
    match failed {
        0 => Ok(()),
        failed => page.line(&format!("{failed} failed: notify-queue list --failed")),
    }
}
