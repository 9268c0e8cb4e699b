//! From a folder into a share, and back.

use std::fs;
use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use azure_storage_file_share::{ContentHeaders, CreateFile, ListOptions};
use share_tree::{Content, Entry, LiveShare, Properties, Tree};

use super::super::checks::{self, Check};
use super::super::court::FIRST;
use super::super::trees::{
    data_of_folder, data_of_share, files_of_share, same_data, same_folders, set_modified, sources,
    write_files, write_sample,
};
use super::run::{Work, url};

const MIB: u64 = 1 << 20;
const UP: &str = "LocalFile";
const DOWN: &str = "FileLocal";

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        odd_names_and_sizes_come_back_as_they_were_uploaded,
        sources_arrive_in_the_share_byte_for_byte,
        a_single_file_is_uploaded_and_downloaded_under_another_name,
        empty_directories_are_kept,
        holes_are_downloaded_as_zeros,
        ranges_smaller_than_the_largest_make_the_same_file,
        the_md5_of_an_upload_is_kept_and_found_right,
        a_wrong_md5_fails_the_download,
        metadata_and_content_headers_are_those_of_the_command,
        downloaded_files_have_the_last_write_times_of_the_share,
        patterns_and_paths_choose_what_is_uploaded,
        files_that_are_there_are_skipped_unless_they_are_to_be_overwritten,
        trailing_dots_are_lost_where_they_are_not_asked_for,
        a_share_of_many_pages_is_downloaded_whole,
    ]
}

async fn odd_names_and_sizes_come_back_as_they_were_uploaded(work: &Work<'_>) -> Result<()> {
    let (share, back) = (work.court.new_share(FIRST).await?, work.folder()?);
    let sample = write_sample(&work.folder()?)?;
    work.copy(UP, &format!("{}/*", sample.display()), &url(&share, "")?, &[]).await?.holds()?;
    same_data(&data_of_folder(&sample)?, &data_of_share(&share).await?)?;
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &[]).await?.holds()?;
    same_folders(&sample, &back)
}

async fn sources_arrive_in_the_share_byte_for_byte(work: &Work<'_>) -> Result<()> {
    let share = work.court.new_share(FIRST).await?;
    let everything = format!("{}/*", sources().display());
    work.copy(UP, &everything, &url(&share, "")?, &[]).await?.holds()?;
    same_data(&data_of_folder(&sources())?, &data_of_share(&share).await?)
}

async fn a_single_file_is_uploaded_and_downloaded_under_another_name(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    let (one, other) = (folder.join("one.txt"), folder.join("other.txt"));
    fs::write(&one, "one")?;
    work.copy(UP, &one.display().to_string(), &url(&share, "two.txt")?, &[]).await?.holds()?;
    work.copy(DOWN, &url(&share, "two.txt")?, &other.display().to_string(), &[]).await?.holds()?;
    ensure!(fs::read(&other)? == b"one", "Expected the text of one.txt, came {:?}", fs::read(&other)?);
    Ok(())
}

async fn empty_directories_are_kept(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    fs::create_dir_all(folder.join("empty/also empty"))?;
    let everything = format!("{}/*", folder.display());
    let run = work.copy(UP, &everything, &url(&share, "")?, &[]).await?.holds()?;
    run.counts(2, "Number of Folder Transfers Completed")?;
    let back = work.folder()?;
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &[]).await?.holds()?;
    same_folders(&folder, &back)
}

async fn holes_are_downloaded_as_zeros(work: &Work<'_>) -> Result<()> {
    let (share, back) = (work.court.new_share(FIRST).await?, work.folder()?);
    let content = Content::sparse(7, 50 * MIB + 3, [513..600, 20 * MIB - 1..20 * MIB + 1]);
    let mut tree = Tree::default();
    tree.insert("sparse", Entry::file(Properties::default(), content.clone(), ContentHeaders::default()));
    LiveShare::new(share.clone()).load(&mut tree).await?;
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &[]).await?.holds()?;
    let came = Content::on_disk(back.join("sparse"), content.size()).digest()?;
    ensure!(came == content.digest()?, "Expected {}, came {came}", content.digest()?);
    Ok(())
}

async fn ranges_smaller_than_the_largest_make_the_same_file(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    fs::write(folder.join("large"), Content::generated(1, 5 * MIB + 1).read(0..5 * MIB + 1)?)?;
    let everything = format!("{}/*", folder.display());
    let small = ["--block-size-mb=0.25"];
    work.copy(UP, &everything, &url(&share, "")?, &small).await?.holds()?;
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &small).await?.holds()?;
    same_folders(&folder, &back)
}

async fn the_md5_of_an_upload_is_kept_and_found_right(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    write_files(&folder, &["a", "b/c"])?;
    let everything = format!("{}/*", folder.display());
    work.copy(UP, &everything, &url(&share, "")?, &["--put-md5"]).await?.holds()?;
    let back_to = back.display().to_string();
    let strict = ["--check-md5=FailIfDifferentOrMissing"];
    work.copy(DOWN, &url(&share, "*")?, &back_to, &strict).await?.holds()?;
    same_folders(&folder, &back)
}

async fn a_wrong_md5_fails_the_download(work: &Work<'_>) -> Result<()> {
    let (share, back) = (work.court.new_share(FIRST).await?, work.folder()?);
    let content =
        ContentHeaders { content_md5: Some("AAAAAAAAAAAAAAAAAAAAAA==".into()), ..Default::default() };
    let options = CreateFile { size: 4, body: Some("text".into()), content, ..CreateFile::default() };
    share.file_client("file").create(&options).await?;
    let strict = ["--check-md5=FailIfDifferent"];
    let run = work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &strict).await?;
    run.fails_with("Number of File Transfers Failed: 1").map(drop)
}

