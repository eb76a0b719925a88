//! What really goes wrong on machines and networks, through the real programs: full and read-only disks, foreign
//! folders, missing file handles, dead vendors, jumping clocks, garbage, power cuts.

#[path = "faults/backlog.rs"]
mod backlog;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/config.rs"]
mod config;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/flush.rs"]
mod flush;
#[path = "faults/folders.rs"]
mod folders;
#[path = "faults/garbage.rs"]
mod garbage;
#[path = "faults/handles.rs"]
mod handles;
#[path = "faults/owners.rs"]
mod owners;
#[path = "faults/poison.rs"]
mod poison;
#[path = "faults/power.rs"]
mod power;
#[path = "faults/secrets.rs"]
mod secrets;
#[path = "faults/stage.rs"]
mod stage;
#[path = "faults/stuck.rs"]
mod stuck;
#[path = "faults/vendors.rs"]
mod vendors;
