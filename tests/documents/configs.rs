//! Every config in the documents works as it stands.

use std::fs;
use std::path::Path;

use notify_test::HOST_DOWN;

use crate::arrival::finished;
use crate::fences::{blocks_in, top};
use crate::stage::{LISTEN, PROGRAMS, Stage, program};

/// A config of a document, with what it names made to exist.
struct Snippet {
    text: String,
    environment: Vec<(String, String)>,
}

impl Snippet {
    fn new(stage: &Stage, text: &str) -> Snippet {
        let mut snippet = Snippet {
            text: String::new(),
            environment: Vec::new(),
        };
        let state = stage.folder().join("state").display().to_string();
        if !text.lines().any(|line| line.starts_with("state_dir")) {
            snippet.line(&format!("state_dir = {state:?}"));
        }
        for line in text.lines() {
            match line.split_once(" = ") {
                Some(("state_dir", _)) => snippet.line(&format!("state_dir = {state:?}")),
                Some((key, value)) if key.ends_with("_file") => {
                    let name = file_name(value);
                    stage.bench.file(&name, secret(key));
                    snippet.line(&format!("{key} = {name:?}"));
                }
                Some((key, value)) if key.ends_with("_env") => {
                    let name = value.trim_matches('"').to_owned();
                    snippet.environment.push((name, secret(key).to_owned()));
                    snippet.line(line);
                }
                _ => snippet.line(line),
            }
        }
        if !PROGRAMS.iter().any(|name| snippet.has_section_of(name)) {
            snippet.line("[slack]\nwebhook_url = \"https://hooks.slack.com/services/T0/B0/X\"");
            snippet.line("[mattermost]\nwebhook_url = \"https://chat.example.com/hooks/x\"");
            snippet.line("[pagerduty]\nintegration_key = \"0123456789abcdef0123456789abcdef\"");
        }
        snippet
    }

    fn line(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
    }

    fn has_section_of(&self, program: &str) -> bool {
        let provider = program.trim_end_matches("-notify");
        let sections = [format!("[{provider}]"), format!("[{provider}.")];
        let mut lines = self.text.lines();
        lines.any(|line| sections.iter().any(|section| line.starts_with(section)))
    }

    /// `slack:db` of `[slack.destinations.db]`.
    fn destinations_of(&self, program: &str) -> Vec<String> {
        let provider = program.trim_end_matches("-notify");
        let header = format!("[{provider}.destinations.");
        let names = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix(&header)?.strip_suffix(']'));
        names.map(|name| format!("{provider}:{name}")).collect()
    }

    /// By every program that it is for, to the default destination and to each that it names.
    fn is_used_without_a_word(&self, stage: &Stage, place: &str) {
        let config = stage.bench.file("snippet.toml", &self.text);
        for name in PROGRAMS.iter().filter(|name| self.has_section_of(name)) {
            let mut ways = vec![vec![]];
            for destination in self.destinations_of(name) {
                ways.push(vec!["--to".to_owned(), destination]);
            }
            for way in ways {
                let mut command = stage.command(program(name));
                command
                    .args(HOST_DOWN)
                    .args(["--output", "x", "--dry-run", "--config"])
                    .arg(&config)
                    .args(&way)
                    .envs(self.environment.iter().cloned());
                let run = finished(&mut command);
                assert!(
                    run.code == 0 && run.stderr.is_empty(),
                    "{place}: {name} {way:?} with\n{}\n{run:#?}",
                    self.text
                );
            }
        }
    }
}

/// What only the listener reads is looked at by its `--check`, which names the file in whatever is wrong there.
#[test]
fn the_listener_finds_no_mistake_in_any_config_of_the_documents() {
    let stage = Stage::new();
    let mut found = 0;
    let mut texts: Vec<(String, String)> = blocks_in("toml")
        .into_iter()
        .map(|block| (block.place, block.text))
        .collect();
    let lines: Vec<String> = example().lines().map(uncommented).collect();
    texts.push(("config.example.toml".to_owned(), lines.join("\n")));
    for (place, text) in texts {
        found += usize::from(text.contains("[monitoring]"));
        let snippet = Snippet::new(&stage, &text);
        let config = stage.bench.file("snippet.toml", &snippet.text);
        let mut command = stage.command(program(LISTEN));
        command.arg("--check").arg("--config").arg(&config);
        let run = finished(command.envs(snippet.environment));
        assert!(
            run.stdout.starts_with("notify-listen "),
            "{place}: {run:#?}"
        );
        assert!(!run.stdout.contains("snippet.toml"), "{place}: {run:#?}");
    }
    assert!(found > 3, "docs/answers.md has one for each core");
}

/// Of `"/etc/monitoring-notify/slack-webhook"`, whose folder is not this test's to write to.
fn file_name(value: &str) -> String {
    let path = Path::new(value.trim_matches('"'));
    let name = path.file_name().expect("a file's name");
    name.to_string_lossy().into_owned()
}

fn secret(key: &str) -> &'static str {
    match key.starts_with("webhook_url") {
        true => "https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz",
        false => "0123456789abcdef0123456789abcdef",
    }
}

#[test]
fn every_config_in_the_documents_is_used_without_a_word() {
    let stage = Stage::new();
    let blocks = blocks_in("toml");
    assert!(blocks.len() > 10, "the documents' configs are found");
    for block in blocks {
        Snippet::new(&stage, &block.text).is_used_without_a_word(&stage, &block.place);
    }
}

#[test]
fn the_example_config_is_used_without_a_word_as_it_stands() {
    let stage = Stage::new();
    let snippet = Snippet::new(&stage, &example());
    assert!(PROGRAMS.iter().all(|name| snippet.has_section_of(name)));
    snippet.is_used_without_a_word(&stage, "config.example.toml");
}

#[test]
fn the_example_config_is_used_without_a_word_with_every_key_in_use() {
    let stage = Stage::new();
    let lines = example()
        .lines()
        .map(uncommented)
        .collect::<Vec<_>>()
        .join("\n");
    let snippet = Snippet::new(&stage, &lines);
    assert!(snippet.destinations_of("slack-notify").len() > 1);
    snippet.is_used_without_a_word(&stage, "config.example.toml, uncommented");
}

fn example() -> String {
    fs::read_to_string(top().join("config.example.toml")).expect("config.example.toml")
}

/// `#key = value` and `#[section]` are config; `# text` is not.
fn uncommented(line: &str) -> String {
    match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest.into(),
        _ => line.into(),
    }
}
