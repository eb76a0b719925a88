//! `run --watch`: one small loop that looks at the lanes each second. A kill at any point loses nothing, so that is how
//! it ends.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::state_folder::line::TroubleKind;

use crate::command::Wanted;
use crate::place::Place;
use crate::run::{no_folder, recover, tidy};
use crate::serve::{Server, Stay};
use crate::voice::Voice;

const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// A config that cannot be used is looked at again no later.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Comes back only where it cannot go on.
pub fn watch(
    chosen: Option<&Path>,
    wanted: &Wanted,
    environment: &Environment,
    voice: &Arc<Voice>,
) -> Result<Exit, Failure> {
    let mut watcher = Watcher {
        environment,
        voice,
        wanted,
        server: None,
        lanes: HashMap::new(),
        routed_until: Instant::now(),
        missing: None,
        waits_because: None,
    };
    loop {
        watcher.look(&Place::find(chosen, environment));
        thread::sleep(BETWEEN_LOOKS);
    }
}

struct Watcher<'w> {
    environment: &'w Environment,
    voice: &'w Arc<Voice>,
    wanted: &'w Wanted,
    server: Option<Arc<Server>>,
    lanes: HashMap<Lane, Served>,
    routed_until: Instant,
    /// The folder that is not there yet.
    missing: Option<PathBuf>,
    /// Why there is nothing to watch.
    waits_because: Option<String>,
}

enum Served {
    /// What it comes to, and how long that took.
    By(JoinHandle<(Exit, Duration)>),
    NotBefore(Instant),
}

impl Watcher<'_> {
    fn look(&mut self, place: &Place) {
        if let Some(problem) = place.problem() {
            self.voice.say_seldom(&problem);
        }
        let folder = match place.folder_to_fill() {
            Ok(Some(folder)) => folder,
            Ok(None) => return self.wait_for(place),
            Err(failure) => return self.wait_because(failure.reason),
        };
        self.missing = None;
        self.waits_because = None;
        let server = self.server_for(folder, &place.file);
        if Instant::now() >= self.routed_until {
            let began = Instant::now();
            if server.route_all() == Exit::Config {
                self.routed_until = rest_after(began.elapsed());
            }
        }
        self.start_threads(&server);
        tidy(place, &server.folder, self.voice);
    }

    /// Whether it could be made is not tried each second.
    fn wait_for(&mut self, place: &Place) {
        if self.missing.as_ref() == Some(&place.state_dir) {
            return;
        }
        self.missing = Some(place.state_dir.clone());
        match place.folder() {
            Err(failure) => self.wait_because(failure.reason),
            Ok(_) => self.wait_because(no_folder(place)),
        }
    }

    /// Said once, however long it lasts.
    fn wait_because(&mut self, reason: String) {
        self.server = None;
        if self.waits_because.as_ref() != Some(&reason) {
            self.voice.say(&reason);
            self.waits_because = Some(reason);
        }
    }

    /// The same one as long as it is the same folder.
    fn server_for(&mut self, folder: StateFolder, config_file: &Path) -> Arc<Server> {
        let same = self.server.take().filter(|server| {
            server.folder.root() == folder.root() && server.config_file == config_file
        });
        let server = same.unwrap_or_else(|| {
            self.voice
                .say(&format!("watching {}", folder.root().display()));
            recover(&folder, self.voice);
            Arc::new(Server {
                folder,
                config_file: config_file.to_owned(),
                environment: self.environment.clone(),
                voice: Arc::clone(self.voice),
                stay: Stay::Watching,
            })
        });
        Arc::clone(self.server.insert(server))
    }

    fn start_threads(&mut self, server: &Arc<Server>) {
        let lanes = match server.folder.lanes() {
            Ok(lanes) => lanes,
            Err(error) => {
                let line = format!("the queue cannot be read: {error}");
                return self.voice.say_seldom(&line);
            }
        };
        for lane in lanes {
            let mine = lane.destination.is_some() && self.wanted.has(&lane);
            if mine && !self.is_served(&lane) && is_due(&server.folder, &lane) {
                let server = Arc::clone(server);
                let served = lane.clone();
                let thread = thread::spawn(move || {
                    let began = Instant::now();
                    (server.serve(&served), began.elapsed())
                });
                self.lanes.insert(lane, Served::By(thread));
            }
        }
    }

    fn is_served(&mut self, lane: &Lane) -> bool {
        match self.lanes.remove(lane) {
            Some(Served::By(thread)) => {
                let served = match thread.is_finished() {
                    false => Served::By(thread),
                    true => match thread.join().unwrap_or_else(|panic| resume_unwind(panic)) {
                        (Exit::Config, took) => Served::NotBefore(rest_after(took)),
                        _ => return false,
                    },
                };
                self.lanes.insert(lane.clone(), served);
                true
            }
            Some(Served::NotBefore(until)) if Instant::now() < until => {
                self.lanes.insert(lane.clone(), Served::NotBefore(until));
                true
            }
            Some(Served::NotBefore(_)) | None => false,
        }
    }
}

/// What the config refuses is looked at again soon, but a long queue must not keep the machine busy with that.
fn rest_after(took: Duration) -> Instant {
    Instant::now() + (took * 10).min(LONGEST_REST)
}

/// Spares the look at a lane that waits. One that is refused is looked at: its secret may have changed.
fn is_due(folder: &StateFolder, lane: &Lane) -> bool {
    if !folder.holds_anything(lane) {
        return false;
    }
    let line = folder.line_state(lane);
    let now = Moment::read();
    if let Some(mute) = &line.mute
        && mute.left(&now) > 0.0
    {
        return false;
    }
    line.trouble
        .is_none_or(|trouble| trouble.kind == TroubleKind::Refused || trouble.left(&now) <= 0.0)
}
