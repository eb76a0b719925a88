//! `application/x-www-form-urlencoded`, as forms and query strings have it.

pub(crate) fn fields(encoded: &[u8]) -> Vec<(String, String)> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(equals) => (decoded(&pair[..equals]), decoded(&pair[equals + 1..])),
            None => (decoded(pair), String::new()),
        })
        .collect()
}

pub(crate) fn field(encoded: &[u8], name: &str) -> Option<String> {
    fields(encoded)
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn decoded(part: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match after.get(..2).and_then(hex_pair) {
                Some(value) => {
                    bytes.push(value);
                    rest = &after[2..];
                }
                None => bytes.push(b'%'),
            },
            other => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let high = char::from(digits[0]).to_digit(16)?;
    let low = char::from(digits[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_and_plus_are_decoded_and_broken_escapes_stay() {
        assert_eq!(
            fields(b"payload=%7B%22a%22%3A+1%7D&x&y=100%&z=%zz"),
            [
                ("payload".to_string(), "{\"a\": 1}".to_string()),
                ("x".to_string(), String::new()),
                ("y".to_string(), "100%".to_string()),
                ("z".to_string(), "%zz".to_string()),
            ]
        );
        assert_eq!(field(b"a=1&b=2", "b").as_deref(), Some("2"));
    }
}
