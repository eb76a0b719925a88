//! Plays the part of Nagios that a listener sees: it reads the command file and writes `status.dat`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Host, and the service where it is one.
type Object = (String, Option<String>);

pub struct FakeNagios {
    folder: PathBuf,
    core: Arc<Mutex<Core>>,
    /// It reads commands, and writes its status now and then.
    awake: Option<(JoinHandle<()>, JoinHandle<()>)>,
}

#[derive(Default)]
struct Core {
    objects: BTreeMap<Object, Standing>,
    commands: Vec<String>,
    temper: Temper,
    /// Its status says that it is this much younger, in seconds.
    ahead: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub state: u8,
    /// Author and comment.
    pub acknowledged: Option<(String, String)>,
    pub acknowledged_at: u64,
    pub sticky: bool,
    pub comments: Vec<(String, String)>,
    pub downtimes: Vec<Downtime>,
    pub last_check: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downtime {
    pub start: u64,
    pub end: u64,
    pub author: String,
    pub comment: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temper {
    #[default]
    Willing,
    /// Reads commands and does nothing, as while it reloads; its status goes on.
    Deaf,
    /// The same for so many commands.
    DeafFor(u32),
    /// Does what it is told and does not write its status.
    Silent,
    Ending,
}

const PATIENCE: Duration = Duration::from_secs(30);
/// Between two pictures of its state.
const STATUS: Duration = Duration::from_millis(250);

impl FakeNagios {
    pub fn start(folder: &Path) -> FakeNagios {
        let folder = folder.join("nagios");
        fs::create_dir(&folder).expect("a folder for the core");
        let core = Arc::new(Mutex::new(Core::default()));
        let mut nagios = FakeNagios {
            folder,
            core,
            awake: None,
        };
        let made = Command::new("mkfifo").arg(nagios.command_file()).status();
        assert!(made.expect("mkfifo starts").success());
        nagios.write_status();
        nagios.wake();
        nagios
    }

    /// Its section of the config.
    pub fn config(&self) -> String {
        format!(
            "[monitoring]\ncore = \"nagios\"\ncommand_file = {:?}\nstatus_file = {:?}\n",
            self.command_file().display().to_string(),
            self.status_file().display().to_string(),
        )
    }

    pub fn command_file(&self) -> PathBuf {
        self.folder.join("nagios.cmd")
    }

    pub fn status_file(&self) -> PathBuf {
        self.folder.join("status.dat")
    }

    /// 0 UP, 1 DOWN, 2 UNREACHABLE.
    pub fn host(&self, host: &str, state: u8) {
        self.set((host.to_owned(), None), state);
    }

    /// 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
    pub fn service(&self, host: &str, service: &str, state: u8) {
        self.set((host.to_owned(), Some(service.to_owned())), state);
    }

    pub fn temper(&self, temper: Temper) {
        self.lock().temper = temper;
        self.write_status();
    }

    /// Nobody reads the command file until it wakes up again.
    pub fn sleep(&mut self) {
        let before = std::mem::replace(&mut self.lock().temper, Temper::Ending);
        // The reader waits for a line.
        let mut fifo = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.command_file())
            .expect("the command file");
        fifo.write_all(b"\n").expect("a line");
        if let Some((reader, writer)) = self.awake.take() {
            reader.join().expect("the reader ends");
            writer.join().expect("the writer ends");
        }
        self.lock().temper = before;
    }

    pub fn wake(&mut self) {
        // Open for writing, too, so that there is no end of file; opened here, so that it is read from now on.
        let fifo = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.command_file())
            .expect("the command file");
        let (core, status) = (Arc::clone(&self.core), self.status_file());
        let writer = thread::spawn(move || {
            loop {
                let core = core.lock().unwrap_or_else(PoisonError::into_inner);
                match core.temper {
                    Temper::Ending => return,
                    _ => core.write(&status),
                }
                drop(core);
                thread::sleep(STATUS);
            }
        });
        let (core, status) = (Arc::clone(&self.core), self.status_file());
        let reader = thread::spawn(move || {
            let mut lines = BufReader::new(fifo).split(b'\n');
            while let Some(Ok(line)) = lines.next() {
                let mut core = core.lock().unwrap_or_else(PoisonError::into_inner);
                if core.temper == Temper::Ending {
                    return;
                }
                let line = String::from_utf8_lossy(&line).into_owned();
                if line.is_empty() {
                    continue;
                }
                match core.temper {
                    Temper::Deaf => {}
                    Temper::DeafFor(commands) => {
                        core.temper = match commands {
                            0 | 1 => Temper::Willing,
                            more => Temper::DeafFor(more - 1),
                        };
                    }
                    _ => core.take(&line),
                }
                core.commands.push(line);
                core.write(&status);
            }
        });
        self.awake = Some((reader, writer));
    }

