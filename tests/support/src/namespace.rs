//! Mounts of the test's own: a shell's mounts in a user and mount namespace, which ends with the test. No privilege is
//! needed, but some machines and containers forbid it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Namespace {
    holder: Child,
}

impl Namespace {
    /// After this script has made its mounts. `None` and a note where such a thing is not allowed; in continuous
    /// integration that is an error.
    pub fn with(mounts: &str) -> Option<Namespace> {
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg(format!("set -e\n{mounts}\necho ready\nexec cat"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this test needs unshare, of util-linux");
        let mut said = String::new();
        let stdout = holder.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut said)
            .expect("a line or the end");
        if said == "ready\n" {
            return Some(Namespace { holder });
        }
        let ended = holder.wait_with_output().expect("it ends");
        let why = String::from_utf8_lossy(&ended.stderr);
        skip(&format!(
            "no user namespace with mounts here: {}",
            why.trim()
        ));
        None
    }

    /// The same command inside. Nothing else of the environment is taken along.
    pub fn command(&self, command: &Command) -> Command {
        let mut inside = self.enter();
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            inside.env(name, value.unwrap_or_default());
        }
        inside
    }

    /// Panics where the script fails.
    pub fn sh(&self, script: &str) {
        let mut shell = self.enter();
        shell.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let ended = shell.args(["sh", "-e", "-c", script]).output();
        let ended = ended.expect("nsenter starts");
        assert!(ended.status.success(), "{script}: {ended:?}");
    }

    /// Where this test finds a file as it is inside.
    pub fn path(&self, inside: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(inside.strip_prefix("/").expect("an absolute path"))
    }

    fn enter(&self) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter
            .args(["--user", "--mount", "--preserve-credentials", "--target"])
            .arg(self.holder.id().to_string())
            .arg("--")
            .env_clear();
        nsenter
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It ends by itself where this fails: its stdin closes.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A test that cannot be run here says so, and fails where everything has to be run.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{why}");
    // The lints forbid eprintln!, which the programs have no use for.
    writeln!(std::io::stderr(), "not tested: {why}").expect("stderr");
}

/// Whether the tests are run by root, whom no mode keeps out.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// Nobody's, on every Linux.
pub const NOBODY: u32 = 65_534;

/// The same command by an ordinary user: whoever runs the tests, or nobody where that is root.
pub fn as_ordinary_user(command: &Command, folder: &Path) -> Command {
    let program = within_reach(command.get_program().as_ref(), folder);
    let mut ordinary = match is_root() {
        true => {
            let mut setpriv = as_nobody();
            setpriv.arg(program);
            setpriv
        }
        false => Command::new(program),
    };
    take_along(command, &mut ordinary);
    ordinary
}

/// The same command by root, who becomes somebody else and starts the program once more.
pub fn as_root_beside_others(command: &Command, folder: &Path) -> Command {
    let program = within_reach(command.get_program().as_ref(), folder);
    let mut same = Command::new(program);
    take_along(command, &mut same);
    same
}

fn take_along(command: &Command, other: &mut Command) {
    other.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        other.env(name, value.unwrap_or_default());
    }
}

fn as_nobody() -> Command {
    let id = NOBODY.to_string();
    let mut setpriv = Command::new("setpriv");
    setpriv.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]);
    setpriv
}

/// What root has built may stand below a folder of root's own: then a copy in this folder.
fn within_reach(program: &Path, folder: &Path) -> PathBuf {
    let reached = || {
        let tried = as_nobody().args(["test", "-x"]).arg(program).status();
        tried
            .expect("this test needs setpriv, of util-linux")
            .success()
    };
    if !is_root() || reached() {
        return program.to_owned();
    }
    let copy = folder.join(program.file_name().expect("a program's name"));
    if !copy.exists() {
        // Not by this process: while it writes, another thread's child holds the file, and nobody can start it.
        let copied = Command::new("cp").arg(program).arg(&copy).status();
        assert!(copied.expect("cp starts").success());
    }
    copy
}

/// A folder and what is in it becomes that user's whom [`as_ordinary_user`] means.
pub fn hand_over(folder: &Path) {
    if !is_root() {
        return;
    }
    let owner = format!("{NOBODY}:{NOBODY}");
    let ended = Command::new("chown")
        .args(["-R", &owner])
        .arg(folder)
        .status();
    assert!(ended.expect("chown starts").success());
}
