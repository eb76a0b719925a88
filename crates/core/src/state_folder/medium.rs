//! What the state folder stands on: some file systems forget everything at a restart.

use std::path::Path;

use super::StateFolder;

impl StateFolder {
    /// The kind of file system, where it keeps nothing over a restart of the machine or its container.
    pub fn forgetful_medium(&self) -> Option<String> {
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
        let root = self.root.canonicalize().ok()?;
        let kind = kind_at(&mounts, &root)?;
        ["tmpfs", "ramfs", "overlay", "aufs"]
            .contains(&kind)
            .then(|| kind.to_owned())
    }
}

/// The file system of the nearest mount point above; of several on one point the last one counts.
fn kind_at<'m>(mounts: &'m str, path: &Path) -> Option<&'m str> {
    let mut nearest: Option<(usize, &str)> = None;
    for mount in mounts.lines() {
        let Some((place, system)) = mount.split_once(" - ") else {
            continue;
        };
        let Some(point) = place.split(' ').nth(4).map(unescape) else {
            continue;
        };
        let depth = Path::new(&point).components().count();
        if path.starts_with(&point) && nearest.is_none_or(|(least, _)| depth >= least) {
            nearest = system.split(' ').next().map(|kind| (depth, kind));
        }
    }
    nearest.map(|(_, kind)| kind)
}

/// The kernel writes blanks as `\040`.
fn unescape(point: &str) -> String {
    point
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /dev/shm rw,nosuid - tmpfs tmpfs rw
40 22 0:30 / /var/lib/with\\040blank rw - overlay overlay rw
41 22 0:31 / /srv rw - overlay overlay rw
42 22 0:32 / /srv rw - xfs /dev/vdb rw
";

    #[test]
    fn the_nearest_and_last_mount_counts() {
        for (path, kind) in [
            ("/var/lib/monitoring-notify", "ext4"),
            ("/dev/shm/state", "tmpfs"),
            ("/dev/shmoo", "ext4"),
            ("/var/lib/with blank/state", "overlay"),
            ("/srv/state", "xfs"),
        ] {
            assert_eq!(kind_at(MOUNTS, Path::new(path)), Some(kind), "{path}");
        }
    }
}
