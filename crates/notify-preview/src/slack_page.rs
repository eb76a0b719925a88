//! How Slack shows a message: text, blocks and attachments, and its push notice.

use serde_json::Value;

use crate::markup::{self, Reading};
use crate::show::{Bar, Ink, Page, Text, Tone};
use crate::slack_message::Message;

pub(crate) fn page(message: &Message) -> Page {
    let mut page = Page::default();
    let blocks = message.list("blocks");
    let text = text(message);
    // Next to blocks the text is for the push notice alone.
    if blocks.is_empty() && !text.is_empty() {
        page.add(
            Bar::None,
            Tone::Normal,
            markup::read(text, text_reading(message)),
        );
    }
    for block in blocks {
        self::block(block, Bar::None, &mut page);
    }
    for attachment in message.list("attachments") {
        self::attachment(attachment, &mut page);
    }
    page
}

fn text(message: &Message) -> &str {
    match message.text.is_empty() {
        true => message.string("markdown_text"),
        false => &message.text,
    }
}

fn text_reading(message: &Message) -> Reading {
    if message.is("mrkdwn", false) {
        Reading::Unmarked
    } else if message.is("link_names", true) || message.string("parse") == "full" {
        Reading::Linking
    } else {
        Reading::Marked
    }
}

/// What a phone shows of it.
pub(crate) fn push(message: &Message) -> Text {
    let text = text(message);
    if !text.is_empty() {
        return markup::read(text, text_reading(message));
    }
    let blocks = message.list("blocks");
    let attachments = message.list("attachments");
    let in_blocks = |blocks: &[Value]| {
        blocks
            .iter()
            .map(|block| object(&block["text"]))
            .find(|text| !text.is_empty())
    };
    let in_attachments = || {
        attachments.iter().find_map(|attachment| {
            ["fallback", "pretext", "title", "text"]
                .iter()
                .filter_map(|key| attachment[key].as_str())
                .find(|text| !text.is_empty())
                .map(|text| markup::read(text, Reading::Unmarked))
                .or_else(|| in_blocks(attachment["blocks"].as_array()?))
        })
    };
    in_blocks(blocks)
        .or_else(in_attachments)
        .unwrap_or_default()
}

fn block(block: &Value, bar: Bar, page: &mut Page) {
    let elements = list(&block["elements"]);
    match block["type"].as_str().unwrap_or_default() {
        "header" => page.add(bar, Tone::Normal, object(&block["text"]).inked(Ink::Bold)),
        "section" => {
            if !block["text"].is_null() {
                page.add(bar, Tone::Normal, object(&block["text"]));
            }
            for field in list(&block["fields"]) {
                page.add(bar, Tone::Normal, object(field).on_one_line());
            }
            if !block["accessory"].is_null() {
                page.add(bar, Tone::Normal, element(&block["accessory"]));
            }
        }
        "context" => page.add(bar, Tone::Dim, row(elements)),
        "actions" => page.add(bar, Tone::Normal, row(elements)),
        "divider" => page.add(bar, Tone::Dim, Text::of(Ink::Plain, "────────")),
        "image" => page.add(bar, Tone::Normal, element(block)),
        "rich_text" => page.add(bar, Tone::Normal, rich(elements)),
        other => page.add(bar, Tone::Dim, Text::of(Ink::Plain, &format!("[{other}]"))),
    }
}

fn attachment(attachment: &Value, page: &mut Page) {
    let string = |key: &str| attachment[key].as_str().unwrap_or_default();
    let bar = Bar::of(string("color"));
    // Legacy attachments read as mrkdwn objects without `verbatim` do.
    let read = |key: &str| markup::read(string(key), Reading::Linking);
    if !string("pretext").is_empty() {
        page.add(Bar::None, Tone::Normal, read("pretext"));
    }
    if !string("author_name").is_empty() {
        page.add(bar, Tone::Dim, Text::of(Ink::Plain, string("author_name")));
    }
    if !string("title").is_empty() {
        let mut title = markup::read(string("title"), Reading::Unmarked).inked(Ink::Bold);
        if !string("title_link").is_empty() {
            title.push(Ink::Plain, &format!(" ({})", string("title_link")));
        }
        page.add(bar, Tone::Normal, title);
    }
    if !string("text").is_empty() {
        page.add(bar, Tone::Normal, read("text"));
    }
    for field in list(&attachment["fields"]) {
        let title = field["title"].as_str().unwrap_or_default();
        let mut line = Text::of(Ink::Bold, &format!("{title}: "));
        let value = field["value"].as_str().unwrap_or_default();
        line.append(markup::read(value, Reading::Linking));
        page.add(bar, Tone::Normal, line);
    }
    let blocks = list(&attachment["blocks"]);
    for block in blocks {
        self::block(block, bar, page);
    }
    if !string("footer").is_empty() {
        page.add(bar, Tone::Dim, Text::of(Ink::Plain, string("footer")));
    }
    let bodied = ["pretext", "title", "text"]
        .iter()
        .any(|key| !string(key).is_empty());
    if !bodied && blocks.is_empty() && list(&attachment["fields"]).is_empty() {
        let fallback = markup::read(string("fallback"), Reading::Unmarked);
        page.add(bar, Tone::Normal, fallback);
    }
}

fn object(text: &Value) -> Text {
    let content = text["text"].as_str().unwrap_or_default();
    let reading = match (text["type"].as_str(), text["verbatim"].as_bool()) {
        (Some("mrkdwn"), Some(true)) => Reading::Marked,
        (Some("mrkdwn"), _) => Reading::Linking,
        _ => Reading::Literal,
    };
    markup::read(content, reading)
}

fn row(elements: &[Value]) -> Text {
    let mut row = Text::default();
    for item in elements {
        if !row.is_empty() {
            row.push(Ink::Plain, "  ");
        }
        row.append(element(item));
    }
    row
}

fn element(element: &Value) -> Text {
    match element["type"].as_str().unwrap_or_default() {
        "plain_text" | "mrkdwn" => object(element),
        "image" => {
            let alt = element["alt_text"].as_str().unwrap_or_default();
            Text::of(Ink::Plain, &format!("[image: {alt}]"))
        }
        "button" => {
            let label = element["text"]["text"].as_str().unwrap_or_default();
            let mut button = Text::of(Ink::Button, &format!("[ {label} ]"));
            if let Some(url) = element["url"].as_str() {
                button.push(Ink::Plain, &format!(" ({url})"));
            }
            button
        }
        _ => {
            let label = element["placeholder"]["text"].as_str().unwrap_or("select");
            Text::of(Ink::Button, &format!("[ {label} ▾ ]"))
        }
    }
}

/// The texts of a rich_text block, whatever its nesting.
fn rich(elements: &[Value]) -> Text {
    let mut text = Text::default();
    for item in elements {
        match item["type"].as_str().unwrap_or_default() {
            "text" => text.push(Ink::Plain, item["text"].as_str().unwrap_or_default()),
            "link" => text.push(Ink::Link, item["url"].as_str().unwrap_or_default()),
            "user" => {
                let user = item["user_id"].as_str().unwrap_or_default();
                text.push(Ink::Mention, &format!("@{user}"));
            }
            "broadcast" => {
                let range = item["range"].as_str().unwrap_or_default();
                text.push(Ink::Mention, &format!("@{range}"));
            }
            _ => text.append(rich(list(&item["elements"]))),
        }
    }
    text
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
