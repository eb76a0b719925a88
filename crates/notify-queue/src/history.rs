//! `log`, and each of its lines: what went out when, to whom, how late.

use std::io;

use notify_core::config::section::parse_duration;
use notify_core::entry::ToldAs;
use notify_core::exit::Failure;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{Became, Record};
use notify_core::text;
use notify_core::time::{self, Zone};

use crate::command::{Form, Wanted};
use crate::content;
use crate::json;
use crate::naming::Naming;
use crate::print::Page;

/// Which records; all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub hosts: Vec<String>,
    pub services: Vec<String>,
    pub destinations: Wanted,
    /// As typed: what they mean only the config's time zone knows.
    pub since: Option<String>,
    pub until: Option<String>,
}

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub struct Within {
    since: Option<f64>,
    until: Option<f64>,
}

/// What is less is what a vendor takes to answer.
const LATE: f64 = 60.0;

impl Filter {
    /// `2h` before now, or a date, with or without the time.
    pub fn within(&self, zone: &Zone, now: &Moment) -> Result<Within, Failure> {
        let moment = |option: &str, text: &Option<String>| {
            let Some(text) = text.as_deref() else {
                return Ok(None);
            };
            if let Some(span) = parse_duration(text) {
                return Ok(Some(now.wall - span.as_secs_f64()));
            }
            match zone.moment(text) {
                Some(moment) => Ok(Some(moment)),
                None => Err(Failure::usage(format!(
                    "--{option} {text:?}: write 2h, 7d, 2026-11-21 or 2026-11-21T10:00"
                ))),
            }
        };
        Ok(Within {
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
        })
    }

    pub fn wants(&self, record: &Record, within: Within, naming: &Naming) -> bool {
        let one_of = |names: &[String], is: &dyn Fn(&str) -> bool| {
            names.is_empty() || names.iter().any(|name| is(name))
        };
        within.since.is_none_or(|since| record.at >= since)
            && within.until.is_none_or(|until| record.at < until)
            && one_of(&self.destinations.0, &|name| {
                is_place(name, &record.destination)
            })
            && one_of(&self.hosts, &|name| naming.is_called(name, &record.host))
            && one_of(&self.services, &|name| naming.is_service_of(name, record))
    }
}

/// `slack:ops`, or `ops`.
fn is_place(name: &str, destination: &str) -> bool {
    let bare = destination.split_once(':').map(|(_, bare)| bare);
    name == destination || Some(name) == bare
}

/// The newest last.
pub fn log(
    folder: &StateFolder,
    filter: &Filter,
    within: Within,
    form: Form,
    zone: &Zone,
) -> io::Result<()> {
    let naming = Naming::new(folder);
    let mut page = Page::open();
    for record in folder.whole_records()? {
        if filter.wants(&record, within, &naming) {
            page.line(&match form {
                Form::Json => json::line(&record)?,
                Form::People => line(&record, &naming, zone),
            })?;
        }
    }
    page.close()
}

/// `2026-11-21 10:02:09  42 slack:ops: delivered CRITICAL web01 / Ping, 14 min late (1511.0001): …`
pub fn line(record: &Record, naming: &Naming, zone: &Zone) -> String {
    let id = match record.id {
        0 => String::new(),
        id => format!("{id} "),
    };
    let place = match record.destination.as_str() {
        "" => String::new(),
        place => format!("{place}: "),
    };
    let what = match record.kind.as_str() {
        "" => String::new(),
        _ => format!(" {}", naming.headline_of(record)),
    };
    let late = match (record.late, record.became) {
        (Some(late), Became::Delivered) if late >= LATE => format!(", {} late", time::span(late)),
        (Some(late), _) if late >= LATE => format!(" after {}", time::span(late)),
        _ => String::new(),
    };
    let told_as = record
        .entry
        .as_ref()
        .map_or(ToldAs::News, |entry| entry.told_as);
    let told_as = match told_as {
        ToldAs::News => "",
        ToldAs::History => ", as history",
        ToldAs::Again => ", once more",
    };
    let vendor = record.vendor.as_ref();
    let vendor = vendor.map_or(String::new(), |vendor| format!(" ({vendor})"));
    let reason = record.reason.as_ref();
    let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
    let became = content::words(record.became);
    let at = zone.stamp(record.at);
    text::line(&format!(
        "{at} {id}{place}{became}{what}{told_as}{late}{vendor}{reason}"
    ))
}
