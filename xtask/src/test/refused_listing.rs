//! The same misfortune for AzCopy and for us: one directory of the source refuses its listing. AzCopy takes what it
//! did not see for deleted, and deletes the good copies; we keep them, and say what we could not see.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use azure_storage_file_share::{CreateDirectory, CreateFile, CreateShareOptions, ListOptions, ShareClient};
use faults::{Fault, Seen};
use serde_json::{Value, json};

use super::azcopy::{url, with_azcopy};
use super::{Options, Outcome};
use crate::stage::{OpenedBy, PAIR, Stage};
use crate::tools::AzCopy;

const KEPT: [&str; 4] = ["d", "d/a", "d/b", "d/sub"];

pub(super) fn check(_: &Options) -> Result<Outcome> {
    with_azcopy(judge)
}

async fn judge(azcopy: &AzCopy, handler: &Path, folder: &Path) -> Result<Outcome> {
    let stage = Stage::set(handler, folder, OpenedBy::Keys, json!({})).await?;
    let (source, ours, theirs) = (stage.source()?, stage.target()?, stage.target_share("azcopy")?);
    for share in [&source, &theirs] {
        share.create(&CreateShareOptions::default()).await?;
    }
    for directory in ["d", "d/sub"] {
        source.directory_client(directory).create(&CreateDirectory::default()).await?;
    }
    for file in ["a", "gone", "d/a", "d/b", "d/sub/c"] {
        put(&source, file).await?;
    }
    let sync = [&url(&source)?, &url(&theirs)?, "--from-to=FileFile", "--delete-destination=true"];
    azcopy.run(folder, "sync", &sync).await?;
    stage.fire_timer().await?;
    for target in [&theirs, &ours] {
        ensure!(names(target, "d").await? == ["a", "b", "sub"], "The first copy is not whole");
    }

    source.file_client("gone").delete().await?;
    put(&source, "new").await?;
    let refused = format!("{}/d", source.url().path());
    stage.set_faults(Some(Arc::new(move |seen: &Seen<'_>| {
        if seen.operation == "List Directories and Files" && seen.path == refused {
            Fault::Refuse { status: 403, code: "AuthorizationFailure", retry_after_seconds: None }
        } else {
            Fault::None
        }
    })));
    azcopy.run(folder, "sync", &sync).await?;
    ensure!(stage.fire_timer().await.is_err(), "A cycle that did not see everything was called a success");
    stage.set_faults(None);

    let left = names(&theirs, "d").await.unwrap_or_default();
    ensure!(left.is_empty(), "AzCopy kept {left:?}: it has learned, and the comparison wants a new text");
    for path in KEPT {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        ensure!(names(&ours, parent).await?.iter().any(|kept| kept == name), "{path} was deleted");
    }
    ensure!(names(&ours, "d/sub").await? == ["c"], "d/sub/c was deleted");
    ensure!(names(&ours, "").await? == ["a", "d", "new"], "The rest was not mirrored");
    let cycles: Vec<Value> = stage.get(&format!("pairs/{PAIR}/cycles")).await?;
    let newest = &cycles[0];
    ensure!(newest["status"] == "CompletedWithErrors" && newest["failed"] == 1, "{newest}");
    ensure!(newest["failures"][0]["path"] == "d", "The report does not name the directory: {newest}");
    let points: Vec<Value> = stage.get(&format!("pairs/{PAIR}/recovery-points")).await?;
    ensure!(points.len() == 1, "There are {} recovery points", points.len());
    stage.fire_timer().await?;
    stage.strike().await?;
    Ok(Outcome::Passed)
}

async fn put(share: &ShareClient, path: &str) -> Result<()> {
    let options = CreateFile { size: 4, body: Some("data".into()), ..Default::default() };
    share.file_client(path).create(&options).await?;
    Ok(())
}

/// Names in a directory, sorted; of a small one.
async fn names(share: &ShareClient, path: &str) -> Result<Vec<String>> {
    let page = share.directory_client(path).list_directories_and_files(&ListOptions::default()).await?;
    let mut names: Vec<_> = page.entries.into_iter().map(|entry| entry.name).collect();
    names.sort();
    Ok(names)
}
