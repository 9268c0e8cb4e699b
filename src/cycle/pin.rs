//! A pin: an infinite lease on both share snapshots of a cycle, so that nothing prunes them.

use azure_storage_file_share::{LeaseDuration, LeaseId, ShareClient};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::decide::{TIME, Undecided};
use super::pair::Pair;
use super::restore::pin_of;
use super::{Backup, known, snapshots};
use crate::state::{Side, StateError};

impl Backup {
    /// Pins both share snapshots of a cycle with an infinite lease, or lets them go. The lease id follows from pair
    /// and cycle, so that it is known when the tables are not.
    pub(super) async fn pin(&self, pair: &Pair, cycle: &str, held: bool) -> Result<(), Undecided> {
        let owner = self.own(pair, Instant::now() + TIME).await?;
        let pinned = if held { Ok(hold(pair, cycle).await) } else { self.release(pair, cycle).await };
        owner.release(|_| {}).await?;
        match pinned? {
            Ok(0) => Err(Undecided::NoRecoveryPoint(cycle.to_owned())),
            Ok(_) => Ok(()),
            Err(error) if error.is_code("LeaseAlreadyPresent") => Err(Undecided::Leased(cycle.to_owned())),
            Err(error) => Err(Undecided::State(error.into())),
        }
    }

    /// How many there were to let go. Whoever still reads the recovery point keeps it; nothing is pruned in between, for the pair is
    /// ours.
    async fn release(&self, pair: &Pair, cycle: &str) -> Result<azure_storage::Result<usize>, StateError> {
        let taken = match taken(pair, cycle).await {
            Ok(taken) => taken,
            refused => return Ok(refused.map(|taken| taken.len())),
        };
        for (side, snapshot) in &taken {
            let mut released = let_go(snapshot, &lease_id(&pair.id, cycle)).await;
            if released.is_ok() && *side == Side::Target {
                let readers = self.readers(pair, cycle).await?;
                released = let_go_unread(pair, cycle, snapshot, &readers).await;
            }
            if released.is_ok() && *side == Side::Target {
                released = self.keep_for_readers(pair, cycle, snapshot).await?;
            }
            if let Err(error) = released {
                return Ok(Err(error));
            }
        }
        Ok(Ok(taken.len()))
    }

    /// Whoever still reads a recovery point that was let go keeps it. Looked at again until nobody came or went meanwhile: whoever
    /// ends lets go only what it has then.
    pub(super) async fn keep_for_readers(
        &self,
        pair: &Pair,
        cycle: &str,
        snapshot: &ShareClient,
    ) -> Result<azure_storage::Result<()>, StateError> {
        let (mut kept_for, mut readers) = (Vec::new(), self.readers(pair, cycle).await?);
        while readers != kept_for {
            if let Err(error) = keep_for(pair, cycle, snapshot, &readers).await {
                return Ok(Err(error));
            }
            kept_for = readers;
            readers = self.readers(pair, cycle).await?;
        }
        Ok(Ok(()))
    }

    /// The pins of the restore and the drill under way that read this recovery point.
    async fn readers(&self, pair: &Pair, cycle: &str) -> Result<Vec<LeaseId>, StateError> {
        let mut readers = Vec::new();
        for book in [pair.restores(), pair.drills()] {
            let Some(read) = known(self.store.pair(&book.name).await)? else { continue };
            let Some(id) = read.record.cycle else { continue };
            let record = match known(self.store.load(&book.name, &id).await) {
                Err(error) if error.is_unreadable() => None,
                read => read?.map(|read| read.record),
            };
            let restore =
                record.filter(|record| !record.state.is_finished()).and_then(|record| record.restore);
            if restore.is_some_and(|restore| restore.recovery_point == cycle) {
                readers.push(pin_of(&book.name, &pair.target, cycle));
            }
        }
        Ok(readers)
    }
}

/// How many share snapshots of the cycle there were to pin. What a restore pinned for as long as it takes is a person's from
/// now on.
async fn hold(pair: &Pair, cycle: &str) -> azure_storage::Result<usize> {
    let (id, taken) = (lease_id(&pair.id, cycle), taken(pair, cycle).await?);
    for (_, snapshot) in &taken {
        match snapshot.acquire_lease(&id, LeaseDuration::Infinite).await {
            Err(error) if error.is_code("LeaseAlreadyPresent") => {
                let_go_unread(pair, cycle, snapshot, &[]).await?;
                snapshot.acquire_lease(&id, LeaseDuration::Infinite).await?;
            }
            acquired => acquired?,
        }
    }
    Ok(taken.len())
}

/// The pins of the restores and drills that do not read the recovery point go.
async fn let_go_unread(
    pair: &Pair,
    cycle: &str,
    snapshot: &ShareClient,
    readers: &[LeaseId],
) -> azure_storage::Result<()> {
    for book in [pair.restores(), pair.drills()] {
        let pin = pin_of(&book.name, &pair.target, cycle);
        if !readers.contains(&pin) {
            let_go(snapshot, &pin).await?;
        }
    }
    Ok(())
}

async fn keep_for(
    pair: &Pair,
    cycle: &str,
    snapshot: &ShareClient,
    readers: &[LeaseId],
) -> azure_storage::Result<()> {
    let_go_unread(pair, cycle, snapshot, readers).await?;
    let Some(reader) = readers.first() else { return Ok(()) };
    match snapshot.acquire_lease(reader, LeaseDuration::Infinite).await {
        // somebody else keeps it
        Err(error) if error.is_code("LeaseAlreadyPresent") => Ok(()),
        acquired => acquired,
    }
}

/// The share snapshots of a cycle.
async fn taken(pair: &Pair, cycle: &str) -> azure_storage::Result<Vec<(Side, ShareClient)>> {
    let mut found = Vec::new();
    for side in [Side::Source, Side::Target] {
        let listed = snapshots::of_share(pair, side).await?;
        if let Some(taken) = listed.of_cycle(cycle) {
            found.push((side, pair.share(side).with_snapshot(&taken.id)));
        }
    }
    Ok(found)
}

pub(super) async fn let_go(snapshot: &ShareClient, id: &LeaseId) -> azure_storage::Result<()> {
    match snapshot.release_lease(id).await {
        // there is no lease, or it is somebody else's
        Err(error) if error.is_code("LeaseIdMismatchWithLeaseOperation") => Ok(()),
        Err(error) if error.is_code("LeaseNotPresentWithLeaseOperation") => Ok(()),
        released => released,
    }
}

pub(super) fn lease_id(pair_id: &str, cycle: &str) -> LeaseId {
    let hash = Sha256::digest(format!("{pair_id}\n{cycle}"));
    let bytes: [u8; 16] = std::array::from_fn(|i| hash[i]);
    LeaseId::from(uuid::Uuid::from_bytes(bytes).hyphenated().to_string())
}
