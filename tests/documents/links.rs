//! Links between the documents lead somewhere, and files that they name exist.

use std::path::{Component, Path, PathBuf};

use crate::fences::{Document, documents, top};
use crate::prose::{inline_code, prose};

#[test]
fn every_relative_link_leads_to_a_file_and_to_a_heading_in_it() {
    let mut broken = Vec::new();
    for document in documents() {
        let (_, text) = inline_code(&prose(&document));
        for target in targets(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match path {
                "" => document.path.clone(),
                path => below_top(&document.path, path),
            };
            let leads = top().join(&path).exists()
                && (anchor.is_empty()
                    || anchors(&Document::read(&path)).iter().any(|a| a == anchor));
            if !leads {
                broken.push(format!("{}: {target}", document.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

#[test]
fn every_file_of_this_project_that_the_documents_name_exists() {
    let mut missing = Vec::new();
    for document in documents() {
        let (code, _) = inline_code(&prose(&document));
        let blocks = document.blocks();
        let shown = blocks
            .iter()
            .flat_map(|block| block.text.split_whitespace());
        for word in code.iter().map(String::as_str).chain(shown) {
            let ours = ["crates/", "docs/", "scripts/", "tests/"]
                .iter()
                .any(|folder| word.starts_with(folder));
            // `crates/<name>-notify` is a name to fill in.
            if ours && !word.contains(['<', ' ']) && !top().join(word).exists() {
                missing.push(format!("{}: {word}", document.path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "no such files: {missing:#?}");
}

/// What stands between `](` and `)`.
fn targets(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|behind| behind.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .collect()
}

/// A link counts from its document's folder.
fn below_top(document: &Path, link: &str) -> PathBuf {
    let mut path = document.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                assert!(path.pop(), "{link} leaves the project");
            }
            part => path.push(part),
        }
    }
    path
}

/// The headings' names as code hosts make them; a repeated one is numbered.
fn anchors(document: &Document) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for line in prose(document).lines() {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let name: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(|&c| c.is_alphanumeric() || "-_ ".contains(c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let numbered = format!("{name}-");
        let before = anchors
            .iter()
            .filter(|known| {
                **known == name || known.starts_with(&numbered) && ends_in_number(known)
            })
            .count();
        anchors.push(match before {
            0 => name,
            before => format!("{name}-{before}"),
        });
    }
    anchors
}

fn ends_in_number(anchor: &str) -> bool {
    let last = anchor.rsplit('-').next().unwrap_or_default();
    !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
}
