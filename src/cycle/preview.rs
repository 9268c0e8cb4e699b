//! A plan without a cycle: what one would do if it started now. Nothing is written, neither in a share nor in the
//! state; the source is read as it stands, without a share snapshot, so a cycle may find something else.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::guard::guard;
use super::plan::count;
use super::report::{NotRun, Preview};
use super::trouble::Trouble;
use super::{Backup, Result};
use crate::state::{CycleError, CycleRecord};
use crate::sync::{ChunkBuilder, PermissionMap, Planner, ScratchNames, Shares};

/// Items shown; the counts are of all.
const ITEMS: usize = 1_000;

impl Backup {
    /// Plans until `deadline`; what was not reached by then is left out, and the answer says so.
    pub async fn plan_only(&self, pair: &str, deadline: Instant) -> Result<Preview, NotRun> {
        let pair = self.find(pair).ok_or_else(|| NotRun::UnknownPair(pair.to_owned()))?;
        let permissions = Arc::new(PermissionMap::for_looking());
        let shares =
            Shares::new(pair.source.clone(), pair.target.clone(), permissions, pair.unsettled.clone())
                .excluding(pair.exclude());
        let mut preview = Preview { pair: pair.name().to_owned(), ..Preview::default() };
        let mut record = CycleRecord::default();
        let planned = plan(&shares, &mut preview, &mut record);
        let planned = timeout_at(deadline, planned).await;
        preview.complete = match planned {
            Ok(Ok(())) => true,
            Err(_) => false,
            Ok(Err(Trouble::Fail(error) | Trouble::Pause(error))) => return Err(NotRun::Unplanned(error)),
            Ok(Err(Trouble::Lost(reason))) => {
                return Err(NotRun::Unplanned(CycleError::new("OwnerLost", reason)));
            }
        };
        preview.planned = record.planned;
        preview.compared = record.compared;
        preview.excluded = record.excluded;
        preview.guard = guard(&pair.settings.guard, &record);
        Ok(preview)
    }
}

async fn plan(shares: &Shares, preview: &mut Preview, record: &mut CycleRecord) -> Result<(), Trouble> {
    let scratch = ScratchNames::new("preview", 0);
    let mut planner = Planner::new(shares, &scratch, None, ChunkBuilder::default()).await?;
    while let Some(stretch) = planner.next().await? {
        record.add(&stretch);
        for item in stretch.items() {
            count(record, item);
            if preview.items.len() < ITEMS {
                preview.items.push(item.into());
            }
        }
        preview.failed += stretch.failures.len() as u64;
        let room = ITEMS - preview.failures.len().min(ITEMS);
        preview.failures.extend(stretch.failures.into_iter().take(room));
    }
    Ok(())
}
