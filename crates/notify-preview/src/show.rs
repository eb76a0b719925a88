//! A message as a person would see it, as lines of inked text.

/// The look of a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Bold,
    Italic,
    Struck,
    Code,
    Link,
    /// Calls a person.
    Mention,
    Button,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Normal,
    Dim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    None,
    Rgb(u8, u8, u8),
}

impl Bar {
    /// Slack and Mattermost know the same three names and `#rrggbb`; anything else is grey.
    pub(crate) fn of(colour: &str) -> Bar {
        match colour {
            "good" => Bar::Rgb(0x2e, 0xb8, 0x86),
            "warning" => Bar::Rgb(0xda, 0xa0, 0x38),
            "danger" => Bar::Rgb(0xa3, 0x02, 0x00),
            _ => hex(colour).unwrap_or(Bar::Rgb(0x80, 0x80, 0x80)),
        }
    }
}

fn hex(colour: &str) -> Option<Bar> {
    let digits = colour.strip_prefix('#').unwrap_or(colour);
    if digits.len() != 6 {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some(Bar::Rgb(red, green, blue))
}

/// Text with its inks; may hold newlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(Vec<(Ink, String)>);

impl Text {
    pub(crate) fn of(ink: Ink, text: &str) -> Text {
        let mut of = Text::default();
        of.push(ink, text);
        of
    }

    pub(crate) fn push(&mut self, ink: Ink, text: &str) {
        match self.0.last_mut() {
            // Two neighbouring mentions are two.
            Some((last, so_far)) if *last == ink && ink != Ink::Mention => so_far.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push((ink, text.to_string())),
        }
    }

    pub(crate) fn append(&mut self, other: Text) {
        for (ink, text) in other.0 {
            self.push(ink, &text);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In one line, as a push notice has it.
    pub(crate) fn on_one_line(mut self) -> Text {
        for (_, text) in &mut self.0 {
            *text = text.replace('\n', " ");
        }
        self
    }

    /// What has no ink of its own gets this one.
    pub(crate) fn inked(mut self, ink: Ink) -> Text {
        for (own, _) in &mut self.0 {
            if *own == Ink::Plain {
                *own = ink;
            }
        }
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Coloured,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    lines: Vec<(Bar, Tone, Text)>,
    place: Place,
    bell: Bell,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Channel,
    /// All but the title is indented.
    Thread,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Bell {
    #[default]
    Rings,
    Silent,
}

impl Page {
    /// A new message: where it is, how a phone announces it, and itself.
    pub(crate) fn posted(title: &str, push: Text, message: &Page) -> Page {
        let mut page = Page::default();
        page.note(title);
        let mut notice = Text::of(Ink::Plain, "push: ");
        notice.append(push.on_one_line());
        page.add(Bar::None, Tone::Dim, notice);
        page.lines.extend(message.lines.iter().cloned());
        page
    }

    /// A new message in the thread of the one that is called `root`.
    pub(crate) fn replied(title: &str, root: &str, push: Text, message: &Page) -> Page {
        let title = format!("{title} ↳ reply to {root}");
        Page {
            place: Place::Thread,
            ..Page::posted(&title, push, message)
        }
    }

    /// An edit calls nobody, whom it newly mentions either (observed with Mattermost; from memory for Slack).
    pub(crate) fn updated(title: &str, before: &str, message: &Page) -> Page {
        let mut page = Page::default();
        page.note(&format!("{title} ✎ updated {before}"));
        page.lines.extend(message.lines.iter().cloned());
        page.bell = Bell::Silent;
        page
    }

    /// Without inks.
    pub(crate) fn first_line(&self) -> String {
        let texts = self.lines.first().map(|(_, _, line)| line.0.as_slice());
        let texts = texts.unwrap_or_default().iter();
        texts.map(|(_, text)| text.as_str()).collect()
    }

    pub(crate) fn add(&mut self, bar: Bar, tone: Tone, text: Text) {
        let mut line = Text::default();
        for (ink, part) in text.0 {
            for (index, piece) in part.split('\n').enumerate() {
                if index > 0 {
                    self.lines.push((bar, tone, std::mem::take(&mut line)));
                }
                line.push(ink, piece);
            }
        }
        self.lines.push((bar, tone, line));
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.add(Bar::None, Tone::Dim, Text::of(Ink::Plain, text));
    }

    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        for (index, (bar, tone, line)) in self.lines.iter().enumerate() {
            if index > 0 {
                out.push('\n');
                if self.place == Place::Thread {
                    out.push_str("    ");
                }
            }
            match (*bar, paint) {
                (Bar::None, _) => {}
                (Bar::Rgb(..), Paint::Plain) => out.push_str("▌ "),
                (Bar::Rgb(red, green, blue), Paint::Coloured) => {
                    out.push_str(&format!("\x1b[38;2;{red};{green};{blue}m▌\x1b[0m "));
                }
            }
            for (ink, text) in &line.0 {
                let codes = match paint {
                    Paint::Plain => String::new(),
                    Paint::Coloured => codes(*tone, *ink),
                };
                match codes.is_empty() {
                    true => out.push_str(&harmless(text)),
                    false => out.push_str(&format!("\x1b[{codes}m{}\x1b[0m", harmless(text))),
                }
            }
        }
        out
    }

    pub(crate) fn mentions(&self) -> Vec<String> {
        let mut mentions = Vec::new();
        if self.bell == Bell::Silent {
            return mentions;
        }
        for (_, _, line) in &self.lines {
            for (ink, text) in &line.0 {
                if *ink == Ink::Mention && !mentions.contains(text) {
                    mentions.push(text.clone());
                }
            }
        }
        mentions
    }
}

fn codes(tone: Tone, ink: Ink) -> String {
    let tone = match tone {
        Tone::Normal => "",
        Tone::Dim => "2",
    };
    let ink = match ink {
        Ink::Plain => "",
        Ink::Bold => "1",
        Ink::Italic => "3",
        Ink::Struck => "9",
        Ink::Code => "33",
        Ink::Link => "4;36",
        Ink::Mention => "1;30;43",
        Ink::Button => "7",
    };
    let both = [tone, ink];
    let given: Vec<&str> = both.into_iter().filter(|code| !code.is_empty()).collect();
    given.join(";")
}

/// A message must not drive the terminal it is shown on.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\t' => letter,
            _ if letter.is_control() => '\u{fffd}',
            _ => letter,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_stands_before_every_line_of_its_text() {
        let mut page = Page::default();
        page.add(
            Bar::of("#ff0000"),
            Tone::Normal,
            Text::of(Ink::Bold, "a\nb"),
        );
        page.note("c");
        assert_eq!(page.text(Paint::Plain), "▌ a\n▌ b\nc");
        assert_eq!(
            page.text(Paint::Coloured),
            "\x1b[38;2;255;0;0m▌\x1b[0m \x1b[1ma\x1b[0m\n\x1b[38;2;255;0;0m▌\x1b[0m \x1b[1mb\x1b[0m\n\x1b[2mc\x1b[0m"
        );
    }

    #[test]
    fn escape_sequences_of_a_message_do_not_reach_the_terminal() {
        let mut page = Page::default();
        page.note("\x1b[2Jgone\u{9b}1m\r");
        assert_eq!(page.text(Paint::Plain), "\u{fffd}[2Jgone\u{fffd}1m\u{fffd}");
    }

    #[test]
    fn a_reply_is_indented_and_an_update_calls_nobody() {
        let mut text = Text::of(Ink::Mention, "@here");
        text.push(Ink::Plain, "\nb");
        let mut message = Page::default();
        message.add(Bar::of("good"), Tone::Normal, text);
        let push = Text::of(Ink::Plain, "c");
        let reply = Page::replied("slack: C1", "DOWN web01", push, &message);
        assert_eq!(
            reply.text(Paint::Plain),
            "slack: C1 ↳ reply to DOWN web01\n    push: c\n    ▌ @here\n    ▌ b"
        );
        assert_eq!(reply.mentions(), ["@here"]);
        let update = Page::updated("slack: C1", "DOWN web01", &message);
        assert_eq!(
            update.text(Paint::Plain),
            "slack: C1 ✎ updated DOWN web01\n▌ @here\n▌ b"
        );
        assert_eq!(update.mentions(), Vec::<String>::new());
        assert_eq!(message.first_line(), "@here");
    }

    #[test]
    fn a_mention_is_named_once() {
        let mut text = Text::of(Ink::Mention, "@here");
        text.push(Ink::Mention, "@here");
        text.push(Ink::Mention, "@U1");
        let mut page = Page::default();
        page.add(Bar::None, Tone::Normal, text);
        assert_eq!(page.mentions(), ["@here", "@U1"]);
    }
}
