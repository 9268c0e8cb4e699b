//! What people decide about a restore: whether its plan is applied, and whether it goes on.

use crate::cycle::report::CycleReport;
use crate::cycle::{Backup, Undecided};
use crate::state::CycleError;

/// Restores are named by their id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The plan with this digest may be applied.
    Approve { digest: String },
    /// It may not: nothing was changed.
    Reject,
    /// It ends where it stands.
    Cancel,
}

impl Backup {
    /// Carries a decision out, and shows the restore as it then stands. The timer goes on with what was approved.
    pub async fn decide_restore(
        &self,
        name: &str,
        restore: &str,
        decided: Decided,
    ) -> Result<CycleReport, Undecided> {
        let pair = self.find(name).ok_or_else(|| Undecided::UnknownPair(name.to_owned()))?;
        tracing::warn!(pair.name = name, cycle.id = restore, decision = ?decided, "A person decides about a restore");
        let id = Some(restore.to_owned());
        match self.restore_under_way(&pair.restores().name).await? {
            Some(made) => match decided {
                Decided::Approve { digest } => self.answer(&made, id, Some(digest)).await?,
                Decided::Reject => self.answer(&made, id, None).await?,
                Decided::Cancel => Box::pin(self.cancel(&made, id)).await?,
            },
            None => return Err(Undecided::NothingWaits),
        }
        let report = self
            .restore_report(name, restore)
            .await
            .map_err(|error| CycleError::new(CycleError::STATE_UNAVAILABLE, format!("{error:#}")))?;
        report.ok_or_else(|| Undecided::UnknownCycle(restore.to_owned()))
    }
}
