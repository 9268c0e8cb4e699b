//! A tree from a folder on this machine. The folder is only read, and its files' data stays on disk.

use std::collections::HashSet;
use std::fs::{self, Metadata as FsMetadata};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use azure_storage_file_share::{ContentHeaders, FileAttributes, FileTime};

use crate::content::Content;
use crate::names::{fold, refusal};
use crate::tree::{Entry, Properties, Tree, join};

/// An entry of the folder that cannot stand in a share, with the reason. What lies below it is left out with it.
#[derive(Clone, Debug)]
pub struct LeftOut {
    pub path: PathBuf,
    pub reason: String,
}

pub fn from_folder(folder: &Path) -> Result<(Tree, Vec<LeftOut>)> {
    let mut tree = Tree::default();
    let left_out = add_folder(&mut tree, "", folder)?;
    Ok((tree, left_out))
}

/// Puts a folder's content into a directory of the tree, which is made if it is not there.
pub fn add_folder(tree: &mut Tree, directory: &str, folder: &Path) -> Result<Vec<LeftOut>> {
    let context = || format!("Reading the folder {}", folder.display());
    if tree.get(directory).is_none() {
        tree.insert(directory, Entry::directory(properties(&fs::metadata(folder).with_context(context)?)?));
    }
    let mut entries = fs::read_dir(folder).with_context(context)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut taken = HashSet::new();
    let mut left_out = Vec::new();
    for found in entries {
        let path = found.path();
        let metadata = found.metadata().with_context(context)?;
        match place(&found, &metadata, directory, &mut taken) {
            Err(reason) => left_out.push(LeftOut { path, reason }),
            Ok(at) if metadata.is_dir() => left_out.extend(add_folder(tree, &at, &path)?),
            Ok(at) => {
                let content = Content::on_disk(&path, metadata.len());
                tree.insert(&at, Entry::file(properties(&metadata)?, content, headers(&at)));
            }
        }
    }
    Ok(left_out)
}

/// The path that an entry of the folder gets in the tree, or why it gets none.
fn place(
    found: &fs::DirEntry,
    metadata: &FsMetadata,
    directory: &str,
    taken: &mut HashSet<String>,
) -> Result<String, String> {
    if metadata.is_symlink() {
        return Err("it is a symlink".into());
    }
    if !metadata.is_file() && !metadata.is_dir() {
        return Err("it is neither a file nor a directory".into());
    }
    let name = found.file_name().into_string().map_err(|_| "the name is not UTF-8".to_owned())?;
    let at = join(directory, &name);
    match refusal(&at) {
        Some(reason) => Err(reason.into_owned()),
        None if taken.insert(fold(&name)) => Ok(at),
        None => Err("another name differs from it only by case".into()),
    }
}

fn properties(metadata: &FsMetadata) -> Result<Properties> {
    let modified = metadata.modified()?;
    // Not every file system knows when a file was made.
    let created = metadata.created().unwrap_or(modified).min(modified);
    let kind = if metadata.is_dir() { FileAttributes::DIRECTORY } else { FileAttributes::ARCHIVE };
    let read_only = metadata.is_file() && metadata.permissions().readonly();
    Ok(Properties {
        attributes: Some(if read_only { kind.with(FileAttributes::READ_ONLY) } else { kind }),
        creation_time: Some(FileTime::from(created)),
        last_write_time: Some(FileTime::from(modified)),
        ..Properties::default()
    })
}

fn headers(path: &str) -> ContentHeaders {
    let content_type = match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "txt" | "md" | "rs" | "toml" => "text/plain",
        "html" => "text/html",
        "json" => "application/json",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    ContentHeaders { content_type: Some(content_type.into()), ..ContentHeaders::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_share_is_left_out_and_named() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("kept/empty"))?;
        fs::create_dir_all(at("aux/below"))?;
        for name in ["kept/a.txt", "README", "readme", "what?", "aux/below/lost"] {
            fs::write(at(name), name)?;
        }
        std::os::unix::fs::symlink(at("README"), at("link"))?;

        let (tree, left_out) = from_folder(folder.path())?;

        let paths: Vec<_> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["", "README", "kept", "kept/a.txt", "kept/empty"]);
        let names: Vec<_> = left_out.iter().filter_map(|it| it.path.file_name()?.to_str()).collect();
        assert_eq!(names, ["aux", "link", "readme", "what?"]);
        Ok(())
    }
}
