//! What moved or was renamed in the source is renamed in the target: which requests that takes, what is copied all the
//! same, and that it comes to the same end wherever it is cut off.

mod cases;
mod cycles;
mod kills;
mod lifted;
mod planning;
mod random;
mod rewritten;

use std::time::Duration;

use azure_files_backup::sync::Base;
use azure_storage_file_share::{ClientOptions, LastWrite, RenameOptions, ShareClient, ShareSnapshotId};
use bytes::Bytes;
use file_share_emulator::RequestRecord;

use crate::support::*;

/// The clients' time limit: what a lost answer is waited for, and so much that a slow machine keeps it.
const LIMIT: Duration = Duration::from_secs(4);

/// A pair at its last recovery point.
struct Pair {
    source: ShareClient,
    target: ShareClient,
    points: (ShareSnapshotId, ShareSnapshotId),
}

impl Pair {
    /// Paths that end with a slash are directories; a file says its path.
    async fn new(stage: &Stage, name: &str, entries: &[&str]) -> Self {
        let (source, target) = (stage.share(SOURCE, name), stage.share(TARGET, name));
        for share in [&source, &target] {
            share.create(&Default::default()).await.expect("the share is new");
        }
        for entry in entries {
            add(&source, entry).await;
        }
        Self::of(stage, source, target).await
    }

    /// Brings the target up to the source.
    async fn of(stage: &Stage, source: ShareClient, target: ShareClient) -> Self {
        let at_source = snapshot(&source).await;
        let mirror = Self::mirror_of(stage, &source, &at_source, Faulty::healthy(), ("0", 1));
        assert_eq!(mirror.run().await.expect("mirrored"), []);
        let at_target = snapshot(&target).await;
        Self { source, target, points: (at_source, at_target) }
    }

    fn mirror_of(
        stage: &Stage,
        source: &ShareClient,
        at: &ShareSnapshotId,
        http: Faulty,
        owner: (&str, u64),
    ) -> Mirror {
        let names = (source.name(), source.name());
        let options = ClientOptions { request_limit: Some(LIMIT), ..Default::default() };
        Mirror::with(stage, names, at, http, options, owner)
    }

    /// An owner of the next cycle.
    fn mirror(&self, stage: &Stage, at: &ShareSnapshotId, http: Faulty, epoch: u64) -> Mirror {
        let mirror = Self::mirror_of(stage, &self.source, at, http, ("1", epoch));
        let (source, target) = (&mirror.shares.source, &mirror.shares.target);
        let source = source.with_snapshot(&self.points.0);
        let base = Base { source, target: target.with_snapshot(&self.points.1), is_exact: true };
        mirror.since(Some(base), false)
    }

    async fn edit(&self, edits: &[&str]) {
        for edit in edits {
            make(&self.source, edit).await;
        }
    }
}

async fn snapshot(share: &ShareClient) -> ShareSnapshotId {
    share.create_snapshot(&Default::default()).await.expect("a share snapshot")
}

async fn add(share: &ShareClient, entry: &str) {
    match entry.strip_suffix('/') {
        Some(path) => put_directory(share, path).await,
        None => put(share, entry, entry).await,
    }
}

/// `+a` adds, `-a` deletes, `a>b` renames, `~a` writes without moving the last-write time; directories end with a slash.
async fn make(share: &ShareClient, edit: &str) {
    if let Some(entry) = edit.strip_prefix('+') {
        return add(share, entry).await;
    }
    if let Some(entry) = edit.strip_prefix('-') {
        return match entry.strip_suffix('/') {
            Some(path) => share.directory_client(path).delete().await.expect("deleted"),
            None => remove(share, entry).await,
        };
    }
    if let Some(path) = edit.strip_prefix('~') {
        let put = share.file_client(path).put_range(0, Bytes::from_static(b"~"), LastWrite::Preserve).await;
        return drop(put.expect("written"));
    }
    let (from, to) = edit.split_once('>').expect("a renaming");
    let options = RenameOptions::default();
    match (from.strip_suffix('/'), to.strip_suffix('/')) {
        (Some(from), Some(to)) => share.directory_client(from).rename(to, &options).await,
        _ => share.file_client(from).rename(to, &options).await,
    }
    .expect("renamed");
}

/// What a mirroring asked of the target.
struct Asked(Vec<RequestRecord>);

impl Asked {
    fn count(&self, account: &str, is_meant: impl Fn(&str) -> bool) -> usize {
        let of_account = self.0.iter().filter(|record| record.account == account);
        of_account.filter(|record| is_meant(record.operation)).count()
    }

    fn renames(&self) -> usize {
        self.count(TARGET, |operation| operation.starts_with("Rename"))
    }

    fn copies(&self) -> usize {
        self.count(TARGET, |operation| {
            matches!(operation, "Create File" | "Put Range" | "Put Range From URL")
        })
    }

    fn diffs(&self) -> usize {
        self.count(SOURCE, |operation| operation == "List Ranges")
    }

    fn lists(&self, account: &str) -> usize {
        self.count(account, |operation| operation == "List Directories and Files")
    }
}

/// Mirrors what was edited; the target then shows what the source does.
async fn mirrored(stage: &Stage, pair: &Pair) -> Asked {
    let log = stage.emulator.log();
    let at = snapshot(&pair.source).await;
    let mirror = pair.mirror(stage, &at, Faulty::healthy(), 1);
    log.reset();
    assert_eq!(mirror.run().await.expect("mirrored"), []);
    let asked = Asked(log.snapshot().recent);
    assert_eq!(shown(&pair.target).await, shown(&pair.source).await);
    asked
}
