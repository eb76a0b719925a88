//! Mattermost's REST API, as far as a notifier's bot calls it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::exchange::Outcome;
use crate::http::{Answer, Request};
use crate::mattermost::{LONGEST_POST, Mattermost, Refusal, throttled};
use crate::mattermost_page;
use crate::mattermost_payload;
use crate::mattermost_split::{self, Post};
use crate::pace::Gate;

const NOT_FOUND: Refusal = Refusal(404, "api.context.404.app_error", "Not found.");
const FORBIDDEN: Refusal = Refusal(
    403,
    "api.context.permissions.app_error",
    "You do not have the appropriate permissions.",
);

/// The bot that every token stands for.
const BOT: &str = "botbotbotbotbotbotbotbotbo";
const TEAM: &str = "teamteamteamteamteamteamte";

pub(crate) fn answer(
    server: &mut Mattermost,
    request: &Request,
    call: &str,
    gate: &mut Gate,
) -> Outcome {
    judged(server, request, call, gate).unwrap_or_else(|refusal| server.refused(refusal))
}

fn judged(
    server: &mut Mattermost,
    request: &Request,
    call: &str,
    gate: &mut Gate,
) -> Result<Outcome, Refusal> {
    let words: Vec<&str> = call.split('/').collect();
    let is_known = matches!(
        (request.method.as_str(), &words[..]),
        ("POST", ["posts"]) | ("GET", ["users", "me"]) | ("GET", ["channels", _])
    );
    if !is_known {
        return Err(NOT_FOUND);
    }
    match request.bearer() {
        Some(token) if !token.starts_with("bad") => {}
        _ => {
            return Err(Refusal(
                401,
                "api.context.session_expired.app_error",
                "Invalid or expired session, please login again.",
            ));
        }
    }
    match words[..] {
        ["posts"] => post(server, request, gate),
        ["channels", channel] => self::channel(channel),
        _ => Ok(looked_up(json!({
            "id": BOT,
            "username": "monitoring",
            "is_bot": true,
            "roles": "system_user",
            "delete_at": 0,
        }))),
    }
}

fn channel(id: &str) -> Result<Outcome, Refusal> {
    if !is_id(id) {
        return Err(FORBIDDEN);
    }
    Ok(looked_up(json!({
        "id": id,
        "team_id": TEAM,
        "type": "O",
        "name": "alerts",
        "display_name": "Alerts",
        "delete_at": if id.starts_with("archived") { 1 } else { 0 },
    })))
}

fn post(server: &mut Mattermost, request: &Request, gate: &mut Gate) -> Result<Outcome, Refusal> {
    let unreadable = Refusal(
        400,
        "api.context.invalid_body_param.app_error",
        "Invalid or missing post in request body.",
    );
    let Ok(Value::Object(sent)) = serde_json::from_slice(&request.body) else {
        return Err(unreadable);
    };
    let string = |key: &str| match sent.get(key) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    };
    let (Some(channel), Some(text), Some(root)) =
        (string("channel_id"), string("message"), string("root_id"))
    else {
        return Err(unreadable);
    };
    let props = match sent.get("props") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(props)) => props.clone(),
        Some(_) => return Err(unreadable),
    };
    if !is_id(channel) {
        return Err(FORBIDDEN);
    }
    if !root.is_empty() && !is_id(root) {
        return Err(Refusal(
            400,
            "api.post.create_post.root_id.app_error",
            "Invalid RootId parameter.",
        ));
    }
    if channel.starts_with("archived") {
        return Err(Refusal(
            400,
            "api.post.create_post.can_not_post_to_deleted.error",
            "Can not post to deleted channel.",
        ));
    }
    let attachments =
        mattermost_payload::attachments(props.get("attachments")).ok_or(unreadable)?;
    if text.chars().count() > LONGEST_POST {
        return Err(Refusal(
            400,
            "model.post.is_valid.msg.app_error",
            "Post Message property is longer than the maximum permitted length.",
        ));
    }
    if runes_of(&props, &attachments) > server.runes_of_props() {
        return Err(Refusal(
            400,
            "model.post.is_valid.props.app_error",
            "Invalid props.",
        ));
    }
    if text.contains('\0') {
        return Err(Refusal(
            500,
            "app.post.save.app_error",
            "Unable to save the Post.",
        ));
    }
    if let Err(wait) = gate.pass(channel, Instant::now()) {
        return Ok(throttled(&wait));
    }
    let title = match root {
        "" => format!("mattermost: channel {channel}"),
        root => format!("mattermost: channel {channel}, reply to {root}"),
    };
    let shown = Post {
        text: text.to_string(),
        attachments,
    };
    let page = mattermost_page::page(&title, &[shown]);
    let made = made(server, channel, root, text, &props);
    Ok(Outcome::accepted(Answer::json(201, made), page))
}

fn made(
    server: &mut Mattermost,
    channel: &str,
    root: &str,
    text: &str,
    props: &Map<String, Value>,
) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64);
    let kind = match props.contains_key("attachments") {
        true => "slack_attachment",
        false => "",
    };
    json!({
        "id": server.id(),
        "create_at": now,
        "update_at": now,
        "edit_at": 0,
        "delete_at": 0,
        "user_id": BOT,
        "channel_id": channel,
        "root_id": root,
        "message": text,
        "type": kind,
        "props": without_integrations(props),
    })
}

/// Clients never see an action's URL and context (observed).
fn without_integrations(props: &Map<String, Value>) -> Value {
    let mut props = Value::Object(props.clone());
    let attachments = props.get_mut("attachments").and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten() {
        let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            if let Some(action) = action.as_object_mut() {
                action.remove("integration");
            }
        }
    }
    props
}

fn runes_of(props: &Map<String, Value>, attachments: &[Map<String, Value>]) -> usize {
    let mut base = props.clone();
    base.remove("attachments");
    let whole: Vec<_> = attachments
        .iter()
        .cloned()
        .map(mattermost_split::with_every_key)
        .collect();
    mattermost_split::runes(&base, &whole)
}

fn is_id(id: &str) -> bool {
    id.len() == 26
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !id.starts_with("nosuch")
}

fn looked_up(body: Value) -> Outcome {
    Outcome::unseen(Answer::json(200, body), "looked up")
}
