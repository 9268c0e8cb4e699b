//! AzCopy as somebody would back up with it: `sync` of a share snapshot with all that it can preserve.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use azure_storage_file_share::ShareClient;

use super::control::Named;
use super::field::{Field, SHARE, TARGET};
use super::figures::Figures;
use super::usage;
use crate::judge::{PRESERVE, url};
use crate::tools::AzCopy;

/// The share that AzCopy writes.
const SHARE_OF_AZCOPY: &str = "azcopy";
/// `sync` deletes nothing else, and its log would be what is measured.
const OPTIONS: [&str; 5] = [
    "--from-to=FileFile",
    "--recursive",
    "--delete-destination=true",
    "--log-level=ERROR",
    "--output-type=json",
];
/// Nothing that is measured here takes so long.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) struct Peer {
    azcopy: AzCopy,
}

impl Peer {
    /// The inner error says why AzCopy cannot be had on this machine.
    pub(super) fn install() -> Result<Result<Self, String>> {
        Ok(AzCopy::install()?.map(|azcopy| Self { azcopy }))
    }

    /// An empty target share.
    pub(super) async fn begin(&self, field: &Field) -> Result<()> {
        let share = field.share(TARGET, SHARE_OF_AZCOPY)?;
        share.create(&Default::default()).await.map(drop).context("Creating the target share of AzCopy")
    }

    /// A target share that holds what ours holds now, with the same times: AzCopy goes by those alone.
    pub(super) async fn begin_like_ours(&self, field: &Field) -> Result<()> {
        let named = |share| Named { account: TARGET, share, snapshot: None };
        field.control.copy(named(SHARE), named(SHARE_OF_AZCOPY)).await
    }

    /// A run on a share snapshot of the source as it is now.
    pub(super) async fn run(&self, field: &Field) -> Result<Figures> {
        let source = field.source()?;
        let snapshot = source.with_snapshot(&source.create_snapshot(&Default::default()).await?);
        field.slow_down().await?;
        let emulator = field.emulator_cpu()?;
        let (wall, usage) = self.sync(field, &snapshot).await?;
        let counters = field.control.counters().await?;
        let figures = Figures::new(&counters, wall, usage, field.emulator_cpu()? - emulator);
        field.speed_up().await?;
        Ok(figures)
    }

    async fn sync(&self, field: &Field, from: &ShareClient) -> Result<(Duration, usage::Usage)> {
        let to = field.share(TARGET, SHARE_OF_AZCOPY)?;
        let folder = tempfile::tempdir_in(field.folder.path())?;
        let log = std::fs::File::create(folder.path().join("output"))?;
        let mut command = self.azcopy.bare(folder.path());
        command.args(["sync", &url(from, "")?, &url(&to, "")?]).args(OPTIONS).args(PRESERVE);
        command.stdout(log.try_clone()?).stderr(log).stdin(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().context("Starting AzCopy")?;
        let end = tokio::task::spawn_blocking(move || usage::to_the_end(child, LONGEST));
        let (status, usage) = end.await??;
        let wall = started.elapsed();
        let output = || std::fs::read_to_string(folder.path().join("output")).unwrap_or_default();
        ensure!(status.success(), "AzCopy ended with {status}: {}", output());
        Ok((wall, usage))
    }
}
