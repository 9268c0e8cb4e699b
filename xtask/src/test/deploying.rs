//! One command deploys: the script is run with a stand-in for `az`, which notes what it is asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};

use super::{Options, Outcome};
use crate::repository::root;

/// Refuses the first package, as Azure does while the identity's rights are new.
const AZ: &str = r#"#!/bin/sh
echo "$*" >> "$NOTES"
case "$*" in
  'functionapp list'*) printf '%s\n' "$APPS" ;;
  'functionapp deployment'*) [ "$(grep -c 'functionapp deployment' "$NOTES")" -gt 1 ] ;;
esac
"#;

pub(super) fn check(_: &Options) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let az = folder.path().join("az");
    fs::write(&az, AZ)?;
    fs::set_permissions(&az, fs::Permissions::from_mode(0o755))?;
    let zip = folder.path().join("backup.zip");
    fs::write(&zip, "")?;
    let zip = zip.to_str().context("The temporary folder has no plain name")?;

    let (all, notes) = run(folder.path(), "backup-1", &["-g", "group", "-l", "northeurope", "-z", zip])?;
    ensure!(all.status.success(), "{all:?}");
    let package = format!(
        "functionapp deployment source config-zip --resource-group group --name backup-1 --src {zip} --output none"
    );
    let expected = [
        "group create --name group --location northeurope --output none",
        "deployment group create --resource-group group --name file-backup --template-file infra/main.bicep \
         --parameters @infra/main.parameters.json --output none",
        "functionapp list --resource-group group --query [?tags.\"azd-service-name\"=='backup'].name --output tsv",
        &package,
        &package,
    ];
    ensure!(notes == expected, "az was asked for {notes:#?}");

    let (code, notes) = run(folder.path(), "backup-1", &["-g", "group", "-z", zip, "-c"])?;
    ensure!(code.status.success() && notes == expected[2..], "{code:?}, and az was asked for {notes:#?}");
    for (apps, arguments) in [
        ("a\nb", &["-g", "group", "-z", zip, "-c"][..]),
        ("", &["-g", "group", "-z", zip, "-c"]),
        ("a", &["-z", zip]),
    ] {
        let (refused, notes) = run(folder.path(), apps, arguments)?;
        let is_told = !refused.stderr.is_empty() && !refused.status.success();
        ensure!(is_told && notes.len() <= 1, "{apps:?}, {arguments:?}: {refused:?}, {notes:?}");
    }
    azure_yaml()?;
    Ok(Outcome::Passed)
}

/// What the script said, and what it asked `az` for.
fn run(folder: &Path, apps: &str, arguments: &[&str]) -> Result<(Output, Vec<String>)> {
    let notes = folder.join("notes");
    fs::write(&notes, "")?;
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .arg("infra/deploy.sh")
        .args(arguments)
        .current_dir(root())
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("NOTES", &notes)
        .env("APPS", apps)
        .env("DEPLOY_PAUSE_SECONDS", "0")
        .env_remove("AZURE_RESOURCE_GROUP")
        .output()
        .context("Starting sh")?;
    let notes = fs::read_to_string(notes)?;
    Ok((output, notes.lines().map(str::to_owned).collect()))
}

/// The Developer CLI is pointed to the same template and the same script.
fn azure_yaml() -> Result<()> {
    let text = fs::read_to_string(root().join("azure.yaml"))?;
    for line in ["  path: infra", "  module: main", "    run: infra/deploy.sh -c"] {
        ensure!(text.lines().any(|it| it == line), "azure.yaml has no line {line:?}");
    }
    Ok(())
}
