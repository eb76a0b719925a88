//! What somebody meant who mistyped.

/// The known word that is at most three typing mistakes away.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (candidate, 3.min(candidate.len() / 2)))
        .filter(|(candidate, allowed)| candidate.len().abs_diff(word.len()) <= *allowed)
        .map(|(candidate, allowed)| (distance(word, candidate), allowed, candidate))
        .filter(|(distance, allowed, _)| distance <= allowed)
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// Levenshtein's.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_a_plausible_one() {
        let known = ["webhook_url", "channel", "use_proxy"];
        let nearest = |word| nearest(word, known.iter().copied());
        assert_eq!(nearest("webook_url"), Some("webhook_url"));
        assert_eq!(nearest("chanel"), Some("channel"));
        assert_eq!(nearest("colour"), None);
    }
}
