//! Tests through the real `notify-listen`.

#[path = "notify-listen/killed.rs"]
mod killed;
#[path = "notify-listen/mattermost.rs"]
mod mattermost;
#[path = "notify-listen/pagerduty.rs"]
mod pagerduty;

use notify_test::Program;

const PROGRAM: Program = Program {
    name: "notify-listen",
    path: env!("CARGO_BIN_EXE_notify-listen"),
};
