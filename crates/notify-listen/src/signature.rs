//! Who sent a request: HMAC-SHA256 over what came over the wire, compared in constant time, before anything is parsed.

use hmac::Mac;
use notify_core::button::{keyed, unhex};
use notify_core::config::secret::Secret;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    Missing,
    Wrong,
    /// Too old, or from the future.
    Stale,
}

/// Slack's window.
const WINDOW: f64 = 300.0;

impl Unsigned {
    /// For the metrics and the log.
    pub fn reason(self) -> &'static str {
        match self {
            Unsigned::Missing => "signature_missing",
            Unsigned::Wrong => "signature_wrong",
            Unsigned::Stale => "signature_stale",
        }
    }
}

/// `v0=` + HMAC over `v0:{timestamp}:{body}`.
pub fn slack(
    secrets: &[Secret],
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: f64,
) -> Result<(), Unsigned> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else {
        return Err(Unsigned::Missing);
    };
    let digest = signature.strip_prefix("v0=").and_then(unhex);
    let digest = digest.ok_or(Unsigned::Wrong)?;
    let parts = [b"v0:", timestamp.as_bytes(), b":", body];
    if !matches(secrets, &parts, &digest) {
        return Err(Unsigned::Wrong);
    }
    let sent: u64 = timestamp.parse().map_err(|_| Unsigned::Stale)?;
    match (sent as f64 - now).abs() <= WINDOW {
        true => Ok(()),
        false => Err(Unsigned::Stale),
    }
}

/// `v1=…[,v1=…]` over the body: one of them is enough, as there are several while a secret is changed.
pub fn pagerduty(
    secrets: &[Secret],
    signatures: Option<&str>,
    body: &[u8],
) -> Result<(), Unsigned> {
    let signatures = signatures.ok_or(Unsigned::Missing)?;
    let digests = signatures
        .split(',')
        .filter_map(|one| unhex(one.trim().strip_prefix("v1=")?));
    let matching = digests.filter(|digest| matches(secrets, &[body], digest));
    match matching.count() {
        0 => Err(Unsigned::Wrong),
        _ => Ok(()),
    }
}

/// A shared word: compared by its HMAC, so that the time taken tells nothing of where it differs.
pub fn same(secret: &Secret, given: &str) -> bool {
    let key = b"compared in constant time";
    let mut expected = keyed(key);
    expected.update(secret.expose().as_bytes());
    let mut mac = keyed(key);
    mac.update(given.as_bytes());
    mac.verify(&expected.finalize().into_bytes()).is_ok()
}

/// All secrets are tried, so that the time taken tells nothing.
fn matches(secrets: &[Secret], parts: &[&[u8]], digest: &[u8]) -> bool {
    let matching = secrets.iter().filter(|secret| {
        let mut mac = keyed(secret.expose().as_bytes());
        for part in parts {
            mac.update(part);
        }
        mac.verify_slice(digest).is_ok()
    });
    matching.count() > 0
}
