//! What cargo checks by itself. All of it for release, so that nothing is compiled in a second profile.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::repository::cargo;

pub(super) fn format(_: &Options) -> Result<Outcome> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

pub(super) fn lints(_: &Options) -> Result<Outcome> {
    run(cargo().args([
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))
}

pub(super) fn documentation(_: &Options) -> Result<Outcome> {
    let arguments = ["doc", "--release", "--workspace", "--no-deps", "--document-private-items", "--quiet"];
    run(cargo().args(arguments).env("RUSTDOCFLAGS", "-D warnings"))
}

pub(super) fn run(command: &mut Command) -> Result<Outcome> {
    let status = command.status().with_context(|| format!("Starting {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(Outcome::Passed)
}
