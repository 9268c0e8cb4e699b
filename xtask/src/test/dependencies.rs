//! Licences, sources and advisories of what we depend on, by cargo-deny.
//!
//! It takes minutes to compile: it is used where it is installed, and installed only with `--full`.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::cargo_checks::run;
use super::{Options, Outcome};
use crate::repository::{cargo, root};
use crate::tools;

const VERSION: &str = "0.20.2";

pub(super) fn rules(options: &Options) -> Result<Outcome> {
    match cargo_deny(options)? {
        Some(program) => {
            run(deny(program).args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
        }
        None => Ok(missing()),
    }
}

pub(super) fn advisories(options: &Options) -> Result<Outcome> {
    let Some(program) = cargo_deny(options)? else { return Ok(missing()) };
    let fetched = deny(program.clone()).arg("fetch").arg("db").output().context("Starting cargo-deny")?;
    if !fetched.status.success() {
        return Ok(Outcome::DidNotRun("the advisory database cannot be had here".into()));
    }
    run(deny(program).args(["--offline", "check", "advisories"]))
}

fn deny(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

fn missing() -> Outcome {
    Outcome::DidNotRun("cargo-deny is not installed; --full installs it".into())
}

fn cargo_deny(options: &Options) -> Result<Option<PathBuf>> {
    let ours = tools::folder().join("bin/cargo-deny");
    let works = |program: &PathBuf| {
        let version =
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    };
    if let Some(program) = [ours.clone(), "cargo-deny".into()].into_iter().find(works) {
        return Ok(Some(program));
    }
    if !options.full {
        return Ok(None);
    }
    let mut install = cargo();
    install.args(["install", "--locked", "--quiet", "--version", VERSION, "cargo-deny", "--root"]);
    let status = install.arg(tools::folder()).status().context("Starting cargo install")?;
    ensure!(status.success(), "Installing cargo-deny {VERSION} failed");
    Ok(Some(ours))
}
