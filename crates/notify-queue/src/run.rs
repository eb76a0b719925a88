//! `run`: what is due, once. Lanes side by side, so that a vendor that hangs holds up no other.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::counter::Counter;

use crate::command::Wanted;
use crate::place::Place;
use crate::serve::{Server, Stay};
use crate::voice::{Audience, Voice};

pub fn once(
    place: &Place,
    wanted: &Wanted,
    environment: &Environment,
    voice: &Arc<Voice>,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    if let Err(error) = &place.config {
        // Each entry knows its own config: others may go all the same.
        voice.say(&error.to_string());
        exit = Exit::Config;
    }
    let Some(folder) = place.folder()? else {
        voice.say(&no_folder(place));
        return Ok(exit);
    };
    recover(&folder, voice);
    let server = Server {
        folder: folder.clone(),
        config_file: place.file.clone(),
        environment: environment.clone(),
        voice: Arc::clone(voice),
        stay: Stay::Once,
    };
    exit = exit.max(server.route_all());
    let mut lanes = folder
        .lanes()
        .map_err(|error| Failure::config(format!("the queue cannot be read: {error}")))?;
    lanes.retain(|lane| wanted.has(lane) && lane.destination.is_some());
    lanes.retain(|lane| folder.holds_anything(lane));
    let is_empty = lanes.is_empty() && exit == Exit::Done;
    if is_empty && (voice.audience == Audience::Person || !wanted.0.is_empty()) {
        let whom = wanted.0.join(", ");
        let whom = if whom.is_empty() {
            whom
        } else {
            format!(" for {whom}")
        };
        voice.say(&format!("nothing waits{whom}"));
    }
    let served = thread::scope(|scope| {
        let server = &server;
        let threads: Vec<_> = lanes
            .iter()
            .map(|lane| scope.spawn(move || server.serve(lane)))
            .collect();
        let exits = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        exits.max()
    });
    tidy(place, &folder, voice);
    Ok(exit.max(served.unwrap_or(Exit::Done)))
}

pub fn no_folder(place: &Place) -> String {
    format!(
        "nothing waits: there is no {} yet",
        place.state_dir.display()
    )
}

/// After a restart of the machine receipts and entries may disagree: whoever locks the counter first puts that right.
pub fn recover(folder: &StateFolder, voice: &Voice) {
    if let Err(error) = Counter::lock(folder) {
        voice.say_seldom(&format!("the queue's counter: {error}"));
    }
}

/// By our own config's rules; without one nothing is thrown away.
pub fn tidy(place: &Place, folder: &StateFolder, voice: &Voice) {
    if let Ok(config) = &place.config
        && let Err(error) = folder.tidy_now_and_then(&config.queue)
    {
        voice.say_seldom(&format!("the queue was not tidied up: {error}"));
    }
}
