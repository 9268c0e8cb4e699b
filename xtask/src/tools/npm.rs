//! The npm packages of `tools/`, pinned by their lock file: AzCopy, and Azurite for the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::folder;
use crate::repository;

const LOCK: &str = "package-lock.json";

/// `npm ci`, unless what is there was installed from the same lock file. Answers the folder.
pub(crate) fn install() -> Result<PathBuf> {
    let (tools, into) = (repository::root().join("tools"), folder().join("npm"));
    let installed = into.join("installed.json");
    let lock = fs::read(tools.join(LOCK)).context("Reading the lock file of the npm packages")?;
    if fs::read(&installed).is_ok_and(|it| it == lock) {
        return Ok(into);
    }
    fs::create_dir_all(&into)?;
    for name in ["package.json", LOCK, ".npmrc"] {
        fs::copy(tools.join(name), into.join(name))?;
    }
    let mut npm = Command::new("npm");
    let output = npm.args(["ci", "--ignore-scripts"]).current_dir(&into).output().context("Starting npm")?;
    ensure!(output.status.success(), "npm ci failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    fs::write(installed, lock)?;
    Ok(into)
}
