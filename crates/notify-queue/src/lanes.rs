//! Lanes as people name them, and which config each of them means.

use std::path::{Path, PathBuf};

use notify_core::config::{Config, source};
use notify_core::environment::Environment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::waiting::Shelf;

use crate::content::Content;

/// `slack:ops`, and in full where another config is meant than ours.
pub fn name(lane: &Lane, ours: &Path) -> String {
    match is_of(lane, ours) {
        true => lane.place(),
        false => lane.to_string(),
    }
}

/// A lane's name has only a hash of its config's path; the path itself stands in its entries.
pub fn config_of(folder: &StateFolder, lane: &Lane, ours: &Path) -> Option<PathBuf> {
    match is_of(lane, ours) {
        true => Some(ours.to_owned()),
        false => Some(first(folder, lane)?.config().to_owned()),
    }
}

/// The oldest that can be read.
pub fn first(folder: &StateFolder, lane: &Lane) -> Option<Content> {
    let listing = folder.list(lane).ok()?;
    let mut tickets = listing.tickets.iter();
    tickets.find_map(|ticket| {
        let read = Content::read(folder, Shelf::Waiting, lane, ticket);
        read.ok().map(|(content, _)| content)
    })
}

pub fn unrouted(folder: &StateFolder) -> Vec<Lane> {
    let mut lanes = folder.lanes().unwrap_or_default();
    lanes.retain(|lane| lane.destination.is_none() && folder.holds_anything(lane));
    lanes
}

/// A notifier that could not read the config may not have known this folder: what it left in the usual one is ours.
pub fn strays(
    folder: &Path,
    ours: &Path,
    environment: &Environment,
) -> Option<(StateFolder, Vec<Lane>)> {
    let usual = source::default_state_dir();
    if usual == folder {
        return None;
    }
    let usual = StateFolder::look(&usual).ok()??;
    let mut lanes = unrouted(&usual);
    // Others are its own drainer's.
    lanes.retain(|lane| {
        let file = config_of(&usual, lane, ours);
        let config = file.and_then(|file| Config::load(Some(&file), environment).ok());
        config.is_some_and(|config| config.state_dir == folder)
    });
    (!lanes.is_empty()).then_some((usual, lanes))
}

pub fn waiting(folder: &StateFolder, lanes: &[Lane]) -> usize {
    let lists = lanes.iter().filter_map(|lane| folder.list(lane).ok());
    lists.map(|listing| listing.tickets.len()).sum()
}

fn is_of(lane: &Lane, config: &Path) -> bool {
    let theirs = match lane.destination() {
        Some(destination) => Lane::of(&destination, config),
        None => Lane::unrouted(&lane.provider, config),
    };
    theirs == *lane
}
