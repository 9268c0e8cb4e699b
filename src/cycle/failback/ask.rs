//! Beginning a failback, and going on with the one that is under way.

use tokio::time::Instant;

use crate::cycle::failover::{of_target, remember};
use crate::cycle::owner::Owner;
use crate::cycle::pair::{Pair, failed_back_by};
use crate::cycle::report::{CycleReport, NotRun};
use crate::cycle::{Backup, Start, known};
use crate::state::{CycleError, Failback, FailedOver};

/// Why nothing fails back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFailedBack {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error(
        "The pair is not failed over, so there is nothing to bring back; POST /api/pairs/{0}/failover fails it over"
    )]
    NotFailedOver(String),
    #[error(
        "The failover is not complete, because a cycle of the pair still stops; POST /api/pairs/{0}/failover goes on with it"
    )]
    Stopping(String),
    #[error("{}", busy(.failback.as_deref()))]
    InProgress { failback: Option<String> },
    #[error(
        "A restore of this pair is in progress; one writes to its shares at a time: wait for it, or cancel it"
    )]
    Restoring,
    #[error("{0}")]
    Unavailable(CycleError),
    #[error("{0}")]
    State(CycleError),
}

fn busy(failback: Option<&str>) -> String {
    match failback {
        Some(id) => format!("Failback {id} of this pair is in progress: wait for it, or cancel it"),
        None => "A failback of this pair is being worked on".to_owned(),
    }
}

impl From<CycleError> for NotFailedBack {
    fn from(error: CycleError) -> Self {
        Self::State(error)
    }
}

impl From<NotRun> for NotFailedBack {
    fn from(reason: NotRun) -> Self {
        match reason {
            NotRun::UnknownPair(pair) => Self::UnknownPair(pair),
            NotRun::CycleInProgress { cycle } => Self::InProgress { failback: cycle },
            NotRun::Unplanned(error) => Self::Unavailable(error),
            NotRun::State(error) => Self::State(error),
            other => Self::State(CycleError::new("FailbackNotPossible", other.to_string())),
        }
    }
}

impl Backup {
    /// Begins a failback, and works on it until it ends, waits for a person, or no new work may begin: `deadline`.
    pub async fn fail_back(&self, name: &str, deadline: Instant) -> Result<CycleReport, NotFailedBack> {
        let pair = self.find(name).ok_or_else(|| NotFailedBack::UnknownPair(name.to_owned()))?;
        let failed_over = self.failed_over(pair).await?;
        let made = self.way_back(pair, &failed_over)?;
        let owner = self.own(&made, deadline).await?;
        match self.begin_failback(pair, &made, &owner, &failed_over).await {
            Ok(()) => Ok(self.run_as(&made, owner, Start::New, deadline).await?),
            Err(reason) => {
                owner.release(|_| {}).await.map_err(CycleError::from)?;
                Err(reason)
            }
        }
    }

    /// Goes on with the failback of a pair that is under way.
    pub(in crate::cycle) async fn resume_failback(
        &self,
        name: &str,
        deadline: Instant,
    ) -> Result<CycleReport, NotRun> {
        let pair = failed_back_by(name).and_then(|pair| self.find(pair));
        let pair = pair.ok_or_else(|| NotRun::UnknownPair(name.to_owned()))?;
        let Some(made) = self.failback_under_way(pair).await? else { return Err(NotRun::NothingToResume) };
        let owner = self.own(&made, deadline).await?;
        self.run_as(&made, owner, Start::ResumeOnly, deadline).await
    }

    /// The pair that the failback under way works on.
    pub(super) async fn failback_under_way(&self, pair: &Pair) -> Result<Option<Pair>, CycleError> {
        let name = pair.failbacks().name;
        let row = known(self.store.pair(&name).await)?;
        let Some(id) = row.and_then(|read| read.record.cycle) else { return Ok(None) };
        let Some(read) = known(self.store.load(&name, &id).await)? else { return Ok(None) };
        let Some(order) = read.record.failback else { return Ok(None) };
        self.pair_of_failback(pair, *order).map(Some)
    }

    /// Since when a pair is failed over, once people may write to its target: as the tables say, or else the target.
    pub(super) async fn failed_over(&self, pair: &Pair) -> Result<FailedOver, NotFailedBack> {
        let row = known(self.store.pair(pair.name()).await).map_err(CycleError::from)?;
        let mut failed_over = row.and_then(|read| read.record.failed_over);
        if failed_over.is_none() {
            let listed = of_target(pair).await;
            failed_over = listed.map_err(|error| NotFailedBack::Unavailable(error.into()))?.failed_over();
        }
        match failed_over {
            None => Err(NotFailedBack::NotFailedOver(pair.name().to_owned())),
            Some(failed_over) if failed_over.stopping => Err(NotFailedBack::Stopping(pair.name().to_owned())),
            Some(failed_over) => Ok(failed_over),
        }
    }

    pub(in crate::cycle) fn way_back(
        &self,
        pair: &Pair,
        failed_over: &FailedOver,
    ) -> Result<Pair, CycleError> {
        let exclude = pair.settings.exclude.globs().to_vec();
        let order = Failback { failed_over: failed_over.since.clone(), exclude, ..Failback::default() };
        self.pair_of_failback(pair, order)
    }

    fn pair_of_failback(&self, pair: &Pair, order: Failback) -> Result<Pair, CycleError> {
        let clients = &self.clients;
        let made = Pair::of_failback(pair, order, &clients.credentials, self.lease, &clients.options);
        made.map_err(|error| CycleError::new("FailbackNotPossible", format!("{error:#}")))
    }

    /// Nobody else writes to a share of the pair, and it is still failed over. Whoever restores holds its lease before it looks
    /// for this one, and so does this one.
    async fn begin_failback(
        &self,
        pair: &Pair,
        made: &Pair,
        owner: &Owner,
        failed_over: &FailedOver,
    ) -> Result<(), NotFailedBack> {
        if let Some((record, _)) = self.unfinished(made, owner).await? {
            return Err(NotFailedBack::InProgress { failback: Some(record.id) });
        }
        if self.is_restoring(pair).await.map_err(CycleError::from)? {
            return Err(NotFailedBack::Restoring);
        }
        if self.failed_over(pair).await?.since != failed_over.since {
            return Err(NotFailedBack::NotFailedOver(pair.name().to_owned()));
        }
        // nobody undoes it from now on
        Ok(self.flag(pair, |row| remember(row, failed_over)).await.map_err(CycleError::from)?)
    }
}
