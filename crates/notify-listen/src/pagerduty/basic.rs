//! The password that a generic V2 webhook brings along.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const HEADER: &str = "X-Monitoring-Notify";

/// In a header of its own, or in the webhook's URL (`https://user:password@…`), whoever the user is.
pub fn password(headers: &HeaderMap) -> Option<String> {
    if let Some(given) = headers.get(HEADER) {
        return given.to_str().ok().map(str::to_owned);
    }
    let given = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_found_in_both_places() {
        let with = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            password(&headers)
        };
        let found = Some("pass:word".to_owned());
        assert_eq!(with("authorization", "Basic dXNlcjpwYXNzOndvcmQ="), found);
        assert_eq!(with("authorization", "basic OnBhc3M6d29yZA=="), found);
        assert_eq!(with("x-monitoring-notify", "pass:word"), found);
        assert_eq!(with("authorization", "Bearer dXNlcjpwYXNzOndvcmQ="), None);
    }
}
