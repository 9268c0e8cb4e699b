//! Between a folder and a share, by key and by identity, and what rclone finds equal or different afterwards.

use std::path::Path;

use anyhow::{Result, ensure};

use super::super::checks::{self, Check};
use super::super::court::FIRST;
use super::super::trees::{
    data_of_folder, data_of_share, same_data, same_folders, set_modified, sources, write_files, write_sample,
};
use super::run::{FILES, Work};

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        odd_names_and_sizes_come_back_as_they_were_copied,
        copies_are_found_equal_by_hash_and_byte_for_byte,
        a_difference_is_found,
        a_sync_makes_the_share_equal_to_the_folder,
        a_sync_makes_the_folder_equal_to_the_share,
        a_second_copy_transfers_nothing,
        times_are_kept_to_the_tick,
        a_wrong_key_is_refused,
        an_identity_copies_and_checks_over_tls,
        an_identity_moves_and_purges_over_tls,
    ]
}

async fn odd_names_and_sizes_come_back_as_they_were_copied(work: &Work<'_>) -> Result<()> {
    let (share, back) = (work.share().await?, work.court.new_folder()?);
    let sample = write_sample(&work.court.new_folder()?)?;
    let (from, to) = (sample.display().to_string(), back.display().to_string());
    // rclone loses a space at the end of a name when it renames a file that is uploaded.
    for entry in std::fs::read_dir(&sample)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|it| it.ends_with(' ')) {
            std::fs::rename(&path, sample.join(name.trim_end()))?;
        }
    }
    let there = work.at(&share, "sample");
    work.run(&["copy", &from, &there, "--create-empty-src-dirs"]).await?;
    work.run(&["copy", &there, &to, "--create-empty-src-dirs"]).await?;
    same_folders(&sample, &back)
}

async fn copies_are_found_equal_by_hash_and_byte_for_byte(work: &Work<'_>) -> Result<()> {
    let (share, from) = (work.share().await?, sources().display().to_string());
    let there = work.at(&share, "sources");
    work.run(&["copy", &from, &there]).await?;
    work.run(&["check", &from, &there]).await?;
    work.run(&["check", "--download", &from, &there]).await.map(drop)
}

async fn a_difference_is_found(work: &Work<'_>) -> Result<()> {
    let (share, folder) = work.filled().await?;
    std::fs::write(Path::new(&folder).join("a"), "b")?;
    work.fails_with("1 differences found", &["check", &folder, &work.at(&share, "")]).await
}

async fn a_sync_makes_the_share_equal_to_the_folder(work: &Work<'_>) -> Result<()> {
    let (share, folder) = work.filled().await?;
    let path = Path::new(&folder);
    std::fs::remove_dir_all(path.join("in"))?;
    std::fs::write(path.join("a"), "longer than before")?;
    write_files(path, &["new/file"])?;
    work.run(&["sync", &folder, &work.at(&share, "")]).await?;
    same_data(&data_of_folder(path)?, &data_of_share(&share).await?)
}

async fn a_sync_makes_the_folder_equal_to_the_share(work: &Work<'_>) -> Result<()> {
    let ((share, folder), back) = (work.filled().await?, work.court.new_folder()?);
    write_files(&back, &["a", "old", "older/file"])?;
    work.run(&["sync", &work.at(&share, ""), &back.display().to_string()]).await?;
    same_folders(Path::new(&folder), &back)
}

async fn a_second_copy_transfers_nothing(work: &Work<'_>) -> Result<()> {
    let (share, folder) = work.filled().await?;
    let mut before = Vec::new();
    for path in FILES {
        before.push(share.file_client(path).get_properties().await?.written);
    }
    work.run(&["copy", &folder, &work.at(&share, "")]).await?;
    for (path, before) in FILES.into_iter().zip(before) {
        let after = share.file_client(path).get_properties().await?.written;
        ensure!(after == before, "{path}: expected {before:?}, came {after:?}");
    }
    Ok(())
}

async fn times_are_kept_to_the_tick(work: &Work<'_>) -> Result<()> {
    let (share, (folder, path)) = (work.share().await?, work.files()?);
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_234_567_890, 123_456_700);
    set_modified(&folder.join("a"), time)?;
    work.run(&["copy", &path, &work.at(&share, "")]).await?;
    let came = share.file_client("a").get_properties().await?.written.last_write_time.to_string();
    ensure!(came == "2009-02-13T23:31:30.1234567Z", "Expected 2009-02-13T23:31:30.1234567Z, came {came}");
    Ok(())
}

async fn a_wrong_key_is_refused(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let account = work.court.emulator().account(FIRST);
    let wrong = format!("endpoint='{}',key='{}'", account.endpoint, crate::stage::random_key());
    work.fails_with("AuthenticationFailed", &["lsf", &work.remote(&share, "", &wrong)]).await
}

async fn an_identity_copies_and_checks_over_tls(work: &Work<'_>) -> Result<()> {
    let (share, from) = (work.share().await?, sources().display().to_string());
    let there = work.keyless(&share, "");
    work.run(&["copy", &from, &there]).await?;
    work.run(&["check", &from, &there]).await?;
    same_data(&data_of_folder(&sources())?, &data_of_share(&share).await?)
}

async fn an_identity_moves_and_purges_over_tls(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    work.run(&["moveto", &work.keyless(&share, "a"), &work.keyless(&share, "in/a")]).await?;
    work.run(&["purge", &work.keyless(&share, "in/deep")]).await?;
    work.expect_files(&share, &["b.txt", "in/a", "in/c", "out/日本語"]).await
}
