//! Wall time in pairs, peak memory by GNU time, instructions by callgrind.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub ours: Spread,
    pub theirs: Spread,
    /// Of each pair by itself.
    pub ratio: Spread,
}

pub fn pair(
    count: usize,
    ours: impl Fn() -> Command,
    theirs: impl Fn() -> Command,
) -> Result<Pair> {
    // One warm-up each, not counted.
    seconds(&mut ours())?;
    seconds(&mut theirs())?;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        times.push((seconds(&mut ours())?, seconds(&mut theirs())?));
    }
    Ok(Pair {
        ours: spread(times.iter().map(|(ours, _)| *ours)),
        theirs: spread(times.iter().map(|(_, theirs)| *theirs)),
        ratio: spread(times.iter().map(|(ours, theirs)| ours / theirs)),
    })
}

/// Peak memory and wall time together, for what takes seconds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub peak_mib: f64,
    pub seconds: f64,
}

pub fn cost(command: &Command) -> Result<Cost> {
    let start = Instant::now();
    let said = under(Command::new("/usr/bin/time").args(["-f", "%M"]), command)
        .context("peak memory: install the package time")?;
    let seconds = start.elapsed().as_secs_f64();
    let last = said.lines().last().unwrap_or_default();
    let kib: f64 = last
        .trim()
        .parse()
        .with_context(|| format!("GNU time said {last:?}"))?;
    Ok(Cost {
        peak_mib: kib / 1024.0,
        seconds,
    })
}

pub fn peak_mib(command: &Command) -> Result<f64> {
    Ok(cost(command)?.peak_mib)
}

pub fn instructions(command: &Command) -> Result<f64> {
    let said = under(
        Command::new("valgrind").args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]),
        command,
    )
    .context("instructions: install valgrind")?;
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .context("valgrind said no count")?;
    Ok(collected.1.trim().parse()?)
}

pub fn seconds(command: &mut Command) -> Result<f64> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let seconds = start.elapsed().as_secs_f64();
    match status.success() {
        true => Ok(seconds),
        false => bail!("{command:?} ended with {status}"),
    }
}

/// The same command below a tool, and what was said on stderr.
fn under(tool: &mut Command, command: &Command) -> Result<String> {
    tool.arg(command.get_program()).args(command.get_args());
    tool.env_clear();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            tool.env(name, value);
        }
    }
    let output = tool.output()?;
    if !output.status.success() {
        bail!("{tool:?} ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

pub fn spread(values: impl IntoIterator<Item = f64>) -> Spread {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values[((values.len() - 1) as f64 * part) as usize];
    Spread {
        low: at(0.25),
        median: at(0.5),
        high: at(0.75),
    }
}
