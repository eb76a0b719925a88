//! Where somebody in Slack is told what became of an answer.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Good for five posts in half an hour.
    pub response_url: String,
}
