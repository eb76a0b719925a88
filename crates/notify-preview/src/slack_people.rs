//! People in Slack, as a test plays them: what Slack sends to an app when one of them presses, submits or writes. The bodies
//! are as Slack sends them; whoever uses them signs.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::Preview;
use crate::slack::{Slack, TEAM};
use crate::slack_answers::{SlackView, Whisper};

/// Somebody in Slack; who that is beside its id, the id says: see [`Preview::slack_press`].
#[derive(Clone, Copy, Debug)]
pub struct SlackPerson<'a> {
    pub id: &'a str,
    pub team: &'a str,
}

impl<'a> SlackPerson<'a> {
    /// Of the stand-in's own workspace.
    pub fn new(id: &'a str) -> SlackPerson<'a> {
        SlackPerson { id, team: TEAM }
    }
}

impl Preview {
    /// The form that Slack sends when this person presses a button of the message; `None` where it has no such button.
    ///
    /// `users.info` knows everybody: `UMAX` is Max Mustermann, and an id with `GUEST`, `ULTRA`, `BOT`, `DELETED`,
    /// `STRANGER` or `NOSUCH` in it is one.
    pub fn slack_press(&self, reference: &str, action: &str, who: SlackPerson) -> Option<String> {
        let url = self.url();
        self.with_slack(|slack| press(slack, &url, reference, action, who))
    }

    /// The dialogues that were opened, in order.
    pub fn slack_views(&self) -> Vec<SlackView> {
        self.with_slack(|slack| slack.answers.views.clone())
    }

    /// The form that Slack sends when somebody submits a dialogue with this in its blocks; the others stay as they were.
    pub fn slack_submit(&self, view: &SlackView, chosen: &[(&str, &str)]) -> String {
        let who = SlackPerson::new(&view.user);
        let mut values = json!({});
        let blocks = view.view["blocks"].as_array();
        for block in blocks.into_iter().flatten() {
            let element = &block["element"];
            let (Some(id), Some(action)) =
                (block["block_id"].as_str(), element["action_id"].as_str())
            else {
                continue;
            };
            let given = chosen.iter().find(|(name, _)| *name == id);
            let given = given.map(|(_, value)| *value);
            values[id][action] = state(element, given);
        }
        let mut sent = view.view.clone();
        sent["id"] = json!(view.id);
        sent["state"] = json!({"values": values});
        payload(&json!({
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "example"},
            "user": person(who),
            "api_app_id": "A00000000",
            "token": "deprecated",
            "view": sent,
            "response_urls": [],
        }))
    }

    /// The form that Slack sends for a slash command.
    pub fn slack_command(&self, text: &str, channel: &str, who: SlackPerson) -> String {
        let (response, trigger) = self.with_slack(|slack| {
            let answers = &mut slack.answers;
            (
                answers.url("commands", who.id, channel, None),
                answers.trigger(who.id),
            )
        });
        let response = format!("{}{response}", self.url());
        let handle = handle(who);
        let fields = [
            ("token", "deprecated"),
            ("team_id", who.team),
            ("team_domain", "example"),
            ("channel_id", channel),
            ("channel_name", "alerts"),
            ("user_id", who.id),
            ("user_name", &handle),
            ("command", "/monitoring"),
            ("text", text),
            ("api_app_id", "A00000000"),
            ("is_enterprise_install", "false"),
            ("response_url", &response),
            ("trigger_id", &trigger),
        ];
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        pairs.join("&")
    }

    /// What people were told alone, in order.
    pub fn slack_whispers(&self) -> Vec<Whisper> {
        self.with_slack(|slack| slack.answers.whispers.clone())
    }
}

fn press(
    slack: &mut Slack,
    url: &str,
    reference: &str,
    action: &str,
    who: SlackPerson,
) -> Option<String> {
    let (channel, ts) = reference.split_once('/')?;
    let message = echo(&slack.board.get(reference)?.content.body, ts);
    let button = buttons(&message)
        .into_iter()
        .find(|button| button.element["action_id"] == action)?;
    let mut pressed = button.element;
    pressed["block_id"] = button.block;
    pressed["action_ts"] = json!("1548426417.840180");
    let mut container = json!({
        "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false,
    });
    if let Some(attachment) = button.attachment {
        container["type"] = json!("message_attachment");
        container["attachment_id"] = attachment;
    }
    let response = slack
        .answers
        .url("actions", who.id, channel, Some(reference));
    let trigger = slack.answers.trigger(who.id);
    Some(payload(&json!({
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "example"},
        "enterprise": null,
        "is_enterprise_install": false,
        "user": person(who),
        "api_app_id": "A00000000",
        "token": "deprecated",
        "container": container,
        "trigger_id": trigger,
        "channel": {"id": channel, "name": "alerts"},
        "message": message,
        "state": {"values": {}},
        "response_url": format!("{url}{response}"),
        "actions": [pressed],
    })))
}

/// The message as Slack shows it to apps: attachments with ids, and their colours without `#`.
fn echo(body: &Value, ts: &str) -> Value {
    let mut message = json!({
        "type": "message",
        "subtype": "bot_message",
        "bot_id": "B00000000",
        "ts": ts,
        "text": body["text"],
    });
    if let Some(blocks) = body.get("blocks") {
        message["blocks"] = blocks.clone();
    }
    let attachments = body["attachments"].as_array().cloned().unwrap_or_default();
    if attachments.is_empty() {
        return message;
    }
    let shown = attachments.into_iter().enumerate().map(|(index, mut one)| {
        one["id"] = json!(index + 1);
        if let Some(colour) = one["color"].as_str() {
            one["color"] = json!(colour.trim_start_matches('#'));
        }
        if one["fallback"].is_null() {
            one["fallback"] = json!("[no preview available]");
        }
        one
    });
    message["attachments"] = shown.collect();
    message
}

struct Button {
    /// Of the attachment that it stands in.
    attachment: Option<Value>,
    block: Value,
    element: Value,
}

fn buttons(message: &Value) -> Vec<Button> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let own = (None, list(&message["blocks"]));
    let attached = list(&message["attachments"]);
    let attached = attached
        .iter()
        .map(|one| (Some(one["id"].clone()), list(&one["blocks"])));
    let mut buttons = Vec::new();
    for (attachment, blocks) in std::iter::once(own).chain(attached) {
        for block in blocks {
            for element in list(&block["elements"]) {
                if element["type"] == "button" {
                    buttons.push(Button {
                        attachment: attachment.clone(),
                        block: block["block_id"].clone(),
                        element,
                    });
                }
            }
        }
    }
    buttons
}

/// What a block holds when it is submitted.
fn state(element: &Value, given: Option<&str>) -> Value {
    let kind = &element["type"];
    if kind == "plain_text_input" {
        return json!({"type": kind, "value": given.filter(|text| !text.is_empty())});
    }
    let options = element["options"].as_array();
    let option = given.and_then(|given| {
        options?
            .iter()
            .find(|option| option["value"] == given)
            .cloned()
    });
    let option = option.unwrap_or_else(|| element["initial_option"].clone());
    json!({"type": kind, "selected_option": option})
}

fn person(who: SlackPerson) -> Value {
    let handle = handle(who);
    json!({"id": who.id, "username": handle, "name": handle, "team_id": who.team})
}

fn handle(who: SlackPerson) -> String {
    who.id.get(1..).unwrap_or_default().to_lowercase()
}

fn payload(payload: &Value) -> String {
    format!("payload={}", encoded(&payload.to_string()))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
