//! The documents without their fenced blocks.

use crate::fences::Document;

pub fn prose(document: &Document) -> String {
    document.blocks_and_prose().1
}

/// Markdown's code spans, and the text around them.
pub fn inline_code(prose: &str) -> (Vec<String>, String) {
    let mut spans = Vec::new();
    let mut around = String::new();
    let mut rest = prose;
    while let Some(start) = rest.find('`') {
        around += &rest[..start];
        let run = rest[start..]
            .bytes()
            .take_while(|&byte| byte == b'`')
            .count();
        let behind = &rest[start + run..];
        match closing(behind, run) {
            Some(end) => {
                spans.push(behind[..end].trim().to_owned());
                rest = &behind[end + run..];
            }
            None => rest = behind,
        }
    }
    around += rest;
    (spans, around)
}

/// Where a run of exactly this many backticks begins.
fn closing(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let length = text[start..]
            .bytes()
            .take_while(|&byte| byte == b'`')
            .count();
        if length == run {
            return Some(start);
        }
        at = start + length;
    }
    None
}
