//! `show ID`: an entry as it is stored, and what has become of it so far.

use std::fs;

use notify_core::exit::Failure;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::All;
use notify_core::text;
use notify_core::time::Zone;

use crate::command::Wanted;
use crate::content::Content;
use crate::history;
use crate::json;
use crate::naming::Naming;
use crate::print::Page;
use crate::stock::{BOTH, Item, Selection};

pub fn show(folder: &StateFolder, id: u64, zone: &Zone) -> Result<(), Failure> {
    let naming = Naming::new(folder);
    let selection = Selection {
        ids: vec![id],
        destinations: Wanted::default(),
        hosts: Vec::new(),
        shelves: BOTH,
    };
    let mut found = Vec::new();
    selection
        .for_each_lane(folder, &naming, |_, _, items| {
            found.extend(items);
            Ok(())
        })
        .map_err(crate::broken)?;
    let records = folder.records(All::Yes).map_err(crate::broken)?;
    let history: Vec<_> = records.filter(|record| record.id == id).collect();
    if found.is_empty() && history.is_empty() {
        return Err(Failure::usage(format!(
            "there is no entry {id}, and the journal knows none: see notify-queue list"
        )));
    }
    let mut page = Page::open();
    let printed = (|| {
        for item in &found {
            let file = folder.file(item.shelf, &item.lane, &item.name);
            page.line(&text::line(&file.display().to_string()))?;
            if let Some(problem) = item.problem() {
                page.line(&text::line(&problem))?;
            }
            page.line(&stored(item, folder)?)?;
        }
        for record in &history {
            page.line(&history::line(record, &naming, zone))?;
        }
        page.close()
    })();
    crate::finished(printed)
}

/// What cannot be understood is shown as it is.
fn stored(item: &Item, folder: &StateFolder) -> std::io::Result<String> {
    match &item.content {
        Ok(Content::Entry(entry)) => json::pretty(entry),
        Ok(Content::Unrouted(unrouted)) => json::pretty(unrouted),
        Err(_) => {
            let text =
                fs::read(folder.file(item.shelf, &item.lane, &item.name)).unwrap_or_default();
            match serde_json::from_slice::<serde_json::Value>(&text) {
                Ok(value) => json::pretty(&value),
                Err(_) => Ok(text::clean(&String::from_utf8_lossy(&text))),
            }
        }
    }
}
