//! The mark by which an answer of ours is known again: it stands at the end of the comment that the listener gave to the
//! core, and comes back with the core's own notification.

const BEGIN: &str = " [#";
const END: char = ']';
/// In hexadecimal digits.
const ID: usize = 16;

pub fn marked(comment: &str, id: &str) -> String {
    format!("{comment}{BEGIN}{id}{END}")
}

/// The comment as people should see it, and the answer that it came from.
pub fn unmarked(comment: &str) -> (&str, Option<&str>) {
    let whole = comment.trim_end();
    let found = whole.strip_suffix(END).and_then(|rest| {
        let (said, id) = rest.rsplit_once(BEGIN)?;
        is_id(id).then_some((said, id))
    });
    match found {
        Some((said, id)) => (said, Some(id)),
        None => (comment, None),
    }
}

/// Safe as a file's name, too.
pub fn is_id(text: &str) -> bool {
    text.len() == ID
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The same request makes the same one: sent twice it is one answer.
pub fn id_of(parts: &[&[u8]]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut id = crate::state_folder::lane::hex(&hash.finalize());
    id.truncate(ID);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_comment_is_read_back() {
        let id = id_of(&[b"slack", b"v0=abc"]);
        assert!(is_id(&id));
        for comment in ["disk ordered", "", "see [#12]", "a [#0123456789abcdef] b"] {
            assert_eq!(
                unmarked(&marked(comment, &id)),
                (comment, Some(id.as_str()))
            );
        }
    }

    #[test]
    fn what_is_no_mark_stays_in_the_comment() {
        for comment in [
            "disk ordered",
            "see [#12]",
            "[#0123456789abcdeF]",
            " [#0123456789abcde]",
            "",
        ] {
            assert_eq!(unmarked(comment), (comment, None));
        }
    }

    #[test]
    fn where_one_part_ends_makes_a_difference() {
        assert_ne!(id_of(&[b"ab", b"c"]), id_of(&[b"a", b"bc"]));
    }
}
