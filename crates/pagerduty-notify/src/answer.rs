//! What PagerDuty's answers mean.

use notify_core::http::Response;
use notify_core::provider::{Proof, Request};
use notify_core::verdict::{self, Blame, Verdict};
use serde_json::Value;

use crate::Api;

pub fn judge(api: Api, response: &Response) -> Verdict {
    match (api, response.status) {
        (Api::V2, 202) | (Api::V1, 200) => taken(response),
        // v1 throttles with 403, v2 with 429.
        (Api::V1, 403) => Verdict::Retry {
            after: response.retry_after,
            blame: Blame::Destination,
            reason: "PagerDuty is limiting the rate (403)".to_owned(),
        },
        // Tolerant: the key's error comes as JSON or as plain text, in changing words.
        (_, 400) if speaks_of_the_key(&response.body) => Verdict::destination_refused(format!(
            "400{}: check integration_key and whether its integration is of this API's version",
            in_words(response)
        )),
        (_, 400) => Verdict::message_refused(format!("400{}", in_words(response))),
        (_, 200..=299) => Verdict::destination_refused(format!(
            "it does not answer like PagerDuty ({}){}",
            response.status,
            verdict::quote(response)
        )),
        _ => verdict::by_status(response),
    }
}

pub fn of_probe(request: &Request, response: &Response) -> Result<Proof, String> {
    match judge(Api::of(request), response) {
        Verdict::Delivered { .. } => Ok("the key is well-formed and events are taken".into()),
        Verdict::Retry { reason, .. }
        | Verdict::MessageRefused { reason }
        | Verdict::DestinationRefused { reason } => Err(reason),
    }
}

fn taken(response: &Response) -> Verdict {
    let answer: Value = serde_json::from_str(&response.body).unwrap_or_default();
    if answer["status"] != "success" {
        return Verdict::destination_refused(format!(
            "it does not answer like PagerDuty{}",
            verdict::quote(response)
        ));
    }
    let key = answer["dedup_key"]
        .as_str()
        .or(answer["incident_key"].as_str());
    Verdict::Delivered {
        reference: key.map(str::to_owned),
    }
}

/// The errors where they come as JSON, else what was said.
fn in_words(response: &Response) -> String {
    let answer: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let errors: Vec<&str> = answer["errors"]
        .as_array()
        .map(|errors| errors.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    match errors.is_empty() {
        true => verdict::quote(response),
        false => format!(": {}", errors.join("; ")),
    }
}

fn speaks_of_the_key(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    ["routing_key", "routing key", "service_key", "service key"]
        .iter()
        .any(|key| body.contains(key))
}
