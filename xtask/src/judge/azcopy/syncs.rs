//! Only what differs is transferred, and what is gone at the source is deleted if that is asked for.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use azure_storage_file_share::{CreateFile, FileTime, SmbProperties};

use super::super::checks::{self, Check};
use super::super::court::{FIRST, SECOND};
use super::super::trees::{
    data_of_folder, data_of_share, fill, same_data, same_folders, same_tree, set_modified, write_files,
};
use super::copies::as_azcopy_leaves_it;
use super::run::{PRESERVE, Work, url};

const BETWEEN: &str = "FileFile";
const DELETE: &str = "--delete-destination=true";
const COPIED: &str = "Number of Copy Transfers Completed";
const DELETED: &str = "Number of Deletions at Destination";

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        a_folder_is_mirrored_into_a_share,
        a_share_is_mirrored_into_a_folder,
        the_first_sync_of_two_shares_copies_everything_and_the_second_nothing,
        a_sync_of_share_snapshots_follows_the_source,
        what_is_newer_at_the_source_is_copied_and_what_is_gone_is_deleted,
        without_the_switch_nothing_is_deleted,
    ]
}

async fn a_folder_is_mirrored_into_a_share(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &["a", "b", "in/c", "in/d"])?;
    let (from, to) = (folder.display().to_string(), url(&share, "")?);
    work.sync("LocalFile", &from, &to, &[DELETE]).await?.holds()?;
    same_data(&data_of_folder(&folder)?, &data_of_share(&share).await?)?;
    fs::remove_file(folder.join("b"))?;
    fs::remove_dir_all(folder.join("in"))?;
    write_files(&folder, &["out/e"])?;
    fs::write(folder.join("a"), "changed")?;
    // Whole seconds are what AzCopy compares.
    set_modified(&folder.join("a"), SystemTime::now() + Duration::from_secs(5))?;
    work.sync("LocalFile", &from, &to, &[DELETE]).await?.holds()?;
    same_data(&data_of_folder(&folder)?, &data_of_share(&share).await?)
}

async fn a_share_is_mirrored_into_a_folder(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    write_files(&folder, &["a", "b", "in/c"])?;
    write_files(&back, &["in/old", "out/older"])?;
    work.copy("LocalFile", &format!("{}/*", folder.display()), &url(&share, "")?, &[]).await?.holds()?;
    let to = back.display().to_string();
    work.sync("FileLocal", &url(&share, "")?, &to, &[DELETE]).await?.holds()?;
    same_folders(&folder, &back)
}

async fn the_first_sync_of_two_shares_copies_everything_and_the_second_nothing(
    work: &Work<'_>,
) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 6).await?;
    let (from, to) = (url(&source, "")?, url(&target, "")?);
    work.sync(BETWEEN, &from, &to, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await?;
    let run = work.sync(BETWEEN, &from, &to, &PRESERVE).await?.holds()?;
    run.counts(0, "Number of Copy Transfers for Files").map(drop)
}

async fn a_sync_of_share_snapshots_follows_the_source(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let more = [&PRESERVE[..], &[DELETE]].concat();
    let put = |name: &'static str, text: &'static str| {
        let body = CreateFile { size: text.len() as u64, body: Some(text.into()), ..CreateFile::default() };
        let file = source.file_client(name);
        async move { file.create(&body).await }
    };
    let mut moments = Vec::new();
    for (name, text) in [("one", "1"), ("two", "2"), ("one", "1 again")] {
        put(name, text).await?;
        moments.push(source.with_snapshot(&source.create_snapshot(&Default::default()).await?));
    }
    source.file_client("two").delete().await?;
    for moment in moments.iter().chain([&source]) {
        work.sync(BETWEEN, &url(moment, "")?, &url(&target, "")?, &more).await?.holds()?;
        same_data(&data_of_share(moment).await?, &data_of_share(&target).await?)?;
    }
    Ok(())
}

async fn what_is_newer_at_the_source_is_copied_and_what_is_gone_is_deleted(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let written = |text: &'static str, year: u64| {
        // Ticks of 100 ns since 1601, close enough to a year.
        let time = FileTime::from_ticks((year - 1601) * 365 * 24 * 3600 * 10_000_000);
        let smb = SmbProperties { last_write_time: time, ..SmbProperties::default() };
        CreateFile { size: text.len() as u64, body: Some(text.into()), smb, ..CreateFile::default() }
    };
    for (name, here, there) in [("newer", 2010, 2005), ("older", 2005, 2010), ("same", 2010, 2010)] {
        source.file_client(name).create(&written("source", here)).await?;
        target.file_client(name).create(&written("target", there)).await?;
    }
    target.file_client("gone").create(&written("target", 2010)).await?;
    let more = [&PRESERVE[..], &[DELETE]].concat();
    let run = work.sync(BETWEEN, &url(&source, "")?, &url(&target, "")?, &more).await?.holds()?;
    run.counts(1, COPIED)?.counts(1, DELETED)?;
    for (name, expected) in [("newer", "source"), ("older", "target"), ("same", "target")] {
        let came = target.file_client(name).get(None).await?.bytes;
        ensure!(came == expected, "{name}: expected the text of the {expected}, came {came:?}");
    }
    Ok(())
}

async fn without_the_switch_nothing_is_deleted(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    source.file_client("new").create(&CreateFile::default()).await?;
    target.file_client("old").create(&CreateFile::default()).await?;
    let run = work.sync(BETWEEN, &url(&source, "")?, &url(&target, "")?, &[]).await?.holds()?;
    run.counts(1, COPIED)?.counts(0, DELETED)?;
    let came = data_of_share(&target).await?;
    ensure!(came.len() == 3, "Expected the root, new and old, came {:?}", came.keys());
    Ok(())
}
