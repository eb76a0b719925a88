//! Nagios Core, fed through its command file.

use std::fs;
use std::path::{Path, PathBuf};

use notify_test::queue::Queue;
use notify_test::{Answer, Fault};

use crate::daemon::{Daemon, find, group, hand_over, holds_no_secret, install_programs, user};
use crate::fences::{Document, blocks_in};
use crate::stage::{PROGRAMS, Stage};
use crate::told::{Told, begins, next, shows};

/// A core without active checks, on which every contact is told of everything.
pub struct Nagios {
    pub daemon: Daemon,
    fifo: PathBuf,
    pub stage: Stage,
    seen: usize,
}

#[derive(Clone, Copy)]
pub enum Macros {
    OnTheCommandLine,
    InTheEnvironment,
}

impl Nagios {
    fn start(program: &Path, macros: Macros) -> Nagios {
        Nagios::start_with(program, Stage::new(), macros, objects(macros))
    }

    pub fn start_with(program: &Path, stage: Stage, macros: Macros, objects: String) -> Nagios {
        let folder = stage.folder().to_owned();
        let programs = install_programs(&stage);
        let objects = objects.replace("/usr/local/bin", &programs.display().to_string());
        let (main, log) = (folder.join("nagios.cfg"), folder.join("nagios.log"));
        for (file, text) in [
            (main.clone(), settings(&folder, macros)),
            (folder.join("objects.cfg"), objects),
            (log.clone(), String::new()),
        ] {
            fs::write(file, text).expect("a file of the core's config");
        }
        for name in ["rw", "results"] {
            fs::create_dir(folder.join(name)).expect("a folder of the core's");
        }
        let owned = [
            "",
            "rw",
            "results",
            "config.toml",
            "nagios.cfg",
            "objects.cfg",
            "nagios.log",
        ];
        let owned = owned.map(|name| folder.join(name));
        hand_over(owned.iter().map(PathBuf::as_path));
        let mut command = stage.command(program);
        command.arg(main);
        Nagios {
            daemon: Daemon::start(&mut command, folder.join("output"), log),
            fifo: folder.join("rw/nagios.cmd"),
            stage,
            seen: 0,
        }
    }

    pub fn command(&mut self, command: impl AsRef<[u8]>) {
        self.daemon.command(&self.fifo, command);
    }

    /// What `count` requests of one event say.
    fn told(&mut self, count: usize) -> Told {
        next(&self.stage, &mut self.seen, count, &self.daemon)
    }

    /// `$(touch …)` with an absolute path: whichever folder a shell would run it in.
    pub fn bait(&self) -> String {
        format!("$(touch {0}) `touch {0}`", self.bait_file().display())
    }

    pub fn bait_file(&self) -> PathBuf {
        self.stage.folder().join("rw/pwned")
    }

    /// A failing command shows that failures would be seen, and that those before it have been written.
    fn only_the_last_command_fails(&mut self) {
        let queue = Queue::of(&self.stage.bench);
        self.daemon.until("the last senders end", |_| {
            queue.nobody_sends().then_some(())
        });
        let gone = Fault::Answer(Answer::text(404, "no_service"));
        self.stage.bench.preview.always(Some(gone));
        self.command("PROCESS_HOST_CHECK_RESULT;localhost;1;last");
        self.daemon.until("every failure is logged", |log| {
            (failures(log) >= PROGRAMS.len()).then_some(())
        });
        let log = self.daemon.log();
        assert_eq!(failures(&log), PROGRAMS.len(), "{log}");
        for words in [
            "slack-notify: slack:default: destination refused: 404",
            "return code 69",
        ] {
            assert!(log.contains(words), "{words:?} is not in\n{log}");
        }
        for words in ["Error:", "Warning:", "exited due to signal", "timed out"] {
            assert!(!log.contains(words), "{words:?} is in\n{log}");
        }
        holds_no_secret(&log);
        assert!(
            !self.bait_file().exists(),
            "a comment was run as a command\n{log}"
        );
    }
}

fn failures(log: &str) -> usize {
    log.matches("exited with return code").count()
}

fn settings(folder: &Path, macros: Macros) -> String {
    let at = |name: &str| folder.join(name).display().to_string();
    let environment = match macros {
        Macros::OnTheCommandLine => 0,
        Macros::InTheEnvironment => 1,
    };
    format!(
        "log_file={log}\n\
         cfg_file={objects}\n\
         object_cache_file={cache}\n\
         status_file={status}\n\
         status_update_interval=1\n\
         lock_file={lock}\n\
         temp_file={temp}\n\
         temp_path={folder}\n\
         check_result_path={results}\n\
         command_file={fifo}\n\
         query_socket={socket}\n\
         nagios_user={user}\n\
         nagios_group={group}\n\
         check_external_commands=1\n\
         check_workers=1\n\
         execute_service_checks=0\n\
         execute_host_checks=0\n\
         enable_notifications=1\n\
         enable_flap_detection=0\n\
         retain_state_information=0\n\
         use_syslog=0\n\
         check_for_updates=0\n\
         enable_environment_macros={environment}\n\
         {shipped}",
        log = at("nagios.log"),
        objects = at("objects.cfg"),
        cache = at("objects.cache"),
        status = at("status.dat"),
        lock = at("nagios.lock"),
        temp = at("nagios.tmp"),
        folder = folder.display(),
        results = at("results"),
        fifo = at("rw/nagios.cmd"),
        socket = at("rw/nagios.qh"),
        user = user(),
        group = group(),
        shipped = block_with("text", "illegal_macro_output_chars="),
    )
}

