//! `cargo xtask infra`: what is deployed is checked without Bicep's compiler, which cannot be had where this is built. What only Azure
//! can know (policies, quotas, what a region offers, whether a name is free, the meaning of a query) is not checked.

mod bicep;
mod check;
mod emitted;
mod finding;
mod folder;
mod kql;
mod types;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::json;

use crate::{Usage, repository};
pub(crate) use finding::Finding;
use folder::Folder;
use types::Types;
pub(crate) use types::path as types_path;

pub(crate) struct Report {
    pub(crate) files: usize,
    /// Whether the descriptions of Azure's types were at hand.
    pub(crate) types_checked: bool,
    pub(crate) findings: Vec<Finding>,
}

pub(crate) fn main(arguments: Vec<String>) -> Result<bool> {
    let (mut at, mut as_json) = (None, false);
    for argument in arguments {
        match argument.as_str() {
            "--json" => as_json = true,
            option if option.starts_with('-') => {
                bail!(Usage(format!("`cargo xtask infra` knows no {option:?}")))
            }
            _ if at.is_some() => bail!(Usage("`cargo xtask infra` takes one file or folder".to_owned())),
            _ => at = Some(PathBuf::from(argument)),
        }
    }
    let report = report(&at.unwrap_or_else(default_folder))?;
    match as_json {
        true => {
            let Report { files, types_checked, findings } = &report;
            println!("{}", json!({ "files": files, "typesChecked": types_checked, "findings": findings }));
        }
        false => print(&report),
    }
    Ok(report.findings.is_empty())
}

pub(crate) fn default_folder() -> PathBuf {
    repository::root().join("infra")
}

/// What is wrong with a file, or with all files below a folder.
pub(crate) fn report(at: &Path) -> Result<Report> {
    let folder = Folder::read(at)?;
    let types = Types::read()?;
    let mut findings = check::check(&folder, types.as_ref());
    for finding in &mut findings {
        finding.shorten(repository::root());
    }
    Ok(Report { files: folder.files(), types_checked: types.is_some(), findings })
}

/// The roles and actions that the templates below a folder grant.
pub(crate) fn granted(at: &Path) -> Result<BTreeSet<String>> {
    let folder = Folder::read(at)?;
    Ok(check::roles::granted(&folder.bicep.values().collect::<Vec<_>>()))
}

fn print(report: &Report) {
    for Finding { file, line, rule, message, remedy } in &report.findings {
        println!("{file}:{line}: {rule}: {message}. {remedy}");
    }
    if !report.types_checked {
        println!("types were not checked: there is no {}", types_path().display());
    }
    println!("{} files, {} findings", report.files, report.findings.len());
}
