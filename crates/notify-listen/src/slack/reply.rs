//! Where somebody in Slack is told what became of an answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Good for five posts in half an hour.
    pub response_url: String,
    /// The section of the config whose app it was.
    #[serde(default)]
    pub app: String,
    /// `CHANNEL/TS` of the message that was answered; empty for a command.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub post: String,
    /// That message as Slack showed it, where it is known.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub message: Value,
}
