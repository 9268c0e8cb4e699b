//! What a failback leaves behind when it has ended: nothing but the share snapshots of the swap, where there was one, and the
//! safety share snapshot.

use crate::cycle::failover::{of_target, unmark};
use crate::cycle::pair::{Pair, failed_back_by};
use crate::cycle::run::{Cycle, Result};
use crate::cycle::snapshots::{self, Taken, role};
use crate::cycle::{Backup, told};
use crate::state::{CycleRecord, LastPoint, Side, StateError, Status};

impl Backup {
    /// Nothing where the cycle is no failback. Again is as good as once.
    pub(in crate::cycle) async fn end_failback(
        &self,
        pair: &Pair,
        record: &CycleRecord,
    ) -> Result<(), StateError> {
        let Some(failback) = &record.failback else { return Ok(()) };
        if let Err(error) =
            remove(pair, Side::Source, &record.id, "The failback that read it has ended").await
        {
            tracing::warn!(
                pair.name = pair.name(),
                cycle.id = record.id,
                "What a failback read stays until the next one begins: {error}"
            );
        }
        let swapped = record.state.status() == Some(Status::Succeeded);
        let Some(home) = failed_back_by(pair.name()).and_then(|name| self.find(name)).filter(|_| swapped)
        else {
            return Ok(());
        };
        // the tables know of the failover as long as its mark is there: this is repeated until it is gone
        if let Some(back) = &pair.failback {
            unmark(&back.home).await.map_err(StateError::StillMarked)?;
        }
        let point = failback.source.clone().zip(failback.target.clone()).zip(record.ended_at.clone());
        let point = point.map(|((source, target), at)| LastPoint {
            cycle: record.id.clone(),
            source,
            target,
            at,
            plain: false,
        });
        self.flag(home, |row| {
            // it may have failed over again since
            let Some(failed_over) =
                row.failed_over.take_if(|failed_over| failed_over.since == failback.failed_over)
            else {
                return;
            };
            row.held = row.held.take().filter(|_| failed_over.was_held);
            row.recovery_point = point.clone().or(row.recovery_point.take());
        })
        .await
    }

    /// Of a failback that nobody knows how far it came nothing stays.
    pub(in crate::cycle) async fn forget_failback(&self, pair: &Pair, id: &str) -> azure_storage::Result<()> {
        let Some(back) = &pair.failback else { return Ok(()) };
        let why = "The failback that took it was given up";
        forget_swaps(&back.home, why).await?;
        forget_source(pair, id, why).await;
        Ok(())
    }
}

impl Cycle<'_> {
    /// What an earlier failback read or took, and could not remove: there is one at a time.
    pub(super) async fn forget_earlier(&mut self) -> Result<()> {
        forget_swaps(self.home(), "The failback that took it did not come to its end").await?;
        let listed = snapshots::of_share(self.pair, Side::Source).await?;
        for taken in listed.ours.iter().filter(|taken| taken.cycle != self.id) {
            let role = role(self.pair, Side::Source);
            delete(self.pair, Side::Source, role, taken, "The failback that read it has ended").await?;
        }
        Ok(())
    }
}

/// Of failbacks that did not end the failover nothing stays that would be a recovery point as soon as that is over. No failback is
/// at its end now.
pub(in crate::cycle) async fn forget_swaps(home: &Pair, why: &str) -> azure_storage::Result<()> {
    let listed = of_target(home).await?;
    for taken in listed.ours.iter().filter(|taken| listed.is_unproven(taken)) {
        delete(home, Side::Target, role(home, Side::Target), taken, why).await?;
        forget_source(home, &taken.cycle, why).await;
    }
    Ok(())
}

/// Without its partner it is no base of anything.
async fn forget_source(pair: &Pair, cycle: &str, why: &str) {
    if let Err(error) = remove(pair, Side::Source, cycle, why).await {
        tracing::warn!(pair.name = pair.name(), cycle.id = cycle, "What a failback took stays: {error}");
    }
}

/// Deletes what a cycle took of a side in the role that it has for `pair` (P7).
pub(super) async fn remove(pair: &Pair, side: Side, cycle: &str, why: &str) -> azure_storage::Result<()> {
    let listed = match snapshots::of_share(pair, side).await {
        Err(error) if error.is_code("ShareNotFound") => return Ok(()),
        listed => listed?,
    };
    for taken in listed.ours.iter().filter(|taken| taken.cycle == cycle) {
        delete(pair, side, role(pair, side), taken, why).await?;
    }
    Ok(())
}

/// Deletes a share snapshot that bears the marks of a pair in a role.
pub(in crate::cycle) async fn delete(
    pair: &Pair,
    side: Side,
    role: &str,
    Taken { cycle, id, .. }: &Taken,
    why: &str,
) -> azure_storage::Result<()> {
    let share = pair.share(side);
    tracing::warn!(
        pair.name = pair.name(),
        cycle.id = cycle,
        share.role = role,
        share.account = share.account(),
        share.name = share.name(),
        share.snapshot = %id,
        reason = why,
        "Deleting a share snapshot"
    );
    match share.delete_snapshot(id).await {
        Err(error) if error.is_code("ShareSnapshotNotFound") => return Ok(()),
        deleted => deleted?,
    }
    told::snapshot_deleted(pair, Some(cycle), role, share, id, Some(cycle), why);
    Ok(())
}
