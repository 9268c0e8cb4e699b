//! npm packages, pinned by a lock file: those of `tools/` (AzCopy, and Azurite for the tests) and those of judges.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Unavailable, folder};
use crate::repository;

const LOCK: &str = "package-lock.json";
/// The lock file that was installed from.
const INSTALLED: &str = "installed.json";
const TOOLS: &str = "npm";

/// The programs that the tests use.
pub(crate) fn install_tools() -> Result<PathBuf> {
    install(TOOLS, &project_of_tools())
}

/// Where they are, if they are installed.
pub(crate) fn installed_tools() -> Result<Option<PathBuf>> {
    let into = folder().join(TOOLS);
    let is_installed = is_installed(&into, &lock_of(&project_of_tools())?);
    Ok(is_installed.then_some(into))
}

/// `npm ci` for the project in a folder, unless what is there was installed from the same lock file. Answers where.
pub(crate) fn install(name: &str, project: &Path) -> Result<PathBuf> {
    let (into, lock) = (folder().join(name), lock_of(project)?);
    if is_installed(&into, &lock) {
        return Ok(into);
    }
    fs::create_dir_all(&into)?;
    for name in ["package.json", LOCK, ".npmrc"] {
        fs::copy(project.join(name), into.join(name))?;
    }
    let mut npm = Command::new("npm");
    let output = npm.args(["ci", "--ignore-scripts"]).current_dir(&into).output();
    let output = output.map_err(|error| Unavailable(format!("npm cannot be started: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unavailable(format!("npm ci failed: {}", said.trim())).into());
    }
    fs::write(into.join(INSTALLED), lock)?;
    Ok(into)
}

fn project_of_tools() -> PathBuf {
    repository::root().join("tools")
}

fn lock_of(project: &Path) -> Result<Vec<u8>> {
    fs::read(project.join(LOCK)).context("Reading the lock file of the npm packages")
}

fn is_installed(into: &Path, lock: &[u8]) -> bool {
    fs::read(into.join(INSTALLED)).is_ok_and(|it| it == lock)
}
