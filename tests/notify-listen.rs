//! Tests through the real `notify-listen`.

use notify_test::Program;

#[path = "notify-listen/killed.rs"]
mod killed;
#[path = "notify-listen/slack.rs"]
mod slack;
#[path = "notify-listen/slack_command.rs"]
mod slack_command;
#[path = "notify-listen/slack_dialogue.rs"]
mod slack_dialogue;
#[path = "notify-listen/slack_door.rs"]
mod slack_door;
#[path = "notify-listen/slack_people.rs"]
mod slack_people;
#[path = "notify-listen/slack_sdk.rs"]
mod slack_sdk;
#[path = "notify-listen/slack_stage.rs"]
mod slack_stage;

const PROGRAM: Program = Program {
    name: "notify-listen",
    path: env!("CARGO_BIN_EXE_notify-listen"),
};
