//! What came while its config could not be used: routed as soon as it can.

use std::io;
use std::time::Duration;

use notify_core::config::Config;
use notify_core::config::queue::QueueSettings;
use notify_core::exit::Exit;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;
use notify_core::unrouted::Routing;

use crate::hold;
use crate::lanes;
use crate::providers::Vendor;
use crate::serve::{Server, Stay};
use crate::standing::unknown_provider;

/// How long one lane is routed at a stretch.
const PASS: Duration = Duration::from_secs(2);

impl Server {
    /// All that waits unrouted, here and as a stray elsewhere.
    pub fn route_all(&self) -> Exit {
        let mut exit = Exit::Done;
        for lane in lanes::unrouted(&self.folder) {
            exit = exit.max(self.route_lane(&self.folder, &lane));
        }
        if let Some((usual, lanes)) =
            lanes::strays(self.folder.root(), &self.config_file, &self.environment)
        {
            for lane in lanes {
                exit = exit.max(self.route_lane(&usual, &lane));
            }
        }
        exit
    }

    fn route_lane(&self, from: &StateFolder, lane: &Lane) -> Exit {
        match self.try_to_route(from, lane) {
            Ok(exit) => exit,
            Err(error) => {
                let line = format!("{}: not routed: {error}", self.name(lane));
                self.voice.say_seldom(&line);
                Exit::TryAgain
            }
        }
    }

    fn try_to_route(&self, from: &StateFolder, lane: &Lane) -> io::Result<Exit> {
        let name = self.name(lane);
        let Some(vendor) = Vendor::named(&lane.provider) else {
            let unknown = unknown_provider(&lane.provider);
            let line = format!("{name}: {unknown}: its entries stay where they are");
            self.voice.say_seldom(&line);
            return Ok(Exit::Config);
        };
        let usual = QueueSettings::default();
        let Some(file) = lanes::config_of(from, lane, &self.config_file) else {
            return self.clear(from, lane, &usual).map(|()| Exit::Done);
        };
        let (reason, settings) = match Config::load(Some(&file), &self.environment) {
            Ok(config) => match self.route_by(vendor, from, lane, &config)? {
                Routing::Unfinished => return Ok(Exit::Done),
                Routing::Done(None) => {
                    return self.clear(from, lane, &config.queue).map(|()| Exit::Done);
                }
                Routing::Done(Some(failure)) => (failure.reason, config.queue),
            },
            Err(error) => (error.to_string(), usual),
        };
        let Some(held) = hold::hold(from, lane, &reason, &settings)? else {
            return Ok(Exit::Config);
        };
        self.say_cleared(lane, &held.lines);
        if self.is_worth_saying(held.news) {
            let waiting = from.list(lane)?.tickets.len();
            self.voice.say(&format!(
                "{name}: not routed: {reason}; {waiting} waiting until it is mended"
            ));
        }
        Ok(Exit::Config)
    }

    /// Others wait meanwhile: who watches goes on at the next look.
    fn route_by(
        &self,
        vendor: &Vendor,
        from: &StateFolder,
        lane: &Lane,
        config: &Config,
    ) -> io::Result<Routing> {
        let mut left = usize::MAX;
        loop {
            let routing = (vendor.route)(&self.folder, config, PASS)?;
            let before = std::mem::replace(&mut left, from.list(lane)?.tickets.len());
            // Where nothing moves somebody else is at it.
            let goes_on = self.stay == Stay::Once && left < before;
            if !matches!(routing, Routing::Unfinished) || !goes_on {
                return Ok(routing);
            }
        }
    }

    /// What is no entry, or of a later version, or too old.
    pub fn clear(
        &self,
        folder: &StateFolder,
        lane: &Lane,
        settings: &QueueSettings,
    ) -> io::Result<()> {
        if folder.holds_anything(lane)
            && let Some(_line) = folder.line(lane)?
        {
            let lines = hold::clear(folder, lane, settings)?;
            self.say_cleared(lane, &lines);
        }
        Ok(())
    }

    /// What stays is found again each time.
    pub fn say_cleared(&self, lane: &Lane, lines: &[String]) {
        let name = self.name(lane);
        for line in lines {
            self.voice.say_seldom(&format!("{name}: {line}"));
        }
    }
}
