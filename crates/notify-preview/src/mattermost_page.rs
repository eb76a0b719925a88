//! How Mattermost shows posts.

use serde_json::{Map, Value};

use crate::markdown;
use crate::mattermost_split::Post;
use crate::show::{Bar, Ink, Page, Text, Tone};

pub(crate) fn page(posts: &[Post]) -> Page {
    let mut page = Page::default();
    for (index, post) in posts.iter().enumerate() {
        if index > 0 {
            page.note("(next post)");
        }
        if !post.text.is_empty() {
            page.add(Bar::None, Tone::Normal, markdown::read(&post.text));
        }
        for attachment in &post.attachments {
            self::attachment(attachment, &mut page);
        }
    }
    page
}

/// What a phone shows of them.
pub(crate) fn push(posts: &[Post]) -> Text {
    let Some(post) = posts.first() else {
        return Text::default();
    };
    if !post.text.is_empty() {
        return markdown::read(&post.text);
    }
    let first = post.attachments.first();
    let fallback = first.and_then(|attachment| attachment.get("fallback")?.as_str());
    Text::of(Ink::Plain, fallback.unwrap_or_default())
}

fn attachment(attachment: &Map<String, Value>, page: &mut Page) {
    let string = |key: &str| {
        let value = attachment.get(key).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    let list = |key: &str| {
        let value = attachment.get(key).and_then(Value::as_array);
        value.map_or(&[][..], Vec::as_slice)
    };
    let bar = Bar::of(string("color"));
    if !string("pretext").is_empty() {
        page.add(Bar::None, Tone::Normal, markdown::read(string("pretext")));
    }
    // Mentions fire in text, pretext and field values alone (observed): the rest stays as it is.
    if !string("author_name").is_empty() {
        page.add(bar, Tone::Dim, Text::of(Ink::Plain, string("author_name")));
    }
    if !string("title").is_empty() {
        let mut title = Text::of(Ink::Bold, string("title"));
        if !string("title_link").is_empty() {
            title.push(Ink::Plain, &format!(" ({})", string("title_link")));
        }
        page.add(bar, Tone::Normal, title);
    }
    if !string("text").is_empty() {
        page.add(bar, Tone::Normal, markdown::read(string("text")));
    }
    for field in list("fields") {
        let mut line = Text::of(Ink::Bold, field["title"].as_str().unwrap_or_default());
        line.push(Ink::Bold, ": ");
        line.append(markdown::read(field["value"].as_str().unwrap_or_default()));
        page.add(bar, Tone::Normal, line);
    }
    let mut buttons = Text::default();
    for action in list("actions") {
        if !buttons.is_empty() {
            buttons.push(Ink::Plain, "  ");
        }
        let name = action["name"].as_str().unwrap_or_default();
        buttons.push(Ink::Button, &format!("[ {name} ]"));
    }
    if !buttons.is_empty() {
        page.add(bar, Tone::Normal, buttons);
    }
    if !string("footer").is_empty() {
        page.add(bar, Tone::Dim, Text::of(Ink::Plain, string("footer")));
    }
}
