//! A bot's posts: in a channel, in a thread, and patched.
//!
//! Source: what a real 5.37.0 answered; the server's source (`patchPost`) for what is gone.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::board::{Content, Kept};
use crate::exchange::Outcome;
use crate::http::{Answer, Request};
use crate::mattermost::{LONGEST_POST, Mattermost, Refusal, throttled};
use crate::mattermost_page;
use crate::mattermost_payload;
use crate::mattermost_rest::{BOT, FORBIDDEN, is_id};
use crate::mattermost_split::{self, Post};
use crate::pace::Gate;
use crate::show::Page;

const UNREADABLE: Refusal = Refusal(
    400,
    "api.context.invalid_body_param.app_error",
    "Invalid or missing post in request body.",
);
const NO_ROOT: Refusal = Refusal(
    400,
    "api.post.create_post.root_id.app_error",
    "Invalid RootId parameter.",
);
/// The server's source: `PostEditTimeLimit`.
pub(crate) const TOO_OLD: Refusal = Refusal(
    400,
    "api.post.update_post.permissions_time_limit.app_error",
    "Post edit is only allowed for a limited time.",
);

pub(crate) fn post(
    server: &mut Mattermost,
    request: &Request,
    gate: &mut Gate,
) -> Result<Outcome, Refusal> {
    let sent = sent(request)?;
    let channel = string(&sent, "channel_id")?.unwrap_or_default();
    let root = string(&sent, "root_id")?.unwrap_or_default();
    let text = string(&sent, "message")?.unwrap_or_default();
    let props = props(&sent)?.unwrap_or_default();
    if !is_id(channel) {
        return Err(FORBIDDEN);
    }
    if channel.starts_with("archived") {
        return Err(Refusal(
            400,
            "api.post.create_post.can_not_post_to_deleted.error",
            "Can not post to deleted channel.",
        ));
    }
    let thread = match root {
        "" => None,
        root => Some(self::root(server, channel, root)?),
    };
    let shown = [checked(server, text, &props)?];
    if let Err(wait) = gate.pass(channel, Instant::now()) {
        return Ok(throttled(&wait));
    }
    let title = format!("mattermost: channel {channel}");
    let seen = mattermost_page::page(&shown);
    let push = mattermost_page::push(&shown);
    let page = match &thread {
        None => Page::posted(&title, push, &seen),
        Some(label) => Page::replied(&title, label, push, &seen),
    };
    let made = keep(server, (BOT, channel), root, text, &props);
    let answer = Answer::json(201, without_integrations(&made));
    Ok(Outcome::accepted(answer, page))
}

/// Puts a post on the board: as the database has it.
pub(crate) fn keep(
    server: &mut Mattermost,
    (author, channel): (&str, &str),
    root: &str,
    text: &str,
    props: &Map<String, Value>,
) -> Value {
    let made = made(server, (author, channel), root, text, props);
    let attachments = mattermost_payload::attachments(props.get("attachments"));
    let shown = Post {
        text: text.to_string(),
        attachments: attachments.unwrap_or_default(),
    };
    let content = Content {
        text: text.to_string(),
        body: made.clone(),
        page: mattermost_page::page(&[shown]),
    };
    let id = made["id"].as_str().unwrap_or_default().to_string();
    let root = (!root.is_empty()).then(|| root.to_string());
    let kept = Kept::new(id, channel, author, root, content);
    server.board.post(kept);
    made
}

