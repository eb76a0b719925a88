//! `pagerduty-notify`: one notification to PagerDuty.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_core::program::run::<pagerduty_notify::PagerDuty>()
}
