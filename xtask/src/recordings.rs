//! `cargo xtask recordings`: the emulator judged by what the real service answered. The recordings are not part of this
//! repository.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use recordings::{OLDEST_VERSION, Report};

use crate::{Usage, repository};

/// The emulator takes versions from here on, and promises answers from [`OLDEST_VERSION`] on.
const OLDEST_RECORDED: &str = "2014-02-14";
pub(crate) const MATCHED: f64 = 0.98;
pub(crate) const REPLAYABLE: f64 = 0.85;

pub(crate) fn main(arguments: Vec<String>) -> Result<bool> {
    let mut folder = None;
    let (mut json, mut oldest) = (false, OLDEST_VERSION);
    for argument in arguments {
        match argument.as_str() {
            "--json" => json = true,
            "--older" => oldest = OLDEST_RECORDED,
            option if option.starts_with('-') => {
                bail!(Usage(format!("`cargo xtask recordings` knows no {option:?}")))
            }
            _ if folder.is_some() => bail!(Usage("`cargo xtask recordings` takes one folder".to_owned())),
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.unwrap_or_else(default_folder);
    let report = replay(&folder, oldest)?;
    if json {
        let mut value = serde_json::to_value(&report).context("Writing the report")?;
        value["matchedShare"] = report.matched_share().into();
        value["replayableShare"] = report.replayable_share().into();
        println!("{value}");
    } else {
        print(&report);
    }
    Ok(holds(&report))
}

pub(crate) fn default_folder() -> PathBuf {
    repository::root().join("../shared/reference/recordings")
}

pub(crate) fn replay(folder: &Path, oldest: &str) -> Result<Report> {
    tokio::runtime::Runtime::new()?.block_on(recordings::replay(folder, oldest))
}

pub(crate) fn holds(report: &Report) -> bool {
    report.matched_share() >= MATCHED && report.replayable_share() >= REPLAYABLE
}

fn print(report: &Report) {
    for mismatch in &report.mismatches {
        println!("{} {} #{} {}", mismatch.operation, mismatch.test, mismatch.seq, mismatch.version);
        println!("    {}", mismatch.request);
        mismatch.differences.iter().for_each(|difference| println!("    {difference}"));
    }
    for (operation, count) in &report.by_operation {
        println!("{operation:40} {:4} of {:4}", count.matched, count.replayable);
    }
    report.unreadable.iter().for_each(|line| println!("unreadable: {line}"));
    for (rule, count) in &report.excluded {
        println!("left out, {rule:?}: {count}");
    }
    for (what, count) in &report.set_ups {
        println!("set up, {what}: {count}");
    }
    println!("played and not judged, from other recordings of a test: {}", report.filled_in);
    println!("request headers told by the answers: {}", report.completed_headers);
    println!("{}", summary(report));
}

pub(crate) fn summary(report: &Report) -> String {
    let Report { read, exchanges, replayable, matched, .. } = report;
    format!("{read} read, {exchanges} of promised versions, {replayable} replayed, {matched} matched")
}
