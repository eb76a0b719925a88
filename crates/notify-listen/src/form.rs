//! `application/x-www-form-urlencoded`, as Slack and Mattermost send it.

use std::collections::HashMap;

use percent_encoding::percent_decode;

/// The fields by name, of one that is there twice the first. `None`: that is no UTF-8.
pub fn fields(body: &[u8]) -> Option<HashMap<String, String>> {
    let mut fields = HashMap::new();
    for pair in body.split(|byte| *byte == b'&') {
        if pair.is_empty() {
            continue;
        }
        let equals = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = match equals {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &b""[..]),
        };
        let (name, value) = (decoded(name)?, decoded(value)?);
        fields.entry(name).or_insert(value);
    }
    Some(fields)
}

fn decoded(part: &[u8]) -> Option<String> {
    let part: Vec<u8> = part
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    String::from_utf8(percent_decode(&part).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_plus_are_decoded_and_broken_escapes_stay() {
        let fields = fields(b"payload=%7B%22a%22%3A+1%7D&x&y=100%&&z=%zz&x=2&=3").unwrap();
        let of = |name: &str| fields.get(name).map(String::as_str);
        assert_eq!(of("payload"), Some("{\"a\": 1}"));
        assert_eq!(
            (of("x"), of("y"), of("z")),
            (Some(""), Some("100%"), Some("%zz"))
        );
        assert_eq!(of(""), Some("3"));
    }

    #[test]
    fn what_is_not_utf_8_is_no_form() {
        assert_eq!(fields(b"text=%ff"), None);
        assert_eq!(fields(b"\xff=1"), None);
        assert_eq!(fields(b""), Some(HashMap::new()));
    }
}
