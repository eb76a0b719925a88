//! `mattermost-notify`: one notification to Mattermost.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_core::program::run::<mattermost_notify::Mattermost>()
}
