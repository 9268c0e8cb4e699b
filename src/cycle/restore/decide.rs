//! What people decide about a restore: whether its plan is applied, and whether it goes on.

use super::UnderWay;
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
        let (made, cut_off) = match self.under_way_beside(&pair.restores().name).await? {
            Some(UnderWay::Whole(made)) => (made, None),
            Some(UnderWay::CutOff(made, why)) => (made, Some(why)),
            None => return Err(Undecided::NothingWaits),
        };
        match (decided, cut_off) {
            (Decided::Approve { .. }, Some(why)) => return Err(Undecided::CutOff(why)),
            (Decided::Approve { digest }, None) => self.answer(&made, id, Some(digest)).await?,
            (Decided::Reject, _) => self.answer(&made, id, None).await?,
            (Decided::Cancel, _) => Box::pin(self.cancel(&made, id)).await?,
        }
        let report = self
            .restore_report(name, restore)
            .await
            .map_err(|error| CycleError::new(CycleError::STATE_UNAVAILABLE, format!("{error:#}")))?;
        report.ok_or_else(|| Undecided::UnknownCycle(restore.to_owned()))
    }
}
