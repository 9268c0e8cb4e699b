//! Planning that was cut off and goes on at its cursor: every item planned once, every entry counted once, and nothing
//! behind the cursor looked at again.

mod cursors;
mod plan;
mod planner;
mod refusals;
mod strangers;

use azure_files_backup::sync::{Cursor, DirectoryPlan, ScratchNames, SyncError, Walk, root};

use crate::support::*;

/// Walks from a cursor on, as an owner of its own.
async fn walked(mirror: &Mirror, from: Option<Cursor>) -> Result<Vec<DirectoryPlan>, SyncError> {
    let scratch = ScratchNames::new("1", 1);
    scratch.path_in("an owner that gave out names already");
    let (start, _) = root(&mirror.shares).await?;
    let mut walk = Walk::new(&mirror.shares, start, &scratch, from, Default::default());
    let mut plans = Vec::new();
    while let Some(plan) = walk.next().await? {
        plans.push(plan);
    }
    Ok(plans)
}
