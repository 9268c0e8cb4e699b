//! The zip that is deployed, under the stand-in host.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::CreateShareOptions;
use functions_host::Package;
use serde_json::{Value, json};
use share_tree::{LiveShare, compare, from_folder, read_back, write_sample};

use super::{Options, Outcome};
use crate::package;
use crate::stage::{OpenedBy, PAIR, Stage};
use crate::tools::Unavailable;

const FILES: usize = 200;

/// Unpacked into an empty folder, it makes a recovery point that is the source.
pub(super) fn runs(_: &Options) -> Result<Outcome> {
    let packed = match package::make_default() {
        Err(error) if error.is::<Unavailable>() => return Ok(Outcome::DidNotRun(format!("{error:#}"))),
        packed => packed?,
    };
    let folder = tempfile::tempdir()?;
    let package = Package::unpack(&packed.zip, &folder.path().join("empty"))?;
    tokio::runtime::Runtime::new()?.block_on(backs_up(&package, folder.path()))?;
    println!("   {} bytes", packed.bytes);
    Ok(Outcome::Passed)
}

async fn backs_up(package: &Package, folder: &Path) -> Result<()> {
    let stage = Stage::with(package, folder, OpenedBy::Keys, json!({})).await?;
    let sample = folder.join("sample");
    write_sample(&sample, FILES)?;
    let (mut tree, _) = from_folder(&sample)?;
    let source = stage.source()?;
    source.create(&CreateShareOptions::default()).await?;
    LiveShare::new(source).load(&mut tree).await?;
    stage.fire_timer().await?;
    let points: Vec<Value> = stage.get(&format!("pairs/{PAIR}/recovery-points")).await?;
    let snapshot = points.first().and_then(|point| point["target"].as_str());
    let snapshot = snapshot.context("The backup left no recovery point")?;
    let found = read_back(&stage.target()?.with_snapshot(&snapshot.into())).await?;
    let differences = compare(&tree, &found).await?;
    ensure!(differences.is_empty(), "The recovery point is not the source: {differences:?}");
    stage.strike().await
}
