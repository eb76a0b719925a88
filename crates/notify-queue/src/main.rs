//! `notify-queue`: what waits on disk is sent, shown, changed and checked.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_queue::run()
}
