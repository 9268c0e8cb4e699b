//! How many files the staging share holds, counted once at the end of seeding: those that the source has no file for are told of.
//! It is information, and no more: a recovery point stands already.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::plan::SAVE;
use super::run::{Cycle, Result};
use super::trouble::Trouble;
use crate::state::{Addition, Alert, Staged};
use crate::sync::{Changes, ChunkBuilder, PermissionMap, Planner, Shares, Staging, Unpaired};

impl Cycle<'_> {
    /// Whether that is done, or is not to be done any more; else the next invocation goes on.
    pub(super) async fn count_staged(&mut self) -> Result<bool> {
        let Some(staging) = self.staging.clone().filter(|staging| staging.is_open()) else { return Ok(true) };
        match self.count(&staging).await {
            Err(Trouble::Fail(error) | Trouble::Pause(error) | Trouble::Wait(error)) => {
                let detail = format!("It is not known how many files only staging has: {error}");
                let alert = Alert { code: "StagingNotCounted".to_owned(), detail };
                self.live.update(|record| {
                    record.staged = Staged { is_over: true, is_unknown: true, ..Staged::default() };
                    record.alerts.push(alert);
                });
                Ok(true)
            }
            counted => counted,
        }
    }

    async fn count(&mut self, staging: &Staging) -> Result<bool> {
        let staged = self.live.update(|record| record.staged.clone());
        if staged.is_over {
            return Ok(true);
        }
        let permissions = Arc::new(PermissionMap::for_looking());
        let (share, target) = (staging.share().clone(), self.pair.target.clone());
        let shares = Shares::new(share, target, permissions, self.pair.unsettled.clone()).without_target();
        let scratch = self.scratch.clone();
        let unpaired = Arc::new(Unpaired::Planned);
        let mut planner =
            Planner::new(&shares, &scratch, staged.cursor, ChunkBuilder::default(), unpaired).await?;
        loop {
            let save_at = (Instant::now() + SAVE).min(self.deadline);
            let Some(stretch) = planner.hurried(sleep_until(save_at)).await? else { break };
            let mut changes = Changes::default();
            stretch.items().for_each(|item| changes.plan(item));
            self.live.update(|record| {
                record.staged.files += changes.copied.files;
                record.staged.cursor.clone_from(&stretch.to);
            });
            if stretch.to.is_none() {
                break;
            }
            self.commit(Addition::default()).await?;
            if self.is_time_up() {
                return Ok(false);
            }
        }
        self.live.update(|record| record.staged.is_over = true);
        Ok(true)
    }
}
