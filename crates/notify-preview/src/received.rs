//! One request as it arrived, and what became of it.

use std::time::Instant;

use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// As on the wire.
    pub target: String,
    /// Without scheme, host and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What was answered; `None` for a request that was left hanging, reset or closed on.
    pub status: Option<u16>,
    /// "accepted", or the vendor's error id, or the fault.
    pub verdict: String,
    /// What a person would see, without colour codes.
    pub shown: Option<String>,
    /// What a person would be called by, such as `@here`, wherever it stands in the message.
    pub mentions: Vec<String>,
    /// The number of the TCP connection, from 1.
    pub connection: u64,
    pub at: Instant,
}

impl Received {
    /// The body as JSON; `Null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        crate::http::header(&self.headers, name)
    }
}
