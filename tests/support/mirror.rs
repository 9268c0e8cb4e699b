//! One mirroring without the cycle around it, cut into its parts, so that something can happen in between.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_files_backup::sync::{
    Apply, Base, Changes, Chunk, ChunkBuilder, CopyMode, Cursor, FailedPaths, Failure, Loose, PermissionMap,
    Plain, Planner, Progress, Rest, ScratchNames, Shares, SyncError, Unpaired, find_moves, verify,
};
use azure_storage::{RetryOptions, Unsettled};
use azure_storage_file_share::{ClientOptions, ShareClient, ShareSnapshotId};

use serde_json::json;

use super::{Faulty, SOURCE, Stage, TARGET, put, put_directory};

pub struct Mirror {
    pub shares: Shares,
    pub http: Arc<Faulty>,
    /// Of the passes so far.
    pub done: Mutex<Changes>,
    mode: CopyMode,
    pub scratch: ScratchNames,
}

impl Mirror {
    /// Takes a share snapshot of the source. Whatever is sent goes through `http`, once.
    pub async fn of(
        stage: &Stage,
        source: &ShareClient,
        target: &ShareClient,
        http: Faulty,
        cycle: &str,
    ) -> Self {
        let snapshot = source.create_snapshot(&Default::default()).await.expect("a share snapshot");
        let retry = RetryOptions { attempts: 1, ..Default::default() };
        let request_limit = Some(Duration::from_secs(1));
        let options = ClientOptions { retry, request_limit, ..Default::default() };
        Self::with(stage, (source.name(), target.name()), &snapshot, http, options, (cycle, 1))
    }

    /// The owner of a cycle and its epoch, of a source share snapshot that was taken before.
    pub fn with(
        stage: &Stage,
        (source, target): (&str, &str),
        snapshot: &ShareSnapshotId,
        http: Faulty,
        options: ClientOptions,
        (cycle, epoch): (&str, u64),
    ) -> Self {
        let (http, unsettled) = (Arc::new(http), Unsettled::default());
        let options = ClientOptions { http: Some(http.clone()), unsettled: unsettled.clone(), ..options };
        let source = stage.share_with(SOURCE, source, options.clone()).with_snapshot(snapshot);
        let target = stage.share_with(TARGET, target, options);
        let shares = Shares::new(source, target, Arc::new(PermissionMap::default()), unsettled);
        let (done, mode) = (Mutex::default(), CopyMode::Auto);
        Self { shares, http, done, mode, scratch: ScratchNames::new(cycle, epoch) }
    }

    pub fn in_mode(self, mode: CopyMode) -> Self {
        Self { mode, ..self }
    }

    /// With a recovery point, in which no entry has user metadata if it `is_plain`.
    pub fn since(self, base: Option<Base>, is_plain: bool) -> Self {
        Self { shares: self.shares.since(base, Plain::new(is_plain)), ..self }
    }

    pub async fn healthy(stage: &Stage, source: &ShareClient, target: &ShareClient, cycle: &str) -> Self {
        Self::of(stage, source, target, Faulty::healthy(), cycle).await
    }

    pub async fn plan(&self) -> Result<(Vec<Chunk>, Vec<Failure>), SyncError> {
        let (mut chunks, mut failures, loose) = self.walk().await?;
        let mut planner = self.rest(loose, None).await?;
        while let Some(stretch) = planner.next().await? {
            chunks.extend(stretch.chunk);
            failures.extend(stretch.failures);
        }
        Ok((chunks, failures))
    }

    /// Planning without what is put aside.
    pub async fn walk(&self) -> Result<(Vec<Chunk>, Vec<Failure>, Vec<Loose>), SyncError> {
        let (mut chunks, mut loose, mut failures) = (Vec::new(), Vec::new(), Vec::new());
        let mut planner = self.planner(None).await?;
        while let Some(stretch) = planner.next().await? {
            chunks.extend(stretch.chunk);
            loose.extend(stretch.aside.into_iter().flat_map(Loose::of));
            failures.extend(stretch.failures);
        }
        Ok((chunks, failures, loose))
    }

