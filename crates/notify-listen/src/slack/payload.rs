//! What Slack sends when somebody presses, submits or writes: read without trust, whoever signed it.

use notify_core::button::Button;
use serde_json::Value;

use crate::form;

#[derive(Clone, Debug, PartialEq)]
pub enum Interaction {
    Click(Box<Click>),
    Submission(Box<Submission>),
    /// Nothing of ours, or nothing that wants something.
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Click {
    pub user: User,
    pub channel: String,
    pub ts: String,
    pub response_url: String,
    pub trigger: String,
    pub message: Value,
    pub action: String,
    /// `None`: what the button holds is not ours.
    pub button: Option<Button>,
}

/// Of the dialogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    pub user: User,
    pub callback: String,
    pub metadata: String,
    /// By block and action.
    pub values: Value,
}

/// A slash command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub user: User,
    pub channel: String,
    pub response_url: String,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: String,
    /// A handle; who it is says a look-up.
    pub name: String,
    /// The person's own workspace, not the channel's.
    pub team: Option<String>,
}

/// Why it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    Utf8,
    Form,
    Json,
}

impl Malformed {
    pub fn reason(self) -> &'static str {
        match self {
            Malformed::Utf8 => "not_utf8",
            Malformed::Form => "not_a_form",
            Malformed::Json => "not_json",
        }
    }
}

/// A form whose one field is JSON.
pub fn interaction(body: &[u8]) -> Result<Interaction, Malformed> {
    let fields = form::fields(body).ok_or(Malformed::Utf8)?;
    let payload = fields.get("payload").ok_or(Malformed::Form)?;
    let payload: Value = serde_json::from_str(payload).map_err(|_| Malformed::Json)?;
    let read = match payload["type"].as_str() {
        Some("block_actions") => click(&payload).map(Box::new).map(Interaction::Click),
        Some("view_submission") => submission(&payload)
            .map(Box::new)
            .map(Interaction::Submission),
        Some(_) => None,
        None => return Err(Malformed::Json),
    };
    Ok(read.unwrap_or(Interaction::Other))
}

pub fn command(body: &[u8]) -> Result<Option<Command>, Malformed> {
    let mut fields = form::fields(body).ok_or(Malformed::Utf8)?;
    if fields.contains_key("ssl_check") {
        return Ok(None);
    }
    let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_empty());
    let (Some(id), Some(channel)) = (take("user_id"), take("channel_id")) else {
        return Err(Malformed::Form);
    };
    Ok(Some(Command {
        user: User {
            id,
            name: take("user_name").unwrap_or_default(),
            team: take("team_id"),
        },
        channel,
        response_url: take("response_url").unwrap_or_default(),
        text: unescaped(&take("text").unwrap_or_default()),
    }))
}

/// Slack writes three characters as in its messages.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// `None`: it was not pressed under a message, or is none of ours.
fn click(payload: &Value) -> Option<Click> {
    let action = payload["actions"].as_array()?.iter().find(|action| {
        let is_button = action["type"] == "button";
        is_button && action["block_id"] == "answers"
    })?;
    let (container, message) = (&payload["container"], &payload["message"]);
    let channel = text(&container["channel_id"]).or_else(|| text(&payload["channel"]["id"]))?;
    let ts = text(&container["message_ts"]).or_else(|| text(&message["ts"]))?;
    let value = action["value"].as_str().unwrap_or_default();
    Some(Click {
        user: user(payload)?,
        channel,
        ts,
        response_url: text(&payload["response_url"]).unwrap_or_default(),
        trigger: text(&payload["trigger_id"]).unwrap_or_default(),
        message: message.clone(),
        action: text(&action["action_id"])?,
        button: serde_json::from_str(value).ok(),
    })
}

fn submission(payload: &Value) -> Option<Submission> {
    let view = &payload["view"];
    Some(Submission {
        user: user(payload)?,
        callback: text(&view["callback_id"])?,
        metadata: text(&view["private_metadata"])?,
        values: view["state"]["values"].clone(),
    })
}

fn user(payload: &Value) -> Option<User> {
    let user = &payload["user"];
    Some(User {
        id: text(&user["id"])?,
        name: text(&user["username"])
            .or_else(|| text(&user["name"]))
            .unwrap_or_default(),
        team: text(&user["team_id"]).or_else(|| text(&payload["team"]["id"])),
    })
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_wants_nothing_of_ours_is_ignored() {
        for payload in [
            r#"{"type":"view_closed"}"#,
            r#"{"type":"block_actions"}"#,
            r#"{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","block_id":"theirs"}]}"#,
            r#"{"type":"block_actions","user":7,"actions":[{"type":"button","block_id":"answers","action_id":"more"}]}"#,
            r#"{"type":"view_submission","view":[]}"#,
        ] {
            let body = format!("payload={payload}");
            assert_eq!(
                interaction(body.as_bytes()),
                Ok(Interaction::Other),
                "{payload}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(interaction(b"payload=%ff"), Err(Malformed::Utf8));
        assert_eq!(interaction(b"x=1"), Err(Malformed::Form));
        assert_eq!(interaction(b"payload={"), Err(Malformed::Json));
        assert_eq!(interaction(b"payload=7"), Err(Malformed::Json));
        assert_eq!(command(b"text=ack"), Err(Malformed::Form));
        assert_eq!(command(b"ssl_check=1&token=x"), Ok(None));
    }

    proptest! {
        #[test]
        fn nothing_from_the_network_stops_it(body in prop::collection::vec(any::<u8>(), 0..300), json in ".{0,300}") {
            let _ = interaction(&body);
            let _ = command(&body);
            let _ = interaction(format!("payload={json}").as_bytes());
        }
    }
}
