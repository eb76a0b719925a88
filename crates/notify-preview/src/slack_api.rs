//! Slack's Web API, as far as a notifier calls it. It answers 200 to everything but a 429.

use serde_json::{Map, Value, json};

use crate::exchange::Outcome;
use crate::form;
use crate::http::{Answer, Request};
use crate::pace::Gate;
use crate::slack::{Slack, TEAM};
use crate::slack_answers;
use crate::slack_post;

pub(crate) fn answer(
    slack: &mut Slack,
    request: &Request,
    method: &str,
    gate: &mut Gate,
) -> Outcome {
    let scope = match method {
        "chat.postMessage" | "chat.update" => "chat:write",
        "conversations.info" => "channels:read",
        "users.info" => "users:read",
        "auth.test" | "views.open" => "",
        _ => return refused("unknown_method"),
    };
    let arguments = match arguments(request) {
        Ok(arguments) => arguments,
        Err(error) => return refused(error),
    };
    let token = request
        .bearer()
        .or_else(|| arguments.get("token")?.as_str())
        .unwrap_or_default()
        .to_string();
    if token.is_empty() {
        return refused("not_authed");
    }
    if !token.starts_with("xoxb-") {
        return refused("invalid_auth");
    }
    if token.contains("missingscope") && !scope.is_empty() {
        let mut outcome = refused("missing_scope");
        outcome.answer = Answer::json(
            200,
            json!({
                "ok": false,
                "error": "missing_scope",
                "needed": scope,
                "provided": "incoming-webhook",
            }),
        );
        return outcome.remark(format!("needs {scope}"));
    }
    match method {
        "auth.test" => looked_up(json!({
            "ok": true,
            "url": "https://example.slack.com/",
            "team": "Example",
            "user": "monitoring",
            "team_id": TEAM,
            "user_id": "U00000000",
            "bot_id": "B00000000",
        })),
        "conversations.info" => conversation(&arguments),
        "users.info" => slack_answers::user(&arguments),
        "views.open" => slack_answers::open_view(slack, &arguments),
        "chat.update" => slack_post::update(slack, &arguments, &token, gate),
        _ => slack_post::post(slack, &arguments, &token, gate),
    }
}

fn conversation(arguments: &Map<String, Value>) -> Outcome {
    let channel = string(arguments, "channel");
    if is_unknown(channel) {
        return refused("channel_not_found");
    }
    looked_up(json!({
        "ok": true,
        "channel": {
            "id": channel,
            "name": channel.trim_start_matches('#').to_lowercase(),
            "is_channel": true,
            "is_private": false,
            "is_archived": channel.starts_with("CARCHIVED"),
            "is_member": !channel.starts_with("CNOTIN"),
        },
    }))
}

/// Of the query, and of the body as form or JSON. Look-ups take no JSON in reality; a client that
/// sends them some gets channel_not_found there.
pub(crate) fn arguments(request: &Request) -> Result<Map<String, Value>, &'static str> {
    let texts = |encoded: &[u8]| {
        form::fields(encoded)
            .into_iter()
            .map(|(key, value)| (key, Value::String(value)))
            .collect::<Map<_, _>>()
    };
    let mut arguments = texts(request.query.as_bytes());
    match request.media_type().as_str() {
        "application/json" if reads_no_json(&request.path) => {}
        "application/json" if !request.body.is_empty() => {
            let json: Value = serde_json::from_slice(&request.body).map_err(|_| "invalid_json")?;
            let Value::Object(object) = json else {
                return Err("json_not_object");
            };
            arguments.extend(object);
        }
        "application/x-www-form-urlencoded" => arguments.extend(texts(&request.body)),
        _ => {}
    }
    // A form has only strings.
    for flag in ["mrkdwn", "link_names", "reply_broadcast"] {
        match arguments.get(flag).and_then(Value::as_str) {
            Some("true" | "1") => arguments.insert(flag.to_string(), Value::Bool(true)),
            Some("false" | "0") => arguments.insert(flag.to_string(), Value::Bool(false)),
            _ => None,
        };
    }
    Ok(arguments)
}

fn reads_no_json(path: &str) -> bool {
    ["/conversations.info", "/users.info"]
        .iter()
        .any(|method| path.ends_with(method))
}

pub(crate) fn string<'a>(arguments: &'a Map<String, Value>, key: &str) -> &'a str {
    arguments
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub(crate) fn is_unknown(channel: &str) -> bool {
    channel.is_empty() || channel.starts_with("CNOSUCH")
}

fn looked_up(body: Value) -> Outcome {
    Outcome::unseen(Answer::json(200, body), "looked up")
}

pub(crate) fn refused(error: &str) -> Outcome {
    let body = json!({"ok": false, "error": error});
    Outcome::unseen(Answer::json(200, body), error)
}
