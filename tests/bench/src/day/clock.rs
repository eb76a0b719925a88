//! Simulated time: put before the C library's, these functions let a process sleep without waiting. Only its first thread
//! does; the stand-in's wait for their sockets as ever. The time since the machine's start is not told: it would not fit.

use std::path::Path;
use std::process::Command;

use notify_test::clock::library;

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

/* Nanoseconds slept so far, and the moments when the process began. */
static _Atomic long long slept;
static long long wall = START * SECOND;
static long long machine;

__attribute__((constructor)) static void begin(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    /* A wait that the kernel keeps must not be over before it begins. */
    machine = (now.tv_sec + 86400) * SECOND + now.tv_nsec;
}

static void tell(struct timespec *now, long long moment) {
    now->tv_sec = moment / SECOND;
    now->tv_nsec = moment % SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        tell(now, wall + slept);
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
        tell(now, machine + slept);
        return 0;
    default:
        return syscall(SYS_clock_gettime, clock, now);
    }
}

static int is_simulated(void) {
    return syscall(SYS_gettid) == getpid();
}

int nanosleep(const struct timespec *wanted, struct timespec *rest) {
    if (!is_simulated()) return syscall(SYS_nanosleep, wanted, rest);
    slept += wanted->tv_sec * SECOND + wanted->tv_nsec;
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *rest) {
    if (!is_simulated())
        return syscall(SYS_clock_nanosleep, clock, flags, wanted, rest) ? errno : 0;
    long long nanoseconds = wanted->tv_sec * SECOND + wanted->tv_nsec;
    if (flags & TIMER_ABSTIME)
        nanoseconds -= (clock == CLOCK_REALTIME ? wall : machine) + slept;
    if (nanoseconds > 0) slept += nanoseconds;
    return 0;
}

static int opened(const char *path, int flags, mode_t mode) {
    if (!strcmp(path, "/proc/uptime")) {
        errno = ENOENT;
        return -1;
    }
    return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, flags | O_LARGEFILE, mode);
}
"#;

/// The command's clock stands at `start`, in seconds since 1970, and moves when it sleeps.
pub fn simulate<'c>(command: &'c mut Command, start: f64, folder: &Path) -> &'c mut Command {
    let source = SOURCE.replace("START", &format!("{start:.0}LL"));
    command.env("LD_PRELOAD", library(folder, "simulated.so", &source))
}
