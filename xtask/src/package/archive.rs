//! A zip that says nothing of who made it when: entries in the order of their names, without times.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

#[derive(Debug, Serialize)]
pub(super) struct Content {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Of Unix; the host starts nothing without its execute bit.
    #[serde(skip)]
    pub(super) mode: u32,
}

/// Packs all files of a folder. What is in the zip, and its SHA-256.
pub(super) fn write(folder: &Path, out: &Path) -> Result<(Vec<Content>, String)> {
    let mut contents = Vec::new();
    list(folder, "", &mut contents)?;
    contents.sort_by(|one, other| one.name.cmp(&other.name));
    let file = File::create(out).with_context(|| format!("Creating {}", out.display()))?;
    let mut zip = ZipWriter::new(file);
    for content in &contents {
        add(&mut zip, folder, content)?;
    }
    zip.finish()?.sync_all()?;
    let digest = Sha256::digest(fs::read(out)?);
    Ok((contents, digest.iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn list(folder: &Path, prefix: &str, contents: &mut Vec<Content>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().map_err(|name| anyhow::anyhow!("{name:?} is no Unicode"))?;
        let (name, found) = (format!("{prefix}{name}"), entry.metadata()?);
        match found.is_dir() {
            true => list(&entry.path(), &format!("{name}/"), contents)?,
            false => {
                let mode = if found.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
                contents.push(Content { name, bytes: found.len(), mode });
            }
        }
    }
    Ok(())
}

fn add<W: Write + Seek>(zip: &mut ZipWriter<W>, folder: &Path, content: &Content) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(content.mode);
    zip.start_file(&content.name, options)?;
    zip.write_all(&fs::read(folder.join(&content.name))?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, mode) in [("handler", 0o775), ("host.json", 0o600), ("f/function.json", 0o664)] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(&path, name).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        }
        folder
    }

    #[test]
    fn equal_files_make_equal_zips() {
        let out = tempfile::tempdir().expect("a folder");
        let zips = ["one.zip", "other.zip"].map(|name| {
            let path = out.path().join(name);
            write(tree().path(), &path).expect("packed");
            fs::read(path).expect("it is there")
        });
        assert_eq!(zips[0], zips[1]);
    }

    #[test]
    fn only_what_can_be_run_has_its_execute_bit() {
        let out = tempfile::tempdir().expect("a folder");
        let (contents, _) = write(tree().path(), &out.path().join("one.zip")).expect("packed");
        let shown: Vec<_> = contents.iter().map(|it| (it.name.as_str(), it.mode)).collect();
        assert_eq!(shown, [("f/function.json", 0o644), ("handler", 0o755), ("host.json", 0o644)]);
    }
}
