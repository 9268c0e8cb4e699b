//! A pin: an infinite lease on both share snapshots of a cycle, so that nothing prunes them.

use azure_storage_file_share::{LeaseDuration, LeaseId};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::decide::{TIME, Undecided};
use super::pair::Pair;
use super::{Backup, snapshots};
use crate::state::Side;

impl Backup {
    /// Pins both share snapshots of a cycle with an infinite lease, or lets them go. The lease id follows from pair
    /// and cycle, so that it is known when the tables are not.
    pub(super) async fn pin(&self, pair: &Pair, cycle: &str, held: bool) -> Result<(), Undecided> {
        let owner = self.own(pair, Instant::now() + TIME).await?;
        let pinned = pin(pair, cycle, held).await;
        owner.release(|_| {}).await?;
        match pinned {
            Ok(0) => Err(Undecided::NoRecoveryPoint(cycle.to_owned())),
            Ok(_) => Ok(()),
            Err(error) if error.is_code("LeaseAlreadyPresent") => Err(Undecided::Leased(cycle.to_owned())),
            Err(error) => Err(Undecided::State(error.into())),
        }
    }
}

/// How many share snapshots of the cycle there were to pin or let go.
async fn pin(pair: &Pair, cycle: &str, held: bool) -> azure_storage::Result<usize> {
    let id = lease_id(&pair.id, cycle);
    let mut count = 0;
    for side in [Side::Source, Side::Target] {
        let listed = snapshots::of_share(pair, side).await?;
        let Some(taken) = listed.of_cycle(cycle) else { continue };
        let snapshot = pair.share(side).with_snapshot(&taken.id);
        if held {
            snapshot.acquire_lease(&id, LeaseDuration::Infinite).await?;
        } else {
            match snapshot.release_lease(&id).await {
                // there is no lease, or it is somebody else's
                Err(error) if error.is_code("LeaseIdMismatchWithLeaseOperation") => {}
                Err(error) if error.is_code("LeaseNotPresentWithLeaseOperation") => {}
                released => released?,
            }
        }
        count += 1;
    }
    Ok(count)
}

pub(super) fn lease_id(pair_id: &str, cycle: &str) -> LeaseId {
    let hash = Sha256::digest(format!("{pair_id}\n{cycle}"));
    let bytes: [u8; 16] = std::array::from_fn(|i| hash[i]);
    LeaseId::from(uuid::Uuid::from_bytes(bytes).hyphenated().to_string())
}
