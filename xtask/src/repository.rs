//! Where this repository is, and cargo run inside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

/// The cargo that started us, so that the toolchain is the same.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the handler for release and answers its path.
pub(crate) fn build_handler() -> Result<PathBuf> {
    let arguments = ["build", "--release", "-p", "azure-files-backup", "--bin", "handler"];
    let output = cargo()
        .args(arguments)
        .args(["--quiet", "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .context("Starting cargo")?;
    ensure!(output.status.success(), "Building the handler failed");
    let messages = String::from_utf8(output.stdout).context("Reading cargo's messages")?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| message["target"]["name"] == "handler" && message["executable"].is_string())
        .and_then(|message| message["executable"].as_str().map(PathBuf::from))
        .context("Cargo did not say where it put the handler")
}

/// The folders of the packages we depend on, in the order of their names.
pub(crate) fn dependency_folders() -> Result<Vec<(String, PathBuf)>> {
    let output = cargo()
        .args(["metadata", "--format-version=1", "--offline"])
        .stderr(Stdio::inherit())
        .output()
        .context("Starting cargo")?;
    ensure!(output.status.success(), "Reading cargo's metadata failed");
    let metadata: Value = serde_json::from_slice(&output.stdout).context("Reading cargo's metadata")?;
    let packages = metadata["packages"].as_array().context("Cargo's metadata names no packages")?;
    let mut folders = Vec::new();
    for package in packages.iter().filter(|package| !package["source"].is_null()) {
        let manifest = package["manifest_path"].as_str().context("A package has no manifest")?;
        let folder = Path::new(manifest).parent().context("A manifest lies in no folder")?;
        let name = folder.file_name().context("A package's folder has no name")?;
        folders.push((name.to_string_lossy().into_owned(), folder.to_owned()));
    }
    folders.sort();
    folders.dedup_by(|one, other| one.0 == other.0);
    Ok(folders)
}
