//! A failover that is taken back: what was written to the target is given up. The next cycle makes the target what the source is.

use tokio::time::Instant;

use super::NotFailedOver;
use super::mark::{of_target, unmark};
use crate::cycle::decide::TIME;
use crate::cycle::failback::forget_swaps;
use crate::cycle::pair::Pair;
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
        let deadline = Instant::now() + TIME;
        let owner = match self.own(&made, deadline).await {
            Err(NotRun::CycleInProgress { .. }) => return Err(NotFailedOver::FailingBack),
            owned => owned?,
        };
        let undone = match self.unfinished(&made, &owner).await {
            Ok(Some(_)) => Err(NotFailedOver::FailingBack),
            Ok(None) => Box::pin(self.give_up_target(pair, deadline)).await,
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

    /// Nobody fails over meanwhile. The mark goes first: the tables know of the failover as long as it is there.
    async fn give_up_target(&self, pair: &Pair, deadline: Instant) -> Result<(), NotFailedOver> {
        let owner = self.own(pair, deadline).await?;
        let undone = async {
            let unavailable = |error: azure_storage::Error| NotFailedOver::Unavailable(error.into());
            self.recall_failover(pair, &of_target(pair).await.map_err(unavailable)?).await?;
            forget_swaps(pair, "The failover is undone").await.map_err(unavailable)?;
            unmark(pair).await.map_err(unavailable)
        };
        let undone = undone.await;
        let is_undone = undone.is_ok();
        let released = owner.release(|row| row.failed_over = row.failed_over.take().filter(|_| !is_undone));
        released.await.map_err(CycleError::from)?;
        undone
    }
}
