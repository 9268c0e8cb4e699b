//! Microsoft's client for Python: first our script, then the client's own tests, which its source package contains.

use anyhow::Result;
use tokio::process::Command;

use super::court::Court;
use super::{Report, script};
use crate::repository;
use crate::tools::pip;

const CLIENT: &str = "azure-storage-file-share";

pub(super) async fn hear(court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges/python");
    let packages = pip::install("python", &scripts)?;
    let source = pip::source("python-source", &scripts, CLIENT)?;
    let mut command = Command::new(pip::PYTHON);
    command.env("PYTHONPATH", &packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(scripts.join("judge.py"));
    let mut report = script::hear("python", court, command).await?;
    let mut command = Command::new(pip::PYTHON);
    command.env("PYTHONPATH", &packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(scripts.join("suite/suite.py")).arg(source.join("tests"));
    report.add(script::hear("python", court, command).await?);
    Ok(report)
}
