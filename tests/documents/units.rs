//! The units and the cron line that send what had to wait.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use notify_test::listener::PATIENCE;
use notify_test::{Fault, HOST_DOWN};

use crate::arrival::{INSTALLED, finished};
use crate::fences::{Block, blocks_in};
use crate::listening::{is_listeners, prepared};
use crate::stage::{Stage, program, programs_folder};

/// A stage on which one notification waits, and the vendor is well again.
fn with_one_waiting() -> Stage {
    let stage = Stage::new();
    stage.bench.preview.next(Fault::too_many(0));
    let run = finished(stage.command(program("slack-notify")).args(HOST_DOWN));
    run.code(0).says("queued");
    stage
}

fn has_arrived(stage: &Stage) -> bool {
    let received = stage.bench.preview.received();
    received.iter().any(|one| one.shown.is_some())
}

/// Behind `ExecStart=`, with the programs where they were built.
fn command_lines(block: &Block) -> Vec<String> {
    let built = format!("{}/", programs_folder().display());
    let lines = block.text.lines();
    lines
        .filter_map(|line| line.strip_prefix("ExecStart="))
        .map(|line| {
            assert!(line.starts_with(INSTALLED), "{}: {line}", block.place);
            line.replace(INSTALLED, &built)
        })
        .collect()
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_unit_that_starts_something_sends_what_waits() {
    let mut started = 0;
    for block in blocks_in("ini") {
        for line in command_lines(&block) {
            if is_listeners(&line) {
                continue;
            }
            started += 1;
            let stage = with_one_waiting();
            let mut command = stage.command("/bin/sh");
            command.args(["-c", &format!("exec {line}")]);
            command.stderr(Stdio::null());
            let _service = Killed(command.spawn().expect("it starts"));
            let begun = Instant::now();
            while !has_arrived(&stage) {
                assert!(
                    begun.elapsed() < Duration::from_secs(20),
                    "{}: {line}: nothing was sent",
                    block.place
                );
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
    assert!(started >= 2, "docs/queue.md has a service and a timer");
}

#[test]
fn the_listener_s_unit_is_told_when_it_is_ready() {
    let lines: Vec<String> = blocks_in("ini").iter().flat_map(command_lines).collect();
    let ours: Vec<&String> = lines.iter().filter(|line| is_listeners(line)).collect();
    assert!(!ours.is_empty(), "docs/answers.md has one");
    for line in ours {
        let (bench, _core) = prepared();
        let socket = bench.folder().join("notify");
        let systemd = UnixDatagram::bind(&socket).expect("a socket");
        systemd.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut command = bench.command(&[]);
        command.env("NOTIFY_SOCKET", &socket);
        let mut started = Command::new("/bin/sh");
        started.args(["-c", &format!("exec {line}")]).env_clear();
        let set = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        started.envs(set).stderr(Stdio::null());
        let _service = Killed(started.spawn().expect("it starts"));
        let mut said = [0; 64];
        let length = systemd.recv(&mut said).expect("it says something");
        assert_eq!(&said[..length], b"READY=1");
    }
}

/// Where there is one, systemd itself reads them.
#[test]
fn systemd_understands_every_unit() {
    let stage = Stage::new();
    let mut names = Vec::new();
    for block in blocks_in("ini") {
        let text = command_lines(&block)
            .iter()
            .fold(block.text.clone(), |text, line| {
                let built = line.split(' ').next().unwrap_or_default();
                let name = built.rsplit('/').next().unwrap_or_default();
                text.replace(&format!("{INSTALLED}{name}"), built)
            });
        let first = block.text.lines().next().unwrap_or_default();
        let name = first.rsplit('/').next().unwrap_or_default();
        // No machine needs the user for its words to be understood.
        let text = text.replace("User=nagios\nGroup=nagios\n", "");
        names.push(stage.bench.file(name, &text));
    }
    let verify = Command::new("systemd-analyze")
        .arg("verify")
        .args(&names)
        .output();
    let Ok(verify) = verify else {
        return;
    };
    let said = String::from_utf8_lossy(&verify.stderr);
    for name in &names {
        let name = name.file_name().expect("a name").to_string_lossy();
        let about: Vec<&str> = said.lines().filter(|line| line.contains(&*name)).collect();
        assert!(about.is_empty(), "{about:#?}");
    }
}

#[test]
fn every_timer_names_a_service_that_there_is() {
    let blocks = blocks_in("ini");
    let name = |block: &Block| {
        let first = block.text.lines().next().unwrap_or_default();
        let file = first.rsplit('/').next().unwrap_or_default();
        file.to_owned()
    };
    let names: Vec<String> = blocks.iter().map(name).collect();
    let timers = names.iter().filter_map(|name| name.strip_suffix(".timer"));
    let mut found = 0;
    for timer in timers {
        found += 1;
        assert!(names.contains(&format!("{timer}.service")), "{names:?}");
    }
    assert!(found > 0, "docs/queue.md has one");
}

#[test]
fn every_cron_line_sends_what_waits() {
    let blocks = blocks_in("cron");
    assert!(!blocks.is_empty(), "docs/queue.md has one");
    let built = format!("{}/", programs_folder().display());
    for block in blocks {
        for line in block.text.lines() {
            // Five times and a user stand before the command.
            let command = line.splitn(7, ' ').nth(6).expect("a command");
            let stage = with_one_waiting();
            let logger = stage.bench.file("logger", "#!/bin/sh\ncat\n");
            let folder = logger.parent().expect("its folder").display();
            let line = format!(
                "logger() {{ sh {folder}/logger; }}\n{}",
                command.replace(INSTALLED, &built)
            );
            let run = finished(stage.command("/bin/sh").args(["-c", &line]));
            run.code(0);
            assert!(has_arrived(&stage), "{}: {run:#?}", block.place);
        }
    }
}
