//! Slack's mrkdwn, read as Slack's clients read it (docs.slack.dev, "Formatting text").

use crate::show::{Ink, Text};

/// What Slack makes of text beyond `<…>` and entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// `plain_text` objects: as it stands.
    Literal,
    /// `mrkdwn: false`: links and mentions, no markup.
    Unmarked,
    /// Markup; bare names stay names. The top-level text without `link_names`.
    Marked,
    /// Markup; bare `@here` and addresses act too. `mrkdwn` objects without `verbatim`.
    Linking,
}

pub(crate) fn read(text: &str, reading: Reading) -> Text {
    let mut read = Text::default();
    match reading {
        Reading::Literal => read.push(Ink::Plain, &unescaped(text)),
        _ => Parser { reading }.inline(text, '\n', &mut read),
    }
    read
}

struct Parser {
    reading: Reading,
}

impl Parser {
    fn inline(&self, text: &str, mut before: char, out: &mut Text) {
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let taken = self
                .code(rest, out)
                .or_else(|| control(rest, out))
                .or_else(|| self.quote(rest, before, out))
                .or_else(|| self.emphasis(rest, before, out))
                .or_else(|| self.bare(rest, before, out))
                .or_else(|| entity(rest, out));
            let length = taken.unwrap_or_else(|| {
                out.push(Ink::Plain, &rest[..letter.len_utf8()]);
                letter.len_utf8()
            });
            before = rest[..length].chars().next_back().unwrap_or(letter);
            rest = &rest[length..];
        }
    }

    fn marks(&self) -> bool {
        matches!(self.reading, Reading::Marked | Reading::Linking)
    }

    fn code(&self, rest: &str, out: &mut Text) -> Option<usize> {
        if !self.marks() || !rest.starts_with('`') {
            return None;
        }
        if let Some(block) = rest.strip_prefix("```")
            && let Some(end) = block.find("```")
            && end > 0
        {
            let code = block[..end].trim_matches('\n');
            out.push(Ink::Code, &unescaped(code));
            return Some(end + 6);
        }
        let code = &rest[1..];
        let end = code.find('`')?;
        if end == 0 || code[..end].contains('\n') {
            return None;
        }
        out.push(Ink::Code, &unescaped(&code[..end]));
        Some(end + 2)
    }

    fn quote(&self, rest: &str, before: char, out: &mut Text) -> Option<usize> {
        if !self.marks() || before != '\n' {
            return None;
        }
        let mark = ["&gt;", ">"]
            .into_iter()
            .find(|mark| rest.starts_with(mark))?;
        out.push(Ink::Plain, "│ ");
        let space = usize::from(rest[mark.len()..].starts_with(' '));
        Some(mark.len() + space)
    }

    fn emphasis(&self, rest: &str, before: char, out: &mut Text) -> Option<usize> {
        let mark = rest.chars().next()?;
        let ink = match mark {
            '*' => Ink::Bold,
            '_' => Ink::Italic,
            '~' => Ink::Struck,
            _ => return None,
        };
        if !self.marks() || before.is_alphanumeric() || before == mark {
            return None;
        }
        let inner = &rest[1..];
        let line = inner.split('\n').next()?;
        if line.starts_with(char::is_whitespace) || line.starts_with(mark) {
            return None;
        }
        let end = line.match_indices(mark).map(|(at, _)| at).find(|at| {
            let last = line[..*at].chars().next_back();
            let next = line[at + 1..].chars().next();
            last.is_some_and(|letter| !letter.is_whitespace())
                && !next.is_some_and(|letter| letter.is_alphanumeric() || letter == mark)
        })?;
        let mut emphasised = Text::default();
        self.inline(&line[..end], mark, &mut emphasised);
        out.append(emphasised.inked(ink));
        Some(end + 2)
    }

    fn bare(&self, rest: &str, before: char, out: &mut Text) -> Option<usize> {
        if self.reading != Reading::Linking || before.is_alphanumeric() {
            return None;
        }
        if rest.starts_with("http://") || rest.starts_with("https://") {
            let end = rest
                .find(|letter: char| letter.is_whitespace() || "<>|".contains(letter))
                .unwrap_or(rest.len());
            out.push(Ink::Link, &unescaped(&rest[..end]));
            return Some(end);
        }
        let name = rest.strip_prefix('@')?;
        let end = name
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        if !matches!(&name[..end], "here" | "channel" | "everyone") {
            return None;
        }
        out.push(Ink::Mention, &rest[..=end]);
        Some(end + 1)
    }
}

