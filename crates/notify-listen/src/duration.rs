//! How long something is to last, as people write it: `30m`, `2h`, `1d`, `1h30m`.

use std::time::Duration;

/// Longer is a mistake, or belongs into the monitoring itself.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3_600);
/// For whoever wrote something else.
pub const ADVICE: &str = "write it like 30m, 2h, 1d or 1h30m, 30 days at most";

/// `None` for nothing, for more than [`LONGEST`], and for a number without a unit.
pub fn parse(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|one: char| !one.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let letters = behind
            .find(|one: char| !one.is_alphabetic())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let unit = match unit.to_lowercase().as_str() {
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3_600,
            "d" | "day" | "days" => 86_400,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(unit)?;
        seconds = seconds.checked_add(part)?;
        rest = behind.trim_start();
    }
    let duration = Duration::from_secs(seconds);
    (!duration.is_zero() && duration <= LONGEST).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_hours_and_minutes() {
        for (text, minutes) in [
            ("30m", 30),
            ("2h", 120),
            (" 1d ", 1_440),
            ("1h30m", 90),
            ("1h 30 min", 90),
            ("90 Minutes", 90),
            ("30d", 43_200),
        ] {
            let expected = Duration::from_secs(minutes * 60);
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for nonsense in [
            "",
            "0h",
            "2",
            "h",
            "-2h",
            "2 parsecs",
            "31d",
            "1h30",
            "18446744073709551615d",
            "2s",
            "٣h",
        ] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn whatever_people_write_it_is_bounded(text in "[0-9 hmdin]{0,24}|.{0,40}") {
            prop_assert!(parse(&text).is_none_or(|duration| duration <= LONGEST));
        }
    }
}
