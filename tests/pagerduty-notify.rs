//! `pagerduty-notify` as a core runs it: what all programs promise, then what is this vendor's alone.

#[path = "pagerduty-notify/answers.rs"]
mod answers;
#[path = "pagerduty-notify/checks.rs"]
mod checks;
#[path = "pagerduty-notify/messages.rs"]
mod messages;
#[path = "pagerduty-notify/two_way.rs"]
mod two_way;
#[path = "pagerduty-notify/urgent.rs"]
mod urgent;

use notify_test::Program;

const PROGRAM: Program = Program {
    name: "pagerduty-notify",
    path: env!("CARGO_BIN_EXE_pagerduty-notify"),
};

notify_test::arguments!(crate::PROGRAM);
notify_test::by_hand!(crate::PROGRAM);
notify_test::configuration!(crate::PROGRAM);
notify_test::copies!(crate::PROGRAM);
notify_test::delivery!(crate::PROGRAM);
notify_test::failures!(crate::PROGRAM);
notify_test::held_back!(crate::PROGRAM);
notify_test::late!(crate::PROGRAM);
notify_test::links!(crate::PROGRAM);
notify_test::names!(crate::PROGRAM);
notify_test::proxying!(crate::PROGRAM);
notify_test::queued!(crate::PROGRAM);
notify_test::trust!(crate::PROGRAM);
