//! The disk that the queue stands on: what it is, and what it takes to have something on it for sure.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::measure::spread;

pub struct Disk {
    folder: PathBuf,
    medium: Medium,
}

struct Medium {
    kind: String,
    /// `discard` waits when a file goes, `sync` always.
    options: String,
    device: String,
    rotational: Option<String>,
}

/// Milliseconds for each step at which a notifier waits for the disk.
pub struct Steps {
    count: usize,
    entry: f64,
    name: f64,
    receipt: f64,
    removal: f64,
}

/// They sync nothing, or what they sync is gone with the container.
const NO_DISK: [&str; 4] = ["tmpfs", "ramfs", "overlay", "aufs"];

impl Disk {
    /// The first real disk among the folder, the user's and the machine's; where there is none, the folder itself.
    pub fn near(folder: &Path) -> Result<Disk> {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let places = [Some(folder.to_owned()), home, Some("/var/tmp".into())];
        let mut first = None;
        for place in places.into_iter().flatten().filter(|place| place.is_dir()) {
            let place = fs::canonicalize(place)?;
            let disk = Disk {
                medium: Medium::below(&place)?,
                folder: place,
            };
            if !NO_DISK.contains(&disk.medium.kind.as_str()) {
                return Ok(disk);
            }
            first.get_or_insert(disk);
        }
        first.with_context(|| format!("{} is no folder", folder.display()))
    }

    /// A new one, which goes with its last user.
    pub fn folder(&self) -> Result<TempDir> {
        let made = tempfile::Builder::new()
            .prefix("notify-bench-")
            .tempdir_in(&self.folder);
        made.with_context(|| format!("a folder below {}", self.folder.display()))
    }

    /// Medians of so many of each, by turns as the queue has them.
    pub fn steps(&self, count: usize) -> Result<Steps> {
        let folder = self.folder()?;
        let (aside, named) = (folder.path().join("aside"), folder.path().join("named"));
        fs::create_dir(&aside)?;
        fs::create_dir(&named)?;
        let mut lines = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.path().join("lines"))?;
        lines.sync_all()?;
        let mut times: [Vec<f64>; 4] = Default::default();
        for number in 0..count {
            let (written, entry) = (
                aside.join(number.to_string()),
                named.join(number.to_string()),
            );
            times[0].push(milliseconds(|| {
                let mut file = File::create_new(&written)?;
                file.write_all(&[b'x'; 700])?;
                file.sync_all()
            })?);
            fs::rename(&written, &entry)?;
            times[1].push(milliseconds(|| File::open(&named)?.sync_all())?);
            lines.write_all(&[b'x'; 300])?;
            times[2].push(milliseconds(|| lines.sync_data())?);
            times[3].push(milliseconds(|| fs::remove_file(&entry))?);
        }
        let [entry, name, receipt, removal] = times.map(|times| spread(times).median);
        Ok(Steps {
            count,
            entry,
            name,
            receipt,
            removal,
        })
    }

    /// With the steps from before everything and from after: the machine's speed may have changed meanwhile.
    pub fn describe(&self, before: &Steps, after: &Steps) -> String {
        format!(
            "The queue's disk: {}. Medians of {}, before and after everything else: {:.2} and {:.2} ms to sync a new file of 700 bytes, {:.2} and {:.2} ms to sync its folder after a rename, {:.2} and {:.2} ms to sync 300 bytes more at a file's end, {:.2} and {:.2} ms to remove the file.",
            self.medium.words(),
            before.count,
            before.entry,
            after.entry,
            before.name,
            after.name,
            before.receipt,
            after.receipt,
            before.removal,
            after.removal,
        )
    }
}

impl Medium {
    fn below(folder: &Path) -> Result<Medium> {
        let output = Command::new("findmnt")
            .args(["-n", "-o", "FSTYPE,OPTIONS,SOURCE,MAJ:MIN", "-T"])
            .arg(folder)
            .output()
            .context("the disk: install util-linux")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let [kind, options, device, number] = said.split_whitespace().collect::<Vec<_>>()[..]
        else {
            bail!("findmnt said {said:?} of {}", folder.display());
        };
        Ok(Medium {
            kind: kind.to_owned(),
            options: options.to_owned(),
            device: device.to_owned(),
            rotational: rotational(number),
        })
    }

    fn words(&self) -> String {
        let Medium {
            kind,
            options,
            device,
            ..
        } = self;
        if NO_DISK.contains(&kind.as_str()) {
            return format!("NONE, a {kind} (the figures say nothing about a real one)");
        }
        let rotational = match self.rotational.as_deref() {
            Some("0") => ", not rotational to the kernel",
            Some("1") => ", rotational to the kernel",
            _ => "",
        };
        format!("{kind} ({options}) on {device}{rotational}")
    }
}

/// Of a disk, or the disk of a partition.
fn rotational(number: &str) -> Option<String> {
    let device = Path::new("/sys/dev/block").join(number);
    let said = ["queue/rotational", "../queue/rotational"]
        .iter()
        .find_map(|file| fs::read_to_string(device.join(file)).ok())?;
    Some(said.trim().to_owned())
}

fn milliseconds(act: impl FnOnce() -> std::io::Result<()>) -> Result<f64> {
    let start = Instant::now();
    act()?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}
