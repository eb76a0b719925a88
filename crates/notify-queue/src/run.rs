//! `run`: what is due, once. Lanes side by side, so that a vendor that hangs holds up no other.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::counter::Counter;

use crate::command::Wanted;
use crate::lanes;
use crate::newer::Newer;
use crate::place::{Certainty, Place};
use crate::serve::{Server, Stay};
use crate::voice::{Audience, Voice};

pub fn once(
    place: &Place,
    wanted: &Wanted,
    environment: &Environment,
    voice: &Arc<Voice>,
) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    if let Some(problem) = place.problem() {
        // Each entry knows its own config: others may go all the same.
        voice.say(&problem);
        exit = Exit::Config;
    }
    let Some(folder) = place.folder_to_fill()? else {
        place.folder()?;
        if place.certainty == Certainty::Meant {
            voice.say(&no_folder(place));
        }
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
    say_newer(place, &folder, wanted, voice)?;
    tidy(place, &folder, voice);
    Ok(exit.max(served.unwrap_or(Exit::Done)))
}

/// What no run will ever send.
fn say_newer(
    place: &Place,
    folder: &StateFolder,
    wanted: &Wanted,
    voice: &Voice,
) -> Result<(), Failure> {
    let now = Moment::read();
    let lanes = folder.lanes().map_err(crate::broken)?;
    for lane in lanes.into_iter().filter(|lane| wanted.has(lane)) {
        let listing = folder.list(&lane).map_err(crate::broken)?;
        if let Some(newer) = Newer::in_lane(folder, &lane, &listing, &now) {
            let name = lanes::name(&lane, &place.file);
            voice.say(&format!("{name}: {}", newer.words()));
        }
    }
    Ok(())
}

pub fn no_folder(place: &Place) -> String {
    let folder = place.state_dir.display();
    match place
        .strays()
        .map(|(usual, lanes)| (lanes::waiting(&usual, &lanes), usual))
    {
        None => format!("nothing was ever queued: there is no {folder} yet"),
        Some((count, usual)) => {
            let usual = usual.root().display();
            format!("there is no {folder} yet; {count} in {usual}: the next run fetches them")
        }
    }
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
