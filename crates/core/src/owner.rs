//! `sudo slack-notify` beside the core's own user: root becomes the state folder's owner, so that there is one queue
//! and no file in it that the core cannot read, nor a link in it that leads root astray.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::state_folder::effective_user;

/// Comes back only where there is nothing to do, or it cannot be done: then the folder is found unfit and says why.
pub fn become_owner_of(folder: &Path, config: &Path) {
    let Ok(found) = std::fs::symlink_metadata(folder) else {
        return;
    };
    if !found.is_dir() || found.uid() == 0 || effective_user() != Some(0) {
        return;
    }
    // Who could not read the config would only fail in another way.
    if !may_read(config, found.uid(), found.gid()) {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Comes back with an error, or not at all.
    let _ = command
        .args(arguments)
        .uid(found.uid())
        .gid(found.gid())
        .exec();
}

fn may_read(file: &Path, user: u32, group: u32) -> bool {
    let Ok(file) = std::path::absolute(file) else {
        return false;
    };
    let allows = |path: &Path, bit: u32| {
        std::fs::metadata(path).is_ok_and(|found| {
            let shift = match (found.uid() == user, found.gid() == group) {
                (true, _) => 6,
                (false, true) => 3,
                (false, false) => 0,
            };
            found.mode() >> shift & bit != 0
        })
    };
    const READ: u32 = 4;
    const ENTER: u32 = 1;
    allows(&file, READ) && file.ancestors().skip(1).all(|above| allows(above, ENTER))
}
