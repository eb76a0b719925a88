//! A post with buttons. A click does not bring what the post says, and an update replaces all of it: so the buttons'
//! context says it, too.

use notify_core::button::{Button, Buttons, Standing, whole};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::choice::Choice;
use crate::markdown::escape;
use crate::message::BETWEEN;

/// A post in its own Markdown, which stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub message: String,
    /// Of its attachment.
    pub text: String,
    pub color: String,
    pub fallback: String,
    /// Who has acknowledged it, and when: as people read it, not escaped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<String>,
    /// How much its server keeps beside the message, in runes of JSON.
    #[serde(deserialize_with = "whole")]
    pub limit: u64,
}

/// What a button brings back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    pub button: Button,
    #[serde(default)]
    pub standing: Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Post>,
    /// The server adds it.
    #[serde(default, skip_serializing)]
    pub selected_option: Option<String>,
}

/// The server adds `from_webhook`, the user's name and brackets of its own to a post's props.
pub const SERVERS_SHARE: usize = 300;
/// So much of a post's people is shown.
const PEOPLE: usize = 200;
/// They stand below the text and in both buttons.
const PEOPLES_SHARE: usize = 3 * PEOPLE + 100;
const MORE_PEOPLE: &str = "…";
/// The listener's address, below `public_url`.
pub const ACTION: &str = "/mattermost/action";

impl Post {
    /// One more who has it. What does not fit is seen to be missing.
    pub fn add(&mut self, person: String) {
        let last = self.people.last().map(String::as_str);
        if self.people.contains(&person) || last == Some(MORE_PEOPLE) {
            return;
        }
        let shown = self.people.iter().chain([&person]);
        let cost: usize = shown.map(|person| cost_of(&escape(person)) + 6).sum();
        self.people.push(match cost <= PEOPLE {
            true => person,
            false => MORE_PEOPLE.to_owned(),
        });
    }

    /// Its attachment, drawn anew.
    pub fn attachment(&self, buttons: &Buttons) -> Value {
        let people: Vec<String> = self.people.iter().map(|person| escape(person)).collect();
        let line = format!("👤 Acknowledged by {}", people.join(", "));
        let paragraphs = [self.text.as_str(), &line];
        let shown = match (people.is_empty(), self.text.is_empty()) {
            (true, _) => self.text.clone(),
            (false, true) => line,
            (false, false) => paragraphs.join(BETWEEN),
        };
        self.attachment_saying(shown, buttons)
    }

    /// The same with another text: a long one is shorter in the context. *More…* can redraw the post where there is room
    /// for one more copy.
    pub fn attachment_saying(&self, text: String, buttons: &Buttons) -> Value {
        let acknowledge = acknowledge(self, buttons);
        let mut attachment = json!({
            "fallback": self.fallback,
            "color": self.color,
            "text": text,
            "actions": [acknowledge, more(Some(self), buttons)],
        });
        if self.is_too_large(&attachment) {
            attachment["actions"] = json!([acknowledge, more(None, buttons)]);
        }
        attachment
    }

    fn is_too_large(&self, attachment: &Value) -> bool {
        let people = match self.people.is_empty() {
            true => PEOPLES_SHARE,
            false => 0,
        };
        cost_of_json(attachment) + SERVERS_SHARE + people > self.limit as usize
    }

    /// What is left for the texts of the attachment and of the copy together.
    pub fn room(&self, buttons: &Buttons) -> usize {
        let attachment = json!({
            "fallback": self.fallback,
            "color": self.color,
            "text": self.text,
            "actions": [acknowledge(self, buttons), more(None, buttons)],
        });
        let spent = cost_of_json(&attachment) + SERVERS_SHARE + PEOPLES_SHARE;
        (self.limit as usize).saturating_sub(spent)
    }
}

fn acknowledge(post: &Post, buttons: &Buttons) -> Value {
    let (name, style) = match buttons.standing {
        Standing::Unhandled => ("Acknowledge", "primary"),
        Standing::Acknowledged => ("Acknowledge too", "default"),
    };
    json!({
        "id": "acknowledge",
        "type": "button",
        "name": name,
        "style": style,
        "integration": integration(&buttons.acknowledge, Some(post), buttons),
    })
}

fn more(post: Option<&Post>, buttons: &Buttons) -> Value {
    let options: Vec<Value> = Choice::ALL
        .iter()
        .map(|choice| json!({"text": choice.label(), "value": choice.value()}))
        .collect();
    json!({
        "id": "more",
        "type": "select",
        "name": "More…",
        "options": options,
        "integration": integration(&buttons.more, post, buttons),
    })
}

fn integration(button: &Button, post: Option<&Post>, buttons: &Buttons) -> Value {
    let context = Context {
        button: button.clone(),
        standing: buttons.standing,
        post: post.cloned(),
        selected_option: None,
    };
    json!({"url": format!("{}{ACTION}", buttons.public_url), "context": context})
}

/// What a character costs in a server's count of the props' JSON.
pub fn cost(character: char) -> usize {
    match character {
        '<' | '>' | '&' => 6,
        '"' | '\\' | '\n' | '\t' => 2,
        _ => 1,
    }
}

pub fn cost_of(text: &str) -> usize {
    text.chars().map(cost).sum()
}

/// Quotes and backslashes are escaped already.
fn cost_of_json(value: &Value) -> usize {
    let cost = |character| match character {
        '<' | '>' | '&' => 6,
        _ => 1,
    };
    value.to_string().chars().map(cost).sum()
}