    /// Every line that was read, whether or not something was done.
    pub fn commands(&self) -> Vec<String> {
        self.lock().commands.clone()
    }

    pub fn standing(&self, host: &str, service: Option<&str>) -> Standing {
        let object = (host.to_owned(), service.map(str::to_owned));
        self.lock()
            .objects
            .get(&object)
            .cloned()
            .expect("the core has it")
    }

    /// Somebody else acknowledges it.
    pub fn acknowledge(&self, host: &str, service: Option<&str>, author: &str, comment: &str) {
        let object = (host.to_owned(), service.map(str::to_owned));
        if let Some(standing) = self.lock().objects.get_mut(&object) {
            standing.acknowledged = Some((author.to_owned(), comment.to_owned()));
            standing.acknowledged_at = now();
        }
        self.write_status();
    }

    /// What it writes from now on is from so many seconds later, as if they had passed.
    pub fn time_passes(&self, seconds: u64) {
        self.lock().ahead += seconds;
        self.write_status();
    }

    /// Takes its status away, as it does when it stops.
    pub fn remove_status(&self) {
        fs::remove_file(self.status_file()).expect("a status file");
    }

    /// Waits until this is so.
    pub fn until<T>(&self, what: &str, is: impl Fn(&FakeNagios) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(so) = is(self) {
                return so;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what} did not happen; it was told {:#?}",
                self.commands()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn until_acknowledged(&self, host: &str, service: Option<&str>) -> (String, String) {
        self.until("the acknowledgement", |nagios| {
            nagios.standing(host, service).acknowledged
        })
    }

    /// Writes its status now, as every core does now and then.
    pub fn write_status(&self) {
        let status = self.status_file();
        self.lock().write(&status);
    }

    fn set(&self, object: Object, state: u8) {
        let mut core = self.lock();
        let standing = core.objects.entry(object).or_default();
        let is_kept = standing.sticky || standing.state == state;
        standing.state = state;
        if state == 0 || !is_kept {
            standing.acknowledged = None;
        }
        drop(core);
        self.write_status();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeNagios {
    fn drop(&mut self) {
        if self.awake.is_some() {
            self.sleep();
        }
    }
}

impl Core {
    /// As Nagios does: what it does not know or like it drops without a word.
    fn take(&mut self, line: &str) {
        let Some((_, command)) = line.split_once("] ") else {
            return;
        };
        let (name, rest) = command.split_once(';').unwrap_or((command, ""));
        let is_service = name.contains("_SVC_");
        let count = if is_service { 2 } else { 1 };
        let mut fields = rest.splitn(count + 1, ';');
        let host = fields.next().unwrap_or_default().to_owned();
        let service = is_service.then(|| fields.next().unwrap_or_default().to_owned());
        let rest = fields.next().unwrap_or_default();
        let Some(standing) = self.objects.get_mut(&(host, service)) else {
            return;
        };
        let fields = |number: usize| {
            rest.splitn(number, ';')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        match name {
            "ACKNOWLEDGE_SVC_PROBLEM" | "ACKNOWLEDGE_HOST_PROBLEM" => {
                // sticky;notify;persistent;author;comment
                let [sticky, _, _, author, comment] = &fields(5)[..] else {
                    return;
                };
                if standing.state != 0 && !comment.is_empty() {
                    standing.sticky = sticky == "2";
                    standing.acknowledged = Some((author.clone(), comment.clone()));
                    standing.acknowledged_at = now();
                }
            }
            "REMOVE_SVC_ACKNOWLEDGEMENT" | "REMOVE_HOST_ACKNOWLEDGEMENT" => {
                standing.acknowledged = None;
            }
            "SCHEDULE_SVC_DOWNTIME" | "SCHEDULE_HOST_DOWNTIME" => {
                // start;end;fixed;trigger;duration;author;comment
                if let [start, end, "1", "0", _, author, comment] =
                    &fields(7).iter().map(String::as_str).collect::<Vec<_>>()[..]
                {
                    standing.downtimes.push(Downtime {
                        start: start.parse().unwrap_or_default(),
                        end: end.parse().unwrap_or_default(),
                        author: (*author).to_owned(),
                        comment: (*comment).to_owned(),
                    });
                }
            }
            "ADD_SVC_COMMENT" | "ADD_HOST_COMMENT" => {
                // persistent;author;comment
                if let [_, author, comment] = &fields(3)[..] {
                    standing.comments.push((author.clone(), comment.clone()));
                }
            }
            "SCHEDULE_FORCED_SVC_CHECK" | "SCHEDULE_FORCED_HOST_CHECK" => {
                standing.last_check = now();
            }
            _ => {}
        }
    }

    fn write(&self, file: &Path) {
        if self.temper == Temper::Silent {
            return;
        }
        let mut text = String::new();
        let _ = write!(
            text,
            "info {{\n\tcreated={}\n\tversion=4.4.6\n\t}}\n\n",
            now() + self.ahead
        );
        let _ = write!(text, "programstatus {{\n\tnagios_pid=1\n\t}}\n\n");
        for ((host, service), standing) in &self.objects {
            let kind = if service.is_some() { "service" } else { "host" };
            let mut names = format!("\thost_name={host}\n");
            if let Some(service) = service {
                let _ = writeln!(names, "\tservice_description={service}");
            }
            let acknowledged = i32::from(standing.acknowledged.is_some());
            let _ = write!(
                text,
                "{kind}status {{\n{names}\thas_been_checked=1\n\tcurrent_state={}\n\tplugin_output=a=b {{}}\n\tlast_check={}\n\tproblem_has_been_acknowledged={acknowledged}\n\tscheduled_downtime_depth={}\n\t}}\n\n",
                standing.state,
                standing.last_check,
                standing.downtimes.len(),
            );
            let since = standing.acknowledged_at;
            let acknowledgement = standing.acknowledged.iter().map(|said| (4, since, said));
            let comments = standing.comments.iter().map(|said| (1, 0, said));
            for (entry, since, (author, comment)) in acknowledgement.chain(comments) {
                let _ = write!(
                    text,
                    "{kind}comment {{\n{names}\tentry_type={entry}\n\tcomment_id=1\n\tentry_time={since}\n\tauthor={author}\n\tcomment_data={comment}\n\t}}\n\n",
                );
            }
            for downtime in &standing.downtimes {
                let Downtime {
                    author, comment, ..
                } = downtime;
                let _ = write!(
                    text,
                    "{kind}downtime {{\n{names}\tdowntime_id=1\n\tauthor={author}\n\tcomment={comment}\n\t}}\n\n",
                );
            }
        }
        let aside = file.with_extension("tmp");
        // A test that ends may have removed the folder.
        let _ = fs::write(&aside, text).and_then(|()| fs::rename(&aside, file));
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("a clock").as_secs()
}
