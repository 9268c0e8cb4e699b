//! The scratch share of a drill, in the target's account: it bears marks of ours in a role that no cycle knows, and goes when
//! the drill has ended, however it did; one that was killed is ended by whoever goes on with it. What one left behind that
//! nobody remembers goes with the next.

use azure_storage::Result;
use azure_storage_file_share::{Metadata, ShareClient};
use time::OffsetDateTime;
use uuid::Uuid;

use super::end::LONGEST;
use crate::cycle::doctor::{create_small, delete_scratch, sweep};
use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{is_of_deployment, is_of_drill, mark_drill};
use crate::state::CycleRecord;

const PREFIX: &str = "backup-drill-";

pub fn name() -> String {
    format!("{PREFIX}{}", Uuid::new_v4().simple())
}

/// Makes it, as small as the account allows.
pub async fn make(pair: &Pair, id: &str) -> Result<()> {
    create_small(&pair.target, &mark_drill(pair, id)).await
}

/// Whether a drill of this pair made a share, by its name and its marks (P7).
pub fn is_ours(pair: &Pair, share: &ShareClient, metadata: &Metadata) -> bool {
    share.name().starts_with(PREFIX) && is_of_drill(pair, metadata)
}

/// Deletes it, if it is ours. Nothing where the cycle is no drill.
pub async fn clear(pair: &Pair, record: &CycleRecord) -> Result<()> {
    let is_drill = record.restore.as_ref().is_some_and(|restore| restore.drill.is_some());
    if !is_drill {
        return Ok(());
    }
    let is_ours = |share: &ShareClient, metadata: &Metadata| is_ours(pair, share, metadata);
    delete_scratch(pair, &pair.target, is_ours, "The drill that made it has ended").await
}

/// Deletes those of drills that nobody remembers. Whoever asks owns the pair's drills, so that none of this deployment is under
/// way but its own; one of another deployment has the time that a drill may take.
pub async fn sweep_left_behind(pair: &Pair) -> Result<()> {
    let before = OffsetDateTime::now_utc() - LONGEST;
    let is_left_behind = |share: &ShareClient, metadata: &Metadata, changed: OffsetDateTime| {
        let is_over = changed < before || is_of_deployment(pair, metadata);
        share.name() != pair.target.name() && is_over && is_ours(pair, share, metadata)
    };
    let why = "The drill that made it is not remembered";
    sweep(pair, pair.target_account(), PREFIX, is_left_behind, why).await
}
