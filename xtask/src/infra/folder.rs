//! The files that are checked, and the modules that they name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::bicep::{File, read};
use super::finding::Finding;

const TEMPLATE: &str = "main.bicep";

#[derive(Debug, Default)]
pub(super) struct Folder {
    /// To be checked, by their path.
    pub(super) bicep: BTreeMap<PathBuf, File>,
    pub(super) json: BTreeMap<PathBuf, String>,
    /// Known only because a checked file names them.
    beside: BTreeMap<PathBuf, File>,
    pub(super) findings: Vec<Finding>,
}

impl Folder {
    /// Reads one file, or all that lie below a folder.
    pub(super) fn read(at: &Path) -> Result<Self> {
        let mut folder = Self::default();
        folder.add(at).with_context(|| format!("Reading {}", at.display()))?;
        ensure!(!folder.bicep.is_empty() || !folder.json.is_empty(), "Nothing to check in {}", at.display());
        // The templates of parameter files, then the modules of these and of all others.
        let templates: Vec<_> = folder.json.keys().flat_map(|path| template_paths(path)).collect();
        templates.into_iter().try_for_each(|path| folder.add_beside(path))?;
        let named: Vec<_> = folder.bicep.values().chain(folder.beside.values()).flat_map(modules).collect();
        named.into_iter().try_for_each(|path| folder.add_beside(path))?;
        Ok(folder)
    }

    /// Whether the syntax of a file was in order, so that its tree is what the file says.
    pub(super) fn is_readable(&self, file: &File) -> bool {
        let path = file.path.display().to_string();
        !self.findings.iter().any(|finding| finding.file == path)
    }

    pub(super) fn files(&self) -> usize {
        self.bicep.len() + self.json.len()
    }

    /// The Bicep file of this path, checked or only named.
    pub(super) fn file(&self, path: &Path) -> Option<&File> {
        self.bicep.get(path).or_else(|| self.beside.get(path))
    }

    fn add(&mut self, at: &Path) -> Result<()> {
        if at.is_dir() {
            let mut entries = fs::read_dir(at)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
            entries.sort();
            return entries.iter().try_for_each(|entry| self.add(entry));
        }
        match at.extension().and_then(|it| it.to_str()) {
            Some("bicep") => {
                let (file, findings) = read(at, &fs::read_to_string(at)?)?;
                self.findings.extend(findings);
                self.bicep.insert(at.to_owned(), file);
            }
            Some("json") => {
                self.json.insert(at.to_owned(), fs::read_to_string(at)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_beside(&mut self, path: PathBuf) -> Result<()> {
        if self.file(&path).is_none() && path.is_file() {
            let (file, _) = read(&path, &fs::read_to_string(&path)?)?;
            self.beside.insert(path, file);
        }
        Ok(())
    }
}

/// Where the template of a parameter file may be: beside it or above.
pub(super) fn template_paths(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.ancestors().skip(1).map(|above| above.join(TEMPLATE))
}

fn modules(file: &File) -> Vec<PathBuf> {
    file.modules.iter().map(|module| module_path(file, &module.kind)).collect()
}

/// Where a file finds what it names, without `..` in it.
pub(super) fn module_path(file: &File, name: &str) -> PathBuf {
    let mut path = file.path.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}
