//! A message in Slack's words: a plain first line that reads well in a push notice, and a coloured attachment of
//! Block Kit below it.

use notify_core::button::{Button, Buttons, Standing};
use notify_core::digest::Digest;
use notify_core::links;
use notify_core::message::{Fact, Message};
use notify_core::notification::State;
use notify_core::per_state::PerState;
use notify_core::story::Shape;
use notify_core::text::{clip, utf16};
use serde_json::{Value, json};

// Limits from the Block Kit reference and chat.postMessage's; what counts as a character is not said, so UTF-16
// units are counted, escaped, with a margin.
/// A section's text may have 3,000.
const SECTION: usize = 2_900;
/// A context element's text; the reference gives no number below a section's.
const CONTEXT: usize = 1_900;
/// `text` is best below 4,000; beyond that Slack splits it.
const TEXT: usize = 3_500;
/// A longer link is shown as text: host's and service's have to fit into one section, names of 120 escaped
/// characters included.
const LINK: usize = 800;
/// A button's value.
const VALUE: usize = 2_000;
/// And what stands on it.
const LABEL: usize = 75;
/// The block that holds the buttons, and what they are called; the listener knows them by these names.
const ANSWERS: &str = "answers";
const ACKNOWLEDGE: &str = "acknowledge";
const MORE: &str = "more";

type Mentions = PerState<Vec<String>>;

/// The whole message.
pub fn rich(message: &Message, mentions: &Mentions) -> Value {
    if message.shape == Shape::Line {
        return line(message, mentions);
    }
    let mut body = line(message, mentions);
    body["attachments"] = json!([{
        "color": message.tone.colour(),
        "fallback": escape(&clip(&message.headline.plain(), TEXT, cost)),
        "blocks": blocks(message),
    }]);
    body
}

/// Its first line alone.
pub fn line(message: &Message, mentions: &Mentions) -> Value {
    text_of(
        &message.headline.plain(),
        message.mention.as_slice(),
        mentions,
    )
}

/// Many in one.
pub fn digest(digest: &Digest, mentions: &Mentions) -> Value {
    /// A message may have 50 blocks, and each has room for all but the longest line, of 400 characters.
    const ROOM: usize = 49 * (SECTION - 2 * 400);
    let mut body = text_of(&digest.headline, &digest.due, mentions);
    let mut blocks: Vec<Value> = Vec::new();
    let mut text = String::new();
    let length = |text: &str| text.chars().map(utf16).sum::<usize>();
    for line in digest.fitting(ROOM, length) {
        if length(&text) + length(&line) + 1 > SECTION {
            blocks.push(section(plain_text(&text, SECTION)));
            text.clear();
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    if !text.is_empty() {
        blocks.push(section(plain_text(&text, SECTION)));
    }
    if !blocks.is_empty() {
        body["attachments"] = json!([{
            "color": digest.tone.colour(),
            "fallback": escape(&clip(&digest.headline, TEXT, cost)),
            "blocks": blocks,
        }]);
    }
    body
}

/// The same as text alone.
pub fn plain(message: &Message, mentions: &Mentions) -> Value {
    let mut lines = vec![message.headline.plain()];
    lines.extend(message.output_below().map(str::to_owned));
    lines.extend(message.said.clone());
    lines.extend(
        message
            .facts
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value)),
    );
    lines.extend(Some(message.output.more.clone()).filter(|more| !more.is_empty()));
    text_of(&lines.join("\n"), message.mention.as_slice(), mentions)
}

/// `here`, `channel`, `everyone`, a user's or a group's id. Names do not call anybody in Slack.
pub fn mentions(words: &[&str]) -> Result<Vec<String>, String> {
    words
        .iter()
        .map(|word| {
            let id = word
                .trim_start_matches("user:")
                .trim_start_matches("group:");
            let is_id = id.len() > 2
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            match (*word, id.as_bytes().first()) {
                ("here" | "channel" | "everyone", _) => Ok(format!("<!{word}>")),
                (_, Some(b'U' | b'W')) if is_id => Ok(format!("<@{id}>")),
                (_, Some(b'S')) if is_id => Ok(format!("<!subteam^{id}>")),
                _ => Err(format!(
                    "has {word:?}: use \"here\", \"channel\", a user's id (U…) or a group's id (S…)"
                )),
            }
        })
        .collect()
}

