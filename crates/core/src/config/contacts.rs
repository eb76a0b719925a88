//! `[contacts]`, `[contactgroups]` and `[periods]`: who is told where.

use super::error::ConfigError;
use super::section::Section;
use super::tree::{Item, Value};
use crate::entry::DestinationId;
use crate::time::Zone;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    /// Other names under which a core may know it: alias, UUID, e-mail address.
    pub also: Vec<String>,
    pub destinations: Vec<DestinationId>,
}

impl Contact {
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.iter().any(|other| other == name)
    }
}

/// The contacts of `[contacts]` or the groups of `[contactgroups]`. One that cannot be read is noted and left out:
/// whom it was for, the default destination tells.
pub fn read(section: &Section, periods: &[String]) -> Vec<Contact> {
    let contacts = section.items().filter_map(|item| {
        read_one(section, item, periods)
            .map_err(|error| section.note(error))
            .ok()
    });
    contacts.collect()
}

fn read_one(section: &Section, item: &Item, periods: &[String]) -> Result<Contact, ConfigError> {
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
    })
}

/// The names of the periods, each of which is checked.
pub fn read_periods(section: &Section) -> Vec<String> {
    for item in section.items() {
        let checked = section.below(item).and_then(|period| {
            let checked = check_period(&period);
            section.note_unknown_of(&period);
            checked
        });
        if let Err(error) = checked {
            section.note(error);
        }
    }
    section.items().map(|item| item.key.clone()).collect()
}

fn check_period(period: &Section) -> Result<(), ConfigError> {
    // Asked for at once: what was asked for is what is known.
    let zone = period.text("zone");
    let days = DAYS.map(|day| (day, period.texts(day)));
    if let Some(zone) = zone?
        && !Zone::named(zone).exists()
    {
        return Err(period.error("zone", "is not in this machine's time zone database"));
    }
    for (day, ranges) in days {
        for hours in ranges?.unwrap_or_default() {
            if !hours.split(',').all(is_range) {
                return Err(period.error(day, "must be hours like \"09:00-17:00\""));
            }
        }
    }
    Ok(())
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Needs no definition: every core has it.
const ALWAYS: &str = "24x7";

const HOST_OPTIONS: &[&str] = &["d", "u", "r", "f", "s", "n"];
const SERVICE_OPTIONS: &[&str] = &["w", "u", "c", "r", "f", "s", "n"];

fn read_table(name: &str, section: &Section, periods: &[String]) -> Result<Contact, ConfigError> {
    let listed = section
        .texts("destinations")?
        .ok_or_else(|| section.missing(&format!("{} has no destinations", section.name())))?;
    let also = section.texts("match")?.unwrap_or_default();
    section.flag("enabled")?;
    for (kind, options) in [("host", HOST_OPTIONS), ("service", SERVICE_OPTIONS)] {
        if let Some(filter) = section.table(kind)? {
            check_filter(&filter, options, periods)?;
            section.note_unknown_of(&filter);
        }
    }
    Ok(Contact {
        name: name.to_owned(),
        also: also.into_iter().map(str::to_owned).collect(),
        destinations: destinations(listed, |problem| section.error("destinations", &problem))?,
    })
}

fn check_filter(filter: &Section, known: &[&str], periods: &[String]) -> Result<(), ConfigError> {
    filter.flag("enabled")?;
    if let Some(period) = filter.text("period")?
        && period != ALWAYS
        && !periods.iter().any(|name| name == period)
    {
        return Err(filter.error(
            "period",
            &format!("names a period that [periods] lacks; \"{ALWAYS}\" needs none"),
        ));
    }
    let options = filter.texts("options")?.unwrap_or_default();
    let mut letters = options
        .iter()
        .flat_map(|list| list.split(','))
        .map(str::trim);
    if let Some(wrong) = letters.find(|letter| !known.contains(letter)) {
        return Err(filter.error(
            "options",
            &format!("has {wrong:?}; there are {}", known.join(", ")),
        ));
    }
    Ok(())
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

fn is_range(range: &str) -> bool {
    let minutes = |time: &str| {
        let (hours, minutes) = time.trim().split_once(':')?;
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
    };
    let Some((from, to)) = range.split_once('-') else {
        return false;
    };
    matches!((minutes(from), minutes(to)), (Some(from), Some(to)) if from < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_ranges_within_a_day() {
        for right in ["00:00-24:00", "9:00-17:30", " 09:00 - 17:00 "] {
            assert!(is_range(right), "{right}");
        }
        for wrong in ["", "09:00", "17:00-09:00", "09:00-24:01", "9-17", "a:b-c:d"] {
            assert!(!is_range(wrong), "{wrong}");
        }
    }
}
