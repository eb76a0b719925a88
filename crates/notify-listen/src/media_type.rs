//! What a request says that its body is.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

pub const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/json";

/// Whatever parameters stand behind it.
pub fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let given = headers.get(CONTENT_TYPE);
    let given = given.and_then(|given| given.to_str().ok());
    let given = given.and_then(|given| given.split(';').next());
    given.is_some_and(|given| given.trim().eq_ignore_ascii_case(media_type))
}
