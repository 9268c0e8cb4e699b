//! What is stored and cannot be read, because a newer version of the app wrote it or because it is damaged. No timer
//! ever writes over it; a person may give it up. The shares tell all that is needed to go on: their share snapshots
//! are marked (P8). A drill alone is given up by the timer: nobody can cancel one.

use azure_storage::Deadline;
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use super::decide::Undecided;
use super::gate::Validity;
use super::meeting::is_known;
use super::owner::Owner;
use super::pair::{Pair, restored_by};
use super::run::iso;
use super::{Backup, Result};
use crate::state::{CycleError, CycleRecord, Lease, PairRecord, State, Status};

impl Backup {
    /// Ends a cycle whose row cannot be read, or not be carried out. What it wrote stays, as after any cancelled cycle; had it taken
    /// its target share snapshot already, that is found at the share.
    pub(super) async fn give_up(
        &self,
        pair: &Pair,
        owner: &Owner,
        cycle: &str,
        status: Status,
        error: CycleError,
    ) -> Result<()> {
        tracing::warn!(pair.name = pair.name(), cycle.id = cycle, "Giving a cycle up: {error}");
        self.forget_failback(pair, cycle).await?;
        self.store.discard(pair.name(), cycle).await?;
        let now = iso(OffsetDateTime::now_utc());
        let record = CycleRecord {
            epoch: owner.epoch(),
            state: State::Finished(status),
            // nobody knows
            wrote: true,
            ended_at: Some(now.clone()),
            error: Some(error),
            ..CycleRecord::new(pair.name(), cycle.to_owned(), now)
        };
        self.store.begin(&record).await?;
        Ok(self.file(pair, owner, &record).await?)
    }

    /// Puts new rows in the place of a pair's rows that cannot be read: its own, and those beside it, of its restores for
    /// example. For the time of a lease they belong to nobody: an owner that is still there finds its row gone meanwhile, and stops.
    pub(super) async fn start_over(&self, pair: &Pair) -> Result<(), Undecided> {
        let mut is_any = false;
        for book in [pair.cycles(), pair.restores(), pair.drills(), pair.failbacks()] {
            let mut record = PairRecord::new(&book.name, &pair.id);
            is_known(&mut record);
            let owner = Uuid::new_v4().simple().to_string();
            let seconds = self.lease.as_secs().try_into().unwrap_or(u32::MAX);
            record.lease = Some(Lease { owner, seconds });
            let expiry = Deadline::after(self.lease);
            if self.store.replace_unreadable(&record).await? {
                is_any = true;
                if restored_by(&book.name).is_some() {
                    // the lease is nobody else's either
                    let rows = self.rows_beside(pair, &book.name)?;
                    rows.gate.set(Validity::Until { expiry, give_up: Instant::now() });
                    // the row is replaced: a second `startOver` would find nothing to do
                    if let Err(error) = self.forget_restore(&rows).await {
                        tracing::warn!(
                            pair.name = rows.name(),
                            "A recovery point may stay pinned until it is restored from again: {error}"
                        );
                    }
                }
            }
        }
        if is_any { Ok(()) } else { Err(Undecided::NothingUnreadable) }
    }
}
