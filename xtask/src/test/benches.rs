//! The benchmarks at a small part of their size, for what they count. Time is not judged here: a machine that is busy would
//! fail it.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Options, Outcome};
use crate::tools::npm;

pub(super) fn unchanged(_: &Options) -> Result<Outcome> {
    check("unchanged", 100, &["requests"])
}

pub(super) fn small_new(_: &Options) -> Result<Outcome> {
    check("small-new", 50, &["requests"])
}

pub(super) fn mixed(_: &Options) -> Result<Outcome> {
    check("mixed", 50, &["requests"])
}

pub(super) fn acl(_: &Options) -> Result<Outcome> {
    check("acl", 10, &["bytes", "requests"])
}

pub(super) fn moved(_: &Options) -> Result<Outcome> {
    check("moved", 10, &["bytes", "renames", "requests"])
}

pub(super) fn large_new(_: &Options) -> Result<Outcome> {
    check("large-new", 128, &["bytesThroughHandler", "requests"])
}

pub(super) fn large_churn(_: &Options) -> Result<Outcome> {
    let limits = ["contiguousBytes", "contiguousGrowth", "scatteredBytes", "scatteredGrowth"];
    check("large-churn", 256, &limits)
}

pub(super) fn restore(_: &Options) -> Result<Outcome> {
    check("restore", 20, &["requests"])
}

pub(super) fn seeding(_: &Options) -> Result<Outcome> {
    check("seeding", 20, &["sourceBytes", "identical"])
}

/// One Nth of the shape, and the limits that must be kept.
fn check(name: &str, part: u64, limits: &[&str]) -> Result<Outcome> {
    if let Err(reason) = npm::install_tools() {
        return Ok(Outcome::DidNotRun(format!("{reason:#}")));
    }
    let report = report(&[name, "--alone", "--runs", "1", "--part", &part.to_string()])?;
    for limit in limits {
        let ratio = report["ratios"][limit].as_f64().with_context(|| format!("No {limit} is told"))?;
        ensure!(ratio >= 1.0, "Of what {limit} may be, it is {:.2} times as much", 1.0 / ratio);
    }
    Ok(Outcome::Passed)
}

/// Runs a benchmark, whether it passes or not; what it says.
pub(super) fn report(arguments: &[&str]) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench", "--json"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("Starting the benchmark")?;
    let text = String::from_utf8(output.stdout).context("Reading what the benchmark said")?;
    let line = text.lines().last().context("The benchmark said nothing")?;
    println!("   {line}");
    serde_json::from_str(line).with_context(|| format!("Reading {line}"))
}
