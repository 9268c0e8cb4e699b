//! The scratch share of a drill, in the target's account: it bears marks of ours in a role that no cycle knows, and goes when
//! the drill has ended, however it did; one that was killed is ended by whoever goes on with it.

use azure_storage::Result;
use azure_storage_file_share::{Metadata, ShareClient};
use uuid::Uuid;

use crate::cycle::doctor::{create_small, delete_scratch};
use crate::cycle::pair::Pair;
use crate::cycle::snapshots::{is_of_drill, mark_drill};
use crate::state::CycleRecord;

pub const PREFIX: &str = "backup-drill-";

pub fn name() -> String {
    format!("{PREFIX}{}", Uuid::new_v4().simple())
}

/// Makes it, as small as the account allows.
pub async fn make(pair: &Pair, id: &str) -> Result<()> {
    create_small(&pair.target, &mark_drill(pair, id)).await
}

/// Deletes it, if its marks say that a drill of this pair made it (P7). Nothing where the cycle is no drill.
pub async fn clear(pair: &Pair, record: &CycleRecord) -> Result<()> {
    let is_drill = record.restore.as_ref().is_some_and(|restore| restore.drill.is_some());
    if !is_drill {
        return Ok(());
    }
    let is_ours = |share: &ShareClient, metadata: &Metadata| {
        share.name().starts_with(PREFIX) && is_of_drill(pair, metadata)
    };
    delete_scratch(pair, &pair.target, is_ours, "The drill that made it has ended").await
}
