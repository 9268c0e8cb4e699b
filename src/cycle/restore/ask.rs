//! Beginning a restore, and going on with the one that is under way.

use std::sync::Arc;

use tokio::time::Instant;

use super::not_restored::NOT_POSSIBLE;
use super::order::Asked;
use super::{NotRestored, UnderWay};
use crate::config::ShareSettings;
use crate::cycle::owner::Owner;
use crate::cycle::pair::{Pair, drilled_by};
use crate::cycle::report::{CycleReport, NotRun, RecoveryPoint};
use crate::cycle::{Backup, Start, Undecided, known, points_of_target};
use crate::state::{CycleError, Place, Restore};

impl Backup {
    /// Begins a restore, and works on it until it ends, waits for a person, or no new work may begin: `deadline`.
    pub async fn restore(
        &self,
        name: &str,
        asked: Asked,
        deadline: Instant,
    ) -> Result<CycleReport, NotRestored> {
        let pair = self.find(name).ok_or_else(|| NotRestored::UnknownPair(name.to_owned()))?;
        let (restore, share) = self.order(pair, asked).await?;
        let writes_to_target = restore.destination.at == Place::Target;
        let made = self.pair_of(pair, restore, share)?;
        let owner = self.own(&made, deadline).await?;
        let begun = self.begin_restore(pair, &made, &owner, writes_to_target).await;
        match begun {
            Ok(()) => Ok(self.run_as(&made, owner, Start::New, deadline).await?),
            Err(reason) => {
                owner.release(|_| {}).await.map_err(CycleError::from)?;
                Err(reason)
            }
        }
    }

    /// Goes on with the restore of a pair that is under way.
    pub(in crate::cycle) async fn resume_restore(
        &self,
        name: &str,
        deadline: Instant,
    ) -> Result<CycleReport, NotRun> {
        match self.under_way_beside(name).await? {
            None => Err(NotRun::NothingToResume),
            Some(UnderWay::Whole(made)) => {
                let owner = self.own(&made, deadline).await?;
                self.run_as(&made, owner, Start::ResumeOnly, deadline).await
            }
            Some(UnderWay::CutOff(rows, why)) if drilled_by(rows.name()).is_some() => {
                self.give_up_drill(&rows, why, deadline).await?;
                Err(NotRun::NothingToResume)
            }
            Some(UnderWay::CutOff(made, why)) => self.end_cut_off(&made, why, deadline).await,
        }
    }

    /// Where a person wanted a restore to end that cannot go on, while somebody still had its lease; or where it had come to its end
    /// before, and only is to be filed.
    async fn end_cut_off(
        &self,
        made: &Pair,
        why: CycleError,
        deadline: Instant,
    ) -> Result<CycleReport, NotRun> {
        let row = known(self.store.pair(made.name()).await).map_err(NotRun::of)?;
        let wish = row.and_then(|read| read.record.cancel);
        if wish.is_none() && self.is_under_way_in(&made.cycles()).await.map_err(NotRun::of)? {
            return Err(NotRun::State(why));
        }
        let owner = self.own(made, deadline).await?;
        let Some(id) = wish else {
            let filed = Box::pin(self.unfinished(made, &owner)).await;
            owner.release(|_| {}).await.map_err(NotRun::of)?;
            return Err(filed.map_or_else(NotRun::State, |_| NotRun::NothingToResume));
        };
        self.end_as_wished(made, owner, &id).await.map_err(|undecided| match undecided {
            Undecided::Busy { cycle } => NotRun::CycleInProgress { cycle },
            Undecided::State(error) => NotRun::State(error),
            Undecided::NothingToCancel => NotRun::NothingToResume,
            other => NotRun::State(CycleError::new(NOT_POSSIBLE, other.to_string())),
        })?;
        match self.record(&made.cycles(), &id).await? {
            Some(record) => Ok(self.report(record).await?),
            None => Err(NotRun::NothingToResume),
        }
    }

    /// Goes on with the restore of a pair until it ends, waits for a person, or no new work may begin: `deadline`.
    pub async fn go_on_restoring(&self, name: &str, deadline: Instant) -> Result<CycleReport, NotRestored> {
        let pair = self.find(name).ok_or_else(|| NotRestored::UnknownPair(name.to_owned()))?;
        Ok(self.resume_restore(&pair.restores().name, deadline).await?)
    }

    /// The pair is held, for a restore to its target.
    pub async fn hold_for_restore(&self, name: &str) -> Result<(), Undecided> {
        let pair = self.find(name).ok_or_else(|| Undecided::UnknownPair(name.to_owned()))?;
        self.hold(pair, true).await
    }

    /// Whether there is room for one more restore; where it writes to the target, the pair stays held from now on.
    async fn begin_restore(
        &self,
        pair: &Pair,
        made: &Pair,
        owner: &Owner,
        writes_to_target: bool,
    ) -> Result<(), NotRestored> {
        if let Some((record, _)) = self.unfinished(made, owner).await? {
            return Err(NotRestored::InProgress { restore: Some(record.id) });
        }
        // each of the two holds its lease before it looks for the other one
        if self.is_under_way_in(&pair.failbacks()).await.map_err(CycleError::from)? {
            return Err(NotRestored::FailingBack);
        }
        if !writes_to_target {
            return Ok(());
        }
        let mut is_held = false;
        self.flag(pair, |row| {
            is_held = row.held.is_some();
            if is_held {
                row.restoring = true;
            }
        })
        .await
        .map_err(CycleError::from)?;
        let read = self.store.pair(pair.name()).await.map_err(CycleError::from)?;
        if !is_held {
            return Err(NotRestored::NotHeld);
        }
        if read.is_some_and(|read| !read.lease_left.is_zero()) {
            self.let_go(pair).await.map_err(CycleError::from)?;
            let detail = "A cycle of the pair still works on its target; it stops within seconds, since the pair is held. Try again";
            return Err(NotRestored::Unavailable(detail.to_owned()));
        }
        Ok(())
    }

    pub(in crate::cycle) fn pair_of(
        &self,
        pair: &Pair,
        restore: Restore,
        share: ShareSettings,
    ) -> Result<Pair, NotRestored> {
        let clients = &self.clients;
        Pair::of_restore(pair, share, restore, &clients.credentials, self.lease, &clients.options)
            .map_err(|error| NotRestored::Unavailable(format!("{error:#}")))
    }

    pub(super) async fn point_of(&self, pair: &Pair, wanted: &str) -> Result<RecoveryPoint, NotRestored> {
        let points =
            points_of_target(pair).await.map_err(|error| NotRestored::Unavailable(error.to_string()))?;
        let is_it = |point: &RecoveryPoint| {
            wanted == "latest" || point.cycle == wanted || point.target.as_str() == wanted
        };
        points.into_iter().find(is_it).ok_or_else(|| NotRestored::UnknownPoint {
            pair: pair.name().to_owned(),
            point: wanted.to_owned(),
        })
    }
}

/// What all clients of this process are made of.
#[derive(Debug)]
pub(in crate::cycle) struct Clients {
    pub credentials: crate::cycle::credentials::Credentials,
    pub options: azure_storage_file_share::ClientOptions,
}

pub(in crate::cycle) type SharedClients = Arc<Clients>;
