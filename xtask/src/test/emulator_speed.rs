//! The benchmark of the emulator does its work and says all its figures. They are not judged here: a machine that is busy
//! would fail a test of time.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Options, Outcome};

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "emulator", "--json", "--seconds", "1"])
        .stderr(Stdio::inherit())
        .output()
        .context("Starting the benchmark")?;
    let text = String::from_utf8(output.stdout).context("Reading what the benchmark said")?;
    let line = text.lines().last().context("The benchmark said nothing")?;
    println!("   {line}");
    let report: Value = serde_json::from_str(line).with_context(|| format!("Reading {line}"))?;
    for figure in ["requests", "requestsPerSecond", "cpuMicrosPerRequest", "emulatorCpuShare"] {
        let value = report["ours"][figure].as_f64().with_context(|| format!("No {figure} is told"))?;
        ensure!(value > 0.0, "{figure} is {value}");
    }
    let share = report["ours"]["emulatorCpuShare"].as_f64().unwrap_or_default();
    ensure!(share < 1.0, "Of the processor, {share} is the emulator's");
    Ok(Outcome::Passed)
}
