//! What a vendor's answer means. The provider decides, from status and body.

use std::time::Duration;

use crate::http::Response;
use crate::text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered {
        /// The vendor's name for what was posted.
        reference: Option<String>,
    },
    /// Not now; the vendor may have said when.
    Retry {
        after: Option<Duration>,
        blame: Blame,
        reason: String,
    },
    /// This message will never be taken; others may.
    MessageRefused { reason: String },
    /// Nothing will be taken there until somebody mends the config or the vendor's side.
    DestinationRefused { reason: String },
}

/// Whether another message would fare better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// Nobody's would: a rate limit, a vendor that cannot be reached.
    Destination,
    /// Nobody knows: the vendor was asked, and failed over this very message or over any.
    Unclear,
}

impl Verdict {
    pub fn delivered() -> Verdict {
        Verdict::Delivered { reference: None }
    }

    pub fn message_refused(reason: impl Into<String>) -> Verdict {
        Verdict::MessageRefused {
            reason: reason.into(),
        }
    }

    pub fn destination_refused(reason: impl Into<String>) -> Verdict {
        Verdict::DestinationRefused {
            reason: reason.into(),
        }
    }
}

/// What a status means where the vendor gave it no meaning of its own.
pub fn by_status(response: &Response) -> Verdict {
    let status = response.status;
    match status {
        408 | 425 | 429 | 500..=599 => Verdict::Retry {
            after: response.retry_after,
            blame: match status {
                429 => Blame::Destination,
                _ => Blame::Unclear,
            },
            reason: match status {
                429 => "the vendor is limiting the rate (429)".to_owned(),
                _ => format!("the vendor answered {status}{}", quote(response)),
            },
        },
        300..=399 => Verdict::destination_refused(format!(
            "it redirects ({status}){}, which is never followed: correct the URL",
            match response.location.as_deref().and_then(host_of) {
                Some(host) => format!(" to {host}"),
                None => String::new(),
            }
        )),
        400 | 413 | 422 => Verdict::message_refused(format!("{status}{}", quote(response))),
        _ => Verdict::destination_refused(format!("{status}{}", quote(response))),
    }
}

/// `: no_service`, the beginning of what the vendor said; a whole page says nothing.
pub fn quote(response: &Response) -> String {
    const ENOUGH: usize = 200;
    let said = text::line(&response.body);
    if said.is_empty() {
        return String::new();
    }
    match said.starts_with('<') {
        true => ": an HTML page".to_owned(),
        false => format!(": {}", text::clip(&said, ENOUGH, |_| 1)),
    }
}

/// Only the host: the rest of a redirect may quote the secret that was asked for.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(
        authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host),
    )
}
