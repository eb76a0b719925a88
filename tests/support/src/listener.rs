//! A running `notify-listen` with a config of its own, and whoever sends it requests.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use notify_core::button::signed;
use tempfile::TempDir;

use crate::bench::{Program, SECRETS};

pub const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a config, where a listener is started as often as a test wants.
pub struct ListenerBench {
    program: Program,
    folder: TempDir,
}

pub struct Listener {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl ListenerBench {
    pub fn new(program: Program) -> ListenerBench {
        ListenerBench {
            program,
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn state(&self) -> PathBuf {
        self.folder().join("state")
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder().join("config.toml")
    }

    /// Replaces the config; state folder and port are this bench's own. `listen` stands in its `[listen]` section.
    pub fn config(&self, listen: &str, text: &str) {
        let state = self.state().display().to_string();
        let text = format!(
            "state_dir = {state:?}\nsite = \"berlin\"\n[listen]\naddress = \"127.0.0.1:0\"\n{listen}\n{text}"
        );
        fs::write(self.config_file(), text).expect("a config");
        let mode = Permissions::from_mode(0o600);
        fs::set_permissions(self.config_file(), mode).expect("its mode");
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.program.path);
        command
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder())
            .env("TZ", "UTC")
            .env("MONITORING_NOTIFY_CONFIG", self.config_file());
        command
    }

    /// A program that answers and ends.
    pub fn run(&self, args: &[&str]) -> crate::Run {
        crate::Run::of(self.command(args).output().expect("the program starts"))
    }

    pub fn start(&self) -> Listener {
        self.start_as(self.command(&[]))
    }

    pub fn start_as(&self, mut command: Command) -> Listener {
        let number = fs::read_dir(self.folder()).expect("the folder").count();
        let log = self.folder().join(format!("listener-{number}.log"));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("the listener starts");
        let mut listener = Listener {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
        };
        listener.address = listener.until("it listens", |log| {
            let (_, rest) = log.split_once("listening on ")?;
            let (address, _) = rest.split_once('\n')?;
            address.parse().ok()
        });
        listener
    }
}

impl Listener {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it said so far.
    pub fn log(&self) -> String {
        let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned();
        for secret in SECRETS {
            assert!(!log.contains(secret), "{secret} is in the log: {log}");
        }
        log
    }

    pub fn until<T>(&self, what: &str, is: impl Fn(&str) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(so) = is(&self.log()) {
                return so;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not happen; the listener said\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn until_it_says(&self, words: &str) {
        self.until(words, |log| log.contains(words).then_some(()));
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: listener\r\n\r\n").as_bytes())
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: listener\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend(body);
        self.send(&request)
    }

    /// As Slack signs it, now.
    pub fn post_as_slack(&self, path: &str, secret: &str, body: &str) -> Reply {
        let timestamp = now().to_string();
        let signature = slack_signature(secret, &timestamp, body.as_bytes());
        self.post(
            path,
            &[
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("X-Slack-Request-Timestamp", &timestamp),
                ("X-Slack-Signature", &signature),
            ],
            body.as_bytes(),
        )
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Whatever bytes.
    pub fn send(&self, request: &[u8]) -> Reply {
        // It may have been killed.
        let Ok(mut stream) = TcpStream::connect(self.address) else {
            return Reply::read(b"");
        };
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // What it refuses it need not read to its end.
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        Reply::of(&mut stream)
    }

    /// Whether it ended by itself; `false` as soon as this is so.
    pub fn ends_or(&mut self, is: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        loop {
            if self.child.try_wait().expect("its state").is_some() {
                return true;
            }
            if is() {
                return false;
            }
            assert!(start.elapsed() < PATIENCE, "neither: {}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// As systemd does; comes back at once.
    pub fn terminate(&self) {
        let pid = self.pid().to_string();
        let kill = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(kill.expect("kill starts").success());
    }

    /// Until it has ended; panics unless it ends well.
    pub fn stop(mut self) -> String {
        self.terminate();
        let status = self.child.wait().expect("it ends");
        let log = self.log();
        assert!(status.success(), "{status}: {log}");
        log
    }

    /// As the kernel does.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it ends");
        self.log()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reply {
    /// What came until the end; status 0 where that is no answer.
    pub fn of(stream: &mut TcpStream) -> Reply {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Reply::read(&answer)
    }

    fn read(answer: &[u8]) -> Reply {
        let answer = String::from_utf8_lossy(answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Reply {
            status: status.unwrap_or(0),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    pub fn status(&self, status: u16) -> &Reply {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

pub fn slack_signature(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let parts: [&[u8]; 4] = [b"v0:", timestamp.as_bytes(), b":", body];
    format!("v0={}", signed(secret.as_bytes(), &parts))
}

pub fn pagerduty_signature(secret: &str, body: &[u8]) -> String {
    format!("v1={}", signed(secret.as_bytes(), &[body]))
}

pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("a clock").as_secs()
}
