//! Icinga 2, fed through its command pipe.

use std::fs;
use std::path::{Path, PathBuf};

use notify_test::queue::Queue;
use notify_test::{Answer, Fault};

use crate::daemon::{Daemon, find, group, hand_over, holds_no_secret, install_programs, user};
use crate::fences::blocks_in;
use crate::stage::{PROGRAMS, Stage};
use crate::told::{Told, begins, next, shows};

const OBJECTS: &str = include_str!("icinga.conf");
/// Nothing cleans it in Icinga, and no shell reads it.
const NAME: &str = "Max' \"laptop\" $(touch pwned)";

struct Icinga {
    daemon: Daemon,
    pipe: PathBuf,
    stage: Stage,
    seen: usize,
}

impl Icinga {
    fn start(program: &Path) -> Icinga {
        let stage = Stage::new();
        let (daemon, pipe) = start(program, &stage, &objects(), "web01", NAME);
        Icinga {
            daemon,
            pipe,
            stage,
            seen: 0,
        }
    }

    fn command(&mut self, command: impl AsRef<[u8]>) {
        self.daemon.command(&self.pipe, command);
    }

    fn told(&mut self, count: usize) -> Told {
        next(&self.stage, &mut self.seen, count, &self.daemon)
    }

    /// A failing command shows that failures would be seen, and that those before it have been written.
    fn only_the_last_command_fails(&mut self) {
        let queue = Queue::of(&self.stage.bench);
        self.daemon.until("the last senders end", |_| {
            queue.nobody_sends().then_some(())
        });
        let gone = Fault::Answer(Answer::text(404, "no_service"));
        self.stage.bench.preview.always(Some(gone));
        self.command("PROCESS_HOST_CHECK_RESULT;web01;0;last");
        self.daemon.until("every failure is logged", |log| {
            (failures(log) >= PROGRAMS.len()).then_some(())
        });
        let log = self.daemon.log();
        assert_eq!(failures(&log), PROGRAMS.len(), "{log}");
        let line = "slack-notify: slack:default: destination refused: 404";
        assert!(log.contains(line), "{line} is not in\n{log}");
        assert!(!log.contains("critical/"), "{log}");
        holds_no_secret(&log);
    }
}

