//! A core as a child of the test: found, started as its own user, fed, and stopped whatever happens.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use crate::stage::{PROGRAMS, Stage, program};

/// What takes milliseconds may take this long on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
pub const LISTENER: &str = "notify-listen";
/// Of Linux on most processors; opening a FIFO that nobody reads then fails instead of hanging.
const O_NONBLOCK: i32 = 0o4000;

/// `None` and a note where it is not installed; in continuous integration that is an error.
pub fn find(core: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders
        .map(|folder| folder.join(core))
        .find(|file| file.is_file());
    if found.is_none() {
        let note = format!("{core} is not installed: run scripts/install-cores");
        assert!(env::var_os("CI").is_none(), "{note}");
        // The lints forbid eprintln!, which the programs have no use for.
        writeln!(std::io::stderr(), "not tested: {note}").expect("stderr");
    }
    found
}

/// The user that the core becomes: Debian's where root starts it, else whoever runs the test.
pub fn user() -> String {
    match said(Command::new("id").arg("-un")).as_str() {
        "root" => "nagios".to_owned(),
        other => other.to_owned(),
    }
}

pub fn group() -> String {
    said(Command::new("id").args(["-gn", &user()]))
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The programs' folder may be closed to the core's user, so they get names in the stage's folder too.
pub fn install_programs(stage: &Stage) -> PathBuf {
    let folder = stage.folder().join("bin");
    fs::create_dir(&folder).expect("a folder for the programs");
    for name in PROGRAMS.into_iter().chain([LISTENER]) {
        let (built, installed) = (program(name), folder.join(name));
        if fs::hard_link(&built, &installed).is_err() {
            fs::copy(&built, &installed).expect("a copy of the program");
        }
    }
    folder
}

/// Gives these to the core's user. Not the programs: a second name of a file has the same owner.
pub fn hand_over<'p>(paths: impl IntoIterator<Item = &'p Path>) {
    let owner = format!("{}:{}", user(), group());
    said(Command::new("chown").arg(owner).args(paths));
}

fn lossy(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
}

/// Cores log the whole command that failed, and what it said.
pub fn holds_no_secret(log: &str) {
    for secret in [
        "XXXXXXXXXXXXXXXXXXXXXXXX",
        "abcdefghijklmnopqrstuvwxyz",
        "0123456789abcdef0123456789abcdef",
    ] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
}

pub struct Daemon {
    child: Child,
    output: PathBuf,
    log: PathBuf,
}

impl Daemon {
    /// `output` takes stdout and stderr, `log` is the core's own; they may be the same.
    pub fn start(command: &mut Command, output: PathBuf, log: PathBuf) -> Daemon {
        let append = || OpenOptions::new().append(true).create(true).open(&output);
        let child = command
            .stdin(Stdio::null())
            .stdout(append().expect("a file for its output"))
            .stderr(append().expect("a file for its output"))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Daemon { child, output, log }
    }

    pub fn log(&self) -> String {
        lossy(&self.log)
    }

    /// For whoever looks for the reason of a failure.
    pub fn said(&self) -> String {
        match self.output == self.log {
            true => self.log(),
            false => lossy(&self.output) + &self.log(),
        }
    }

    /// Waits for what will be so; panics with the core's log where it ends or takes too long.
    pub fn until<T>(&mut self, what: &str, mut is: impl FnMut(&str) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(done) = is(&self.log()) {
                return done;
            }
            let ended = self.child.try_wait().expect("the core's state");
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "{what} did not happen; the core ({ended:?}) said\n{}",
                self.said()
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// Writes one external command, once there is somebody to read it.
    pub fn command(&mut self, fifo: &Path, command: impl AsRef<[u8]>) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let mut line = format!("[{}] ", now.expect("a clock").as_secs()).into_bytes();
        line.extend(command.as_ref());
        line.push(b'\n');
        self.until("somebody reads the command file", |_| {
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .custom_flags(O_NONBLOCK)
                .open(fifo)
                .ok()?;
            file.write_all(&line).ok()
        });
    }

    fn signal(&self, name: &str, whom: &str) {
        let kill = [
            "-c",
            "kill -s \"$1\" -- \"$2\" 2>/dev/null",
            "sh",
            name,
            whom,
        ];
        let _ = Command::new("/bin/sh").args(kill.map(OsStr::new)).status();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        self.signal("TERM", &pid);
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(5)
        {
            sleep(Duration::from_millis(20));
        }
        self.signal("KILL", &format!("-{pid}"));
        let _ = self.child.wait();
    }
}
