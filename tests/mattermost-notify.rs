//! `mattermost-notify` as a core runs it: what all programs promise, then what is this vendor's alone.

#[path = "mattermost-notify/answers.rs"]
mod answers;
#[path = "mattermost-notify/buttons.rs"]
mod buttons;
#[path = "mattermost-notify/checks.rs"]
mod checks;
#[path = "mattermost-notify/messages.rs"]
mod messages;

use notify_test::Program;

const PROGRAM: Program = Program {
    name: "mattermost-notify",
    path: env!("CARGO_BIN_EXE_mattermost-notify"),
};

notify_test::arguments!(crate::PROGRAM);
notify_test::broken_threads!(crate::PROGRAM);
notify_test::by_hand!(crate::PROGRAM);
notify_test::chat!(crate::PROGRAM);
notify_test::configuration!(crate::PROGRAM);
notify_test::copies!(crate::PROGRAM);
notify_test::delivery!(crate::PROGRAM);
notify_test::digests!(crate::PROGRAM);
notify_test::downtimes!(crate::PROGRAM);
notify_test::failures!(crate::PROGRAM);
notify_test::held_back!(crate::PROGRAM);
notify_test::lasted!(crate::PROGRAM);
notify_test::late!(crate::PROGRAM);
notify_test::late_chat!(crate::PROGRAM);
notify_test::links!(crate::PROGRAM);
notify_test::names!(crate::PROGRAM);
notify_test::proxying!(crate::PROGRAM);
notify_test::queued!(crate::PROGRAM);
notify_test::repeats!(crate::PROGRAM);
notify_test::storm!(crate::PROGRAM);
notify_test::threads!(crate::PROGRAM);
notify_test::trust!(crate::PROGRAM);
