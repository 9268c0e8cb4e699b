//! Where this repository is, and cargo run inside it.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The cargo that started us, so that the toolchain is the same.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the handler for release and answers its path.
pub(crate) fn build_handler() -> Result<PathBuf> {
    build("azure-files-backup", "handler")
}

/// The same for a package whose binary has its name.
pub(crate) fn build_binary(package: &str) -> Result<PathBuf> {
    build(package, package)
}

fn build(package: &str, binary: &str) -> Result<PathBuf> {
    // Together with us, so that both are made from the same build of the dependencies.
    let arguments = ["build", "--release", "-p", package, "-p", "xtask", "--bins"];
    let mut build = cargo();
    build.args(arguments);
    built(&mut build, binary)
}

/// Where a build puts one of its binaries.
pub(crate) fn built(build: &mut Command, binary: &str) -> Result<PathBuf> {
    build.arg("--message-format=json-render-diagnostics");
    // Whoever watches sees cargo's progress.
    if !std::io::stderr().is_terminal() {
        build.arg("--quiet");
    }
    output(build)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| message["target"]["name"] == binary && message["executable"].is_string())
        .and_then(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("Cargo did not say where it put {binary}"))
}

/// The packages of this workspace, as cargo knows them.
pub(crate) fn members() -> Result<Vec<Value>> {
    packages(&["--no-deps"])
}

/// The folders of the packages we depend on, in the order of their names.
pub(crate) fn dependency_folders() -> Result<Vec<(String, PathBuf)>> {
    let rustc = output(Command::new("rustc").arg("-vV").current_dir(root()))?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    // Packages of other platforms need not be on this machine.
    let packages = packages(&["--filter-platform", host])?;
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

fn packages(arguments: &[&str]) -> Result<Vec<Value>> {
    let text =
        output(cargo().args(["metadata", "--format-version=1", "--locked", "--quiet"]).args(arguments))?;
    let mut metadata: Value = serde_json::from_str(&text).context("Reading cargo's metadata")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => bail!("Cargo's metadata names no packages"),
    }
}

/// The paths of the files that git knows and that are there.
pub(crate) fn tracked_files() -> Result<Vec<String>> {
    let names = output(Command::new("git").args(["ls-files", "-z"]).current_dir(root()))?;
    let there = names.split_terminator('\0').filter(|name| root().join(name).is_file());
    Ok(there.map(str::to_owned).collect())
}

/// What a command prints, if it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("Starting {command:?}"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("Reading the output of {command:?}"))
}
