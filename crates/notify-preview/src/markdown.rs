//! Mattermost's Markdown, as far as notifications use it, and what calls people in it.

use crate::show::{Ink, Text};

/// What Mattermost makes of a webhook's text before anything else, inside code too (observed).
pub(crate) fn from_slack(text: &str) -> String {
    let mut converted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tail) = rest.split_at(start);
        converted.push_str(before);
        let control = tail[1..]
            .find(['>', '<', '\n'])
            .filter(|end| tail[1 + end..].starts_with('>'))
            .and_then(|end| Some((slack_control(&tail[1..=end])?, end + 2)));
        match control {
            Some((markdown, length)) => {
                converted.push_str(&markdown);
                rest = &tail[length..];
            }
            None => {
                converted.push('<');
                rest = &tail[1..];
            }
        }
    }
    converted.push_str(rest);
    converted
}

fn slack_control(inner: &str) -> Option<String> {
    match inner {
        "!channel" | "!here" | "!all" => return Some(format!("@{}", &inner[1..])),
        _ => {}
    }
    if let Some(user) = inner.strip_prefix('@') {
        return Some(format!("@{user}"));
    }
    let (target, label) = inner.split_once('|')?;
    target
        .contains("://")
        .then(|| format!("[{label}]({target})"))
}

pub(crate) fn read(text: &str) -> Text {
    let mut out = Text::default();
    let mut rest = text;
    while !rest.is_empty() {
        match fence(rest, &mut out) {
            Some(length) => rest = &rest[length..],
            None => {
                let end = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
                line(&rest[..end], &mut out);
                rest = &rest[end..];
            }
        }
    }
    out
}

/// An unclosed fence is plain Markdown to the client (observed).
fn fence(rest: &str, out: &mut Text) -> Option<usize> {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    if ticks < 3 {
        return None;
    }
    let body = rest.find('\n')? + 1;
    let mut at = body;
    for line in rest[body..].split_inclusive('\n') {
        let closing = line.trim();
        if closing.len() >= ticks && closing.chars().all(|letter| letter == '`') {
            out.push(Ink::Code, rest[body..at].trim_end_matches('\n'));
            let newline = &line[line.trim_end_matches('\n').len()..];
            out.push(Ink::Plain, newline);
            return Some(at + line.len());
        }
        at += line.len();
    }
    None
}

fn line(line: &str, out: &mut Text) {
    let hashes = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
        let mut heading = Text::default();
        inline(&line[hashes + 1..], &mut heading);
        out.append(heading.inked(Ink::Bold));
        return;
    }
    match line.strip_prefix('>') {
        Some(quoted) => {
            out.push(Ink::Plain, "│ ");
            inline(quoted.strip_prefix(' ').unwrap_or(quoted), out);
        }
        None => inline(line, out),
    }
}

fn inline(text: &str, out: &mut Text) {
    let mut rest = text;
    let mut before = '\n';
    while let Some(letter) = rest.chars().next() {
        let taken = escaped(rest, out)
            .or_else(|| code(rest, out))
            .or_else(|| link(rest, out))
            .or_else(|| emphasis(rest, before, out))
            .or_else(|| mention(rest, before, out))
            .or_else(|| entity(rest, before, out))
            .or_else(|| address(rest, before, out));
        let length = taken.unwrap_or_else(|| {
            out.push(Ink::Plain, &rest[..letter.len_utf8()]);
            letter.len_utf8()
        });
        before = rest[..length].chars().next_back().unwrap_or(letter);
        rest = &rest[length..];
    }
}

/// `\@all` still mentions: the web client escapes these and no others (observed).
fn escaped(rest: &str, out: &mut Text) -> Option<usize> {
    let letter = rest.strip_prefix('\\')?.chars().next()?;
    if !r"\`*{}[]()#+-.!_>|~".contains(letter) {
        return None;
    }
    out.push(Ink::Plain, letter.encode_utf8(&mut [0; 4]));
    Some(2)
}

fn code(rest: &str, out: &mut Text) -> Option<usize> {
    let ticks = rest.len() - rest.trim_start_matches('`').len();
    if ticks == 0 {
        return None;
    }
    let mark = &rest[..ticks];
    let inner = &rest[ticks..];
    let mut from = 0;
    while let Some(found) = inner[from..].find(mark) {
        let end = from + found;
        let run = inner[end..].len() - inner[end..].trim_start_matches('`').len();
        if run == ticks {
            out.push(Ink::Code, inner[..end].trim());
            return Some(ticks + end + ticks);
        }
        from = end + run;
    }
    out.push(Ink::Plain, mark);
    Some(ticks)
}

