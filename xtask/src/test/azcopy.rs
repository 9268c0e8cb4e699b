//! An independent judge: Microsoft's AzCopy fills the source share and reads the backup.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::{CreateShareOptions, SasPermissions, ShareClient};
use serde_json::{Value, json};

use super::{Options, Outcome};
use crate::repository;
use crate::stage::{OpenedBy, PAIR, Stage};
use crate::tools::AzCopy;

const FILES: usize = 500;
const A_DAY: Duration = Duration::from_secs(24 * 3600);

pub(super) fn check(_: &Options) -> Result<Outcome> {
    with_azcopy(judge)
}

/// Runs a check that needs AzCopy, the handler and a folder of its own; where there is no AzCopy, it says why.
pub(super) fn with_azcopy(
    judge: impl AsyncFnOnce(&AzCopy, &Path, &Path) -> Result<Outcome>,
) -> Result<Outcome> {
    let azcopy = match AzCopy::install()? {
        Ok(azcopy) => azcopy,
        Err(reason) => return Ok(Outcome::DidNotRun(reason)),
    };
    let handler = repository::build_handler()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(judge(&azcopy, &handler, folder.path()))
}

async fn judge(azcopy: &AzCopy, handler: &Path, folder: &Path) -> Result<Outcome> {
    let (uploaded, downloaded) = (folder.join("uploaded"), folder.join("downloaded"));
    share_tree::write_sample(&uploaded, FILES)?;
    fs::create_dir(&downloaded)?;
    let stage = Stage::set(handler, folder, OpenedBy::Keys, json!({})).await?;
    let source = stage.source()?;
    source.create(&CreateShareOptions::default()).await?;

    let everything = format!("{}/*", uploaded.display());
    azcopy.run(folder, "copy", &[&everything, &url(&source)?, "--from-to=LocalFile"]).await?;
    stage.fire_timer().await?;
    let points: Vec<Value> = stage.get(&format!("pairs/{PAIR}/recovery-points")).await?;
    let snapshot = points.first().and_then(|point| point["target"].as_str());
    let snapshot = snapshot.context("The backup left no recovery point")?;
    let target = url(&stage.target()?)?.replacen('?', &format!("/*?sharesnapshot={snapshot}&"), 1);
    let into = downloaded.display().to_string();
    azcopy.run(folder, "copy", &[&target, &into, "--from-to=FileLocal"]).await?;
    stage.strike().await?;

    let diff =
        Command::new("diff").arg("-r").args([&uploaded, &downloaded]).output().context("Starting diff")?;
    let differences = String::from_utf8_lossy(&diff.stdout);
    ensure!(diff.status.success() && differences.is_empty(), "The trees differ:\n{differences}");
    Ok(Outcome::Passed)
}

pub(super) fn url(share: &ShareClient) -> Result<String> {
    let expires = std::time::SystemTime::now() + A_DAY;
    let everything = SasPermissions { read: true, create: true, write: true, delete: true, list: true };
    let sas = share.generate_sas(everything, expires.into()).context("The share was opened without a key")?;
    Ok(format!("{}?{}", share.url(), sas.as_query()))
}
