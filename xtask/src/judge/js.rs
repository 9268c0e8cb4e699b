//! Microsoft's client for JavaScript. Its own tests are not in the package that is published, so they cannot be run.

use std::fs;
use std::os::unix::fs::symlink;

use anyhow::{Context, Result};
use tokio::process::Command;

use super::court::Court;
use super::{Report, script};
use crate::repository;
use crate::tools::npm;

pub(super) async fn hear(court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges/js");
    let packages = npm::install("judge-js", &scripts)?;
    // Node looks for packages above the script that asks for them, and nowhere else.
    let folder = court.folder().join("js");
    fs::create_dir(&folder)?;
    symlink(packages.join("node_modules"), folder.join("node_modules"))?;
    for entry in fs::read_dir(&scripts)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "mjs") {
            fs::copy(&path, folder.join(path.file_name().context("A script has a name")?))?;
        }
    }
    let mut command = Command::new("node");
    command.env("NODE_EXTRA_CA_CERTS", court.ca_file()).arg(folder.join("judge.mjs"));
    script::hear("js", court, command).await
}