/// `<…>`: a link, a mention, a date.
fn control(rest: &str, out: &mut Text) -> Option<usize> {
    let inner = rest.strip_prefix('<')?;
    let end = inner.find(['>', '<', '\n'])?;
    if !inner[end..].starts_with('>') || end == 0 {
        return None;
    }
    let (target, label) = match inner[..end].split_once('|') {
        Some((target, label)) => (target, Some(unescaped(label))),
        None => (&inner[..end], None),
    };
    if let Some(user) = target.strip_prefix('@') {
        out.push(Ink::Mention, &format!("@{user}"));
    } else if let Some(channel) = target.strip_prefix('#') {
        let name = label.unwrap_or_else(|| channel.to_string());
        out.push(Ink::Link, &format!("#{name}"));
    } else if let Some(group) = target.strip_prefix("!subteam^") {
        out.push(Ink::Mention, &label.unwrap_or_else(|| format!("@{group}")));
    } else if let Some(date) = target.strip_prefix("!date^") {
        let fallback = label.unwrap_or_else(|| date.to_string());
        out.push(Ink::Plain, &fallback);
    } else if let Some(special) = target.strip_prefix('!') {
        out.push(Ink::Mention, &format!("@{special}"));
    } else {
        match label {
            Some(label) => {
                out.push(Ink::Link, &label);
                out.push(Ink::Plain, &format!(" ({})", unescaped(target)));
            }
            None => out.push(Ink::Link, &unescaped(target)),
        }
    }
    Some(end + 2)
}

const ENTITIES: [(&str, &str); 3] = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];

fn entity(rest: &str, out: &mut Text) -> Option<usize> {
    let (entity, letter) = ENTITIES
        .into_iter()
        .find(|(entity, _)| rest.starts_with(entity))?;
    out.push(Ink::Plain, letter);
    Some(entity.len())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{Bar, Page, Paint, Tone};

    fn page(text: &str, reading: Reading) -> Page {
        let mut page = Page::default();
        page.add(Bar::None, Tone::Normal, read(text, reading));
        page
    }

    fn plain(text: &str, reading: Reading) -> String {
        page(text, reading).text(Paint::Plain)
    }

    #[test]
    fn links_dates_and_entities_are_shown_as_people_read_them() {
        assert_eq!(
            plain(
                "*<https://m/x?a&amp;b|web01 &lt;1&gt;>* `a &amp; b` <!date^1^{time}|10:02> a*b*c &amp;lt;",
                Reading::Marked
            ),
            "web01 <1> (https://m/x?a&b) a & b 10:02 a*b*c &lt;"
        );
    }

    #[test]
    fn quotes_and_fences_lose_their_marks() {
        assert_eq!(
            plain(
                "&gt; said\n```\nx *y*\n```\n_&gt;z_ 2 * 3 * 4",
                Reading::Marked
            ),
            "│ said\nx *y*\n>z 2 * 3 * 4"
        );
    }

    #[test]
    fn explicit_mentions_always_call_and_bare_ones_only_where_slack_links() {
        assert_eq!(
            page("<!here> <@U1|max> <!subteam^S1>", Reading::Unmarked).mentions(),
            ["@here", "@U1", "@S1"]
        );
        assert_eq!(page("@here", Reading::Linking).mentions(), ["@here"]);
        for reading in [Reading::Literal, Reading::Unmarked, Reading::Marked] {
            assert!(page("@here", reading).mentions().is_empty());
        }
        for text in [
            "a@here",
            "@\u{200b}here",
            "@hereafter",
            "&lt;!here&gt;",
            "`@here`",
        ] {
            assert!(page(text, Reading::Linking).mentions().is_empty(), "{text}");
        }
        assert!(page("<!here>", Reading::Literal).mentions().is_empty());
    }

    #[test]
    fn emphasis_is_inked() {
        assert_eq!(read("*a* b", Reading::Marked), {
            let mut text = Text::of(Ink::Bold, "a");
            text.push(Ink::Plain, " b");
            text
        });
    }
}
