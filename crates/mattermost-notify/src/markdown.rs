//! Untrusted text in Mattermost's Markdown: what was seen to act on a real server is made to stand still.

use notify_core::links;
use notify_core::text::ZERO_WIDTH_SPACE;

/// Text within a line of a message. `\` stops markup; U+200B stops what no backslash stops: mentions (`@x`, `<!all>`,
/// `&#64;all`), links (`http://x`, `www.x`), emoji, hashtags and channel links.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    let mut characters = text.chars().peekable();
    let mut word = String::new();
    while let Some(character) = characters.next() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '>'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
        // `10:02` is a time, `:100:` an emoji.
        let in_number = word.ends_with(|last: char| last.is_ascii_digit());
        let acts = match character {
            '@' | '<' | '&' | '#' | '~' => true,
            ':' => characters
                .peek()
                .is_some_and(|next| !(next.is_whitespace() || next.is_ascii_digit() && in_number)),
            '.' => word.eq_ignore_ascii_case("www"),
            _ => false,
        };
        if acts {
            escaped.push(ZERO_WIDTH_SPACE);
        }
        match character.is_alphanumeric() {
            true => word.push(character),
            false => word.clear(),
        }
    }
    escaped
}

/// The same at a line's beginning, where more characters have a meaning: headings, lists, quotes, rules.
pub fn escape_line(text: &str) -> String {
    match text.starts_with(|first: char| first.is_ascii_digit() || "#>-+=|*".contains(first)) {
        true => format!("{ZERO_WIDTH_SPACE}{}", escape(text)),
        false => escape(text),
    }
}

/// A fenced block: inside it nothing mentions, links or formats. Only Slack's `<…>` is rewritten there too.
pub fn fence(text: &str) -> String {
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}\n{}\n{fence}", stand_still(text))
}

fn stand_still(text: &str) -> String {
    let mut quiet = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        quiet.push(character);
        if character == '<' && characters.peek().is_some_and(|next| *next != ' ') {
            quiet.push(ZERO_WIDTH_SPACE);
        }
    }
    quiet
}

/// A longer one is shown as text: together with the output it would not fit.
const LINK: usize = 1_000;

/// `[label](url)`; what ends a destination is encoded.
pub fn link(url: &str, label: &str) -> Option<String> {
    if !links::is_web(url) || url.len() > LINK {
        return None;
    }
    let mut target = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '\\' => target.push_str("%5C"),
            '<' => target.push_str("%3C"),
            '>' => target.push_str("%3E"),
            '(' => target.push_str("%28"),
            ')' => target.push_str("%29"),
            '"' => target.push_str("%22"),
            '`' => target.push_str("%60"),
            other => target.push(other),
        }
    }
    Some(format!("[{}]({target})", escape(label)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_links_and_markup_stand_still() {
        for (text, safe) in [
            ("@all", "@\u{200B}all"),
            ("&#64;all", "&\u{200B}\\#\u{200B}64;all"),
            ("<!channel>", "<\u{200B}\\!channel\\>"),
            ("http://evil", "http:\u{200B}//evil"),
            ("see www.evil", "see www.\u{200B}evil"),
            ("[x](y)", "\\[x\\](y)"),
            ("at 10:02:33 ok: 5", "at 10:02:33 ok: 5"),
            (":fire:", ":\u{200B}fire:"),
            (":100:", ":\u{200B}100:"),
        ] {
            assert_eq!(escape(text), safe, "{text}");
        }
        assert_eq!(escape_line("- x"), "\u{200B}- x");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_inside() {
        assert_eq!(fence("a```b"), "````\na```b\n````");
        assert_eq!(fence("<!all> a < b"), "```\n<\u{200B}!all> a < b\n```");
    }

    #[test]
    fn a_link_cannot_be_left_early() {
        assert_eq!(
            link("https://mon/x)y", "a](b"),
            Some("[a\\](b](https://mon/x%29y)".to_owned())
        );
        assert_eq!(link("javascript:alert(1)", "x"), None);
    }
}
