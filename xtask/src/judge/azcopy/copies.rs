//! From share to share: the service of the target fetches the bytes itself.

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::{
    CreateFile, FileAttributes, Permission, PermissionFormat, SetFileProperties, SmbProperties,
};
use share_tree::{Entry, Kind, Tree};

use super::super::checks::{self, Check};
use super::super::court::{FIRST, SECOND};
use super::super::trees::{data_of_share, fill, same_data, same_tree};
use super::run::{PRESERVE, Work, url};

const BETWEEN: &str = "FileFile";

pub(super) fn checks<'a>(work: &'a Work<'a>) -> Vec<Check<'a>> {
    checks::checks![work;
        a_copied_share_has_the_same_data_and_headers,
        what_smb_knows_of_files_and_directories_is_preserved,
        a_share_snapshot_is_copied_as_it_was,
        a_directory_is_copied_below_another,
        copies_within_an_account_have_the_same_descriptors,
        a_descriptor_too_long_for_a_header_travels_as_a_key,
        a_read_only_file_stands_in_the_way_until_it_is_forced,
    ]
}

/// What AzCopy leaves behind: change times and last-write times of directories are never sent, and the last request to a
/// file takes the read-only attribute away.
pub(super) fn as_azcopy_leaves_it(tree: &Tree) -> Tree {
    let mut expected = tree.clone();
    let paths: Vec<String> = tree.iter().map(|(path, _)| path.to_owned()).collect();
    for path in &paths {
        let entry = expected.get_mut(path).expect("it is a copy");
        let properties = &mut entry.properties;
        properties.change_time = None;
        if path.is_empty() {
            *properties = Default::default();
        } else if let Kind::Directory = entry.kind {
            properties.last_write_time = None;
        } else {
            properties.attributes = properties.attributes.map(|it| it.without(FileAttributes::READ_ONLY));
        }
    }
    expected
}

fn without_smb_properties(tree: &Tree) -> Tree {
    let mut expected = tree.clone();
    let paths: Vec<String> = tree.iter().map(|(path, _)| path.to_owned()).collect();
    for path in &paths {
        let Entry { properties, .. } = expected.get_mut(path).expect("it is a copy");
        let metadata = std::mem::take(&mut properties.metadata);
        *properties = share_tree::Properties { metadata, ..Default::default() };
    }
    expected
}

async fn a_copied_share_has_the_same_data_and_headers(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 1).await?;
    work.copy(BETWEEN, &url(&source, "*")?, &url(&target, "")?, &[]).await?.holds()?;
    same_tree(&without_smb_properties(&tree), &target).await
}

async fn what_smb_knows_of_files_and_directories_is_preserved(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 2).await?;
    work.copy(BETWEEN, &url(&source, "*")?, &url(&target, "")?, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn a_share_snapshot_is_copied_as_it_was(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 3).await?;
    let snapshot = source.with_snapshot(&source.create_snapshot(&Default::default()).await?);
    for (path, _) in tree.files() {
        let file = source.file_client(path);
        let smb = SmbProperties { attributes: Some(FileAttributes::NONE), ..SmbProperties::default() };
        file.set_properties(&SetFileProperties { smb, ..SetFileProperties::default() }).await?;
        file.delete().await?;
    }
    work.copy(BETWEEN, &url(&snapshot, "*")?, &url(&target, "")?, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn a_directory_is_copied_below_another(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let tree = fill(&source, 12).await?;
    let below = |path: &&str| !path.is_empty() && !path.contains('/') && tree.below(path).count() > 2;
    let directory =
        tree.directories().map(|(path, _)| path).find(below).context("A directory with entries")?;
    let address =
        |path: &str| url(&source, &path.replace('%', "%25").replace('#', "%23").replace('?', "%3F"));
    work.copy(BETWEEN, &address(directory)?, &url(&target, "new/place")?, &[]).await?.holds()?;
    let expected: Vec<_> = tree.below(directory).map(|(path, _)| format!("new/place/{path}")).collect();
    let came = data_of_share(&target).await?;
    let missing: Vec<_> = expected.iter().filter(|path| !came.contains_key(*path)).collect();
    ensure!(missing.is_empty(), "{missing:?} did not arrive, only {:?}", came.keys());
    Ok(())
}

async fn copies_within_an_account_have_the_same_descriptors(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(FIRST).await?);
    let tree = fill(&source, 5).await?;
    work.copy(BETWEEN, &url(&source, "*")?, &url(&target, "")?, &PRESERVE).await?.holds()?;
    same_tree(&as_azcopy_leaves_it(&tree), &target).await
}

async fn a_descriptor_too_long_for_a_header_travels_as_a_key(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let ace = |number: u32| format!("(A;;0x1200a9;;;S-1-5-21-397955417-626881126-188441444-{number})");
    let long = format!("O:BAG:SYD:{}", (10_000..10_150).map(ace).collect::<String>());
    ensure!(long.len() > 8_000, "{} characters are not long", long.len());
    let long = Permission { value: long, format: PermissionFormat::Sddl };
    let key = source.create_permission(&long).await?;
    let smb = SmbProperties { permission_key: Some(key.clone()), ..SmbProperties::default() };
    source.file_client("file").create(&CreateFile { smb, ..CreateFile::default() }).await?;
    work.copy(BETWEEN, &url(&source, "*")?, &url(&target, "")?, &PRESERVE).await?.holds()?;
    let found = target.file_client("file").get_properties().await?.written.permission_key;
    let expected = source.get_permission(&key, PermissionFormat::Sddl).await?;
    let came = target.get_permission(&found, PermissionFormat::Sddl).await?;
    ensure!(came == expected, "Expected {expected:?}, came {came:?}");
    Ok(())
}

async fn a_read_only_file_stands_in_the_way_until_it_is_forced(work: &Work<'_>) -> Result<()> {
    let (source, target) = (work.court.new_share(FIRST).await?, work.court.new_share(SECOND).await?);
    let file = |text: &'static str, attributes| {
        let smb = SmbProperties { attributes: Some(attributes), ..SmbProperties::default() };
        CreateFile { size: text.len() as u64, body: Some(text.into()), smb, ..CreateFile::default() }
    };
    source.file_client("file").create(&file("source", FileAttributes::NONE)).await?;
    target.file_client("file").create(&file("target", FileAttributes::READ_ONLY)).await?;
    let (from, to) = (url(&source, "*")?, url(&target, "")?);
    work.copy(BETWEEN, &from, &to, &[]).await?.fails_with("Number of File Transfers Failed: 1")?;
    let text = target.file_client("file").get(None).await?.bytes;
    ensure!(text == "target", "Expected the text of the target, came {text:?}");
    work.copy(BETWEEN, &from, &to, &["--force-if-read-only"]).await?.holds()?;
    same_data(&data_of_share(&source).await?, &data_of_share(&target).await?)
}
