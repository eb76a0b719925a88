//! A lane whose config cannot be used: it waits, but not for ever, and somebody hears why.

use std::io;

use notify_core::config::queue::QueueSettings;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{Became, Journal};
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::line::{News, Trouble, TroubleKind};
use notify_core::state_folder::waiting::{Shelf, Unreadable};

use crate::content::Content;
use crate::naming::Naming;

/// What was found on the way, for people.
pub struct Held {
    pub news: News,
    pub lines: Vec<String>,
}

/// `None` where somebody else holds the line.
pub fn hold(
    folder: &StateFolder,
    lane: &Lane,
    reason: &str,
    settings: &QueueSettings,
) -> io::Result<Option<Held>> {
    let Some(mut line) = folder.line(lane)? else {
        return Ok(None);
    };
    if line.state.sending.is_some() {
        folder.settle(lane)?;
        // Who routes has more to look after than we.
        line.state.sending.take_if(|_| lane.destination.is_some());
    }
    let lines = clear(folder, lane, settings)?;
    let before = line.state.trouble.take();
    let kind = TroubleKind::Unusable;
    let (trouble, news) = Trouble::after(before, kind, reason.to_owned(), &Moment::read());
    line.state.trouble = Some(trouble);
    // A disk without room for a line's state loses no entry.
    let _ = line.write();
    Ok(Some(Held { news, lines }))
}

/// What is too old and what is no entry goes to `failed/`. The line must be held.
pub fn clear(
    folder: &StateFolder,
    lane: &Lane,
    settings: &QueueSettings,
) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut journal = Journal::of(folder);
    let now = Moment::read();
    let naming = Naming::new(folder);
    let listing = folder.list(lane)?;
    for ticket in &listing.tickets {
        let name = ticket.to_string();
        match Content::read(folder, Shelf::Waiting, lane, ticket) {
            Ok((content, bytes)) => {
                let age = now.since(content.created());
                // Those behind it came later.
                if age <= settings.expire_after.as_secs_f64() {
                    break;
                }
                let why = "older than expire_after";
                let record = content.record(ticket.number, Became::Expired, &now);
                let record = record.because(why);
                folder.give_up(lane, &name.into(), &record, &mut journal, bytes)?;
                let what = naming.headline(content.notification());
                lines.push(format!("{} {what}: expired: {why}", ticket.number));
            }
            Err(Unreadable::Broken(reason)) => {
                let said = folder.set_aside(lane, &name.clone().into(), &reason, &mut journal);
                lines.push(format!("{name}: {said}"));
            }
            Err(Unreadable::Newer(format)) => {
                let why = format!("format {format} is of a newer version: left where it is");
                lines.push(format!("{name}: {why}"));
            }
            Err(Unreadable::Gone | Unreadable::Disk(_)) => {}
        }
    }
    for name in &listing.aliens {
        if let Unreadable::Broken(reason) = folder.judge_alien(lane, name) {
            let said = folder.set_aside(lane, name, &reason, &mut journal);
            lines.push(format!("{}: {said}", name.to_string_lossy()));
        }
    }
    Ok(lines)
}
