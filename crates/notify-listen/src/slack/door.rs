//! Who is let in: what Slack signed, lately, and once.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use notify_core::button::unhex;
use notify_core::now::Moment;

use super::Part;
use super::seen::Visit;
use crate::signature::{self, Unsigned};

/// A request that Slack sent.
pub struct Signed {
    /// Which of the apps.
    pub app: usize,
    /// No other request has this one.
    pub signature: Vec<u8>,
}

pub const SOURCE: &str = "slack";

impl Part {
    pub fn let_in(&self, headers: &HeaderMap, body: &Bytes) -> Result<Signed, Box<Response>> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signature = header("x-slack-signature");
        let timestamp = header("x-slack-request-timestamp");
        let now = Moment::read().wall;
        // All of them, so that the time taken tells nothing.
        let mut opened = Err(Unsigned::Missing);
        for (number, app) in self.slack.apps.iter().enumerate() {
            match signature::slack(&app.secrets, timestamp, signature, body, now) {
                Ok(()) => opened = Ok(number),
                Err(why) if opened.is_err() && opened != Err(Unsigned::Stale) => opened = Err(why),
                Err(_) => {}
            }
        }
        let app = opened.map_err(|why| {
            let advice = match why {
                Unsigned::Missing => "a request without a signature",
                Unsigned::Wrong => {
                    "a request with a wrong signature: if it was Slack's, look at signing_secret"
                }
                Unsigned::Stale => {
                    "a request that is older than five minutes: if it was new, look at this machine's clock"
                }
            };
            Box::new(self.refused(StatusCode::UNAUTHORIZED, why.reason(), advice))
        })?;
        // One digest has several spellings.
        let digits = signature.and_then(|text| text.strip_prefix("v0="));
        let signature = digits.and_then(unhex).unwrap_or_default();
        if self.slack.seen.visit(&signature) == Visit::Again {
            return Err(Box::new(self.repeated()));
        }
        let form = header("content-type").unwrap_or_default();
        let media_type = form.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Box::new(self.refused(
                StatusCode::BAD_REQUEST,
                "content_type",
                "a request that is no form",
            )));
        }
        Ok(Signed { app, signature })
    }

    /// A copy of what was here before.
    pub fn repeated(&self) -> Response {
        self.refused(
            StatusCode::UNAUTHORIZED,
            "repeated",
            "a request that was here before",
        )
    }

    pub fn refused(&self, status: StatusCode, reason: &'static str, line: &str) -> Response {
        self.context.refuse(SOURCE, reason, line);
        (status, format!("{reason}\n")).into_response()
    }
}