fn link(rest: &str, out: &mut Text) -> Option<usize> {
    let label_end = rest.strip_prefix('[')?.find("](")? + 1;
    let label = &rest[1..label_end];
    let target = &rest[label_end + 2..];
    let end = target.find(')')?;
    if label.contains('\n') || target[..end].contains(char::is_whitespace) {
        return None;
    }
    let mut inner = Text::default();
    inline(label, &mut inner);
    out.append(inner.inked(Ink::Link));
    out.push(Ink::Plain, &format!(" ({})", &target[..end]));
    Some(label_end + 2 + end + 1)
}

fn emphasis(rest: &str, before: char, out: &mut Text) -> Option<usize> {
    let (mark, ink) = [
        ("**", Ink::Bold),
        ("__", Ink::Bold),
        ("~~", Ink::Struck),
        ("*", Ink::Italic),
        ("_", Ink::Italic),
    ]
    .into_iter()
    .find(|(mark, _)| rest.starts_with(mark))?;
    let inner = &rest[mark.len()..];
    if inner.starts_with(char::is_whitespace) || (mark.starts_with('_') && before.is_alphanumeric())
    {
        return None;
    }
    let end = inner.match_indices(mark).map(|(at, _)| at).find(|at| {
        inner[..*at]
            .chars()
            .next_back()
            .is_some_and(|last| !last.is_whitespace() && last != '\\')
    })?;
    let mut emphasised = Text::default();
    inline(&inner[..end], &mut emphasised);
    out.append(emphasised.inked(ink));
    Some(mark.len() + end + mark.len())
}

/// `\B@(channel|all|here)\b` in any case, and any `@name`, which may be a user.
fn mention(rest: &str, before: char, out: &mut Text) -> Option<usize> {
    let name = rest.strip_prefix('@')?;
    if before.is_ascii_alphanumeric() || before == '_' {
        return None;
    }
    let end = name
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || "._-".contains(letter)))
        .unwrap_or(name.len());
    let name = name[..end].trim_end_matches(['.', '-', '_']);
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return None;
    }
    out.push(Ink::Mention, &rest[..=name.len()]);
    Some(name.len() + 1)
}

fn address(rest: &str, before: char, out: &mut Text) -> Option<usize> {
    if before.is_alphanumeric() || !(rest.starts_with("http://") || rest.starts_with("https://")) {
        return None;
    }
    let end = rest
        .find(|letter: char| letter.is_whitespace() || "<>)|".contains(letter))
        .unwrap_or(rest.len());
    out.push(Ink::Link, &rest[..end]);
    Some(end)
}

/// Entities mention too (observed).
fn entity(rest: &str, before: char, out: &mut Text) -> Option<usize> {
    let name = rest.strip_prefix('&')?;
    let end = name.find(';')?;
    let letter = named(&name[..end])?;
    let after = &name[end + 1..];
    let taken = match letter {
        '@' => mention(&format!("@{after}"), before, out),
        _ => None,
    };
    let beyond = match taken {
        Some(length) => length - 1,
        None => {
            out.push(Ink::Plain, letter.encode_utf8(&mut [0; 4]));
            0
        }
    };
    Some(end + 2 + beyond)
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "commat" => Some('@'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{Bar, Page, Paint, Tone};

    fn page(text: &str) -> Page {
        let mut page = Page::default();
        page.add(Bar::None, Tone::Normal, read(text));
        page
    }

    #[test]
    fn slacks_controls_become_markdown_even_in_code() {
        assert_eq!(
            from_slack("<!channel> `<https://x|y>` <@bob> <b> a < b <https://x>"),
            "@channel `[y](https://x)` @bob <b> a < b <https://x>"
        );
    }

    #[test]
    fn markdown_is_shown_as_people_read_it() {
        assert_eq!(
            page(
                "**[web01](https://m/x)** _is_ `down` 2 \\* 3\n# Head\n> said\n```\n*raw*\n```\nend"
            )
            .text(Paint::Plain),
            "web01 (https://m/x) is down 2 * 3\nHead\n│ said\n*raw*\nend"
        );
    }

    #[test]
    fn what_mentions_on_a_real_server_mentions_here() {
        for text in [
            "@all",
            "x @HERE.",
            "\\@all",
            "\u{200b}@all",
            "\"@all\"",
            "| @all |",
            "`@all",
            "&#64;all",
            "&commat;all",
            "`code` &#64;all",
            "**@all**",
        ] {
            assert_eq!(page(text).mentions().len(), 1, "{text}");
        }
        for text in [
            "@\u{200b}all",
            "`@all`",
            "```\n@all\n```",
            "max@all",
            "a @ b",
            "`&#64;all`",
            "a&#64;all",
        ] {
            assert!(page(text).mentions().is_empty(), "{text}");
        }
    }
}
