//! A failover that is taken back: what was written to the target is given up. The next cycle makes the target what the source is.

use tokio::time::Instant;

use super::NotFailedOver;
use crate::cycle::decide::TIME;
use crate::cycle::report::{NotRun, PairStatus};
use crate::cycle::told_values::FAILOVERS;
use crate::cycle::{Backup, told};
use crate::state::CycleError;

impl Backup {
    /// The pair stays held, until somebody releases it. Again is as good as once.
    pub async fn undo_failover(&self, name: &str) -> Result<PairStatus, NotFailedOver> {
        let pair = self.find(name).ok_or_else(|| NotFailedOver::UnknownPair(name.to_owned()))?;
        // no failback begins meanwhile
        let made = self.way_back(pair, &Default::default())?;
        let owner = match self.own(&made, Instant::now() + TIME).await {
            Err(NotRun::CycleInProgress { .. }) => return Err(NotFailedOver::FailingBack),
            owned => owned?,
        };
        let undone = match self.unfinished(&made, &owner).await {
            Ok(Some(_)) => Err(NotFailedOver::FailingBack),
            Ok(None) => self
                .flag(pair, |row| row.failed_over = None)
                .await
                .map_err(|error| NotFailedOver::State(error.into())),
            Err(error) => Err(error.into()),
        };
        owner.release(|_| {}).await.map_err(CycleError::from)?;
        undone?;
        tracing::warn!(
            pair.name = name,
            "The failover is undone: what was written to the target is given up"
        );
        told::decided(pair, None, FAILOVERS[1]);
        Ok(self.status(pair).await?)
    }
}
