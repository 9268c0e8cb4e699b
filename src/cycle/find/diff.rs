//! What changed between two recovery points: the same comparison that a cycle makes, over two share snapshots of the target.

use std::sync::Arc;

use tokio::time::Instant;

use super::NotFound;
use crate::cycle::Backup;
use crate::cycle::preview::preview;
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
        preview(pair, &shares, &mut CycleRecord::default(), deadline)
            .await
            .map_err(|unplanned| NotFound::Uncompared(unplanned.to_string()))
    }
}
