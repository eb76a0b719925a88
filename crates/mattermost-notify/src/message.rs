//! A message in Mattermost's words: a first line that notifies, and a coloured attachment below it.

use notify_core::button::Buttons;
use notify_core::digest::Digest;
use notify_core::message::{Fact, Message};
use notify_core::notification::State;
use notify_core::per_state::PerState;
use notify_core::story::Shape;
use notify_core::text::clip;
use serde_json::{Value, json};

use crate::markdown::{escape, escape_line, fence, link};
use crate::post::{Post, SERVERS_SHARE, cost, cost_of};

/// A post has 16,383 runes, on ancient databases 4,000; beyond it the server splits.
const TEXT: usize = 3_900;
/// Of author and comment.
const SAID: usize = 1_500;

type Mentions = PerState<Vec<String>>;

/// In the shape of a webhook's body.
pub fn rich(message: &Message, mentions: &Mentions, props_limit: usize) -> Value {
    if message.shape == Shape::Line {
        return line(message, mentions);
    }
    if let Some(buttons) = &message.buttons {
        return with_buttons(message, buttons, mentions, props_limit);
    }
    let mut attachment = json!({
        "fallback": plain_headline(message),
        "color": message.tone.colour(),
        "text": "",
    });
    let room = props_limit.saturating_sub(SERVERS_SHARE + cost_of(&attachment.to_string()));
    attachment["text"] = below(message, room).join(BETWEEN).into();
    json!({"text": first_line(&message.headline.plain(), message.mention.as_slice(), mentions), "attachments": [attachment]})
}

/// The same twice within the server's limit: once for people, once for the listener, which draws the post anew.
fn with_buttons(
    message: &Message,
    buttons: &Buttons,
    mentions: &Mentions,
    props_limit: usize,
) -> Value {
    let (headline, due) = (message.headline.plain(), message.mention.as_slice());
    // A sign may bring a U+200B with it.
    let escaped = |character: char| cost_of(&escape(&character.to_string())) + 1;
    let mut post = Post {
        message: first_line(&clip(&headline, COPIED_LINE, escaped), due, mentions),
        text: String::new(),
        color: message.tone.colour().to_owned(),
        fallback: clip(&headline, FALLBACK, cost),
        people: Vec::new(),
        limit: props_limit as u64,
    };
    let room = post.room(buttons);
    let parts = below(message, room / 2);
    let text = fitting(&parts, room.saturating_sub(cost_of(CUT)));
    post.text = fitting(&parts, room.saturating_sub(cost_of(&text)));
    json!({
        "text": first_line(&headline, due, mentions),
        "attachments": [post.attachment_saying(text, buttons)],
    })
}

/// Everything below the first line; never nothing.
fn below(message: &Message, room: usize) -> Vec<String> {
    let mut parts = body(message, names(message).into_iter().collect(), room);
    if parts.is_empty() {
        parts.push(escape_line(&message.headline.object()));
    }
    parts
}

/// As many of them as there is room for, each whole: half a fence would show everything as Markdown.
fn fitting(parts: &[String], room: usize) -> String {
    if cost_of(&parts.join(BETWEEN)) <= room {
        return parts.join(BETWEEN);
    }
    let mut text = String::new();
    for part in parts {
        if cost_of(&text) + cost_of(part) + cost_of(BETWEEN) + cost_of(CUT) > room {
            continue;
        }
        text.push_str(part);
        text.push_str(BETWEEN);
    }
    text.push_str(CUT);
    text
}

/// In place of what does not fit.
const CUT: &str = "…";
/// Of a first line, in the copy that the buttons bring.
const COPIED_LINE: usize = 1_000;
/// Beside buttons, which need much room.
const FALLBACK: usize = 300;

/// Its first line alone.
pub fn line(message: &Message, mentions: &Mentions) -> Value {
    json!({"text": first_line(&message.headline.plain(), message.mention.as_slice(), mentions)})
}

/// Many in one: in a coloured attachment as far as the server's props reach.
pub fn digest(digest: &Digest, mentions: &Mentions, props_limit: usize) -> Value {
    let mut attachment = json!({
        "fallback": clip(&digest.headline, 300, |_| 1),
        "color": digest.tone.colour(),
        "text": "",
    });
    let spent = SERVERS_SHARE + cost_of(&attachment.to_string());
    // A post is split at its text's limit, and an attachment's text is cut there.
    let room = props_limit.min(DIGEST).saturating_sub(spent);
    let cost = |line: &str| cost_of(&escape_line(line)) + cost_of(LINE_BREAK);
    let lines = digest.fitting(room, cost);
    let lines: Vec<String> = lines.iter().map(|line| escape_line(line)).collect();
    let mut body = json!({"text": first_line(&digest.headline, &digest.due, mentions)});
    if !lines.is_empty() {
        attachment["text"] = lines.join(LINE_BREAK).into();
        body["attachments"] = json!([attachment]);
    }
    body
}

