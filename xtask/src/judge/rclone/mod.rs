//! rclone between folders and shares, by the account's key and by a managed identity over TLS. What it finds equal it
//! compares by MD5, by time, or byte for byte.

mod entries;
mod run;
mod transfers;

use anyhow::{Context, Result};

use super::court::Court;
use super::{Report, checks};
use crate::repository;
use crate::tools::pip;
use run::Work;

pub(super) async fn hear(court: &Court) -> Result<Report> {
    let packages = pip::install("rclone", &repository::root().join("xtask/judges/rclone"))?;
    let work = Work::new(packages.join("bin/rclone"), court);
    let version = work.run(&["version"]).await?;
    let version = version.lines().next().and_then(|line| line.strip_prefix("rclone v"));
    let mut report = Report::new("rclone", version.context("rclone names no version")?);
    let mut all = transfers::checks(&work);
    all.extend(entries::checks(&work));
    checks::record(&mut report, all).await;
    Ok(report)
}
