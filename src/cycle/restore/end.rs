//! What a restore leaves behind is let go when it has ended: the recovery point, and the pair where it was held for it.

use azure_storage::ErrorKind;
use azure_storage_file_share::{LeaseId, ShareClient, ShareSnapshotId};

use crate::cycle::drill;
use crate::cycle::pair::{Book, Pair, restored_by};
use crate::cycle::pin::{lease_id, let_go};
use crate::cycle::snapshots::leased_points;
use crate::cycle::{Backup, known};
use crate::state::{CycleRecord, Restore, StateError};

/// The lease under which a restore keeps its recovery point from being pruned. It follows from pair and recovery point, wherever
/// that is brought to, so that the next restore of it lets go what one left behind that nobody remembers.
pub(super) fn pin(pair: &Pair, restore: &Restore) -> LeaseId {
    pin_of(pair.name(), &pair.source, &restore.recovery_point)
}

/// The same by the name under which restores are stored, and the share that has the recovery point.
pub(in crate::cycle) fn pin_of(name: &str, share: &ShareClient, recovery_point: &str) -> LeaseId {
    lease_id(&format!("{name} {}", share.url()), recovery_point)
}

/// Nobody else ever lets go what an answer was lost or refused for.
pub(super) async fn unpin(snapshot: &ShareClient, pin: &LeaseId) -> azure_storage::Result<()> {
    let mut attempt = 1;
    loop {
        match let_go(snapshot, pin).await {
            Err(error) if error.kind != ErrorKind::Closed && attempt < ATTEMPTS => attempt += 1,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
            unpinned => return unpinned,
        }
    }
}

/// Requests to let a recovery point go.
const ATTEMPTS: u32 = 3;

impl Backup {
    /// Nothing where the cycle is no restore. Again is as good as once.
    pub(in crate::cycle) async fn end_restore(
        &self,
        pair: &Pair,
        record: &CycleRecord,
    ) -> Result<(), StateError> {
        let Some(restore) = &record.restore else { return self.forget_restore(pair).await };
        self.unpin_for(pair, &restore.recovery_point, &restore.snapshot).await?;
        // a share that is not reached any more stays, and the report says so
        if pair.restore.is_some()
            && let Err(error) = drill::clear(pair, record).await
        {
            tracing::warn!(
                pair.name = pair.name(),
                share.name = pair.target.name(),
                "A scratch share stays: {error}"
            );
        }
        match restored_by(pair.name()).and_then(|name| self.find(name)) {
            Some(pair) if restore.destination.at == crate::state::Place::Target => self.let_go(pair).await,
            _ => Ok(()),
        }
    }

    /// The same for restores of which nothing can be read: whichever recovery point one of them pinned is let go. `rows` are those that
    /// they are stored in. Nothing where those are of no restores.
    pub(in crate::cycle) async fn forget_restore(&self, rows: &Pair) -> Result<(), StateError> {
        let Some(pair) = restored_by(rows.name()).and_then(|pair| self.find(pair)) else { return Ok(()) };
        match leased_points(pair, &pair.target).await {
            Ok(points) => {
                for (cycle, snapshot) in points {
                    self.unpin_for(rows, &cycle, &snapshot).await?;
                }
            }
            Err(error) if error.is_code("ShareNotFound") => {}
            Err(error) => tracing::warn!(
                pair.name = rows.name(),
                "A recovery point may stay pinned until it is restored from again: {error}"
            ),
        }
        if rows.name() == pair.restores().name { self.let_go(pair).await } else { Ok(()) }
    }

    /// Lets a recovery point go that was pinned by what is stored under the name of `rows`, through their own gate. A restore and a
    /// drill that read the same one have one pin: whoever still reads it keeps it.
    async fn unpin_for(
        &self,
        rows: &Pair,
        cycle: &str,
        snapshot: &ShareSnapshotId,
    ) -> Result<(), StateError> {
        let pinned = rows.source.with_snapshot(snapshot);
        let unpinned = unpin(&pinned, &pin_of(rows.name(), &rows.source, cycle)).await;
        let handed_over = match (unpinned, restored_by(rows.name()).and_then(|pair| self.find(pair))) {
            (Ok(()), Some(pair)) => self.keep_for_readers(pair, cycle, &pinned).await?,
            (unpinned, _) => unpinned,
        };
        if let Err(error) = handed_over
            && error.kind != ErrorKind::NotFound
        {
            tracing::warn!(
                pair.name = rows.name(),
                share.snapshot = %snapshot,
                "The recovery point may stay pinned until it is restored from again, or be pinned no more for who still reads it: {error}"
            );
        }
        Ok(())
    }

    /// Whether a restore of the pair is under way, or about to begin. One whose row was never stored is none.
    pub(in crate::cycle) async fn is_restoring(&self, pair: &Pair) -> Result<bool, StateError> {
        self.is_under_way_in(&pair.restores()).await
    }

    /// Whether one of the cycles that are stored under a name is under way, or about to begin. One whose row was never stored is
    /// none.
    pub(in crate::cycle) async fn is_under_way_in(&self, book: &Book<'_>) -> Result<bool, StateError> {
        let Some(read) = known(self.store.pair(&book.name).await)? else { return Ok(false) };
        if !read.lease_left.is_zero() {
            return Ok(true);
        }
        let Some(id) = read.record.cycle else { return Ok(false) };
        match known(self.store.load(&book.name, &id).await) {
            Err(error) if error.is_unreadable() => Ok(true),
            read => Ok(read?.is_some_and(|read| !read.record.state.is_finished())),
        }
    }

    /// The pair may be released again.
    pub(super) async fn let_go(&self, pair: &Pair) -> Result<(), StateError> {
        self.flag(pair, |row| row.restoring = false).await
    }
}
