//! The password that a generic V2 webhook brings along.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

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
    let decoded = String::from_utf8(decoded(credentials.trim())?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}

/// Base64, as in RFC 4648.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_read() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decoded(text), Some(bytes.as_bytes().to_vec()), "{text}");
        }
        assert_eq!(decoded("Zm9v YmFy"), None);
    }

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

    proptest! {
        #[test]
        fn no_header_is_too_much(text in "\\PC{0,200}") {
            decoded(&text);
        }
    }
}
