//! JSON that may go to a terminal: what would act there is escaped, which means the same to every reader.

use std::fmt::Write;
use std::io;

use notify_core::text;
use serde::Serialize;

pub fn line(value: &impl Serialize) -> io::Result<String> {
    Ok(harmless(&serde_json::to_string(value)?))
}

pub fn pretty(value: &impl Serialize) -> io::Result<String> {
    Ok(harmless(&serde_json::to_string_pretty(value)?))
}

/// serde_json escapes below U+0020 itself.
fn harmless(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut buffer = [0; 4];
    for character in json.chars() {
        let acts =
            !character.is_ascii() && text::clean(character.encode_utf8(&mut buffer)).is_empty();
        match acts || character == '\x7f' {
            true => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            false => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped_and_means_the_same() {
        let hostile = "a\u{1b}[31m\u{9b}31m\u{202e}\u{7f}ü\u{1f534}";
        let json = line(&hostile).unwrap();
        assert!(
            !json.chars().any(|character| character.is_control()),
            "{json}"
        );
        assert!(
            !json.contains('\u{202e}') && json.contains("ü\u{1f534}"),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }
}
