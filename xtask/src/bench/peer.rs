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
/// Its log would be what is measured.
const OPTIONS: [&str; 4] = ["--from-to=FileFile", "--recursive", "--log-level=ERROR", "--output-type=json"];
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
        let to = field.share(TARGET, SHARE_OF_AZCOPY)?;
        let work = ["sync", &url(&snapshot, "")?, &url(&to, "")?, "--delete-destination=true"];
        self.measured(field, &work).await
    }

    /// Files of some names, which semicolons separate, out of a share snapshot into a new share.
    pub(super) async fn bring_back(
        &self,
        field: &Field,
        from: &ShareClient,
        names: &str,
        share: &str,
    ) -> Result<Figures> {
        let to = field.share(TARGET, share)?;
        to.create(&Default::default()).await.context("Creating the share that AzCopy restores to")?;
        let pattern = format!("--include-pattern={names}");
        self.measured(field, &["copy", &url(from, "*")?, &url(&to, "")?, &pattern]).await
    }

    async fn measured(&self, field: &Field, arguments: &[&str]) -> Result<Figures> {
        field.slow_down().await?;
        let emulator = field.emulator_cpu()?;
        let (wall, usage) = self.work(field, arguments).await?;
        let counters = field.control.counters().await?;
        let figures = Figures::new(&counters, wall, usage, field.emulator_cpu()? - emulator);
        field.speed_up().await?;
        Ok(figures)
    }

    async fn work(&self, field: &Field, arguments: &[&str]) -> Result<(Duration, usage::Usage)> {
        let folder = tempfile::tempdir_in(field.folder.path())?;
        let log = std::fs::File::create(folder.path().join("output"))?;
        let mut command = self.azcopy.bare(folder.path());
        command.args(arguments).args(OPTIONS).args(PRESERVE);
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
