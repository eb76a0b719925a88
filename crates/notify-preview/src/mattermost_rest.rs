//! Mattermost's REST API, as far as a notifier's bot calls it.

use serde_json::{Value, json};

use crate::exchange::Outcome;
use crate::http::{Answer, Request};
use crate::mattermost::{Mattermost, Refusal};
use crate::mattermost_posts;
use crate::pace::Gate;

const NOT_FOUND: Refusal = Refusal(404, "api.context.404.app_error", "Not found.");
pub(crate) const FORBIDDEN: Refusal = Refusal(
    403,
    "api.context.permissions.app_error",
    "You do not have the appropriate permissions.",
);

/// The bot that every token stands for.
pub(crate) const BOT: &str = "botbotbotbotbotbotbotbotbo";
pub(crate) const TEAM: &str = "teamteamteamteamteamteamte";

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
        ("POST", ["posts"])
            | ("PUT", ["posts", _, "patch"])
            | ("GET", ["users", _])
            | ("GET", ["channels", _])
            | ("GET", ["channels" | "teams", _, "members", _])
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
        ["posts"] => mattermost_posts::post(server, request, gate),
        ["posts", id, "patch"] => mattermost_posts::patch(server, request, id, gate),
        ["channels", channel] => self::channel(channel),
        [_, place, "members", user] => self::member(place, user),
        ["users", id] => self::user(id),
        _ => Err(NOT_FOUND),
    }
}

/// Prefixes of ids stand for what a server knows of people.
fn user(id: &str) -> Result<Outcome, Refusal> {
    if id == "me" || id == BOT {
        return Ok(looked_up(json!({
            "id": BOT,
            "username": "monitoring",
            "is_bot": true,
            "roles": "system_user",
            "delete_at": 0,
        })));
    }
    if !is_id(id) {
        return Err(Refusal(
            404,
            "app.user.missing_account.const",
            "Unable to find the user.",
        ));
    }
    let mut user = json!({
        "id": id,
        "username": "somebody",
        "roles": match id.starts_with("guest") {
            true => "system_guest",
            false => "system_user",
        },
        "delete_at": if id.starts_with("gone") { 1 } else { 0 },
    });
    // Left out where it is false.
    if id.starts_with("robot") {
        user["is_bot"] = json!(true);
    }
    Ok(looked_up(user))
}

fn member(place: &str, user: &str) -> Result<Outcome, Refusal> {
    if !is_id(place) {
        return Err(FORBIDDEN);
    }
    if !is_id(user) || user.starts_with("outsider") {
        return Err(Refusal(
            404,
            "app.team.get_member.missing.app_error",
            "No team member found for that user ID and team ID.",
        ));
    }
    Ok(looked_up(json!({
        "user_id": user,
        "roles": "",
        "scheme_guest": user.starts_with("guest") || user.starts_with("visitor"),
        "scheme_user": true,
        "delete_at": 0,
    })))
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

pub(crate) fn is_id(id: &str) -> bool {
    id.len() == 26
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !id.starts_with("nosuch")
}

fn looked_up(body: Value) -> Outcome {
    Outcome::unseen(Answer::json(200, body), "looked up")
}
