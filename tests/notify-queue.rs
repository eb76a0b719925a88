//! `notify-queue` as people, cron, systemd and cores run it, on queues that the notifiers filled.

#[path = "notify-queue/bad_input.rs"]
mod bad_input;
#[path = "notify-queue/change.rs"]
mod change;
#[path = "notify-queue/check.rs"]
mod check;
#[path = "notify-queue/command_line.rs"]
mod command_line;
#[path = "notify-queue/desk.rs"]
mod desk;
#[path = "notify-queue/despite.rs"]
mod despite;
#[path = "notify-queue/history.rs"]
mod history;
#[path = "notify-queue/lanes.rs"]
mod lanes;
#[path = "notify-queue/list.rs"]
mod list;
#[path = "notify-queue/log.rs"]
mod log;
#[path = "notify-queue/mute.rs"]
mod mute;
#[path = "notify-queue/open.rs"]
mod open;
#[path = "notify-queue/replay.rs"]
mod replay;
#[path = "notify-queue/run.rs"]
mod run;
#[path = "notify-queue/show.rs"]
mod show;
#[path = "notify-queue/silence.rs"]
mod silence;
#[path = "notify-queue/storm.rs"]
mod storm;
#[path = "notify-queue/unrouted.rs"]
mod unrouted;
#[path = "notify-queue/watch.rs"]
mod watch;
