//! Python packages, pinned by a `requirements.txt` that names everything they need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{Unavailable, folder};

pub(crate) const PYTHON: &str = "python3";
const REQUIREMENTS: &str = "requirements.txt";

/// Installs what the file in a folder names, unless that is there already. Answers the folder for `PYTHONPATH`;
/// programs are in its `bin`.
pub(crate) fn install(name: &str, project: &Path) -> Result<PathBuf> {
    let into = folder().join("pip").join(name);
    let installed = into.join("installed.txt");
    let requirements = project.join(REQUIREMENTS);
    let pinned = fs::read(&requirements).with_context(|| format!("Reading {}", requirements.display()))?;
    if fs::read(&installed).is_ok_and(|it| it == pinned) {
        return Ok(into);
    }
    // What an earlier list put there would stay beside the new.
    if into.exists() {
        fs::remove_dir_all(&into)?;
    }
    fs::create_dir_all(&into)?;
    let mut pip = Command::new(PYTHON);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--target"]).arg(&into);
    let output = pip.arg("-r").arg(&requirements).output();
    let output = output.map_err(|error| Unavailable(format!("{PYTHON} cannot be started: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unavailable(format!("pip install failed: {}", said.trim())).into());
    }
    fs::write(installed, pinned)?;
    Ok(into)
}
