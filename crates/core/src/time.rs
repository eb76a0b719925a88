//! Times as the cores give them and as people read them.

use std::path::Path;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A point in time, or the core's own words where they cannot be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum When {
    /// Seconds since 1970.
    At(f64),
    Words(String),
}

impl When {
    /// Unix time (Icinga 2 has fractions) or ISO 8601; `0` is how cores say "never".
    pub fn parse(text: &str) -> Option<When> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if let Ok(seconds) = text.parse::<f64>() {
            return match timestamp(seconds) {
                Some(_) => (seconds >= 1.0).then_some(When::At(seconds)),
                // Beyond every calendar, or no number at all: shown as it is.
                None => Some(When::Words(text.to_owned())),
            };
        }
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Some(When::At(timestamp.as_millisecond() as f64 / 1000.0)),
            Err(_) => Some(When::Words(text.to_owned())),
        }
    }

    pub fn seconds(&self) -> Option<f64> {
        match self {
            When::At(seconds) => Some(*seconds),
            When::Words(_) => None,
        }
    }
}

/// Where the people who read are. Loaded once, and only when a time is shown: most messages need none.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// By its name in the time zone database; else the machine's own.
    name: Option<String>,
    loaded: OnceLock<TimeZone>,
}

const DATABASE: &str = "/usr/share/zoneinfo";
const MACHINE: &str = "/etc/localtime";

impl Zone {
    pub fn named(name: impl Into<String>) -> Zone {
        Zone {
            name: Some(name.into()),
            loaded: OnceLock::new(),
        }
    }

    /// One that the database has.
    pub fn known(name: &str) -> Option<Zone> {
        Some(Zone {
            name: Some(name.to_owned()),
            loaded: OnceLock::from(zone_of(name)?),
        })
    }

    pub fn exists(&self) -> bool {
        self.name
            .as_deref()
            .is_none_or(|name| zone_of(name).is_some())
    }

    /// A name that the database lacks (TZ may hold a rule) leaves the machine's zone, and that UTC.
    fn load(&self) -> &TimeZone {
        self.loaded.get_or_init(|| {
            let named = self.name.as_deref().and_then(zone_of);
            named
                .or_else(|| read_zone(Path::new(MACHINE)))
                .unwrap_or(TimeZone::UTC)
        })
    }

    /// What clock and calendar on the wall say.
    pub fn local(&self, seconds: f64) -> Option<DateTime> {
        Some(self.load().to_datetime(timestamp(seconds)?))
    }

    /// `10:02` where it is the same day as `today`, else with the date.
    pub fn clock(&self, seconds: f64, today: f64) -> String {
        let at = |seconds: f64| Some(timestamp(seconds)?.to_zoned(self.load().clone()));
        let (Some(time), Some(today)) = (at(seconds), at(today)) else {
            return String::new();
        };
        let format = if time.date() == today.date() {
            "%H:%M"
        } else if time.year() == today.year() {
            "%b %-d %H:%M"
        } else {
            "%b %-d %Y %H:%M"
        };
        time.strftime(format).to_string()
    }

    /// `2026-11-21 10:02:09`, for lists that are read weeks later.
    pub fn stamp(&self, seconds: f64) -> String {
        let time = timestamp(seconds).map(|time| time.to_zoned(self.load().clone()));
        time.map_or_else(String::new, |time| {
            time.strftime("%Y-%m-%d %H:%M:%S").to_string()
        })
    }

    /// `2026-11-21`, `2026-11-21T10:00`, or with a zone of its own, in seconds since 1970.
    pub fn moment(&self, text: &str) -> Option<f64> {
        let milliseconds = match text.parse::<Timestamp>() {
            Ok(time) => time.as_millisecond(),
            Err(_) => {
                let civil: DateTime = text.parse().ok()?;
                let zoned = civil.to_zoned(self.load().clone()).ok()?;
                zoned.timestamp().as_millisecond()
            }
        };
        Some(milliseconds as f64 / 1000.0)
    }

    /// The core's words stay as they are.
    pub fn show(&self, when: &When, today: f64) -> String {
        match when {
            When::At(seconds) => self.clock(*seconds, today),
            When::Words(words) => words.clone(),
        }
    }
}

fn zone_of(name: &str) -> Option<TimeZone> {
    let name = name.trim_start_matches(':');
    match name {
        "UTC" => Some(TimeZone::UTC),
        _ if name.starts_with('/') || name.contains("..") => None,
        _ => read_zone(&Path::new(DATABASE).join(name)),
    }
}

