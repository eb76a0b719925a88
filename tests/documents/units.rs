//! The units and the cron line that send what had to wait.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use notify_test::{Fault, HOST_DOWN};

use crate::arrival::{INSTALLED, finished};
use crate::fences::{Block, blocks_in};
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
