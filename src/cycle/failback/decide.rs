//! What people decide about a failback: whether its plan is applied, and whether it goes on.

use crate::cycle::report::CycleReport;
use crate::cycle::restore::Decided;
use crate::cycle::{Backup, Undecided, known};
use crate::state::{CycleError, FailedOver};

impl Backup {
    /// Carries a decision out about the failback under way, and shows it as it then stands. The timer goes on with what was
    /// approved.
    pub async fn decide_failback(&self, name: &str, decided: Decided) -> Result<CycleReport, Undecided> {
        let pair = self.find(name).ok_or_else(|| Undecided::UnknownPair(name.to_owned()))?;
        let row = known(self.store.pair(&pair.failbacks().name).await)?;
        let id = row.and_then(|read| read.record.cycle).ok_or(Undecided::NothingWaits)?;
        let made = match self.failback_under_way(pair).await {
            // its shares are those of the pair, whatever it has done
            Err(error) if error.is_unreadable() && decided == Decided::Cancel => {
                self.way_back(pair, &FailedOver::default())?
            }
            made => made?.ok_or(Undecided::NothingWaits)?,
        };
        tracing::warn!(pair.name = name, cycle.id = id, decision = ?decided, "A person decides about a failback");
        match decided {
            Decided::Approve { digest } => {
                Box::pin(self.answer(&made, Some(id.clone()), Some(digest))).await?
            }
            Decided::Reject => self.answer(&made, Some(id.clone()), None).await?,
            Decided::Cancel => Box::pin(self.cancel(&made, Some(id.clone()))).await?,
        }
        let report = self
            .failback_report(name, &id)
            .await
            .map_err(|error| CycleError::new(CycleError::STATE_UNAVAILABLE, format!("{error:#}")))?;
        report.ok_or(Undecided::UnknownCycle(id))
    }
}
