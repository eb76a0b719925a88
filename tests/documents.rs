//! What the documents say is true: their commands, configs and definitions run, their links lead somewhere, and what
//! they list is what there is.

#[path = "documents/arrival.rs"]
mod arrival;
#[path = "documents/configs.rs"]
mod configs;
#[path = "documents/fences.rs"]
mod fences;
#[path = "documents/icinga.rs"]
mod icinga;
#[path = "documents/icinga_commands.rs"]
mod icinga_commands;
#[path = "documents/lines.rs"]
mod lines;
#[path = "documents/links.rs"]
mod links;
#[path = "documents/listening.rs"]
mod listening;
#[path = "documents/lists.rs"]
mod lists;
#[path = "documents/nagios.rs"]
mod nagios;
#[path = "documents/prose.rs"]
mod prose;
#[path = "documents/proxies.rs"]
mod proxies;
#[path = "documents/shell.rs"]
mod shell;
#[path = "documents/stage.rs"]
mod stage;
#[path = "documents/units.rs"]
mod units;

use fences::documents;

/// Those that a test runs, and those that are there to be read.
const RUN: [&str; 9] = [
    "toml",
    "sh",
    "nagios",
    "icinga",
    "openitcockpit",
    "ini",
    "cron",
    "nginx",
    "apache",
];
const READ: [&str; 3] = ["console", "text", "yaml"];

#[test]
fn every_fenced_block_says_in_which_language_it_is() {
    for block in documents().iter().flat_map(fences::Document::blocks) {
        let language = block.language.as_str();
        assert!(
            RUN.contains(&language) || READ.contains(&language),
            "{}: ```{language} is neither run ({RUN:?}) nor known to be read only ({READ:?})",
            block.place
        );
    }
}
