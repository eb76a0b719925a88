//! The config file: where it is looked for, and what was read from it.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::ConfigError;
use super::section::{Reader, Section};
use super::tree::{self, Table};
use crate::environment::Environment;

pub const FOLDER: &str = "monitoring-notify";

pub struct Source {
    pub file: PathBuf,
    pub environment: Environment,
    root: Table,
    inline_secret: AtomicBool,
}

impl Source {
    pub fn read(file: PathBuf, environment: Environment) -> Result<Source, ConfigError> {
        match std::fs::read_to_string(&file) {
            Ok(text) => Source::parse(file, &text, environment),
            Err(error) => {
                let advice = match error.kind() {
                    ErrorKind::PermissionDenied => ": run this as a user who may",
                    _ => "",
                };
                Err(ConfigError {
                    file,
                    line: None,
                    problem: format!("cannot be read: {error}{advice}"),
                })
            }
        }
    }

    pub fn parse(
        file: PathBuf,
        text: &str,
        environment: Environment,
    ) -> Result<Source, ConfigError> {
        match tree::parse(text) {
            Ok(root) => Ok(Source {
                file,
                environment,
                root,
                inline_secret: AtomicBool::new(false),
            }),
            Err(error) => Err(ConfigError {
                file,
                line: Some(error.line),
                problem: format!("not TOML: {}", error.problem),
            }),
        }
    }

    pub fn top(&self) -> Section<'_> {
        let reader = Reader {
            file: &self.file,
            environment: &self.environment,
            inline_secret: &self.inline_secret,
        };
        Section::new(reader, "", None, &self.root)
    }

    /// A word about a file that strangers may read although secrets stand in it.
    pub fn exposure(&self) -> Option<String> {
        let mode = std::fs::metadata(&self.file).ok()?.permissions().mode();
        (self.inline_secret.load(Ordering::Relaxed) && mode & 0o004 != 0).then(|| {
            format!(
                "{} holds secrets and everybody may read it: chmod o-r it, or use the …_file form",
                self.file.display()
            )
        })
    }
}

/// `chosen` is `--config`; then the environment, the machine's and the user's folder.
pub fn find(chosen: Option<&Path>, environment: &Environment) -> Result<PathBuf, ConfigError> {
    if let Some(file) = chosen {
        return Ok(whole(file));
    }
    if let Some(file) = environment.get("MONITORING_NOTIFY_CONFIG")
        && !file.is_empty()
    {
        return Ok(whole(Path::new(file)));
    }
    let machine = Path::new("/etc").join(FOLDER).join("config.toml");
    if machine.exists() {
        return Ok(machine);
    }
    let user = directories::ProjectDirs::from("", "", FOLDER)
        .map(|folders| folders.config_dir().join("config.toml"));
    match user {
        Some(user) if user.exists() => Ok(user),
        user => Err(ConfigError {
            file: machine,
            line: None,
            problem: format!(
                "no config here{}: two lines are enough, see config.example.toml; or give --config FILE",
                user.map_or(String::new(), |user| format!(", nor at {}", user.display()))
            ),
        }),
    }
}

/// A drainer has another working folder.
fn whole(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

pub fn machine_state_dir() -> PathBuf {
    Path::new("/var/lib").join(FOLDER)
}

/// Only where the machine's folder does not exist, the user's.
pub fn default_state_dir() -> PathBuf {
    let machine = machine_state_dir();
    if machine.exists() {
        return machine;
    }
    directories::ProjectDirs::from("", "", FOLDER)
        .and_then(|folders| folders.state_dir().map(Path::to_owned))
        .unwrap_or(machine)
}

/// The state folder of a config that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateDir {
    /// As good as read: the config names it, or none.
    Meant(PathBuf),
    /// The usual one, since nobody knows which one the config means.
    Guessed(PathBuf),
}

impl StateDir {
    pub fn path(self) -> PathBuf {
        match self {
            StateDir::Meant(path) | StateDir::Guessed(path) => path,
        }
    }
}

/// Its line is looked for as it stands, above all tables.
pub fn state_dir_despite(file: &Path) -> StateDir {
    let Ok(text) = std::fs::read(file) else {
        return StateDir::Guessed(default_state_dir());
    };
    let text = String::from_utf8_lossy(&text);
    let line = text
        .lines()
        .map(str::trim_start)
        .take_while(|line| !line.starts_with('['))
        .find(|line| {
            line.trim_start_matches(['"', '\''])
                .starts_with("state_dir")
        });
    let Some(line) = line else {
        return StateDir::Meant(default_state_dir());
    };
    let table = tree::parse(line).unwrap_or_default();
    match table.get("state_dir").map(|item| &item.value) {
        Some(tree::Value::Text(path)) if !path.trim().is_empty() => {
            StateDir::Meant(file.parent().unwrap_or(Path::new("")).join(path))
        }
        _ => StateDir::Guessed(default_state_dir()),
    }
}

/// Where distributions keep their bundle: Debian, Red Hat, SUSE, Alpine.
const TRUST_STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// `SSL_CERT_FILE` as OpenSSL reads it, else the distribution's.
pub fn trust_store(environment: &Environment) -> Option<PathBuf> {
    match environment.get("SSL_CERT_FILE") {
        Some(file) if !file.is_empty() => Some(PathBuf::from(file)),
        _ => TRUST_STORES
            .iter()
            .map(PathBuf::from)
            .find(|file| file.exists()),
    }
}
