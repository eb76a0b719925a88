//! Takes people's answers back to the core.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_listen::run()
}
