//! What is in a share: listed, measured, moved and deleted.

use anyhow::{Context, Result, ensure};

use super::super::checks::{self, Check};
use super::super::trees::data_of_share;
use super::run::{FILES, Work};

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        a_listing_tells_sizes_times_and_hashes,
        hashes_are_those_of_the_data,
        about_tells_what_the_share_uses,
        a_size_is_that_of_all_files,
        a_file_is_moved_to_another_name,
        a_directory_is_moved,
        a_file_is_copied_by_the_service,
        a_file_is_deleted_and_one_that_is_missing_is_an_error,
        a_directory_goes_only_when_it_is_empty,
        a_purge_leaves_nothing,
        part_of_a_file_is_read,
    ]
}

async fn a_listing_tells_sizes_times_and_hashes(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let listed = work.json(&["lsjson", "-R", "--hash", &work.at(&share, "")]).await?;
    let listed = listed.as_array().context("A list")?;
    let of = |path: &str| listed.iter().find(|it| it["Path"] == path).context(path.to_owned());
    for path in FILES {
        let (entry, found) = (of(path)?, share.file_client(path).get_properties().await?);
        let written = found.written.last_write_time.to_string();
        ensure!(entry["Size"] == found.size && entry["ModTime"] == written, "{written}, came {entry}");
    }
    ensure!(of("a")?["Hashes"]["md5"] == "0cc175b9c0f1b6a831c399e269772661", "{}", of("a")?);
    ensure!(of("in/deep")?["IsDir"] == true, "{}", of("in/deep")?);
    Ok(())
}

async fn hashes_are_those_of_the_data(work: &Work<'_>) -> Result<()> {
    let (share, folder) = work.filled().await?;
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let expected = sorted(work.run(&["md5sum", &folder]).await?);
    let came = sorted(work.run(&["md5sum", &work.at(&share, "")]).await?);
    ensure!(came == expected, "Expected {expected:?}, came {came:?}");
    Ok(())
}

async fn about_tells_what_the_share_uses(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let expected: usize = FILES.iter().map(|text| text.len()).sum();
    let about = work.json(&["about", "--json", &work.at(&share, "")]).await?;
    ensure!(about["used"] == expected, "Expected {expected} bytes, came {about}");
    Ok(())
}

async fn a_size_is_that_of_all_files(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let expected: usize = FILES.iter().map(|text| text.len()).sum();
    let size = work.json(&["size", "--json", &work.at(&share, "")]).await?;
    ensure!(size["bytes"] == expected && size["count"] == FILES.len(), "Expected {expected}, came {size}");
    Ok(())
}

async fn a_file_is_moved_to_another_name(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let before = share.file_client("in/deep/50% d #").get_properties().await?.written.file_id;
    let (from, to) = (work.at(&share, "in/deep/50% d #"), work.at(&share, "new/é & +"));
    work.run(&["moveto", &from, &to]).await?;
    work.expect_files(&share, &["a", "b.txt", "in/c", "in/deep/100%25", "new/é & +", "out/日本語"]).await?;
    let after = share.file_client("new/é & +").get_properties().await?.written.file_id;
    ensure!(before == after, "Expected the same file {before:?}, came {after:?}");
    Ok(())
}

async fn a_directory_is_moved(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    work.run(&["moveto", &work.at(&share, "in"), &work.at(&share, "there")]).await?;
    let moved = ["there/c", "there/deep/100%25", "there/deep/50% d #"];
    work.expect_files(&share, &[&["a", "b.txt", "out/日本語"][..], &moved].concat()).await
}

async fn a_file_is_copied_by_the_service(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let (from, to) = (work.at(&share, "in/deep/50% d #"), work.at(&share, "copy of it"));
    work.run(&["copyto", &from, &to]).await?;
    let text = share.file_client("copy of it").get(None).await?.bytes;
    ensure!(text == "in/deep/50% d #", "Expected the text of the file, came {text:?}");
    Ok(())
}

async fn a_file_is_deleted_and_one_that_is_missing_is_an_error(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    work.run(&["deletefile", &work.at(&share, "in/deep/100%25")]).await?;
    work.expect_files(&share, &["a", "b.txt", "in/c", "in/deep/50% d #", "out/日本語"]).await?;
    work.fails_with("object not found", &["deletefile", &work.at(&share, "in/deep/100%25")]).await
}

async fn a_directory_goes_only_when_it_is_empty(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    work.fails_with("directory not empty", &["rmdir", &work.at(&share, "out")]).await?;
    work.run(&["mkdir", &work.at(&share, "made/for this")]).await?;
    work.run(&["rmdir", &work.at(&share, "made/for this")]).await?;
    let came: Vec<_> = data_of_share(&share).await?.into_keys().filter(|it| it.starts_with("made")).collect();
    ensure!(came == ["made"], "Expected the directory above alone, came {came:?}");
    Ok(())
}

async fn a_purge_leaves_nothing(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    work.run(&["purge", &work.at(&share, "in")]).await?;
    // When it fills the root of a share, rclone makes a directory of this name: its spelling of a dot.
    let came: Vec<_> = data_of_share(&share).await?.into_keys().filter(|it| it != "．").collect();
    ensure!(came == ["", "a", "b.txt", "out", "out/日本語"], "Expected nothing of in, came {came:?}");
    Ok(())
}

async fn part_of_a_file_is_read(work: &Work<'_>) -> Result<()> {
    let (share, _) = work.filled().await?;
    let came = work.run(&["cat", "--offset=3", "--count=4", &work.at(&share, "in/deep/50% d #")]).await?;
    ensure!(came == "deep", "Expected \"deep\", came {came:?}");
    Ok(())
}
