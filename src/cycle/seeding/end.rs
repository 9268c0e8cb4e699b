//! The end that a person gives to seeding: nothing more is copied from the staging share, and our share snapshot of it
//! goes. The share itself is never deleted by us.

use azure_storage::ErrorKind;

use super::transition::{SeedingEvent, after};
use crate::cycle::owner::Owner;
use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{STAGING, of_staging};
use crate::cycle::told;
use crate::state::{Alert, SeedingStatus, State, StateError};

/// For the owner of a pair: drains what a person has stopped, and deletes our share snapshot once seeding is over. What cannot be
/// deleted now is tried again with the next cycle. While the plan of a cycle is applied, a process that was killed may
/// have left a copy from staging under way, which ends when its file has its turn again: until then nothing is drained.
pub async fn end(pair: &Pair, owner: &Owner, cycle: Option<&State>) -> Result<Option<Alert>, StateError> {
    let Some(seeding) = owner.record().await.seeding else { return Ok(None) };
    if seeding.status == SeedingStatus::Stopping {
        if matches!(cycle, Some(State::Applying { .. })) {
            return Ok(None);
        }
        let drained = |row: &mut crate::state::PairRecord| {
            if let Some(seeding) = &mut row.seeding
                && let Ok(next) = after(seeding, SeedingEvent::Drained)
            {
                *seeding = next;
            }
        };
        owner.update(drained).await?;
    }
    let Some(seeding) = owner.record().await.seeding else { return Ok(None) };
    if seeding.status != SeedingStatus::NotRunning || seeding.staging_snapshot.is_none() {
        return Ok(None);
    }
    if let Some(share) = &seeding.staging_share
        && let Err(error) = delete_snapshots(pair, share).await
    {
        let detail = format!("Our share snapshot of the staging share {share} stays: {error}");
        tracing::warn!(pair.name = pair.name(), alert.code = "PruneFailed", "{detail}");
        return Ok(Some(Alert { code: "PruneFailed".to_owned(), detail }));
    }
    let released = |row: &mut crate::state::PairRecord| {
        if let Some(seeding) = &mut row.seeding
            && let Ok(next) = after(seeding, SeedingEvent::Released)
        {
            *seeding = next;
        }
    };
    owner.update(released).await?;
    Ok(None)
}

/// Only those that bear every mark of ours (P7).
async fn delete_snapshots(pair: &Pair, share: &str) -> azure_storage::Result<()> {
    let staging = pair.staging(share);
    let listed = match of_staging(pair, &staging).await {
        Err(error) if error.is_code("ShareNotFound") => return Ok(()),
        listed => listed?,
    };
    for taken in &listed.ours {
        let reason = "Seeding has ended";
        tracing::warn!(
            pair.name = pair.name(),
            share.account = staging.account(),
            share.name = share,
            share.snapshot = %taken.id,
            reason,
            "Deleting a share snapshot"
        );
        match staging.delete_snapshot(&taken.id).await {
            Err(error) if error.kind == ErrorKind::NotFound => {}
            deleted => deleted?,
        }
        told::snapshot_deleted(pair, None, STAGING, &staging, &taken.id, Some(&taken.cycle), reason);
    }
    Ok(())
}
