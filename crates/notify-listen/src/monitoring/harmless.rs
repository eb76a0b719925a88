//! Text from people that a core will write into a shell's command line and into its own files.

use notify_core::text;

/// As much as anybody reads; a command has to fit into one write to the command file.
const LONGEST: usize = 1_000;

/// Nothing of it ends a line or a field of a command, or acts inside a shell's double quotes: Nagios and Naemon put author
/// and comment there as they are. What would act is replaced by what looks like it.
pub fn harmless(text: &str) -> String {
    let calm: String = text::line(text)
        .chars()
        .map(|character| match character {
            ';' => ',',
            '"' => '”',
            '`' => 'ˋ',
            '$' => '＄',
            '\\' => '＼',
            other => other,
        })
        .collect();
    text::clip(calm.trim(), LONGEST, |_| 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_person_s_words_stay_readable() {
        assert_eq!(
            harmless("disk ordered; see \"#12\"\nthanks"),
            "disk ordered, see ”#12” thanks"
        );
        assert_eq!(harmless("$(id) `id` C:\\temp"), "＄(id) ˋidˋ C:＼temp");
    }

    proptest! {
        #[test]
        fn nothing_acts_in_a_command_file_or_in_double_quotes(text in ".{0,2000}") {
            let harmless = harmless(&text);
            let acts = |character: char| character.is_control() || ";\"`$\\".contains(character);
            prop_assert!(!harmless.contains(acts), "{harmless:?}");
            prop_assert!(harmless.chars().count() <= LONGEST);
        }
    }
}
