//! The emulator is quick enough never to be what a benchmark measures.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Options, Outcome};

/// The promise is made for so many.
const CORES: usize = 4;

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let cores = std::thread::available_parallelism()?.get();
    if cores < CORES {
        return Ok(Outcome::DidNotRun(format!("{CORES} cores are needed, and here are {cores}")));
    }
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "emulator", "--json", "--seconds", "5"])
        .stderr(Stdio::inherit())
        .output()
        .context("Starting the benchmark")?;
    let text = String::from_utf8(output.stdout).context("Reading what the benchmark said")?;
    let line = text.lines().last().context("The benchmark said nothing")?;
    println!("   {line}");
    let report: Value = serde_json::from_str(line).with_context(|| format!("Reading {line}"))?;
    ensure!(output.status.success() && report["pass"] == true, "The emulator is slower than promised");
    Ok(Outcome::Passed)
}