/// With these objects, under this name for itself; `host` is what people call its host.
pub fn start(
    program: &Path,
    stage: &Stage,
    objects: &str,
    name: &str,
    host: &str,
) -> (Daemon, PathBuf) {
    let folder = stage.folder().join("icinga");
    let programs = install_programs(stage);
    let config = stage.folder().join("icinga2.conf");
    let objects = objects.replace("/usr/local/bin", &programs.display().to_string());
    fs::write(&config, objects).expect("the core's config");
    let folders = ["data", "log", "cache", "spool", "run"].map(|name| folder.join(name));
    for folder in &folders {
        fs::create_dir_all(folder).expect("a folder of the core's");
    }
    let shared = [
        stage.folder().to_owned(),
        stage.folder().join("config.toml"),
    ];
    let own = [config.clone(), folder.clone()];
    let all = folders.iter().chain(&shared).chain(&own);
    hand_over(all.map(PathBuf::as_path));

    let pipe = folder.join("run/command");
    let at = |name: &str| folder.join(name).display().to_string();
    let mut command = stage.command(program);
    command.arg("daemon").arg("-c").arg(&config);
    for (name, value) in [
        ("RunAsUser", user()),
        ("RunAsGroup", group()),
        ("DataDir", at("data")),
        ("LogDir", at("log")),
        ("CacheDir", at("cache")),
        ("SpoolDir", at("spool")),
        ("InitRunDir", at("run")),
        ("ConfigDir", at("data")),
        ("NodeName", name.to_owned()),
        ("CommandPipe", pipe.display().to_string()),
        ("HostDisplayName", host.to_owned()),
    ] {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let log = stage.folder().join("output");
    (Daemon::start(&mut command, log.clone(), log), pipe)
}

fn failures(log: &str) -> usize {
    log.matches("terminated with exit code 69").count()
}

/// The documents' definitions as they are, and what they take for granted; Slack's are applied.
pub fn objects_of_slack() -> String {
    let blocks = blocks_in("icinga");
    let blocks = blocks
        .iter()
        .map(|block| format!("// {}\n{}\n", block.place, block.text));
    OBJECTS.to_owned() + &blocks.collect::<String>()
}

fn objects() -> String {
    let mut objects = objects_of_slack();
    for block in blocks_in("icinga") {
        if block.text.contains("apply Notification") {
            for name in PROGRAMS.iter().filter(|name| **name != "slack-notify") {
                let provider = name.trim_end_matches("-notify");
                objects += &block.text.replace("slack", provider);
            }
        }
    }
    objects
}

#[test]
fn icinga_tells_of_problems_acknowledgements_recoveries_and_hosts() {
    let Some(program) = find("icinga2") else {
        return;
    };
    let mut icinga = Icinga::start(&program);
    let bait = format!(
        "$(touch pwned) `touch {}/pwned`",
        icinga.stage.folder().display()
    );

    // Before its first result a host counts as DOWN.
    icinga.command("PROCESS_HOST_CHECK_RESULT;web01;0;up");
    icinga.command(format!(
        "PROCESS_SERVICE_CHECK_RESULT;web01;Ping;2;100% packet loss; {bait} \"a\" 'b' – ünï <!channel> @all \\\\\\n\
         eth0: no carrier {bait}\\neth1: 'up' \\\\"
    ));
    let told = icinga.told(3);
    told.begins(
        &format!("🔴 CRITICAL {NAME} / Ping – 100% packet loss"),
        "pagerduty: incident opened CRITICAL",
    );
    for received in [told.slack(), told.mattermost(), told.pagerduty()] {
        shows(received, "ünï");
        shows(received, "eth0: no carrier");
    }
    told.calls(&["@here"]);

    icinga.command(format!(
        "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max;disk 'ordered' {bait} – ünï \\"
    ));
    let told = icinga.told(3);
    told.begins(
        &format!("👤 ACK {NAME} / Ping (CRITICAL) – Max: \"disk 'ordered' $(touch pwned)"),
        "pagerduty: acknowledged CRITICAL",
    );
    told.calls(&[]);

    icinga.command("PROCESS_SERVICE_CHECK_RESULT;web01;Ping;0;PING OK");
    icinga.told(3).begins(
        &format!("✅ OK {NAME} / Ping – was CRITICAL"),
        "pagerduty: resolved CRITICAL",
    );

    icinga.command(format!(
        "SEND_CUSTOM_SVC_NOTIFICATION;web01;Ping;2;Max;please 'call' \"me\" {bait}"
    ));
    let told = icinga.told(2);
    let custom = format!("📣 {NAME} / Ping (OK) – Max: \"please 'call' \"me\" $(touch pwned)");
    begins(told.slack(), &custom);
    begins(told.mattermost(), &custom);

    icinga.command("PROCESS_SERVICE_CHECK_RESULT;web01;Ping;2;once more");
    let told = icinga.told(3);
    told.begins(
        &format!("🔴 CRITICAL {NAME} / Ping – once more"),
        "pagerduty: incident opened CRITICAL",
    );
    told.calls(&["@here"]);

    icinga.command("PROCESS_HOST_CHECK_RESULT;web01;1;no reply from 172.16.166.229 \\\\");
    icinga.told(3).begins(
        &format!("🔴 DOWN {NAME} – no reply"),
        "pagerduty: incident opened DOWN",
    );
    icinga.only_the_last_command_fails();
    let pwned = icinga.stage.folder().join("pwned");
    assert!(!pwned.exists(), "{}", icinga.daemon.log());
}
