//! The name under which everybody knows a subject: `mon:v1:<site>/<host>[/<service>]`. Dedup keys, buttons,
//! messages and answers use this one reference, so it can be read back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::notification::Subject;

/// PagerDuty's limit for a dedup key, the shortest of those that carry a reference.
pub const LONGEST: usize = 255;

const PREFIX: &str = "mon:v1:";
/// Unreserved in URLs; everything else is percent-encoded, `/` above all.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Stands between a shortened reference and its hash; percent-encoding never leaves it in a name.
const HASH_MARK: char = '#';
/// Before a reference in a page's address: browsers send nothing behind it.
const CARRIED: char = '#';

/// What a reference says when it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referenced {
    Subject {
        site: String,
        subject: Subject,
    },
    /// Too long to be read back: only equal or not.
    Shortened,
}

pub fn reference(site: &str, subject: &Subject) -> String {
    let encode = |text| utf8_percent_encode(text, ENCODED);
    let mut whole = format!("{PREFIX}{}/{}", encode(site), encode(&subject.host));
    if let Some(service) = &subject.service {
        whole.push('/');
        whole.extend(encode(service));
    }
    if whole.len() <= LONGEST {
        return whole;
    }
    let hash: String = Sha256::digest(&whole)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut readable = LONGEST - hash.len() - HASH_MARK.len_utf8();
    // Never in the middle of a percent escape.
    while whole.as_bytes()[readable - 2..readable].contains(&b'%') {
        readable -= 1;
    }
    whole.truncate(readable);
    whole.push(HASH_MARK);
    whole + &hash
}

/// Of a shortened one, too: only its end is cut.
pub fn site(reference: &str) -> Option<String> {
    let (site, _) = reference.strip_prefix(PREFIX)?.split_once('/')?;
    Some(percent_decode_str(site).decode_utf8().ok()?.into_owned())
}

/// `None` for what no notifier of ours has made.
pub fn read(reference: &str) -> Option<Referenced> {
    let rest = reference.strip_prefix(PREFIX)?;
    if rest.contains(HASH_MARK) {
        return Some(Referenced::Shortened);
    }
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .ok()
            .map(String::from)
    };
    let mut parts = rest.split('/');
    let site = decode(parts.next()?)?;
    let host = decode(parts.next()?)?;
    let service = match parts.next() {
        Some(service) => Some(decode(service)?),
        None => None,
    };
    if host.is_empty() || parts.next().is_some() {
        return None;
    }
    Some(Referenced::Subject {
        site,
        subject: Subject { host, service },
    })
}

/// A page's address, or a name, that carries a reference at its end: for vendors that give back no key of ours.
pub fn carrying(text: &str, reference: &str) -> String {
    let plain = reference.replace('%', "%25").replace(HASH_MARK, "%23");
    format!("{text}{CARRIED}{plain}")
}

pub fn carried(text: &str) -> Option<String> {
    let at = text.find(&format!("{CARRIED}{PREFIX}"))?;
    let plain = &text[at + CARRIED.len_utf8()..];
    let reference = percent_decode_str(plain).decode_utf8().ok()?;
    read(&reference)?;
    Some(reference.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_readable() {
        let subject = Subject::service("web01", "Disk /var");
        assert_eq!(
            reference("berlin", &subject),
            "mon:v1:berlin/web01/Disk%20%2Fvar"
        );
        assert_eq!(
            reference("default", &Subject::host("web01")),
            "mon:v1:default/web01"
        );
    }

    #[test]
    fn what_others_made_is_not_read() {
        for foreign in [
            "",
            "srv01/HTTP",
            "mon:v2:a/b",
            "mon:v1:a",
            "mon:v1:a/",
            "mon:v1:a/b/c/d",
            "mon:v1:a/%FF",
        ] {
            assert_eq!(read(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn what_carries_nothing_of_ours_is_left() {
        for text in [
            "",
            "Monitoring",
            "https://x/#!/hosts/1",
            "#mon:v1:",
            "#mon:v1:a/%FF",
        ] {
            assert_eq!(carried(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_reference_round_trips(
            site in "\\PC{0,20}",
            host in ".{1,120}",
            service in proptest::option::of(".{0,120}"),
        ) {
            let subject = Subject { host, service };
            let made = reference(&site, &subject);
            prop_assert!(made.len() <= LONGEST && made.is_ascii());
            match read(&made) {
                Some(Referenced::Subject { site: read_site, subject: read_subject }) => {
                    prop_assert_eq!((read_site, read_subject), (site, subject));
                }
                Some(Referenced::Shortened) => prop_assert_eq!(made.len() >= LONGEST - 3, true),
                None => prop_assert!(false, "{} cannot be read back", made),
            }
            let page = carrying("https://example.com/cgi?host=web01", &made);
            prop_assert_eq!(carried(&page), Some(made));
        }

        #[test]
        fn different_subjects_have_different_references(host in ".{1,300}", other in ".{1,300}") {
            prop_assume!(host != other);
            prop_assert_ne!(
                reference("s", &Subject::host(host.as_str())),
                reference("s", &Subject::host(other.as_str()))
            );
        }
    }
}
