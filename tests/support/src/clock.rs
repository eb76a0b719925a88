//! A wall clock that is wrong: put before the C library's, it moves what a program is told by as many seconds as a
//! variable says. The time since the machine's start stays right, as it does in reality.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const VARIABLE: &str = "NOTIFY_TEST_CLOCK";

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t ahead(void) {
    const char *seconds = getenv("NOTIFY_TEST_CLOCK");
    return seconds ? atoll(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += ahead();
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    if (now) *now = time.tv_sec;
    return time.tv_sec;
}
"#;

pub struct Clock {
    library: PathBuf,
}

impl Clock {
    pub fn built(folder: &Path) -> Clock {
        Clock {
            library: library(folder, "clock.so", SOURCE),
        }
    }

    /// This process's clock is as many seconds ahead, or behind.
    pub fn set<'c>(&self, command: &'c mut Command, ahead: i64) -> &'c mut Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env(VARIABLE, ahead.to_string())
    }
}

/// Functions that are put before the C library's, as `LD_PRELOAD`; built with the C compiler that links Rust programs.
pub fn library(folder: &Path, name: &str, source: &str) -> PathBuf {
    let library = folder.join(name);
    let mut compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-x", "c", "-o"])
        .arg(&library)
        .args(["-", "-ldl"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("this test needs a C compiler called cc");
    let mut input = compiler.stdin.take().expect("a pipe");
    input.write_all(source.as_bytes()).expect("cc reads");
    drop(input);
    let status = compiler.wait().expect("cc ends");
    assert!(status.success(), "cc: {status}");
    library
}

/// Everything that is stored was stored before another start of the machine.
pub fn restart(state: &Path) {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("this start's name");
    let mut folders = vec![state.to_owned()];
    while let Some(folder) = folders.pop() {
        for found in fs::read_dir(folder).expect("a folder") {
            let path = found.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            let earlier = text.replace(boot.trim(), "00000000-0000-4000-8000-000000000000");
            if earlier != text {
                fs::write(&path, earlier).expect("it is written");
            }
        }
    }
}