/// The push notice is made from `text`, and mentions notify only there.
fn text_of(text: &str, due: &[State], mentions: &Mentions) -> Value {
    let called = mentions.called(due);
    let mut text = escape(&clip(text, TEXT, cost));
    for mention in &called {
        text.push(' ');
        text.push_str(mention);
    }
    json!({
        "text": text,
        // Mentions want markup; without them output stays as the plugin wrote it.
        "mrkdwn": !called.is_empty(),
        // Neither bare URLs nor @names nor #names in the output act.
        "parse": "none",
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn blocks(message: &Message) -> Vec<Value> {
    let mut blocks = Vec::new();
    blocks.extend(names(message).map(|names| section(markup(&names))));
    let below = [message.said.as_deref(), message.output_below()];
    for text in below.into_iter().flatten() {
        blocks.push(section(plain_text(text, SECTION)));
    }
    if !message.output.more.is_empty() {
        blocks.push(section(plain_text(&message.output.more, SECTION)));
    }
    blocks.extend(context(message));
    if blocks.is_empty() {
        blocks.push(section(plain_text(&message.headline.object(), SECTION)));
    }
    blocks.extend(message.buttons.as_ref().and_then(answers));
    blocks
}

/// *Acknowledge* and *More…*; nothing where one of them would not come back whole.
fn answers(buttons: &Buttons) -> Option<Value> {
    let (words, style) = match buttons.standing {
        Standing::Unhandled => ("Acknowledge", Some("primary")),
        Standing::Acknowledged => ("Acknowledge too", None),
    };
    let mut acknowledge = button(ACKNOWLEDGE, words, &buttons.acknowledge)?;
    if let Some(style) = style {
        acknowledge["style"] = style.into();
    }
    let more = button(MORE, "More…", &buttons.more)?;
    Some(json!({"type": "actions", "block_id": ANSWERS, "elements": [acknowledge, more]}))
}

fn button(action: &str, words: &str, button: &Button) -> Option<Value> {
    let value = serde_json::to_string(button).ok()?;
    (value.chars().map(utf16).sum::<usize>() <= VALUE).then(|| {
        json!({
            "type": "button",
            "action_id": action,
            "text": plain_text(words, LABEL),
            "value": value,
        })
    })
}

/// Host and service as links, where there are any.
fn names(message: &Message) -> Option<String> {
    let headline = &message.headline;
    let host = link(&message.host_link, &headline.host);
    let service = headline
        .service
        .as_deref()
        .map(|service| link(&message.service_link, service));
    if host.is_none() && service.as_ref().is_none_or(Option::is_none) {
        return None;
    }
    let host = host.unwrap_or_else(|| escape(&headline.host));
    Some(match (service, &headline.service) {
        (Some(Some(service)), _) => format!("{host} / {service}"),
        (_, Some(service)) => format!("{host} / {}", escape(service)),
        (_, None) => host,
    })
}

/// Since, attempt, address, site, runbook; performance data for itself.
fn context(message: &Message) -> Option<Value> {
    let (linked, plain): (Vec<&Fact>, Vec<&Fact>) =
        message.facts.iter().partition(|fact| fact.link.is_some());
    let mut elements = Vec::new();
    let told: Vec<String> = plain
        .iter()
        .map(|fact| format!("{} {}", fact.label, fact.value))
        .collect();
    if !told.is_empty() {
        elements.push(plain_text(&told.join(" · "), CONTEXT));
    }
    let mut links = String::new();
    for fact in linked {
        let shown = match link(&fact.link, &fact.label) {
            Some(link) => link,
            None => escape(&clip(&format!("{} {}", fact.label, fact.value), LINK, cost)),
        };
        let apart = if links.is_empty() { "" } else { " · " };
        if links.chars().map(utf16).sum::<usize>() + shown.chars().map(utf16).sum::<usize>()
            > SECTION
        {
            links.push_str(" …");
            break;
        }
        links = format!("{links}{apart}{shown}");
    }
    if !links.is_empty() {
        elements.push(markup(&links));
    }
    if !message.output.performance.is_empty() {
        elements.push(plain_text(&message.output.performance, CONTEXT));
    }
    (!elements.is_empty()).then(|| json!({"type": "context", "elements": elements}))
}

fn section(text: Value) -> Value {
    json!({"type": "section", "text": text})
}

/// No markup, no mention, no link, and `:x:` stays what it is.
fn plain_text(text: &str, budget: usize) -> Value {
    json!({"type": "plain_text", "text": clip(text, budget, utf16), "emoji": false})
}

/// For text of our own making; `verbatim` keeps Slack from finding links and names in it.
fn markup(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn link(url: &Option<String>, label: &str) -> Option<String> {
    let url = url.as_deref().filter(|url| links::is_web(url))?;
    let url = escape(url).replace('|', "%7C");
    // A bar would end the label; nothing escapes it.
    let label = label.replace('|', "¦");
    (url.len() <= LINK).then(|| format!("<{url}|{}>", escape(&label)))
}

/// Exactly these three, `&` first.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// What a character costs once it is escaped.
fn cost(character: char) -> usize {
    match character {
        '&' => 5,
        '<' | '>' => 4,
        other => utf16(other),
    }
}
