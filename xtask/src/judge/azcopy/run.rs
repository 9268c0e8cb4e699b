//! One run of AzCopy, and the addresses it is given.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::{SasPermissions, ShareClient};
use tokio::process::Command;

use super::super::court::Court;
use crate::tools::AzCopy;

/// Of everything, for an hour.
pub(super) const EVERYTHING: SasPermissions =
    SasPermissions { read: true, create: true, write: true, delete: true, list: true };
const AN_HOUR: i64 = 3600;
/// What it takes to keep what SMB knows of a file.
pub(crate) const PRESERVE: [&str; 2] = ["--preserve-info=true", "--preserve-permissions=true"];

pub(super) struct Work<'a> {
    azcopy: &'a AzCopy,
    pub(super) court: &'a Court,
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Run {
    succeeded: bool,
    pub(super) text: String,
}

impl<'a> Work<'a> {
    pub(super) fn new(azcopy: &'a AzCopy, court: &'a Court) -> Self {
        Self { azcopy, court }
    }

    pub(super) async fn version(&self) -> Result<String> {
        let run = self.run(["--version"]).await?.holds()?;
        run.text.trim().strip_prefix("azcopy version ").map(str::to_owned).context("AzCopy names no version")
    }

    /// A new folder.
    pub(super) fn folder(&self) -> Result<PathBuf> {
        self.court.new_folder()
    }

    /// With a folder of its own for logs and plans.
    pub(super) fn command(&self) -> Result<Command> {
        Ok(self.command_in(&self.folder()?))
    }

    pub(super) fn command_in(&self, folder: &Path) -> Command {
        let mut command = self.azcopy.command(folder);
        command.env("SSL_CERT_FILE", self.court.ca_file());
        Command::from(command)
    }

    pub(super) async fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Run> {
        let mut command = self.command()?;
        command.args(arguments);
        run(command).await
    }

    /// `copy` of whole trees; `between` says from what to what, as `LocalFile`.
    pub(super) async fn copy(&self, between: &str, from: &str, to: &str, more: &[&str]) -> Result<Run> {
        self.transfer("copy", between, from, to, more).await
    }

    pub(super) async fn sync(&self, between: &str, from: &str, to: &str, more: &[&str]) -> Result<Run> {
        self.transfer("sync", between, from, to, more).await
    }

    async fn transfer(&self, verb: &str, between: &str, from: &str, to: &str, more: &[&str]) -> Result<Run> {
        let between = format!("--from-to={between}");
        self.run([&[verb, from, to, &between, "--recursive"], more].concat()).await
    }
}

pub(super) async fn run(mut command: Command) -> Result<Run> {
    let output = command.kill_on_drop(true).output().await.context("Starting AzCopy")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(Run { succeeded: output.status.success(), text })
}

impl Run {
    /// It came to its end without a failure.
    pub(super) fn holds(self) -> Result<Self> {
        ensure!(self.succeeded, "Expected success, came:\n{}", self.text);
        Ok(self)
    }

    /// It failed, and said this.
    pub(super) fn fails_with(self, what: &str) -> Result<Self> {
        ensure!(!self.succeeded, "Expected a failure with {what:?}, came success:\n{}", self.text);
        self.says(what)
    }

    pub(super) fn says(self, what: &str) -> Result<Self> {
        ensure!(self.text.contains(what), "Expected {what:?}, came:\n{}", self.text);
        Ok(self)
    }

    /// A line of the summary.
    pub(super) fn counts(self, expected: u64, what: &str) -> Result<Self> {
        let line = format!("{what}: {expected}");
        ensure!(self.text.lines().any(|it| it == line), "Expected {line:?}, came:\n{}", self.text);
        Ok(self)
    }
}

/// The address of a path in a share, or a share snapshot, with a signature for everything.
pub(crate) fn url(share: &ShareClient, path: &str) -> Result<String> {
    signed(share, path, EVERYTHING)
}

pub(super) fn signed(share: &ShareClient, path: &str, permissions: SasPermissions) -> Result<String> {
    Ok(with_query(share, path, &sas(share, permissions, AN_HOUR)?))
}

/// A signature that ends in so many seconds.
pub(super) fn sas(share: &ShareClient, permissions: SasPermissions, seconds: i64) -> Result<String> {
    let now = std::time::SystemTime::now();
    let expires = time::OffsetDateTime::from(now) + time::Duration::seconds(seconds);
    let sas = share.generate_sas(permissions, expires).context("Only the holder of a key signs")?;
    Ok(sas.as_query().to_owned())
}

pub(super) fn with_query(share: &ShareClient, path: &str, query: &str) -> String {
    let snapshot = share.snapshot().map_or_else(String::new, |id| format!("sharesnapshot={id}&"));
    format!("{}/{path}?{snapshot}{query}", share.url().as_str().trim_end_matches('/'))
}