/// The one block of docs/nagios.md in this language that holds these words.
pub fn block_with(language: &str, words: &str) -> String {
    let blocks = Document::read("docs/nagios.md").blocks();
    let mut found = blocks
        .into_iter()
        .filter(|block| block.language == language && block.text.contains(words));
    match (found.next(), found.next()) {
        (Some(block), None) => block.text,
        _ => panic!("docs/nagios.md has not one ```{language} with {words}"),
    }
}

const OBJECTS: &str = include_str!("objects.cfg");

/// The documents' definitions as they are, and what they take for granted.
pub fn objects(macros: Macros) -> String {
    let mut objects = OBJECTS.to_owned();
    for block in blocks_in("nagios") {
        let is_replaced =
            matches!(macros, Macros::InTheEnvironment) && block.text.contains("--type");
        if !is_replaced {
            objects += &format!("# {}\n{}\n", block.place, block.text);
        }
    }
    let contact = block_with("nagios", "define contact{");
    let plain = block_with("text", "define command{");
    for name in PROGRAMS {
        let provider = name.trim_end_matches("-notify");
        let of_provider = |text: &str| {
            let text = text.replace("slack", provider);
            text.replace("Slack", provider)
        };
        if provider != "slack" {
            objects += &of_provider(&contact);
        }
        if matches!(macros, Macros::InTheEnvironment) {
            objects += &of_provider(&plain);
        }
    }
    objects
}

#[test]
fn nagios_tells_of_problems_acknowledgements_recoveries_and_hosts() {
    let Some(program) = find("nagios4") else {
        return;
    };
    let mut nagios = Nagios::start(&program, Macros::OnTheCommandLine);
    let bait = nagios.bait();

    let output = format!(
        "PROCESS_SERVICE_CHECK_RESULT;web01;Ping;2;100% packet loss; {bait} \"a\" 'b' – ünï <!channel> @all \\\\\\n\
         eth0: no carrier {bait}\\neth1: 'up' \\\\"
    );
    nagios.command(output);
    let told = nagios.told(3);
    told.begins(
        "🔴 CRITICAL web01 / Ping – 100% packet loss",
        "pagerduty: incident opened CRITICAL web01 / Ping: 100% packet loss",
    );
    for received in [told.slack(), told.mattermost(), told.pagerduty()] {
        shows(received, "ünï");
        shows(received, "eth0: no carrier");
    }
    told.calls(&["@here"]);

    nagios.command(format!(
        "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max' \"{bait}\";disk' \"ordered\" {bait} – ünï \\"
    ));
    let told = nagios.told(3);
    told.begins(
        "👤 ACK web01 / Ping (CRITICAL) – Max ",
        "pagerduty: acknowledged CRITICAL web01 / Ping",
    );
    told.calls(&[]);
    shows(told.slack(), "disk ordered");
    shows(told.mattermost(), "disk ordered");

    nagios.command("PROCESS_SERVICE_CHECK_RESULT;web01;Ping;0;PING OK");
    nagios.told(3).begins(
        "✅ OK web01 / Ping – was CRITICAL",
        "pagerduty: resolved CRITICAL web01 / Ping: 100% packet loss",
    );

    nagios.command(format!(
        "SEND_CUSTOM_SVC_NOTIFICATION;web01;Ping;2;Max;please' call \"me\" {bait}"
    ));
    let told = nagios.told(2);
    begins(told.slack(), "📣 web01 / Ping (OK)");
    begins(told.mattermost(), "📣 web01 / Ping (OK)");

    nagios.command("PROCESS_SERVICE_CHECK_RESULT;web01;Ping;2;once more");
    let told = nagios.told(3);
    told.begins(
        "🔴 CRITICAL web01 / Ping – once more",
        "pagerduty: incident opened CRITICAL",
    );
    told.calls(&["@here"]);

    nagios.command(b"PROCESS_HOST_CHECK_RESULT;web01;1;no reply \xff\xfe from 172.16.166.229 \\\\");
    nagios.told(3).begins(
        "🔴 DOWN web01 – no reply",
        "pagerduty: incident opened DOWN web01: no reply",
    );
    nagios.only_the_last_command_fails();
}

#[test]
fn nagios_with_environment_macros_needs_no_arguments() {
    let Some(program) = find("nagios4") else {
        return;
    };
    let mut nagios = Nagios::start(&program, Macros::InTheEnvironment);
    let bait = nagios.bait();

    nagios.command(format!(
        "PROCESS_SERVICE_CHECK_RESULT;web01;Ping;2;100% packet loss {bait} \"a\" 'b' \\\\\\neth0: no carrier"
    ));
    let told = nagios.told(3);
    told.begins(
        "🔴 CRITICAL web01 / Ping – 100% packet loss",
        "pagerduty: incident opened CRITICAL web01 / Ping: 100% packet loss",
    );
    shows(told.slack(), "eth0: no carrier");

    nagios.command(format!(
        "ACKNOWLEDGE_SVC_PROBLEM;web01;Ping;2;1;0;Max;disk 'ordered' {bait}"
    ));
    let told = nagios.told(3);
    told.begins(
        "👤 ACK web01 / Ping (CRITICAL) – Max: \"disk 'ordered' $(touch ",
        "pagerduty: acknowledged CRITICAL web01 / Ping",
    );
    told.calls(&[]);

    nagios.command(format!(
        "SEND_CUSTOM_HOST_NOTIFICATION;web01;2;Max;please 'call' me {bait}"
    ));
    let told = nagios.told(2);
    begins(
        told.slack(),
        "📣 web01 (UP) – Max: \"please 'call' me $(touch ",
    );

    nagios.command("PROCESS_HOST_CHECK_RESULT;web01;1;no reply");
    nagios.told(3).begins(
        "🔴 DOWN web01 – no reply",
        "pagerduty: incident opened DOWN web01: no reply",
    );
    nagios.only_the_last_command_fails();
}
