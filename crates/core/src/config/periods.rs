//! `[periods]`: hours of the week, by the clock on the wall of their zone.

use std::ops::Range;
use std::sync::Arc;

use super::error::ConfigError;
use super::section::Section;
use super::tree::Item;
use crate::now::NEVER_SET;
use crate::time::Zone;

#[derive(Debug, Default)]
pub struct Periods(Vec<Arc<Period>>);

#[derive(Debug)]
pub struct Period {
    name: String,
    /// `None` where it cannot be read: what nobody understands must not silence anything.
    hours: Option<Hours>,
}

#[derive(Debug)]
struct Hours {
    zone: Zone,
    /// From Monday on; in minutes since midnight.
    days: [Vec<Range<u32>>; 7],
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

impl Periods {
    /// `zone` is theirs who name none; without it they cannot be told. One that cannot be read is noted.
    pub fn read(section: &Section, zone: Option<&Zone>) -> Periods {
        let period = |item: &Item| {
            let hours = read_one(section, item, zone);
            Arc::new(Period {
                name: item.key.clone(),
                hours: hours.unwrap_or_else(|error| {
                    section.note(error);
                    None
                }),
            })
        };
        Periods(section.items().map(period).collect())
    }

    pub fn find(&self, name: &str) -> Option<Arc<Period>> {
        self.0.iter().find(|period| period.name == name).cloned()
    }
}

impl Period {
    /// Why not at this moment, in seconds since 1970.
    pub fn excludes(&self, at: f64) -> Option<String> {
        let hours = self.hours.as_ref()?;
        // A clock that has not been set yet knows no hour.
        let local = hours.zone.local(at).filter(|_| at >= NEVER_SET)?;
        let minute =
            u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
        let weekday = local.weekday().to_monday_zero_offset().unsigned_abs();
        let today = &hours.days[usize::from(weekday)];
        let within = today.iter().any(|range| range.contains(&minute));
        (!within).then(|| {
            let moment = local.strftime("%a %H:%M");
            format!("outside of the period {:?} ({moment})", self.name)
        })
    }
}

fn read_one(
    section: &Section,
    item: &Item,
    zone: Option<&Zone>,
) -> Result<Option<Hours>, ConfigError> {
    let period = section.below(item)?;
    let hours = read_hours(&period, zone);
    section.note_unknown_of(&period);
    let hours = hours?;
    // A day that is misspelt would be one without hours.
    if !period.unknown().is_empty() {
        return Ok(None);
    }
    if !DAYS.iter().any(|day| period.has(&[day])) {
        let problem = format!("{} names no day, so it would never be", period.name());
        return Err(period.missing(&problem));
    }
    Ok(hours)
}

fn read_hours(section: &Section, usual: Option<&Zone>) -> Result<Option<Hours>, ConfigError> {
    // Asked for at once: what was asked for is what is known.
    let zone = section.text("zone");
    let listed = DAYS.map(|day| section.texts(day));
    let zone =
        match zone? {
            Some(name) => Some(Zone::known(name).ok_or_else(|| {
                section.error("zone", "is not in this machine's time zone database")
            })?),
            None => usual.cloned(),
        };
    let mut days: [Vec<Range<u32>>; 7] = Default::default();
    for ((name, listed), day) in DAYS.iter().zip(listed).zip(&mut days) {
        let ranges = listed?.unwrap_or_default();
        let ranges = ranges.iter().flat_map(|hours| hours.split(',')).map(range);
        *day = ranges.collect::<Option<_>>().ok_or_else(|| {
            section.error(
                name,
                "must be hours like \"09:00-17:00\"; what goes over midnight ends at 24:00 and begins the next day at 00:00",
            )
        })?;
    }
    Ok(zone.map(|zone| Hours { zone, days }))
}

fn range(range: &str) -> Option<Range<u32>> {
    let minutes = |time: &str| {
        let (hours, minutes) = time.trim().split_once(':')?;
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let day = hours.checked_mul(60)?.checked_add(minutes)?;
        (minutes < 60 && day <= 24 * 60).then_some(day)
    };
    let (from, to) = range.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    (from < to).then_some(from..to)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use super::super::section::Reader;
    use super::super::tree;
    use super::*;
    use crate::environment::Environment;

    fn period(zone: Option<&Zone>, text: &str) -> (Arc<Period>, Vec<String>) {
        let reader = Reader {
            file: Path::new("/c"),
            environment: &Environment::default(),
            inline_secret: &AtomicBool::default(),
        };
        let table = tree::parse(&format!("[office]\n{text}")).unwrap();
        let section = Section::new(reader, "periods", None, &table);
        let periods = Periods::read(&section, zone);
        let noted = section.noted().into_iter().map(|error| error.problem);
        (periods.find("office").unwrap(), noted.collect())
    }

    /// Of a moment in UTC.
    fn within(zone: &str, text: &str, moment: &str) -> bool {
        let (period, noted) = period(Some(&Zone::named(zone)), text);
        assert_eq!(noted, [""; 0], "{text}");
        period.excludes(at(moment)).is_none()
    }

    fn at(moment: &str) -> f64 {
        Zone::named("UTC").moment(moment).unwrap()
    }

    #[test]
    fn hours_are_ranges_within_a_day() {
        for right in ["00:00-24:00", "9:00-17:30", " 09:00 - 17:00 "] {
            assert!(range(right).is_some(), "{right}");
        }
        for wrong in [
            "",
            "09:00",
            "17:00-09:00",
            "09:00-09:00",
            "09:00-24:01",
            "9-17",
            "a:b-c:d",
            "0:0-71582789:0",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_period_ends_with_the_minute_that_it_names_and_the_day_with_24_00() {
        let office = "monday = \"09:00-12:00,13:00-17:00\"";
        let monday = "monday = \"00:00-24:00\"";
        let sunday = "sunday = \"00:00-24:00\"";
        let night = "sunday = \"22:00-24:00\"\nmonday = \"00:00-06:00\"";
        for (text, moment, expected) in [
            (office, "2026-03-02T08:59:59Z", false),
            (office, "2026-03-02T09:00:00Z", true),
            (office, "2026-03-02T11:59:59Z", true),
            (office, "2026-03-02T12:30:00Z", false),
            (office, "2026-03-02T16:59:59.9Z", true),
            (office, "2026-03-02T17:00:00Z", false),
            (office, "2026-03-03T10:00:00Z", false),
            (monday, "2026-03-01T23:59:59Z", false),
            (monday, "2026-03-02T00:00:00Z", true),
            (monday, "2026-03-02T23:59:59Z", true),
            (monday, "2026-03-03T00:00:00Z", false),
            (sunday, "2026-02-28T23:59:59Z", false),
            (sunday, "2026-03-01T00:00:00Z", true),
            (sunday, "2026-03-01T23:59:59Z", true),
            (sunday, "2026-03-02T00:00:00Z", false),
            (night, "2026-03-01T21:59:59Z", false),
            (night, "2026-03-01T23:59:59Z", true),
            (night, "2026-03-02T00:00:00Z", true),
            (night, "2026-03-02T06:00:00Z", false),
        ] {
            assert_eq!(within("UTC", text, moment), expected, "{text} at {moment}");
        }
    }

    #[test]
    fn the_clock_on_the_wall_of_its_zone_counts() {
        let office = "monday = \"09:00-17:00\"";
        for (zone, moment, expected) in [
            ("Asia/Kolkata", "2026-03-02T03:29:59Z", false),
            ("Asia/Kolkata", "2026-03-02T03:30:00Z", true),
            ("America/New_York", "2026-03-02T13:59:59Z", false),
            ("America/New_York", "2026-03-02T21:59:59Z", true),
            // There it is Monday already.
            ("Pacific/Auckland", "2026-03-01T20:00:00Z", true),
            ("Pacific/Auckland", "2026-03-02T09:00:00Z", false),
        ] {
            assert_eq!(within(zone, office, moment), expected, "{zone} at {moment}");
        }
        // Its own zone wins over the config's.
        let own = format!("zone = \"Asia/Kolkata\"\n{office}");
        assert!(within("UTC", &own, "2026-03-02T03:30:00Z"));
    }

    #[test]
    fn on_the_days_when_clocks_change_they_count_as_they_show() {
        let early = "sunday = \"01:00-02:00\"";
        let skipped = "sunday = \"02:00-03:00\"";
        let next = "sunday = \"03:00-04:00\"";
        let office = "monday = \"09:00-17:00\"\nfriday = \"09:00-17:00\"";
        for (text, moment, expected) in [
            // March 29, 2026: from 01:59:59 to 03:00.
            (early, "2026-03-29T00:59:59Z", true),
            (skipped, "2026-03-29T00:59:59Z", false),
            (skipped, "2026-03-29T01:00:00Z", false),
            (next, "2026-03-29T01:00:00Z", true),
            // October 25, 2026: from 02:59:59 to 02:00, so this hour comes twice.
            (skipped, "2026-10-25T00:00:00Z", true),
            (skipped, "2026-10-25T00:59:59Z", true),
            (skipped, "2026-10-25T01:00:00Z", true),
            (skipped, "2026-10-25T01:59:59Z", true),
            (next, "2026-10-25T01:00:00Z", false),
            (next, "2026-10-25T02:00:00Z", true),
            // The same hours on both sides of a change.
            (office, "2026-03-27T07:00:00Z", false),
            (office, "2026-03-27T08:00:00Z", true),
            (office, "2026-03-30T07:00:00Z", true),
            (office, "2026-03-30T15:00:00Z", false),
        ] {
            let within = within("Europe/Berlin", text, moment);
            assert_eq!(within, expected, "{text} at {moment}");
        }
    }

    #[test]
    fn the_reason_names_the_period_and_the_moment_there() {
        let (period, _) = period(None, "zone = \"Europe/Berlin\"\nmonday = \"09:00-17:00\"");
        assert_eq!(
            period.excludes(at("2026-03-02T02:10:00Z")).as_deref(),
            Some("outside of the period \"office\" (Mon 03:10)")
        );
    }

    #[test]
    fn a_moment_that_no_clock_shows_is_within_every_period() {
        let (period, _) = period(Some(&Zone::named("UTC")), "sunday = []");
        for moment in [0.0, 86_400.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(period.excludes(moment), None, "{moment}");
        }
        assert!(period.excludes(at("2026-03-01T12:00:00Z")).is_some());
    }

    #[test]
    fn a_period_that_cannot_be_read_excludes_nothing() {
        let utc = Zone::named("UTC");
        for (zone, text, said) in [
            (
                Some(&utc),
                "monday = \"9-17\"",
                "periods.office.monday must be hours like \"09:00-17:00\"",
            ),
            (
                Some(&utc),
                "moonday = \"09:00-17:00\"\ntuesday = []",
                "did you mean monday?",
            ),
            (
                Some(&utc),
                "montag = \"09:00-17:00\"\ntuesday = []",
                "unknown key periods.office.montag",
            ),
            (
                Some(&utc),
                "zone = \"Berlin\"\nmonday = []",
                "periods.office.zone is not in this machine's time zone database",
            ),
            (Some(&utc), "", "periods.office names no day"),
            (
                Some(&utc),
                "monday = 5",
                "periods.office.monday must be a string",
            ),
            // Said where the config's zone stands.
            (None, "monday = []", ""),
        ] {
            let (period, noted) = period(zone, text);
            assert_eq!(period.excludes(at("2026-03-02T02:10:00Z")), None, "{text}");
            let noted = noted.join("; ");
            assert!(
                noted.contains(said) && noted.is_empty() == said.is_empty(),
                "{noted}"
            );
        }
    }
}