async fn metadata_and_content_headers_are_those_of_the_command(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &["file"])?;
    let more = [
        "--metadata=color=green;size=12",
        "--content-type=text/x-judge",
        "--content-language=de",
        "--content-encoding=identity",
        "--cache-control=no-store",
        "--content-disposition=inline",
    ];
    work.copy(UP, &format!("{}/*", folder.display()), &url(&share, "")?, &more).await?.holds()?;
    let came = share.file_client("file").get_properties().await?;
    let metadata = [("color", "green"), ("size", "12")].map(|(name, value)| (name.into(), value.into()));
    ensure!(came.metadata == metadata.into(), "Expected color and size, came {:?}", came.metadata);
    let expected = ContentHeaders {
        content_type: Some("text/x-judge".into()),
        content_language: Some("de".into()),
        content_encoding: Some("identity".into()),
        cache_control: Some("no-store".into()),
        content_disposition: Some("inline".into()),
        content_md5: None,
    };
    ensure!(came.content == expected, "Expected {expected:?}, came {:?}", came.content);
    Ok(())
}

async fn downloaded_files_have_the_last_write_times_of_the_share(work: &Work<'_>) -> Result<()> {
    let (share, folder, back) = (work.court.new_share(FIRST).await?, work.folder()?, work.folder()?);
    write_files(&folder, &["file"])?;
    work.copy(UP, &format!("{}/*", folder.display()), &url(&share, "")?, &[]).await?.holds()?;
    let expected = share.file_client("file").get_properties().await?.written.last_write_time;
    let more = ["--preserve-last-modified-time"];
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &more).await?.holds()?;
    let came = fs::metadata(back.join("file"))?.modified()?;
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|it| it.as_secs());
    // AzCopy takes the time from Last-Modified, which has no fractions.
    let expected = SystemTime::from(expected);
    ensure!(seconds(came)? == seconds(expected)?, "Expected {expected:?}, came {came:?}");
    Ok(())
}

async fn patterns_and_paths_choose_what_is_uploaded(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &["a.txt", "b.log", "in/c.txt", "in/d.log", "out/e.txt"])?;
    let everything = format!("{}/*", folder.display());
    let more = ["--include-pattern=*.txt", "--exclude-path=out"];
    work.copy(UP, &everything, &url(&share, "")?, &more).await?.holds()?;
    let came = files_of_share(&share).await?;
    ensure!(came == ["a.txt", "in/c.txt"], "Expected a.txt and in/c.txt, came {came:?}");
    Ok(())
}

async fn files_that_are_there_are_skipped_unless_they_are_to_be_overwritten(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &["old"])?;
    let everything = format!("{}/*", folder.display());
    work.copy(UP, &everything, &url(&share, "")?, &[]).await?.holds()?;
    write_files(&folder, &["new"])?;
    set_modified(&folder.join("new"), SystemTime::UNIX_EPOCH)?;
    fs::write(folder.join("old"), "changed")?;
    let run = work.copy(UP, &everything, &url(&share, "")?, &["--overwrite=false"]).await?.holds()?;
    run.counts(1, "Number of File Transfers Skipped")?.counts(1, "Number of File Transfers Completed")?;
    ensure!(share.file_client("old").get(None).await?.bytes == "old", "The file that was there changed");
    // Whole seconds are what AzCopy compares.
    set_modified(&folder.join("old"), SystemTime::now() + Duration::from_secs(5))?;
    let newer = ["--overwrite=ifSourceNewer"];
    let run = work.copy(UP, &everything, &url(&share, "")?, &newer).await?.holds()?;
    run.counts(1, "Number of File Transfers Skipped")?.counts(1, "Number of File Transfers Completed")?;
    ensure!(share.file_client("old").get(None).await?.bytes == "changed", "The newer file did not arrive");
    Ok(())
}

async fn trailing_dots_are_lost_where_they_are_not_asked_for(work: &Work<'_>) -> Result<()> {
    let (share, folder) = (work.court.new_share(FIRST).await?, work.folder()?);
    write_files(&folder, &["directory./file.."])?;
    let everything = format!("{}/*", folder.display());
    work.copy(UP, &everything, &url(&share, "with")?, &[]).await?.holds()?;
    work.copy(UP, &everything, &url(&share, "without")?, &["--trailing-dot=Disable"]).await?.holds()?;
    let came = files_of_share(&share).await?;
    let expected = ["with/directory./file..", "without/directory/file"];
    ensure!(came == expected, "Expected {expected:?}, came {came:?}");
    Ok(())
}

async fn a_share_of_many_pages_is_downloaded_whole(work: &Work<'_>) -> Result<()> {
    const FILES: usize = 5_300;
    let (share, back) = (work.court.new_share(FIRST).await?, work.folder()?);
    let mut tree = Tree::default();
    for number in 0..FILES {
        let content = Content::default();
        let entry = Entry::file(Properties::default(), content, ContentHeaders::default());
        tree.insert(&format!("file {number:05}"), entry);
    }
    LiveShare::new(share.clone()).load(&mut tree).await?;
    let page = share.root_directory_client().list_directories_and_files(&ListOptions::default()).await?;
    ensure!(page.next_marker.is_some(), "Expected a second page behind {} entries", page.entries.len());
    work.copy(DOWN, &url(&share, "*")?, &back.display().to_string(), &[]).await?.holds()?;
    let came = fs::read_dir(&back)?.count();
    ensure!(came == FILES, "Expected {FILES} files, came {came}");
    Ok(())
}