pub(crate) fn patch(
    server: &mut Mattermost,
    request: &Request,
    id: &str,
    gate: &mut Gate,
) -> Result<Outcome, Refusal> {
    let sent = sent(request)?;
    let message = string(&sent, "message")?;
    let new_props = props(&sent)?;
    // Not 404: a post that was never there, or is there no more, is one that the bot may not edit (observed).
    // A webhook's post is not the bot's either.
    let before = server.board.get(id);
    let before = before.filter(|kept| !kept.deleted && kept.author == BOT);
    let before = before.ok_or(FORBIDDEN)?;
    let mut made = before.content.body.clone();
    let text = message.unwrap_or(&before.content.text).to_string();
    let kept_props = || made["props"].as_object().cloned().unwrap_or_default();
    let props = new_props.unwrap_or_else(kept_props);
    let shown = [checked(server, &text, &props)?];
    if let Err(wait) = gate.pass_update("mattermost", Instant::now()) {
        return Ok(throttled(&wait));
    }
    let seen = mattermost_page::page(&shown);
    let channel = &before.channel;
    let title = format!("mattermost: channel {channel}");
    let page = Page::updated(&title, &before.label(), &seen);
    let now = now();
    if text != before.content.text {
        made["edit_at"] = json!(now);
    }
    made["update_at"] = json!(now);
    made["message"] = json!(text);
    made["props"] = Value::Object(props);
    let answer = Answer::json(200, without_integrations(&made));
    let content = Content {
        text,
        body: made,
        page: seen,
    };
    server.board.update(id, content);
    Ok(Outcome::accepted(answer, page))
}

/// A thread goes with its first post: from memory.
pub(crate) fn delete(server: &mut Mattermost, id: &str) {
    let mut gone = server.board.replies(id);
    gone.push(id.to_string());
    let now = now();
    for id in gone {
        if let Some(post) = server.board.get_mut(&id) {
            post.deleted = true;
            post.content.body["delete_at"] = json!(now);
            post.content.body["update_at"] = json!(now);
        }
    }
}

/// What a person would call the thread by.
fn root(server: &Mattermost, channel: &str, id: &str) -> Result<String, Refusal> {
    let root = server.board.get(id).filter(|kept| !kept.deleted);
    let root = root.ok_or(NO_ROOT)?;
    if root.channel != channel {
        return Err(Refusal(
            400,
            "api.post.create_post.channel_root_id.app_error",
            "Invalid ChannelId for RootId parameter.",
        ));
    }
    match root.root {
        None => Ok(root.label()),
        Some(_) => Err(NO_ROOT),
    }
}

fn sent(request: &Request) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(sent)) => Ok(sent),
        _ => Err(UNREADABLE),
    }
}

fn string<'a>(sent: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, Refusal> {
    match sent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(UNREADABLE),
    }
}

fn props(sent: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Refusal> {
    match sent.get("props") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(props)) => Ok(Some(props.clone())),
        Some(_) => Err(UNREADABLE),
    }
}

pub(crate) fn checked(
    server: &Mattermost,
    text: &str,
    props: &Map<String, Value>,
) -> Result<Post, Refusal> {
    let attachments =
        mattermost_payload::attachments(props.get("attachments")).ok_or(UNREADABLE)?;
    if text.chars().count() > LONGEST_POST {
        return Err(Refusal(
            400,
            "model.post.is_valid.msg.app_error",
            "Post Message property is longer than the maximum permitted length.",
        ));
    }
    if runes_of(props, &attachments) > server.runes_of_props() {
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
    Ok(Post {
        text: text.to_string(),
        attachments,
    })
}

/// As the database has it.
fn made(
    server: &mut Mattermost,
    (author, channel): (&str, &str),
    root: &str,
    text: &str,
    props: &Map<String, Value>,
) -> Value {
    let now = now();
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
        "user_id": author,
        "channel_id": channel,
        "root_id": root,
        "message": text,
        "type": kind,
        "props": props,
    })
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

/// Clients never see an action's URL and context (observed).
pub(crate) fn without_integrations(post: &Value) -> Value {
    let mut post = post.clone();
    let attachments = post.pointer_mut("/props/attachments");
    let attachments = attachments.and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten() {
        let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten() {
            if let Some(action) = action.as_object_mut() {
                action.remove("integration");
            }
        }
    }
    post
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
