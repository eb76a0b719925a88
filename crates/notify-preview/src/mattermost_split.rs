//! How Mattermost makes posts of a webhook's message: long text over several, attachments on the last,
//! each post's props within their limit.

use serde_json::{Map, Value, json};

use crate::mattermost::{LONGEST_POST, Refusal};
use crate::mattermost_payload::{Payload, STRINGS};

pub(crate) struct Split {
    pub(crate) posts: Vec<Post>,
    /// Runes that were silently cut from attachments' texts.
    pub(crate) cut: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Post {
    pub(crate) text: String,
    pub(crate) attachments: Vec<Map<String, Value>>,
}

pub(crate) fn split(payload: Payload, runes_of_props: usize) -> Result<Split, Refusal> {
    let mut base = payload.props;
    base.insert("from_webhook".to_string(), json!("true"));
    if !payload.username.is_empty() {
        base.insert("override_username".to_string(), json!(payload.username));
    }
    if runes(&base, &[]) > runes_of_props {
        return Err(too_large());
    }
    let mut posts: Vec<Post> = pieces(&payload.text)
        .into_iter()
        .map(|text| Post {
            text,
            attachments: Vec::new(),
        })
        .collect();
    let mut cut = 0;
    for attachment in payload.attachments {
        let attachment = with_every_key(attachment);
        let last = posts.len() - 1;
        let mut together = posts[last].attachments.clone();
        together.push(attachment.clone());
        if runes(&base, &together) <= runes_of_props {
            posts[last].attachments = together;
            continue;
        }
        let (fitting, lost) = fitted(attachment, &base, runes_of_props)?;
        cut += lost;
        match posts[last].attachments.is_empty() {
            true => posts[last].attachments.push(fitting),
            false => posts.push(Post {
                text: String::new(),
                attachments: vec![fitting],
            }),
        }
    }
    Ok(Split { posts, cut })
}

/// The attachment alone in a post, its text cut by as many runes as are too many (observed: the JSON
/// may stay too large where the text's letters cost more than one rune), or refused.
fn fitted(
    mut attachment: Map<String, Value>,
    base: &Map<String, Value>,
    runes_of_props: usize,
) -> Result<(Map<String, Value>, usize), Refusal> {
    let alone = runes(base, std::slice::from_ref(&attachment));
    let excess = alone.saturating_sub(runes_of_props);
    let text = attachment
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let length = text.chars().count();
    if length < excess {
        return Err(too_large());
    }
    let kept: String = text.chars().take(length - excess).collect();
    attachment.insert("text".to_string(), Value::String(kept));
    Ok((attachment, excess))
}

/// Runes of the props' JSON as Go writes it.
pub(crate) fn runes(base: &Map<String, Value>, attachments: &[Map<String, Value>]) -> usize {
    let mut props = base.clone();
    if !attachments.is_empty() {
        props.insert("attachments".to_string(), json!(attachments));
    }
    Value::Object(props)
        .to_string()
        .chars()
        .map(|letter| match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
            _ => 1,
        })
        .sum()
}

/// Go writes every field of an attachment, empty ones too.
pub(crate) fn with_every_key(attachment: Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for key in STRINGS {
        whole.insert(key.to_string(), json!(""));
    }
    whole.insert("id".to_string(), json!(0));
    whole.insert("fields".to_string(), Value::Null);
    whole.insert("ts".to_string(), Value::Null);
    whole.extend(attachment);
    whole
}

fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    match letters.is_empty() {
        true => vec![String::new()],
        false => letters
            .chunks(LONGEST_POST)
            .map(|piece| piece.iter().collect())
            .collect(),
    }
}

fn too_large() -> Refusal {
    Refusal(
        400,
        "web.incoming_webhook.split_props_length.app_error",
        "Unable to split webhook props into parts.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(payload: Value, limit: usize) -> Result<Split, u16> {
        let payload = Payload::parse(payload.to_string().as_bytes()).unwrap();
        split(payload, limit).map_err(|Refusal(status, ..)| status)
    }

    #[test]
    fn long_text_is_split_and_attachments_go_on_the_last_post() {
        let payload = json!({
            "text": "ä".repeat(LONGEST_POST + 1),
            "attachments": [{"text": "x"}],
        });
        let posts = made(payload, 7_600).unwrap().posts;
        assert_eq!(posts.len(), 2);
        assert_eq!(posts[0].text.chars().count(), LONGEST_POST);
        assert!(posts[0].attachments.is_empty());
        assert_eq!(posts[1].attachments.len(), 1);
    }

    #[test]
    fn attachments_spread_over_posts_when_they_do_not_fit_together() {
        let attachment = json!({"text": "x".repeat(4000)});
        let split = made(json!({"attachments": vec![attachment; 3]}), 7_600).unwrap();
        assert_eq!((split.posts.len(), split.cut), (3, 0));
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_silently() {
        let split = made(json!({"attachments": [{"text": "x".repeat(9000)}]}), 7_600).unwrap();
        let text = split.posts[0].attachments[0]["text"].as_str().unwrap();
        assert_eq!(text.len(), 9000 - split.cut);
        assert!((6_900..7_600).contains(&text.len()), "{}", text.len());
    }

    #[test]
    fn costly_letters_are_refused_where_the_excess_passes_the_text() {
        let with = |count| json!({"attachments": [{"text": "<".repeat(count)}]});
        assert!(made(with(1_000), 7_600).is_ok());
        assert_eq!(made(with(1_500), 7_600).err(), Some(400));
        assert!(made(with(1_500), 800_000).is_ok());
    }
}
