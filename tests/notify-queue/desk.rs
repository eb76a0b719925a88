//! A bench with a queue: notifiers fill it, `notify-queue` works on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use notify_core::entry::Entry;
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::journal::{Became, Journal, Record};
use notify_core::state_folder::lane::Ticket;
use notify_test::queue::{Kept, Queue};
use notify_test::{Bench, Fault, Options, Preview, Program, Run};
use serde_json::Value;

pub const PROGRAM: Program = Program {
    name: "notify-queue",
    path: env!("CARGO_BIN_EXE_notify-queue"),
};

/// A queue that is soon ready again.
pub const QUICK: &str = "\
timeout = \"2s\"
[queue]
retry_first = \"1ms\"
retry_longest = \"1ms\"
";

pub struct Desk {
    pub bench: Bench,
}

/// A program that was built beside this one.
pub fn sibling(name: &'static str) -> Program {
    let path = Path::new(PROGRAM.path).with_file_name(name);
    assert!(
        path.exists(),
        "{name} is not built: cargo build --workspace --bins"
    );
    Program {
        name,
        path: Box::leak(path.display().to_string().into_boxed_str()),
    }
}

impl Default for Desk {
    fn default() -> Desk {
        Desk::new()
    }
}

impl Desk {
    /// Slack at the stand-in.
    pub fn new() -> Desk {
        Desk::of("slack-notify")
    }

    pub fn of(notifier: &'static str) -> Desk {
        let bench = Bench::new(sibling(notifier));
        let desk = Desk { bench };
        desk.config(QUICK);
        desk
    }

    /// `more` stands before the provider's section.
    pub fn config(&self, more: &str) {
        let section = self.bench.smallest_config();
        self.bench.config(&format!("{more}{section}"));
    }

    /// Further destinations by name, each at a stand-in of its own.
    pub fn destinations(&self, places: &[(&str, &Preview)]) {
        let section = self.bench.smallest_config();
        let mut config = format!("{QUICK}{section}");
        for (name, preview) in places {
            let provider = self.bench.program.provider();
            let place = self.bench.program.place(preview);
            config += &format!("[{provider}.destinations.{name}]\n{place}");
        }
        self.bench.config(&config);
    }

    pub fn config_file(&self) -> PathBuf {
        self.bench.folder().join("config.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.bench.folder().join("state")
    }

    pub fn kept(&self) -> Queue {
        Queue::of(&self.bench)
    }

    pub fn queue(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().expect("the program starts"))
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let like = self.bench.command([] as [&str; 0]);
        let environment = like
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let mut command = Command::new(PROGRAM.path);
        command.args(args).env_clear().envs(environment);
        command
    }

    /// What it prints, line by line as JSON.
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        let run = self.queue(args);
        run.code(0);
        assert_eq!(run.stderr, "", "{run:#?}");
        let lines = run.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    /// Of a host that is down, while the vendor takes nothing: it waits, and is due at once.
    pub fn store(&self, host: &str) -> Run {
        self.store_more(host, &[])
    }

    pub fn store_more(&self, host: &str, more: &[&str]) -> Run {
        self.bench.preview.always(Some(Fault::too_many(0)));
        let run = self.notify(host, more);
        self.bench.preview.always(None);
        run.code(0).says("queued");
        run
    }

    pub fn notify(&self, host: &str, more: &[&str]) -> Run {
        let host = ["--hostname", host];
        self.bench.send(&[&host[..], more].concat())
    }

    /// One that the vendor refused: it lies in `failed/`.
    pub fn refuse(&self, host: &str) -> Run {
        self.bench.preview.always(Some(Fault::status(400)));
        let run = self.notify(host, &[]);
        self.bench.preview.always(None);
        run.code(69).says("message refused");
        run
    }

    /// The same while others wait: it is stored, moved and noted as the drain does it, who would send the others.
    pub fn refuse_in_line(&self, host: &str) {
        let before = self.kept().waiting();
        self.store(host);
        let folder = StateFolder::open(&self.state()).expect("a state folder");
        let mut journal = Journal::of(&folder);
        for kept in self.kept().waiting() {
            if before.iter().all(|other| other.path != kept.path) {
                let lane = kept.lane.parse().expect("a lane");
                let ticket: Ticket = kept.name.parse().expect("a ticket");
                let (entry, bytes) = folder.read::<Entry>(&lane, &ticket).expect("an entry");
                let record = Record::of(ticket.number, &entry, Became::Refused, &Moment::read());
                let record = record.because("400");
                folder
                    .give_up(&lane, &kept.name.into(), &record, &mut journal, bytes)
                    .expect("given up");
            }
        }
    }

    /// The hosts whose messages this bench's vendor took, in that order.
    pub fn arrived(&self) -> Vec<String> {
        arrived(&self.bench.preview)
    }

    /// As if the notifier had been started so much earlier.
    pub fn age(&self, kept: &Kept, seconds: f64) {
        let mut entry = kept.json();
        for time in ["/created/wall", "/created/uptime/seconds"] {
            if let Some(value) = entry.pointer_mut(time) {
                *value = (value.as_f64().expect("seconds") - seconds).into();
            }
        }
        fs::write(&kept.path, entry.to_string()).expect("an older entry");
    }

    /// As if nobody had touched the config for so long.
    pub fn age_config(&self, seconds: u64) {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        let file = File::options().write(true).open(self.config_file());
        file.and_then(|file| file.set_modified(then))
            .expect("an older config");
    }

    /// As if nobody had ever been sent anything.
    pub fn forget_lines(&self) {
        fs::remove_dir_all(self.state().join("lanes")).expect("no lanes");
    }
}

pub fn stand_in(fault: Option<Fault>) -> Preview {
    let preview = Preview::start(Options::default()).expect("the stand-in starts");
    preview.always(fault);
    preview
}

pub fn arrived(preview: &Preview) -> Vec<String> {
    let shown = preview.received().into_iter().filter_map(|one| one.shown);
    shown
        .filter_map(|shown| {
            let (_, rest) = shown.split_once("DOWN ")?;
            Some(rest.split([' ', '\n']).next()?.to_owned())
        })
        .collect()
}

/// Until it is true, for at most twenty seconds.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A `run --watch` that ends with the test.
pub struct Watch {
    child: Child,
    log: PathBuf,
}

impl Watch {
    pub fn start(desk: &Desk) -> Watch {
        let log = desk.bench.folder().join("watch.log");
        let file = File::create(&log).expect("a log");
        let mut command = desk.command(&["run", "--watch"]);
        command.stdout(Stdio::null()).stderr(file);
        let child = command.spawn().expect("the program starts");
        Watch { child, log }
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).expect("its log")
    }

    pub fn wait_for(&self, words: &str) {
        let began = Instant::now();
        while !self.said().contains(words) {
            let said = self.said();
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "never {words:?}: {said}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
