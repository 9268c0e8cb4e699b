//! Microsoft's client for Python. Its own tests are not in the package that is published, so they cannot be run.

use anyhow::Result;
use tokio::process::Command;

use super::court::Court;
use super::{Report, script};
use crate::repository;
use crate::tools::pip;

pub(super) async fn hear(court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges/python");
    let packages = pip::install("python", &scripts)?;
    let mut command = Command::new(pip::PYTHON);
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(scripts.join("judge.py"));
    script::hear("python", court, command).await
}
