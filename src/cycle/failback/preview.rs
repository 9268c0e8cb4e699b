//! A failback's plan without the failback: nothing is written, neither in a share nor in the state.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::NotFailedBack;
use super::prepare::{base, lacks, look, row_of};
use super::status::note;
use crate::cycle::Backup;
use crate::cycle::guard::guard;
use crate::cycle::preview::{preview, unplanned};
use crate::cycle::report::Preview;
use crate::state::{CycleError, CycleRecord};
use crate::sync::{PermissionMap, Plain, Shares};

/// What a failback would do if it started now. Public.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailbackPreview {
    #[serde(flatten)]
    pub plan: Preview,
    /// From which changes are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<String>,
    pub note: String,
}

impl Backup {
    /// Plans until `deadline`; what was not reached by then is left out, and the answer says so.
    pub async fn failback_plan_only(
        &self,
        name: &str,
        deadline: Instant,
    ) -> Result<FailbackPreview, NotFailedBack> {
        let pair = self.find(name).ok_or_else(|| NotFailedBack::UnknownPair(name.to_owned()))?;
        let failed_over = self.failed_over(pair).await?;
        let made = self.way_back(pair, &failed_over)?;
        let home = &made.failback.as_ref().expect("just made").home;
        let unable = |trouble| NotFailedBack::from(unplanned(trouble));
        let row = row_of(&self.store, pair).await.map_err(CycleError::from)?;
        let base = base(&look(home).await.map_err(unable)?, &row);
        let recovery_point = base.as_ref().map(|(point, _)| point.cycle.clone());
        let lacks = base.as_ref().map_or(0, |(point, _)| lacks(point));
        let permissions = Arc::new(PermissionMap::for_looking());
        let shares =
            Shares::new(made.source.clone(), made.target.clone(), permissions, made.unsettled.clone())
                .excluding(made.exclude())
                .since(base.map(|(_, base)| made.base(&base)), Plain::new(false))
                .of_mirror();
        let mut record = CycleRecord::default();
        let plan = preview(name, &shares, &mut record, deadline).await?;
        let plan = Preview { guard: guard(&made.settings.guard, &record), ..plan };
        let note = note(recovery_point.as_deref(), lacks, false);
        Ok(FailbackPreview { plan, recovery_point, note })
    }
}
