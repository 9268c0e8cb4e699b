//! Clients for Python, each with a script that works with it. The source package of Microsoft's contains the client's own
//! tests; they follow its script.

use std::path::Path;

use anyhow::Result;
use tokio::process::Command;

use super::court::Court;
use super::{Report, script};
use crate::repository;
use crate::tools::pip;

const MICROSOFTS: &str = "azure-storage-file-share";

pub(super) async fn hear(judge: &'static str, court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges").join(judge);
    let packages = pip::install(judge, &scripts)?;
    let mut command = python(&packages);
    command.arg(scripts.join("judge.py"));
    script::hear(judge, court, command).await
}

pub(super) async fn hear_with_own_tests(judge: &'static str, court: &Court) -> Result<Report> {
    let scripts = repository::root().join("xtask/judges").join(judge);
    // before anything is heard: what was found must not be lost because this cannot be had
    let source = pip::source(&format!("{judge}-source"), &scripts, MICROSOFTS)?;
    let mut report = hear(judge, court).await?;
    let mut command = python(&pip::install(judge, &scripts)?);
    command.arg(scripts.join("suite/suite.py")).arg(source.join("tests"));
    report.add(script::hear(judge, court, command).await?);
    Ok(report)
}

fn python(packages: &Path) -> Command {
    let mut command = Command::new(pip::PYTHON);
    // `claims.py` is common to the scripts
    let judges = repository::root().join("xtask/judges");
    let modules = [packages, &judges].map(|folder| folder.display().to_string()).join(":");
    command.env("PYTHONPATH", modules).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