    /// Planning of what was put aside.
    pub async fn rest(&self, loose: Vec<Loose>, from: Option<Cursor>) -> Result<Planner<'_>, SyncError> {
        let found = find_moves(&self.shares, &loose).await?;
        let rest = Arc::new(Unpaired::Settled(Box::new(Rest::new(loose, found))));
        Planner::new(&self.shares, &self.scratch, from, ChunkBuilder::default(), rest).await
    }

    /// Planning from a cursor on, or from the beginning.
    pub async fn planner(&self, from: Option<Cursor>) -> Result<Planner<'_>, SyncError> {
        let unpaired = if self.shares.base.is_some() { Unpaired::put_aside([]) } else { Unpaired::Planned };
        Planner::new(&self.shares, &self.scratch, from, ChunkBuilder::default(), unpaired.into()).await
    }

    pub fn applying(&self) -> Apply<'_> {
        Apply::new(&self.shares, self.mode, &self.scratch)
    }

    /// The passes of applying.
    pub async fn write(&self, chunks: &[Chunk]) -> Result<Vec<Failure>, SyncError> {
        let mut failures = Vec::new();
        self.passes(chunks, &mut failures).await?;
        Ok(failures)
    }

    /// The same, knowing what failed before.
    pub async fn passes(&self, chunks: &[Chunk], failures: &mut Vec<Failure>) -> Result<(), SyncError> {
        let apply = self.applying();
        for chunk in chunks {
            let progress = Progress::default();
            let end = apply.lift(chunk, &progress).await;
            self.save(&progress, failures);
            end?;
        }
        for chunk in chunks {
            let progress = Progress::default();
            let end = apply.write(chunk, &failed(failures), &progress).await;
            self.save(&progress, failures);
            end?;
        }
        for chunk in chunks {
            let progress = Progress::default();
            let end = apply.lower(chunk, &failed(failures), &progress).await;
            self.save(&progress, failures);
            end?;
        }
        for chunk in chunks.iter().rev() {
            let progress = Progress::default();
            let end = apply.delete(chunk, &failed(failures), &progress).await;
            self.save(&progress, failures);
            end?;
        }
        for chunk in chunks.iter().rev() {
            let progress = Progress::default();
            let end = apply.finish(chunk, &failed(failures), &progress).await;
            self.save(&progress, failures);
            end?;
        }
        Ok(())
    }

    fn save(&self, progress: &Progress, failures: &mut Vec<Failure>) {
        let (saved, failed) = progress.save();
        *self.done.lock().expect("no panic while numbers are held") += saved.changes;
        failures.extend(failed);
    }

    /// Adds to `failures` what differs in the end.
    pub async fn verify(&self, chunks: &[Chunk], failures: &mut Vec<Failure>) -> Result<(), SyncError> {
        for (place, chunk) in chunks.iter().enumerate() {
            let (next, progress) = (chunks.get(place + 1), Progress::default());
            let end = verify(&self.applying(), chunk, next, &failed(failures), &progress).await;
            failures.extend(progress.save().1);
            end?;
        }
        Ok(())
    }

    pub async fn apply(&self, chunks: &[Chunk]) -> Result<Vec<Failure>, SyncError> {
        let mut failures = self.write(chunks).await?;
        self.verify(chunks, &mut failures).await?;
        Ok(failures)
    }

    pub async fn run(&self) -> Result<Vec<Failure>, SyncError> {
        let (chunks, mut failures) = self.plan().await?;
        self.passes(&chunks, &mut failures).await?;
        self.verify(&chunks, &mut failures).await?;
        Ok(failures)
    }
}

/// A pair whose target equals its source: `a`, and `d` with `d/b`.
pub async fn mirrored(stage: &mut Stage) -> (ShareClient, ShareClient) {
    let (source, target) = stage.pair("files", json!({})).await;
    target.create(&Default::default()).await.expect("the target share is new");
    put_directory(&source, "d").await;
    put(&source, "a", "first").await;
    put(&source, "d/b", "first").await;
    let mirror = Mirror::healthy(stage, &source, &target, "0").await;
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    (source, target)
}

/// Share snapshots of two shares that are equal.
pub async fn base(source: &ShareClient, target: &ShareClient) -> Base {
    let taken = async |share: &ShareClient| {
        let id = share.create_snapshot(&Default::default()).await.expect("a share snapshot");
        share.with_snapshot(&id)
    };
    Base { source: taken(source).await, target: taken(target).await, is_exact: true }
}

pub fn failed(failures: &[Failure]) -> FailedPaths {
    let mut failed = FailedPaths::default();
    failed.add(failures);
    failed
}
