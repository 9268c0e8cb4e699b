//! A restore's plan without the restore: nothing is written, neither in a share nor in the state.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Asked, NotRestored, left_alone, restoring};
use crate::cycle::Backup;
use crate::cycle::guard::guard;
use crate::cycle::pair::Pair;
use crate::cycle::preview::{preview, unplanned};
use crate::cycle::report::Preview;
use crate::cycle::room::smb;
use crate::cycle::trouble::Trouble;
use crate::state::CycleRecord;
use crate::sync::{PermissionMap, Shares};

impl Backup {
    /// Plans until `deadline`; what was not reached by then is left out, and the answer says so.
    pub async fn restore_plan_only(
        &self,
        name: &str,
        asked: Asked,
        deadline: Instant,
    ) -> Result<Preview, NotRestored> {
        let pair = self.find(name).ok_or_else(|| NotRestored::UnknownPair(name.to_owned()))?;
        let (restore, share) = self.order(pair, asked).await?;
        let made = self.pair_of(pair, restore.clone(), share)?;
        let unable = |trouble| NotRestored::from(unplanned(trouble));
        let is_there = is_there(&made).await.map_err(unable)?;
        let permissions = Arc::new(PermissionMap::for_looking());
        let source = made.source.with_snapshot(&restore.snapshot);
        let shares = Shares::new(source, made.target.clone(), permissions, made.unsettled.clone())
            .excluding(left_alone(&made, &restore))
            .restoring(restoring(&restore, "preview"));
        let shares = if is_there { shares } else { shares.without_target() };
        let mut record = CycleRecord { restore: Some(Box::new(restore)), ..CycleRecord::default() };
        let preview = preview(name, &shares, &mut record, deadline).await?;
        Ok(Preview { guard: guard(&made.settings.guard, &record), ..preview })
    }
}

/// Whether there is the share, and the directory in it.
async fn is_there(made: &Pair) -> Result<bool, Trouble> {
    match smb(&made.target).await {
        Err(Trouble::Fail(error)) if error.code == "ShareNotFound" => return Ok(false),
        found => drop(found?),
    }
    match made.target.root_directory_client().get_properties().await {
        Err(error) if error.is_code("ResourceNotFound") || error.is_code("ParentNotFound") => Ok(false),
        found => Ok(found.map(|_| true)?),
    }
}
