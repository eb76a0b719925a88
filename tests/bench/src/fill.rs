//! A queue of many entries, as so many notifiers would have left it. They are written without a sync for each, and all
//! of them are synced before anything is measured.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use notify_core::entry::{DestinationId, Emoji, Entry};
use notify_core::notification::{Kind, Notification, State, Subject};
use notify_core::now::Moment;
use notify_core::state_folder::StateFolder;
use notify_core::state_folder::counter::Counter;
use notify_core::state_folder::lane::Ticket;
use notify_core::state_folder::waiting::Shelf;
use notify_core::unrouted;

use crate::arrivals::host;
use crate::lane::Lane;

pub fn fill(lane: &Lane, count: usize) -> Result<()> {
    let state = lane.state_dir().context("a lane without a queue")?;
    let folder = StateFolder::open(&state).map_err(|unfit| anyhow!("{unfit}"))?;
    for number in 0..count {
        let entry = Entry::new(
            DestinationId::new("slack", "default"),
            notification(host(number)),
            "default",
            lane.config(),
            Emoji::Shown,
            Moment::read(),
        );
        let parcel = unrouted::parcel(&entry)?;
        let ticket = Ticket::fresh(number as u64 + 1, parcel.object, parcel.sort);
        let file = folder.file(Shelf::Waiting, &parcel.lane, &ticket.to_string());
        if number == 0 {
            make(file.parent().context("a file without a folder")?)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)?;
        file.write_all(&parcel.text)?;
    }
    // There is no counter yet: it counts what is there.
    let counted = Counter::lock(&folder)?.load().entries;
    if counted != count as u64 {
        bail!("{counted} entries instead of {count}");
    }
    sync(&state)
}

/// What the lane's notifier says.
fn notification(host: String) -> Notification {
    Notification {
        kind: Kind::Problem,
        subject: Subject::service(&host, "Ping"),
        state: Some(State::Critical),
        host_state: Some(State::Up),
        output: "100% packet loss".to_owned(),
        host_address: "10.1.1.1".to_owned(),
        ..Notification::default()
    }
}

fn make(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| folder.display().to_string())
}

/// The whole file system below.
fn sync(folder: &Path) -> Result<()> {
    let status = Command::new("sync").arg("-f").arg(folder).status()?;
    match status.success() {
        true => Ok(()),
        false => bail!("sync ended with {status}"),
    }
}
