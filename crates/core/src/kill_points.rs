//! Where a test may kill the process: between any two steps that touch the disk or the vendor. Releases lack them.

/// With the feature `kill-points`, `NOTIFY_KILL_AT=stored` or `stored:3` kills the process the first or third time
/// it comes here.
#[cfg(feature = "kill-points")]
pub fn kill_point(name: &str) {
    use std::process::Command;
    use std::sync::atomic::{AtomicU32, Ordering};

    static PASSED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("NOTIFY_KILL_AT") else {
        return;
    };
    let (point, turn) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if point != name || PASSED.fetch_add(1, Ordering::SeqCst) + 1 != turn.parse().unwrap_or(1) {
        return;
    }
    let _ = Command::new("kill")
        .args(["-KILL", &std::process::id().to_string()])
        .status();
    loop {
        std::thread::park();
    }
}

#[cfg(not(feature = "kill-points"))]
pub fn kill_point(_name: &str) {}