/// Read by its path: jiff's own search walks the whole database, three times the work of all the rest.
fn read_zone(file: &Path) -> Option<TimeZone> {
    TimeZone::tzif("", &std::fs::read(file).ok()?).ok()
}

fn timestamp(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() {
        return None;
    }
    Timestamp::from_millisecond((seconds * 1000.0) as i64).ok()
}

/// `2026-08-20T10:00:00.000Z`, as vendors want it.
pub fn rfc3339(seconds: f64) -> Option<String> {
    Some(format!("{:.3}", timestamp(seconds)?))
}

/// The two largest units: `45 s`, `7 min`, `1 h 5 min`, `3 d 4 h`.
pub fn span(seconds: f64) -> String {
    // A file may say anything.
    let seconds = seconds.clamp(0.0, 1e12) as u64;
    let (days, hours, minutes) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        (seconds + 30) / 60 % 60,
    );
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_570 => format!("{minutes} min"),
        3_570..86_400 => two(
            (seconds + 30) / 3_600,
            "h",
            (seconds + 30) % 3_600 / 60,
            "min",
        ),
        _ => two(days, "d", hours, "h"),
    }
}

/// Nagios writes `0d 0h 7m 3s`, Icinga 2 seconds; anything else stays as it is.
pub fn duration_words(text: &str) -> String {
    /// What never changed has lasted since 1970 to a core.
    const NEVER: f64 = 20.0 * 365.0 * 86_400.0;
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let words = |seconds: f64| match seconds < NEVER {
        true => span(seconds),
        false => String::new(),
    };
    if let Ok(seconds) = text.parse::<f64>() {
        return words(seconds);
    }
    let mut total = 0.0;
    for word in text.split_whitespace() {
        let Some((digits, unit)) = word.split_at_checked(word.len() - 1) else {
            return text.to_owned();
        };
        let unit = match unit {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            _ => return text.to_owned(),
        };
        let Ok(number) = digits.parse::<f64>() else {
            return text.to_owned();
        };
        total += number * unit;
    }
    words(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_words() {
        for (seconds, words) in [
            (0.0, "0 s"),
            (59.9, "59 s"),
            (60.0, "1 min"),
            (425.0, "7 min"),
            (3_569.0, "59 min"),
            (3_590.0, "1 h"),
            (3_900.0, "1 h 5 min"),
            (273_600.0, "3 d 4 h"),
            (-5.0, "0 s"),
        ] {
            assert_eq!(span(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn durations_of_every_core_are_read_and_others_kept() {
        assert_eq!(duration_words("0d 0h 7m 3s"), "7 min");
        assert_eq!(duration_words("423.4"), "7 min");
        assert_eq!(duration_words("20778d 6h 0m 0s"), "");
        assert_eq!(duration_words("since ever"), "since ever");
        assert_eq!(duration_words("5µ"), "5µ");
    }

    #[test]
    fn times_come_as_unix_time_as_iso_or_as_words() {
        assert_eq!(When::parse("1795235515"), Some(When::At(1_795_235_515.0)));
        assert_eq!(
            When::parse("2026-11-21T05:11:55Z"),
            Some(When::At(1_795_237_915.0))
        );
        assert_eq!(When::parse("0"), None);
        assert_eq!(When::parse("NaN"), Some(When::Words("NaN".into())));
        assert_eq!(When::parse("1e300"), Some(When::Words("1e300".into())));
        assert_eq!(
            When::parse("Sat Nov 21 05:11:55 UTC 2026"),
            Some(When::Words("Sat Nov 21 05:11:55 UTC 2026".into()))
        );
    }

    #[test]
    fn a_moment_is_read_as_its_stamp_is_shown() {
        let zone = Zone::named("Europe/Berlin");
        let at = 1_795_237_915.0;
        assert_eq!(zone.stamp(at), "2026-11-21 06:11:55");
        assert_eq!(zone.moment("2026-11-21 06:11:55"), Some(at));
        assert_eq!(zone.moment("2026-11-21T05:11:55Z"), Some(at));
        assert_eq!(zone.moment("2026-11-21T06:11"), Some(at - 55.0));
        assert_eq!(zone.moment("2026-11-21"), zone.moment("2026-11-21T00:00"));
        for nonsense in ["", "yesterday", "2026-13-01", "10:00"] {
            assert_eq!(zone.moment(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_clock_names_the_day_only_where_it_is_another_one() {
        let zone = Zone::named("UTC");
        let now = 1_795_237_915.0;
        assert_eq!(zone.clock(now - 600.0, now), "05:01");
        assert_eq!(zone.clock(now - 86_400.0, now), "Nov 20 05:11");
    }
}
