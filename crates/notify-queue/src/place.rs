//! The config as it is at this moment, and the state folder that it means even where it cannot be read.

use std::path::{Path, PathBuf};

use notify_core::config::error::ConfigError;
use notify_core::config::{Config, source};
use notify_core::environment::Environment;
use notify_core::exit::Failure;
use notify_core::state_folder::StateFolder;

pub struct Place {
    pub config: Result<Config, ConfigError>,
    pub file: PathBuf,
    pub state_dir: PathBuf,
}

impl Place {
    pub fn find(chosen: Option<&Path>, environment: &Environment) -> Place {
        match Config::load(chosen, environment) {
            Ok(config) => Place {
                file: config.file().to_owned(),
                state_dir: config.state_dir.clone(),
                config: Ok(config),
            },
            Err(error) => Place {
                file: error.file.clone(),
                state_dir: source::state_dir_despite(&error.file),
                config: Err(error),
            },
        }
    }

    /// `None` where nothing was ever queued.
    pub fn folder(&self) -> Result<Option<StateFolder>, Failure> {
        StateFolder::look(&self.state_dir).map_err(Failure::config)
    }
}
