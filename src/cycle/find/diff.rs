//! What changed between two recovery points: the same comparison that a cycle makes, over two share snapshots of the target.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::NotFound;
use crate::cycle::Backup;
use crate::cycle::preview::{plan, unplanned};
use crate::cycle::report::Preview;
use crate::state::CycleRecord;
use crate::sync::{PermissionMap, Shares};

impl Backup {
    /// What would have to be done to `from` to make it `to`; by the deadline, what was compared until then.
    pub async fn diff(
        &self,
        pair: &str,
        from: &str,
        to: &str,
        deadline: Instant,
    ) -> Result<Preview, NotFound> {
        let (_, _, before) = self.point(pair, from).await?;
        let (found, _, after) = self.point(pair, to).await?;
        let permissions = Arc::new(PermissionMap::for_looking());
        let shares = Shares::new(after, before, permissions, found.unsettled.clone());
        let (mut preview, mut record) =
            (Preview { pair: pair.to_owned(), ..Preview::default() }, CycleRecord::default());
        preview.complete = match timeout_at(deadline, plan(&shares, &mut preview, &mut record)).await {
            Ok(Ok(())) => true,
            Ok(Err(trouble)) => return Err(NotFound::Uncompared(unplanned(trouble).to_string())),
            Err(_) => false,
        };
        preview.planned = record.planned;
        preview.compared = record.compared;
        Ok(preview)
    }
}
