//! Clients for Python, each with a script that works with it. Microsoft's own tests are not in the package that is
//! published, so they cannot be run.

use anyhow::Result;
use tokio::process::Command;

use super::court::Court;
use super::{Report, script};
use crate::repository;
use crate::tools::pip;

pub(super) async fn hear(judge: &'static str, court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges").join(judge);
    let packages = pip::install(judge, &scripts)?;
    let mut command = Command::new(pip::PYTHON);
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(scripts.join("judge.py"));
    script::hear(judge, court, command).await
}
