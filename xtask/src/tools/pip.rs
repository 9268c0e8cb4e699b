//! Python packages, pinned by a `requirements.txt` that names everything they need.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Unavailable, folder};

pub(crate) const PYTHON: &str = "python3";
const REQUIREMENTS: &str = "requirements.txt";
/// Says what a folder was made from.
const INSTALLED: &str = "installed.txt";

/// Installs what the file in a folder names, unless that is there already. Answers the folder for `PYTHONPATH`;
/// programs are in its `bin`.
pub(crate) fn install(name: &str, project: &Path) -> Result<PathBuf> {
    let requirements = project.join(REQUIREMENTS);
    let pinned = read(&requirements)?;
    provide(name, &pinned, |into| {
        let options = ["install", "--only-binary=:all:", "--target"].map(OsStr::new);
        pip(&[&options[..], &[into.as_os_str(), OsStr::new("-r"), requirements.as_os_str()]].concat())
    })
}

/// The source package of one of the pinned packages, unpacked.
pub(crate) fn source(name: &str, project: &Path, package: &str) -> Result<PathBuf> {
    let pinned = read(&project.join(REQUIREMENTS))?;
    let pinned = pinned.lines().find(|line| line.split("==").next() == Some(package));
    let pinned = pinned.with_context(|| format!("No version of {package} is pinned"))?;
    provide(name, pinned, |into| {
        let options = ["download", "--no-binary=:all:", "--dest"].map(OsStr::new);
        pip(&[&options[..], &[into.as_os_str(), OsStr::new(pinned)]].concat())?;
        for archive in fs::read_dir(into)?.collect::<Result<Vec<_>, _>>()? {
            let mut tar = Command::new("tar");
            tar.arg("-xzf").arg(archive.path()).arg("--strip-components=1").arg("-C").arg(into);
            ensure!(tar.status().context("Starting tar")?.success(), "Unpacking {archive:?} failed");
        }
        Ok(())
    })
}

fn read(requirements: &Path) -> Result<String> {
    fs::read_to_string(requirements).with_context(|| format!("Reading {}", requirements.display()))
}

/// Makes a folder anew, unless it was made from the same.
fn provide(name: &str, pinned: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let into = folder().join("pip").join(name);
    if fs::read_to_string(into.join(INSTALLED)).is_ok_and(|it| it == pinned) {
        return Ok(into);
    }
    if into.exists() {
        fs::remove_dir_all(&into)?;
    }
    fs::create_dir_all(&into)?;
    make(&into)?;
    fs::write(into.join(INSTALLED), pinned)?;
    Ok(into)
}

fn pip(arguments: &[&OsStr]) -> Result<()> {
    let (verb, options) = arguments.split_first().context("pip is told what to do")?;
    let mut pip = Command::new(PYTHON);
    pip.args(["-m", "pip"]).arg(verb).args(["--quiet", "--no-deps"]).args(options);
    let output = pip.output();
    let output = output.map_err(|error| Unavailable(format!("{PYTHON} cannot be started: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unavailable(format!("pip failed: {}", said.trim())).into());
    }
    Ok(())
}
