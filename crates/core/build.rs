//! Puts the commit into `--version`.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new("../../.git").exists() {
        println!("cargo::rerun-if-changed=../../.git/HEAD");
        // Every commit appends a line here.
        println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
    }
    let commit = Command::new("git")
        .args(["rev-parse", "--short=10", "HEAD"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let commit = commit.as_deref().map_or("no commit", str::trim);
    println!("cargo::rustc-env=NOTIFY_COMMIT={commit}");
}
