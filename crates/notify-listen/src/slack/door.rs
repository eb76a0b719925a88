//! Who is let in: what Slack signed, lately, and once.

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use notify_core::button::unhex;
use notify_core::now::Moment;

use super::Part;
use super::payload::Malformed;
use super::seen::Visit;
use crate::media_type;
use crate::signature::{self, Unsigned};

/// A request that Slack sent.
pub struct Signed {
    /// Which of the apps.
    pub app: usize,
    /// No other request has this one.
    pub signature: Vec<u8>,
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    status: StatusCode,
    /// For the metrics.
    reason: &'static str,
    /// For the log.
    line: &'static str,
}

pub const SOURCE: &str = "slack";

/// A copy of what was here before.
pub const REPEATED: Refused = Refused {
    status: StatusCode::UNAUTHORIZED,
    reason: "repeated",
    line: "a request that was here before",
};

pub const WRONG_METHOD: Refused = Refused {
    status: StatusCode::METHOD_NOT_ALLOWED,
    reason: "method",
    line: "a GET where Slack sends a POST",
};

impl From<Unsigned> for Refused {
    fn from(why: Unsigned) -> Refused {
        Refused {
            status: StatusCode::UNAUTHORIZED,
            reason: why.reason(),
            line: match why {
                Unsigned::Missing => "a request without a signature",
                Unsigned::Wrong => {
                    "a request with a wrong signature: if it was Slack's, look at signing_secret"
                }
                Unsigned::Stale => {
                    "a request that is older than five minutes: if it was new, look at this machine's clock"
                }
            },
        }
    }
}

impl From<Malformed> for Refused {
    fn from(why: Malformed) -> Refused {
        Refused {
            status: StatusCode::BAD_REQUEST,
            reason: why.reason(),
            line: "a request that cannot be read",
        }
    }
}

impl Part {
    pub fn let_in(&self, headers: &HeaderMap, body: &Bytes) -> Result<Signed, Refused> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signature = header("x-slack-signature");
        let timestamp = header("x-slack-request-timestamp");
        let now = Moment::read().wall;
        let opens = |secrets: &[_]| signature::slack(secrets, timestamp, signature, body, now);
        // All of them, so that the time taken tells nothing.
        let apps = self.slack.apps.iter();
        let tried: Vec<Result<(), Unsigned>> = apps.map(|app| opens(&app.secrets)).collect();
        let app = match tried.iter().position(Result::is_ok) {
            Some(app) => app,
            None if tried.contains(&Err(Unsigned::Stale)) => return Err(Unsigned::Stale.into()),
            None => {
                let why = tried.first().and_then(|tried| tried.err());
                return Err(why.unwrap_or(Unsigned::Wrong).into());
            }
        };
        // One digest has several spellings.
        let digits = signature.and_then(|text| text.strip_prefix("v0="));
        let signature = digits.and_then(unhex).unwrap_or_default();
        if self.slack.seen.visit(&signature) == Visit::Again {
            return Err(REPEATED);
        }
        match media_type::is(headers, media_type::FORM) {
            true => Ok(Signed { app, signature }),
            false => Err(Refused {
                status: StatusCode::BAD_REQUEST,
                reason: "content_type",
                line: "a request that is no form",
            }),
        }
    }

    pub fn refused(&self, why: Refused) -> Response {
        self.context.refuse(SOURCE, why.reason, why.line);
        (why.status, format!("{}\n", why.reason)).into_response()
    }
}