/// Text alone.
pub fn plain(message: &Message, mentions: &Mentions) -> Value {
    let line = first_line(
        &message.headline.plain(),
        message.mention.as_slice(),
        mentions,
    );
    let parts = body(message, vec![line], TEXT);
    json!({"text": parts.join(BETWEEN)})
}

pub const BETWEEN: &str = "\n\n";
/// Two blanks before a newline keep lines apart in Markdown.
const LINE_BREAK: &str = "  \n";
/// An attachment's text must stay below a post's 16,383 runes.
const DIGEST: usize = 15_000;

/// What follows a beginning: comment, output, performance data, context. The output gets the room that the others leave.
fn body(message: &Message, beginning: Vec<String>, room: usize) -> Vec<String> {
    let mut parts = beginning;
    parts.extend(said(message));
    let below: Vec<String> = performance(message)
        .into_iter()
        .chain(context(message))
        .collect();
    let spent =
        cost_of(&parts.join(BETWEEN)) + cost_of(&below.join(BETWEEN)) + 2 * cost_of(BETWEEN);
    parts.extend(output(message, room.saturating_sub(spent)));
    parts.extend(below);
    parts
}

/// `here`, `channel`, `all`, or a user's or group's name.
pub fn mentions(words: &[&str]) -> Result<Vec<String>, String> {
    words
        .iter()
        .map(|word| {
            let name = word
                .trim_start_matches("user:")
                .trim_start_matches("group:")
                .trim_start_matches('@');
            let is_name = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            match is_name {
                true => Ok(format!("@{name}")),
                false => Err(format!(
                    "has {word:?}: use \"here\", \"channel\", \"all\", or a user's or group's name"
                )),
            }
        })
        .collect()
}

/// Mentions notify only in the message itself, so they stand at the end of its first line.
fn first_line(headline: &str, due: &[State], mentions: &Mentions) -> String {
    let mut line = escape_line(headline);
    for mention in mentions.called(due) {
        line.push(' ');
        line.push_str(mention);
    }
    line
}

/// Not scanned for mentions, and shown where attachments are not.
fn plain_headline(message: &Message) -> String {
    clip(&message.headline.plain(), 300, |_| 1)
}

/// Host and service as links, where there are any.
fn names(message: &Message) -> Option<String> {
    let headline = &message.headline;
    let linked = |url: &Option<String>, label: &str| {
        url.as_deref()
            .and_then(|url| link(url, label))
            .unwrap_or_else(|| escape(label))
    };
    if message.host_link.is_none() && message.service_link.is_none() {
        return None;
    }
    let host = linked(&message.host_link, &headline.host);
    Some(match &headline.service {
        Some(service) => format!("{host} / {}", linked(&message.service_link, service)),
        None => host,
    })
}

fn said(message: &Message) -> Option<String> {
    let cost = |character: char| cost_of(&escape(&character.to_string()));
    let said = message.said.as_deref()?;
    Some(escape_line(&clip(said, SAID, cost)))
}

fn output(message: &Message, room: usize) -> Option<String> {
    let more = Some(message.output.more.as_str()).filter(|more| !more.is_empty());
    let lines: Vec<&str> = message.output_below().into_iter().chain(more).collect();
    block(&lines.join("\n"), room)
}

fn performance(message: &Message) -> Option<String> {
    /// The text comes first.
    const LONGEST: usize = 1_000;
    block(&message.output.performance, LONGEST)
}

/// A fenced block, cut before it is fenced: an unclosed fence would show everything as Markdown.
fn block(text: &str, room: usize) -> Option<String> {
    /// The two fences around text without backticks, and newlines.
    const FENCES: usize = 20;
    let cut = clip(text, room.saturating_sub(FENCES), |character| {
        cost(character)
            + match character {
                // May bring its own U+200B.
                '<' => 1,
                // May make both fences longer.
                '`' => 2,
                _ => 0,
            }
    });
    (!cut.is_empty()).then(|| fence(&cut))
}

/// Since, attempt, address, site; then the links.
fn context(message: &Message) -> Option<String> {
    /// No context is worth more than this; output comes first.
    const LONGEST: usize = 1_200;
    let shown: Vec<String> = message.facts.iter().map(show).collect();
    let mut line = String::new();
    for fact in shown {
        let apart = if line.is_empty() { "" } else { " · " };
        if cost_of(&line) + cost_of(apart) + cost_of(&fact) > LONGEST {
            line.push_str(" …");
            break;
        }
        line = format!("{line}{apart}{fact}");
    }
    (!line.is_empty()).then_some(line)
}

fn show(fact: &Fact) -> String {
    /// Of one fact that is no link.
    const VALUE: usize = 300;
    let label = clip(&fact.label, 60, |_| 1);
    match fact.link.as_deref().and_then(|url| link(url, &label)) {
        Some(link) => link,
        None => escape(&format!("{label} {}", clip(&fact.value, VALUE, |_| 1))),
    }
}
