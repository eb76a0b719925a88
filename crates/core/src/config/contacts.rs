//! `[contacts]` and `[contactgroups]`: who is told where, and of what.

use super::error::ConfigError;
use super::filter::{self, Filter};
use super::periods::Periods;
use super::section::Section;
use super::tree::{Item, Value};
use crate::entry::DestinationId;
use crate::notification::{Notification, ObjectKind};

#[derive(Clone, Debug)]
pub struct Contact {
    pub name: String,
    /// Other names under which a core may know it: alias, UUID, e-mail address.
    pub also: Vec<String>,
    pub destinations: Vec<DestinationId>,
    host: Filter,
    service: Filter,
}

impl Contact {
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.iter().any(|other| other == name)
    }

    /// Why this may not open anything for them at this moment, in seconds since 1970.
    pub fn holds_back(&self, notification: &Notification, at: f64) -> Option<String> {
        let filter = match notification.object_kind() {
            ObjectKind::Host => &self.host,
            ObjectKind::Service => &self.service,
        };
        filter.holds_back(notification, at)
    }
}

/// The contacts of `[contacts]` or the groups of `[contactgroups]`. One that cannot be read is noted and left out:
/// whom it was for, the default destination tells.
pub fn read(section: &Section, periods: &Periods) -> Vec<Contact> {
    let contacts = section.items().filter_map(|item| {
        read_one(section, item, periods)
            .map_err(|error| section.note(error))
            .ok()
    });
    contacts.collect()
}

fn read_one(section: &Section, item: &Item, periods: &Periods) -> Result<Contact, ConfigError> {
    if let Value::Table(_) = &item.value {
        let table = section.below(item)?;
        let contact = read_table(&item.key, &table, periods)?;
        section.note_unknown_of(&table);
        return Ok(contact);
    }
    Ok(Contact {
        name: item.key.clone(),
        also: Vec::new(),
        destinations: destinations(section.texts_in(item)?, |problem| {
            section.error(&item.key, &problem)
        })?,
        host: Filter::default(),
        service: Filter::default(),
    })
}

fn read_table(name: &str, section: &Section, periods: &Periods) -> Result<Contact, ConfigError> {
    let listed = section
        .texts("destinations")?
        .ok_or_else(|| section.missing(&format!("{} has no destinations", section.name())))?;
    let also = section.texts("match")?.unwrap_or_default();
    let disabled = filter::is_disabled(section);
    let filter = |key, kind| {
        let filter = filter_below(section, key, kind, periods);
        if disabled { filter.disabled() } else { filter }
    };
    Ok(Contact {
        name: name.to_owned(),
        also: also.into_iter().map(str::to_owned).collect(),
        destinations: destinations(listed, |problem| section.error("destinations", &problem))?,
        host: filter("host", ObjectKind::Host),
        service: filter("service", ObjectKind::Service),
    })
}

fn filter_below(section: &Section, key: &str, kind: ObjectKind, periods: &Periods) -> Filter {
    match section.table(key) {
        Ok(Some(table)) => {
            let filter = Filter::of_contact(&table, kind, periods);
            section.note_unknown_of(&table);
            filter
        }
        Ok(None) => Filter::default(),
        Err(error) => {
            section.note(error);
            Filter::default()
        }
    }
}

fn destinations(
    listed: Vec<&str>,
    error: impl Fn(String) -> ConfigError,
) -> Result<Vec<DestinationId>, ConfigError> {
    listed
        .into_iter()
        .map(|text| {
            text.parse().map_err(|_| {
                error(format!(
                    "has {text:?}: a destination is written provider:name, like \"slack:ops\""
                ))
            })
        })
        .collect()
}
