//! One run of rclone, and how it is told where a share is.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use azure_storage_file_share::ShareClient;
use serde_json::Value;
use tokio::process::Command;

use super::super::court::{Court, FIRST};
use super::super::trees::{files_of_share, write_files};

/// Their texts are their names.
pub(super) const FILES: [&str; 6] = ["a", "b.txt", "in/c", "in/deep/100%25", "in/deep/50% d #", "out/日本語"];

pub(super) struct Work<'a> {
    program: PathBuf,
    pub(super) court: &'a Court,
}

impl<'a> Work<'a> {
    pub(super) fn new(program: PathBuf, court: &'a Court) -> Self {
        Self { program, court }
    }

    /// What it says, if it succeeds. One that fails is not tried again.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<String> {
        let emulator = self.court.emulator();
        let identity = emulator.identity_endpoint().context("The emulator has no identity endpoint")?;
        let mut command = Command::new(&self.program);
        command.args(arguments).args([
            "--retries=1",
            "--low-level-retries=1",
            "--config=",
            "--no-unicode-normalization",
        ]);
        command.arg("--ca-cert").arg(self.court.ca_file()).kill_on_drop(true);
        command.env("IDENTITY_ENDPOINT", identity.url.as_str()).env("IDENTITY_HEADER", &identity.header);
        let output = command.output().await.context("Starting rclone")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("rclone {} ended with {}:\n{said}", arguments.join(" "), output.status);
        }
        String::from_utf8(output.stdout).context("Reading what rclone said")
    }

    pub(super) async fn fails_with(&self, what: &str, arguments: &[&str]) -> Result<()> {
        match self.run(arguments).await {
            Ok(said) => bail!("Expected a failure with {what:?}, came success: {said}"),
            Err(error) => ensure!(error.to_string().contains(what), "Expected {what:?}, came: {error:#}"),
        }
        Ok(())
    }

    pub(super) async fn share(&self) -> Result<ShareClient> {
        self.court.new_share(FIRST).await
    }

    /// A path in a share, for the holder of the account's key.
    pub(super) fn at(&self, share: &ShareClient, path: &str) -> String {
        let account = self.court.emulator().account(FIRST);
        self.remote(share, path, &format!("endpoint='{}',key='{}'", account.endpoint, account.key))
    }

    /// The same for the system-assigned identity.
    pub(super) fn keyless(&self, share: &ShareClient, path: &str) -> String {
        let account = self.court.emulator().account(FIRST);
        self.remote(share, path, &format!("endpoint='{}',use_msi=true", account.https_endpoint))
    }

    pub(super) fn remote(&self, share: &ShareClient, path: &str, how: &str) -> String {
        format!(":azurefiles,account={},share_name={},{how}:{path}", share.account(), share.name())
    }

    pub(super) fn files(&self) -> Result<(PathBuf, String)> {
        let folder = self.court.new_folder()?;
        write_files(&folder, &FILES)?;
        let path = folder.display().to_string();
        Ok((folder, path))
    }

    /// A share that holds the files, and the folder they are from.
    pub(super) async fn filled(&self) -> Result<(ShareClient, String)> {
        let (share, (_, folder)) = (self.share().await?, self.files()?);
        self.run(&["copy", &folder, &self.at(&share, "")]).await?;
        Ok((share, folder))
    }

    pub(super) async fn expect_files(&self, share: &ShareClient, expected: &[&str]) -> Result<()> {
        let came = files_of_share(share).await?;
        ensure!(came == expected, "Expected {expected:?}, came {came:?}");
        Ok(())
    }

    pub(super) async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let said = self.run(arguments).await?;
        serde_json::from_str(&said).with_context(|| format!("Reading {said}"))
    }
}
