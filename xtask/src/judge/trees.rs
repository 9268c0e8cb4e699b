//! What judges work on, and how two of them are compared: folders by `diff`, shares by reading every byte and property.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::{FileAttributes, ShareClient};
use rand::SeedableRng;
use rand::rngs::StdRng;
use share_tree::{Digest, LiveShare, Shape, Tree, compare, from_folder, random_tree, read_back};

use crate::repository;

/// The sample writes them by the directory.
const SAMPLE_FILES: usize = 7;

/// Odd names, sizes around every limit, and a file of 70 MiB that is mostly holes.
pub(super) fn write_sample(folder: &Path) -> Result<PathBuf> {
    let sample = folder.join("sample");
    share_tree::write_sample(&sample, SAMPLE_FILES)?;
    Ok(sample)
}

/// A folder that nobody made for a test.
pub(super) fn sources() -> PathBuf {
    repository::root().join("crates")
}

/// A few files in directories; the texts are their names.
pub(super) fn write_files(folder: &Path, paths: &[&str]) -> Result<()> {
    for path in paths {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().context("A file lies in a folder")?)?;
        std::fs::write(&file, path).with_context(|| format!("Writing {}", file.display()))?;
    }
    Ok(())
}

pub(super) fn set_modified(file: &Path, time: SystemTime) -> Result<()> {
    std::fs::File::options().append(true).open(file)?.set_modified(time).context("Setting a file's time")
}

pub(super) fn same_folders(expected: &Path, came: &Path) -> Result<()> {
    let mut diff = std::process::Command::new("diff");
    let output = diff.arg("-r").args([expected, came]).output().context("Starting diff")?;
    let text = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "The folders differ:\n{}", String::from_utf8_lossy(&text));
    Ok(())
}

/// Paths, and of files their data.
pub(super) type Data = BTreeMap<String, Option<Digest>>;

pub(super) fn data_of_folder(folder: &Path) -> Result<Data> {
    let (tree, left_out) = from_folder(folder)?;
    ensure!(left_out.is_empty(), "{} cannot stand in a share: {left_out:?}", folder.display());
    let digest = |(path, entry): (&str, &share_tree::Entry)| {
        let digest = entry.content().map(share_tree::Content::digest).transpose();
        digest.map(|digest| (path.to_owned(), digest)).with_context(|| format!("Reading {path}"))
    };
    tree.iter().map(digest).collect()
}

pub(super) async fn data_of_share(share: &ShareClient) -> Result<Data> {
    let tree = read_back(share).await?;
    Ok(tree.iter().map(|(path, entry)| (path.to_owned(), entry.content().copied())).collect())
}

/// Paths of the files alone.
pub(super) async fn files_of_share(share: &ShareClient) -> Result<Vec<String>> {
    let data = data_of_share(share).await?;
    Ok(data.into_iter().filter(|(_, data)| data.is_some()).map(|(path, _)| path).collect())
}

pub(super) fn same_data(expected: &Data, came: &Data) -> Result<()> {
    let paths = expected.keys().chain(came.keys());
    let differs = |path: &&String| expected.get(*path) != came.get(*path);
    let shown =
        |path: &String| format!("{path:?}: expected {:?}, came {:?}", expected.get(path), came.get(path));
    let differences: Vec<String> = paths.filter(differs).map(shown).collect();
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// Fills a share with files and directories of all properties there are. The same seed makes the same ones.
pub(super) async fn fill(share: &ShareClient, seed: u64) -> Result<Tree> {
    let shape = Shape { directories: 12, files: 40, large_files: seed < 3 };
    let mut tree = random_tree(&mut StdRng::seed_from_u64(seed), shape);
    // AzCopy leaves out the read-only attribute when it creates a file. With no other it sends an empty list, and what
    // the service says to that is not known.
    let paths: Vec<String> = tree.files().map(|(path, _)| path.to_owned()).collect();
    for path in paths {
        let properties = &mut tree.get_mut(&path).expect("it was just seen").properties;
        properties.attributes = properties.attributes.map(|it| it.with(FileAttributes::ARCHIVE));
    }
    LiveShare::new(share.clone()).load(&mut tree).await?;
    Ok(tree)
}

/// Every byte and every property that the expected tree does not leave open.
pub(super) async fn same_tree(expected: &Tree, share: &ShareClient) -> Result<()> {
    let differences = compare(expected, &read_back(share).await?).await?;
    let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
    ensure!(shown.is_empty(), "{}", shown.join("\n"));
    Ok(())
}
