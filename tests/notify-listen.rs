//! Tests through the real `notify-listen`.

#[path = "notify-listen/killed.rs"]
mod killed;
#[path = "notify-listen/pagerduty.rs"]
mod pagerduty;
#[path = "notify-listen/mattermost.rs"]
mod mattermost;

use notify_test::Program;

const PROGRAM: Program = Program {
    name: "notify-listen",
    path: env!("CARGO_BIN_EXE_notify-listen"),
};
