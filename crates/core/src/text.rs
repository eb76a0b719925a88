//! Untrusted text made harmless and cut to size, before any vendor's own escaping.

/// Without control characters and without what turns the direction of writing around: both can make a line say
/// something else than it does. Newlines and tabs stay.
pub fn clean(text: &str) -> String {
    // A progress bar's carriage returns stand between words.
    let text = text.replace("\r\n", "\n").replace('\r', " ");
    text.chars()
        .filter(|character| matches!(character, '\n' | '\t') || !acts(*character))
        .collect()
}

/// The same in one line.
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in clean(text).split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Cut so that the costs of all characters together stay within the budget; where something is cut, the last
/// character is a visible "…".
pub fn clip(text: &str, budget: usize, cost: impl Fn(char) -> usize) -> String {
    const ELLIPSIS: char = '…';
    let mut spent = 0;
    let mut room_for_ellipsis = 0;
    for (at, character) in text.char_indices() {
        if spent + cost(ELLIPSIS) <= budget {
            room_for_ellipsis = at;
        }
        spent += cost(character);
        if spent > budget {
            return match cost(ELLIPSIS) <= budget {
                true => format!("{}{ELLIPSIS}", text[..room_for_ellipsis].trim_end()),
                false => String::new(),
            };
        }
    }
    text.to_owned()
}

/// Vendors count characters and do not say which: UTF-16 units are the stricter reading.
pub fn utf16(character: char) -> usize {
    character.len_utf16()
}

/// Lets a character stand without its power, invisibly: `@` and U+200B is no mention.
pub const ZERO_WIDTH_SPACE: char = '\u{200B}';

fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_on_a_terminal_or_turns_text_around_is_dropped() {
        assert_eq!(clean("a\x1b[31mb\0c\r\nd\te\u{202E}f"), "a[31mbc\nd\tef");
        assert_eq!(line("  a\n\tb  c "), "a b c");
    }

    #[test]
    fn what_is_cut_is_seen_to_be_cut() {
        assert_eq!(clip("abcdef", 6, |_| 1), "abcdef");
        assert_eq!(clip("abcdef", 5, |_| 1), "abcd…");
        assert_eq!(clip("abc def", 5, |_| 1), "abc…");
        assert_eq!(clip("abc", 0, |_| 1), "");
    }

    proptest! {
        #[test]
        fn no_cut_exceeds_its_budget(text in ".{0,200}", budget in 0usize..100) {
            let cost = |character: char| if character == '<' { 6 } else { character.len_utf16() };
            let cut = clip(&text, budget, cost);
            prop_assert!(cut.chars().map(cost).sum::<usize>() <= budget);
        }
    }
}
