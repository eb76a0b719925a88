//! What Mattermost's answers mean: a status and, mostly, an error id in JSON.

use notify_core::http::Response;
use notify_core::provider::{Proof, Request};
use notify_core::verdict::{self, Verdict};
use serde_json::Value;

pub fn of_webhook(response: &Response) -> Verdict {
    let id = error_id(response);
    match (response.status, id.as_str()) {
        (200, _) if response.body.trim() == "ok" => Verdict::delivered(),
        (200..=299, _) => not_mattermost(response),
        // Not 404: an unknown or deleted webhook, or one whose channel is archived.
        (400, "web.incoming_webhook.invalid.app_error") => Verdict::destination_refused(
            "400: the webhook does not exist (any more), or its channel is archived",
        ),
        (400, "web.incoming_webhook.user.app_error") => {
            Verdict::destination_refused("400: the webhook's user does not exist")
        }
        (400, _) => Verdict::message_refused(format!("400{}", in_words(response))),
        (405, _) => Verdict::destination_refused(
            "405: webhook_url is not a webhook's address (…/hooks/ and 26 letters or digits)",
        ),
        (501, _) => {
            Verdict::destination_refused("501: incoming webhooks are switched off on this server")
        }
        // The text's fault (a NUL) or an archived channel's: no retry mends it.
        (500, "api.post.create_webhook_post.creating.app_error") => {
            Verdict::message_refused(format!("500{}", in_words(response)))
        }
        _ => of_others(response),
    }
}

pub fn of_rest(response: &Response) -> Verdict {
    let id = error_id(response);
    match (response.status, id.as_str()) {
        (200 | 201, _) => match serde_json::from_str::<Value>(&response.body) {
            Ok(post) if post["id"].is_string() => {
                let text = |key: &str| post[key].as_str().unwrap_or_default();
                Verdict::Delivered {
                    reference: Some(format!("{}/{}", text("channel_id"), text("id"))),
                }
            }
            _ => not_mattermost(response),
        },
        (400, id) if id.contains("can_not_post_to_deleted") => {
            Verdict::destination_refused("400: the channel is archived")
        }
        (400, _) => Verdict::message_refused(format!("400{}", in_words(response))),
        (401, _) => Verdict::destination_refused("401: bot_token is not valid (any more)"),
        (403, _) => Verdict::destination_refused(
            "403: the bot is no member of the channel, or channel is not a channel's id",
        ),
        _ => of_others(response),
    }
}

pub fn of_webhook_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    match (response.status, error_id(response).as_str()) {
        (404, "web.incoming_webhook.channel.app_error" | "app.channel.get.existing.app_error") => {
            Ok("the webhook exists".into())
        }
        (403, "web.incoming_webhook.channel_locked.app_error") => {
            Ok("the webhook exists and is locked to its channel".into())
        }
        _ => refusal(of_webhook(response)),
    }
}

pub fn of_user_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    let user: Value = serde_json::from_str(&response.body).unwrap_or_default();
    match (response.status, user["username"].as_str()) {
        (200, Some(name)) => Ok(format!("the token is {name}'s").into()),
        _ => refusal(of_rest(response)),
    }
}

pub fn of_channel_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    let channel: Value = serde_json::from_str(&response.body).unwrap_or_default();
    match (response.status, channel["delete_at"].as_i64()) {
        (200, Some(1..)) => Err("the channel is archived".to_owned()),
        (200, _) => {
            let name = channel["display_name"].as_str().unwrap_or("?");
            Ok(format!("the channel {name} exists").into())
        }
        _ => refusal(of_rest(response)),
    }
}

fn refusal(verdict: Verdict) -> Result<Proof, String> {
    match verdict {
        Verdict::Delivered { .. } => Err("it took what Mattermost would refuse".to_owned()),
        Verdict::Retry { reason, .. }
        | Verdict::MessageRefused { reason }
        | Verdict::DestinationRefused { reason } => Err(reason),
    }
}

fn of_others(response: &Response) -> Verdict {
    match verdict::by_status(response) {
        Verdict::DestinationRefused { .. } if !error_id(response).is_empty() => {
            Verdict::destination_refused(format!("{}{}", response.status, in_words(response)))
        }
        verdict => verdict,
    }
}

fn not_mattermost(response: &Response) -> Verdict {
    Verdict::destination_refused(format!(
        "it does not answer like Mattermost{}",
        verdict::quote(response)
    ))
}

fn error_id(response: &Response) -> String {
    let error: Value = serde_json::from_str(&response.body).unwrap_or_default();
    error["id"].as_str().unwrap_or_default().to_owned()
}

/// The server's sentence and its id, which is what its administrators look for.
fn in_words(response: &Response) -> String {
    let error: Value = serde_json::from_str(&response.body).unwrap_or_default();
    match (error["message"].as_str(), error["id"].as_str()) {
        (Some(message), Some(id)) => format!(": {message} ({id})"),
        _ => verdict::quote(response),
    }
}
