//! Why something lies in `failed/`: the last receipt says it.

use std::collections::HashMap;
use std::io;

use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{All, Became, Belongs};

use crate::content;
use crate::stock::Item;

#[derive(Debug, Default)]
pub struct Reasons {
    of_entries: HashMap<u64, String>,
    /// What was no entry has no number, or somebody else's.
    of_files: HashMap<String, String>,
}

impl Reasons {
    pub fn read(folder: &StateFolder) -> io::Result<Reasons> {
        let mut reasons = Reasons::default();
        for record in folder.records(All::Yes)? {
            let (Belongs::Failed, Some(reason)) = (record.became.belongs(), record.reason) else {
                continue;
            };
            let words = content::words(record.became);
            match (record.became, reason.split_once(": ")) {
                (Became::Unreadable, Some((name, why))) => {
                    let name = name.strip_prefix("new/").unwrap_or(name);
                    let why = format!("{words}: {why}");
                    reasons.of_files.insert(name.to_owned(), why);
                }
                _ => {
                    let why = format!("{words}: {reason}");
                    reasons.of_entries.insert(record.id, why);
                }
            }
        }
        Ok(reasons)
    }

    pub fn of(&self, item: &Item) -> Option<&str> {
        let of_entry = || self.of_entries.get(&item.ticket?.number);
        let of_file = || {
            let named = self.of_files.get(&item.name);
            // The same garbage came twice.
            named.or_else(|| self.of_files.get(item.name.rsplit_once('.')?.0))
        };
        let why = match item.content {
            Ok(_) => of_entry().or_else(of_file),
            Err(_) => of_file().or_else(of_entry),
        };
        why.map(String::as_str)
    }
}
