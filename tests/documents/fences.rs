//! The documents, and the fenced blocks in them.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Document {
    /// From the project's top: `docs/slack.md`.
    pub path: PathBuf,
    pub text: String,
}

pub struct Block {
    /// `docs/slack.md:17`, the line of its fence.
    pub place: String,
    pub language: String,
    pub text: String,
}

pub fn top() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    top.canonicalize().expect("the project's top folder")
}

/// README, CHANGELOG and everything in docs/, in the same order on each machine.
pub fn documents() -> Vec<Document> {
    let mut paths = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    for entry in fs::read_dir(top().join("docs")).expect("docs/") {
        let name = entry.expect("a file of docs/").file_name();
        if Path::new(&name).extension().is_some_and(|end| end == "md") {
            paths.push(Path::new("docs").join(name));
        }
    }
    paths.sort();
    paths.into_iter().map(Document::read).collect()
}

/// All fenced blocks in this language.
pub fn blocks_in(language: &str) -> Vec<Block> {
    let blocks = documents()
        .into_iter()
        .flat_map(|document| document.blocks());
    blocks.filter(|block| block.language == language).collect()
}

impl Document {
    pub fn read(path: impl Into<PathBuf>) -> Document {
        let path = path.into();
        let text = fs::read_to_string(top().join(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Document { path, text }
    }

    pub fn blocks(&self) -> Vec<Block> {
        self.blocks_and_prose().0
    }

    /// The fenced blocks, and the text without them.
    pub fn blocks_and_prose(&self) -> (Vec<Block>, String) {
        let mut blocks = Vec::new();
        let mut prose = String::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(language) = line.trim_start().strip_prefix("```") else {
                prose += line;
                prose.push('\n');
                continue;
            };
            let place = format!("{}:{}", self.path.display(), number + 1);
            let indent = line.len() - line.trim_start().len();
            let mut text = String::new();
            loop {
                let (_, line) = lines
                    .next()
                    .unwrap_or_else(|| panic!("{place}: a fence that nothing closes"));
                if line.trim() == "```" {
                    break;
                }
                text += line.get(indent..).unwrap_or(line.trim_start());
                text.push('\n');
            }
            blocks.push(Block {
                place,
                language: language.trim().to_owned(),
                text,
            });
        }
        (blocks, prose)
    }
}
