//! What the documents list is what the programs have: exit codes and options.

use std::collections::BTreeSet;
use std::fs;

use crate::arrival::finished;
use crate::fences::{Document, documents, top};
use crate::prose::{inline_code, prose};
use crate::stage::{LISTEN, PROGRAMS, QUEUE, Stage, program};

/// Options in the documents that belong to other people's programs.
const FOREIGN: [&str; 1] = ["--locked"];

#[test]
fn the_table_of_exit_codes_lists_exactly_the_codes_that_there_are() {
    let there_are = codes_in_the_source();
    assert!(
        there_are.contains(&0) && there_are.len() > 3,
        "{there_are:?}"
    );
    let document = Document::read("docs/exit-codes.md");
    let listed: Vec<u8> = document
        .text
        .lines()
        .skip_while(|line| !line.starts_with("| code |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|row| cell(row, 0).parse().expect("a code in the first column"))
        .collect();
    assert_eq!(listed, Vec::from_iter(there_are), "docs/exit-codes.md");
}

#[test]
fn the_help_lists_exactly_the_exit_codes_that_there_are() {
    let there_are = codes_in_the_source();
    for name in PROGRAMS {
        let help = help(&[name]);
        let line = help.lines().find(|line| line.starts_with("Exit codes:"));
        let words = line.expect("a line about exit codes").split(' ');
        let listed: BTreeSet<u8> = words.filter_map(|word| word.parse().ok()).collect();
        assert_eq!(listed, there_are, "{name} --help");
    }
}

/// An enum cannot be asked for its variants, its source can.
fn codes_in_the_source() -> BTreeSet<u8> {
    let source = fs::read_to_string(top().join("crates/core/src/exit.rs")).expect("exit.rs");
    let arms = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Exit::")?.split_once(" => "));
    arms.filter_map(|(_, code)| code.trim_end_matches(',').parse().ok())
        .collect()
}

fn cell(row: &str, column: usize) -> &str {
    row.split('|').nth(column + 1).unwrap_or_default().trim()
}

#[test]
fn every_option_that_the_documents_mention_exists() {
    let mut known: BTreeSet<String> = FOREIGN.map(str::to_owned).into();
    known.extend(PROGRAMS.iter().flat_map(|name| options_of(&help(&[name]))));
    let preview = options_of(&help(&["notify-preview"]));
    let listen = options_of(&help(&[LISTEN]));
    let queue: BTreeSet<String> = [
        "run", "list", "show", "retry", "drop", "log", "open", "mute", "replay", "check",
    ]
    .iter()
    .flat_map(|command| options_of(&help(&[QUEUE, command])))
    .collect();
    let mut unknown = Vec::new();
    for document in documents() {
        let (code, _) = inline_code(&prose(&document));
        let blocks = document.blocks();
        let lines = blocks.iter().flat_map(|block| lines_of(&block.text));
        for text in code.into_iter().chain(lines) {
            for option in mentioned(&text) {
                let exists = match &text {
                    _ if text.contains("notify-preview") => preview.contains(&option),
                    _ if text.contains(LISTEN) => listen.contains(&option),
                    _ if text.contains(QUEUE) => queue.contains(&option),
                    _ => known.contains(&option) || queue.contains(&option),
                };
                if !exists {
                    unknown.push(format!("{}: {option} in {text}", document.path.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "no such options: {unknown:#?}");
}

/// Of a program, or of one of its commands.
fn help(words: &[&str]) -> String {
    let stage = Stage::new();
    let (name, rest) = words.split_first().expect("a program");
    let run = finished(stage.command(program(name)).args(rest).arg("--help"));
    run.code(0);
    run.stdout
}

/// Of the lists, not of the examples below them: `--output [<TEXT>]  … [aliases: --a, --b]`.
fn options_of(help: &str) -> BTreeSet<String> {
    let listed = help.lines().filter_map(|line| {
        let line = line.trim_start();
        let is_entry = line.starts_with("--") || line.starts_with("-h,") || line.starts_with("-V,");
        is_entry.then_some(line)
    });
    let mut options = BTreeSet::new();
    for line in listed {
        let own = options_in(line).into_iter().next();
        let aliases = line.split_once("[alias").map(|(_, aliases)| aliases);
        options.extend(own);
        options.extend(aliases.into_iter().flat_map(options_in));
    }
    options
}

/// A command that goes on in the next line is one.
fn lines_of(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    joined.lines().map(str::to_owned).collect()
}

/// Behind a program's name, or where a text begins with one: a part of a command line, an Icinga argument.
fn mentioned(text: &str) -> Vec<String> {
    let program = [
        "slack-notify",
        "mattermost-notify",
        "pagerduty-notify",
        "notify-preview",
        LISTEN,
        QUEUE,
    ]
    .iter()
    .filter_map(|name| Some(text.find(name)? + name.len()))
    .min();
    let begins = text.trim_start().trim_start_matches('"').starts_with("--");
    match program {
        Some(behind) => options_in(&text[behind..]),
        None if begins => options_in(text),
        None => Vec::new(),
    }
}

fn options_in(text: &str) -> Vec<String> {
    let mut options = Vec::new();
    for (at, _) in text.match_indices("--") {
        let before = text[..at].chars().next_back();
        let name: String = text[at + 2..]
            .chars()
            .take_while(|&c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            .collect();
        let starts = before.is_none_or(|c| c.is_whitespace() || "\"'`([|".contains(c));
        if starts && name.starts_with(|c: char| c.is_ascii_lowercase()) {
            options.push(format!("--{name}"));
        }
    }
    options
}
