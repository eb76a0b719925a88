//! The config as it is at this moment, and the state folder that it means even where it cannot be read.

use std::path::{Path, PathBuf};

use notify_core::config::Config;
use notify_core::config::error::ConfigError;
use notify_core::config::source::{self, StateDir};
use notify_core::environment::Environment;
use notify_core::exit::{Exit, Failure};
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::lane::Lane;

use crate::command::What;
use crate::lanes;
use crate::voice::Voice;

pub struct Place<'e> {
    pub config: Result<Config, ConfigError>,
    pub file: PathBuf,
    pub state_dir: PathBuf,
    /// Whether the config means that folder, as far as anybody knows.
    pub certainty: Certainty,
    environment: &'e Environment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    Meant,
    Guessed,
}

impl<'e> Place<'e> {
    pub fn find(chosen: Option<&Path>, environment: &'e Environment) -> Place<'e> {
        let config = Config::load(chosen, environment);
        let (file, state_dir) = match &config {
            Ok(config) => {
                let state_dir = StateDir::Meant(config.state_dir.clone());
                (config.file().to_owned(), state_dir)
            }
            Err(error) => (error.file.clone(), source::state_dir_despite(&error.file)),
        };
        Place {
            config,
            file,
            certainty: match state_dir {
                StateDir::Meant(_) => Certainty::Meant,
                StateDir::Guessed(_) => Certainty::Guessed,
            },
            state_dir: state_dir.path(),
            environment,
        }
    }

    /// `None` where nothing was ever queued, but could be.
    pub fn folder(&self) -> Result<Option<StateFolder>, Failure> {
        let found = self.found()?;
        if found.is_none() {
            StateFolder::could_be_made(&self.state_dir).map_err(Failure::config)?;
        }
        Ok(found)
    }

    pub fn found(&self) -> Result<Option<StateFolder>, Failure> {
        StateFolder::look(&self.state_dir).map_err(Failure::config)
    }

    /// Made where something waits elsewhere that belongs into it.
    pub fn folder_to_fill(&self) -> Result<Option<StateFolder>, Failure> {
        match self.found()? {
            None if self.strays().is_some() => {
                let made = StateFolder::open(&self.state_dir);
                made.map(Some).map_err(Failure::config)
            }
            found => Ok(found),
        }
    }

    pub fn strays(&self) -> Option<(StateFolder, Vec<Lane>)> {
        lanes::strays(&self.state_dir, &self.file, self.environment)
    }

    /// Why the config cannot be read, and where is looked all the same.
    pub fn problem(&self) -> Option<String> {
        let error = self.config.as_ref().err()?;
        let folder = self.state_dir.display();
        Some(match (self.certainty, self.state_dir.exists()) {
            (Certainty::Meant, _) => error.to_string(),
            (Certainty::Guessed, true) => {
                format!("{error}; so this is about the default folder {folder}")
            }
            (Certainty::Guessed, false) => {
                format!("{error}; and there is no default folder {folder}")
            }
        })
    }

    /// Said before anything is shown. Where nobody knows the folder nothing is changed in another one.
    pub fn admit(&self, what: &What, voice: &Voice) -> Result<(), Failure> {
        let looks = matches!(
            what,
            What::List(..) | What::Show(_) | What::Log(..) | What::Open(..)
        );
        if matches!(what, What::Run(_) | What::Watch(_) | What::Check(_)) {
            // They have words of their own.
            return Ok(());
        }
        let Some(problem) = self.problem() else {
            return Ok(());
        };
        match self.certainty {
            Certainty::Guessed if !looks => {
                Err(Failure::config(format!("{problem}: nothing was changed")))
            }
            Certainty::Guessed if !self.state_dir.exists() => Err(Failure::config(problem)),
            _ => {
                voice.say(&problem);
                Ok(())
            }
        }
    }

    /// What was seen in a folder that may be the wrong one is no good end.
    pub fn vouch(&self, ended: Result<Exit, Failure>) -> Result<Exit, Failure> {
        match self.certainty {
            Certainty::Meant => ended,
            Certainty::Guessed => ended.map(|exit| exit.max(Exit::Config)),
        }
    }
}
