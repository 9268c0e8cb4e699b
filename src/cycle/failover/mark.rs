//! What outlives the tables: a share snapshot of the target, taken before anybody writes to it, that says so. No cycle writes to a
//! target that has one.

use super::NotFailedOver;
use crate::cycle::failback::delete;
use crate::cycle::pair::Pair;
use crate::cycle::room::Room;
use crate::cycle::run::{Cycle, Result};
use crate::cycle::snapshots::{self, FAILOVER, Listed, mark_failover};
use crate::cycle::{Backup, told};
use crate::state::{CycleError, FailedOver, Held, PairRecord, Side};

impl Backup {
    /// What the target tells of a failover that the tables know nothing of, and from now on do.
    pub(in crate::cycle) async fn recall_failover(
        &self,
        pair: &Pair,
        listed: &Listed,
    ) -> Result<Option<FailedOver>, CycleError> {
        let Some(told) = listed.failed_over() else { return Ok(None) };
        self.flag(pair, |row| remember(row, &told)).await?;
        Ok(Some(told))
    }

    /// Takes the share snapshot, once.
    pub(super) async fn mark_target(
        &self,
        pair: &Pair,
        failed_over: &FailedOver,
    ) -> Result<(), NotFailedOver> {
        let is_marked = async || of_target(pair).await.map(|listed| !listed.failovers.is_empty());
        if is_marked().await.map_err(unmarked)? {
            return Ok(());
        }
        match pair.target.create_snapshot(&mark_failover(pair, failed_over)).await {
            Ok(id) => {
                told::snapshot_taken(pair, None, FAILOVER, &pair.target, &id);
                Ok(())
            }
            Err(error) if error.may_have_happened() => {
                tracing::warn!(pair.name = pair.name(), "Snapshot Share has no known outcome: {error}");
                pair.unsettled.settled().await;
                if is_marked().await.map_err(unmarked)? { Ok(()) } else { Err(unmarked(error)) }
            }
            Err(error) => Err(unmarked(error)),
        }
    }
}

impl Cycle<'_> {
    /// The tables that knew that the pair is failed over may be lost.
    pub(in crate::cycle) async fn check_not_failed_over(&self, room: &Room) -> Result<()> {
        if let Some(other) = &room.target.listed.other_failover {
            let detail = format!(
                "The target is what {other} is failed over to, and people may write to it. End that failover, under the pair's name of \
                 then; or, where nobody works with it, delete the share snapshot in the role `{FAILOVER}`"
            );
            return Err(CycleError::new("TargetInUse", detail).into());
        }
        let Some(told) = room.target.listed.failed_over() else { return Ok(()) };
        self.owner.update(|row| remember(row, &told)).await?;
        let detail = format!(
            "The target says that the pair is failed over since {}, and the tables did not: people may have written to it, so nothing of \
             it was touched. The pair is held",
            told.since
        );
        Err(CycleError::new("PairFailedOver", detail).into())
    }
}

/// All share snapshots of the target; none of one that is gone.
pub(in crate::cycle) async fn of_target(pair: &Pair) -> azure_storage::Result<Listed> {
    match snapshots::of_share(pair, Side::Target).await {
        Err(error) if error.is_code("ShareNotFound") => Ok(Listed::default()),
        listed => listed,
    }
}

/// From now on cycles may write to the target again. `pair` is owned.
pub(in crate::cycle) async fn unmark(pair: &Pair) -> azure_storage::Result<()> {
    for taken in of_target(pair).await?.failovers {
        delete(pair, Side::Target, FAILOVER, &taken, "The failover is over").await?;
    }
    Ok(())
}

/// Also where the tables forgot it.
pub(in crate::cycle) fn remember(row: &mut PairRecord, told: &FailedOver) {
    row.held.get_or_insert_with(|| Held { since: told.since.clone() });
    row.failed_over.get_or_insert_with(|| told.clone());
}

fn unmarked(error: azure_storage::Error) -> NotFailedOver {
    NotFailedOver::Unmarked(error.into())
}
