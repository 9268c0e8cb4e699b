//! What a restore leaves behind is let go when it has ended: the recovery point, and the pair where it was held for it.

use azure_storage_file_share::LeaseId;

use crate::cycle::drill;
use crate::cycle::pair::{Book, Pair, restored_by};
use crate::cycle::pin::lease_id;
use crate::cycle::{Backup, known};
use crate::state::{CycleRecord, Restore, StateError};

/// The lease under which a restore keeps its recovery point from being pruned. It follows from pair and recovery point, wherever
/// that is brought to, so that the next restore of it lets go what one left behind that nobody remembers.
pub(super) fn pin(pair: &Pair, restore: &Restore) -> LeaseId {
    lease_id(&format!("{} {}", pair.name(), pair.source.url()), &restore.recovery_point)
}

/// Ends the pin of a recovery point. One that a person pinned stays so, and one that is gone needs nothing.
pub(super) async fn let_go(pair: &Pair, restore: &Restore) -> azure_storage::Result<()> {
    let snapshot = pair.source.with_snapshot(&restore.snapshot);
    match snapshot.release_lease(&pin(pair, restore)).await {
        Err(error)
            if error
                .code
                .as_deref()
                .is_some_and(|code| code.starts_with("Lease") || code.contains("NotFound")) =>
        {
            Ok(())
        }
        released => released,
    }
}

impl Backup {
    /// Nothing where the cycle is no restore. Again is as good as once.
    pub(in crate::cycle) async fn end_restore(
        &self,
        pair: &Pair,
        record: &CycleRecord,
    ) -> Result<(), StateError> {
        let Some(restore) = &record.restore else { return Ok(()) };
        if let Err(error) = let_go(pair, restore).await {
            tracing::warn!(
                pair.name = pair.name(),
                share.snapshot = %restore.snapshot,
                "The recovery point stays pinned until it is restored from again: {error}"
            );
        }
        if let Err(error) = drill::clear(pair, record).await {
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
