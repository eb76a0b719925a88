//! Spans of time as people write them: `30m`, `2h`, `1d`, `1h30m`.

use std::time::Duration;

/// Nobody means more.
const LONGEST: u64 = 30 * 24 * 3_600;

/// `None`: it is none, or nothing at all, or more than thirty days.
pub fn parse(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut number = String::new();
    for character in text.trim().chars() {
        if character.is_ascii_digit() {
            number.push(character);
            continue;
        }
        let unit = match character.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 24 * 3_600,
            _ => return None,
        };
        let count: u64 = number.parse().ok()?;
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        number.clear();
    }
    let whole = number.is_empty() && (1..=LONGEST).contains(&seconds);
    whole.then(|| Duration::from_secs(seconds))
}
