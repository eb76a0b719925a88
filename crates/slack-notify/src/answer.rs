//! What Slack's answers mean. Webhooks answer in plain text with a status, the Web API in JSON with status 200.

use notify_core::http::Response;
use notify_core::provider::{Certainty, Proof, Request};
use notify_core::verdict::{self, Blame, Verdict};
use serde_json::Value;

/// Errors of the Web API that pass by themselves.
const PASSING: &[&str] = &[
    "ratelimited",
    "rate_limited",
    "message_limit_exceeded",
    "request_timeout",
    "service_unavailable",
    "internal_error",
    "fatal_error",
    "team_added_to_org",
    "org_login_required",
];

/// Errors about the token, the channel or the workspace: no other message would fare better.
const OF_THE_DESTINATION: &[&str] = &[
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "no_permission",
    "missing_scope",
    "not_allowed_token_type",
    "access_denied",
    "accesslimited",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "two_factor_setup_required",
    "team_not_found",
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "as_user_not_supported",
    "messages_tab_disabled",
    "method_deprecated",
    "deprecated_endpoint",
    "unknown_method",
];

pub fn of_webhook(response: &Response) -> Verdict {
    let said = response.body.trim();
    match response.status {
        200 if said == "ok" => Verdict::delivered(),
        // Servers that imitate Slack's webhooks answer in JSON.
        200 if ok_in_json(said) => Verdict::delivered(),
        200..=299 => Verdict::destination_refused(format!(
            "it does not answer like Slack{}",
            verdict::quote(response)
        )),
        // Not about what was said, but to whom.
        400 if matches!(said, "user_not_found" | "channel_not_found") => {
            Verdict::destination_refused(format!("400: {said}"))
        }
        _ => verdict::by_status(response),
    }
}

pub fn of_web_api(response: &Response) -> Verdict {
    if response.status != 200 {
        return match verdict::by_status(response) {
            // The Web API refuses messages with 200: any other status is about the address.
            Verdict::MessageRefused { reason } if response.status != 413 => {
                Verdict::DestinationRefused { reason }
            }
            verdict => verdict,
        };
    }
    let Ok(answer) = serde_json::from_str::<Value>(&response.body) else {
        return Verdict::destination_refused(format!(
            "it does not answer like Slack{}",
            verdict::quote(response)
        ));
    };
    if answer["ok"] == true {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let reference = format!("{}/{}", text("channel"), text("ts"));
        return Verdict::Delivered {
            reference: (reference.len() > 1).then_some(reference),
        };
    }
    let error = answer["error"].as_str().unwrap_or("no reason given");
    let reason = in_words(error, &answer);
    if PASSING.contains(&error) {
        return Verdict::Retry {
            after: response.retry_after,
            blame: match error {
                "internal_error" | "fatal_error" | "request_timeout" => Blame::Unclear,
                _ => Blame::Destination,
            },
            reason,
        };
    }
    match OF_THE_DESTINATION.contains(&error) {
        true => Verdict::DestinationRefused { reason },
        // An error that nobody knows yet is kept apart instead of holding up the others.
        false => Verdict::MessageRefused { reason },
    }
}

fn in_words(error: &str, answer: &Value) -> String {
    let advice = match error {
        "missing_scope" => format!(
            ": add the scope {} to the app and install it again",
            answer["needed"].as_str().unwrap_or("chat:write")
        ),
        "not_in_channel" => ": invite the bot to the channel".to_owned(),
        "channel_not_found" => {
            ": use the channel's id, and invite the bot if it is private".to_owned()
        }
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            ": oauth_access_token is not valid (any more)".to_owned()
        }
        _ => answer["response_metadata"]["messages"][0]
            .as_str()
            .map_or(String::new(), |detail| format!(": {detail}")),
    };
    format!("{error}{advice}")
}

fn ok_in_json(body: &str) -> bool {
    serde_json::from_str::<Value>(body).is_ok_and(|answer| answer["ok"] == true)
}

pub fn of_webhook_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    let said = response.body.trim();
    match (response.status, said) {
        (400, "no_text" | "invalid_payload" | "missing_text_or_fallback_or_attachments") => {
            Ok("the webhook exists".into())
        }
        _ => match of_webhook(response) {
            Verdict::Delivered { .. } => {
                Err("it accepts empty messages, which Slack does not".to_owned())
            }
            Verdict::Retry { reason, .. }
            | Verdict::MessageRefused { reason }
            | Verdict::DestinationRefused { reason } => Err(reason),
        },
    }
}

pub fn of_token_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    let answer = web_api_answer(response)?;
    let text = |key: &str| answer[key].as_str().unwrap_or("?").to_owned();
    let words = format!("the token is {}'s in {}", text("user"), text("team"));
    Ok(words.into())
}

pub fn of_channel_probe(_request: &Request, response: &Response) -> Result<Proof, String> {
    let answer: Value = serde_json::from_str(&response.body).unwrap_or_default();
    // Posting needs no right to look at the channel.
    if answer["error"] == "missing_scope" {
        return Ok("not provable: the channel (the token lacks channels:read)".into());
    }
    let answer = web_api_answer(response)?;
    let channel = &answer["channel"];
    let name = channel["name"].as_str().unwrap_or("?");
    if channel["is_archived"] == true {
        return Err(format!("#{name} is archived"));
    }
    match channel["is_member"] == false {
        true => Ok(Proof {
            words: format!(
                "#{name} exists, but the bot is no member: invite it, or give it chat:write.public"
            ),
            certainty: Certainty::Doubtful,
        }),
        false => Ok(format!("#{name} exists").into()),
    }
}

fn web_api_answer(response: &Response) -> Result<Value, String> {
    match of_web_api(response) {
        Verdict::Delivered { .. } => Ok(serde_json::from_str(&response.body).unwrap_or_default()),
        Verdict::Retry { reason, .. }
        | Verdict::MessageRefused { reason }
        | Verdict::DestinationRefused { reason } => Err(reason),
    }
}
