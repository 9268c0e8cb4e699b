//! The pair stands still, and its cycle under way ends: no share snapshot of the target may become a recovery point when people
//! write to it, and no plan from before may be applied when they have.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::NotFailedOver;
use super::mark::of_target;
use crate::cycle::invocation::begun_at;
use crate::cycle::owner::Owner;
use crate::cycle::pair::Pair;
use crate::cycle::report::{FailedOver, FailedOverTo, NotRun, RecoveryPoint};
use crate::cycle::run::iso;
use crate::cycle::snapshots::{Listed, moment, recovery_points};
use crate::cycle::take_over::take_over;
use crate::cycle::told_values::FAILOVERS;
use crate::cycle::transition::{Event, Facts, after};
use crate::cycle::{Backup, known, told};
use crate::state::{Addition, CycleError, CycleRecord, Held, State, StateError, Version};

/// Between two looks whether whoever works on the pair has stopped.
const AGAIN: Duration = Duration::from_millis(500);

impl Backup {
    /// Holds the pair and ends its cycle. Again is as good as once.
    pub(super) async fn stop_for_failover(
        &self,
        pair: &Pair,
        deadline: Instant,
    ) -> Result<FailedOver, NotFailedOver> {
        let row = known(self.store.pair(pair.name()).await).map_err(CycleError::from)?;
        let mut known = row.and_then(|read| read.record.failed_over);
        let listed = listed(pair).await?;
        if known.is_none() {
            known = self.recall_failover(pair, &listed).await?;
        }
        if let Some(known) = known.filter(|known| !known.stopping) {
            // one without a mark is of an earlier version of the app, or lost it with the share
            return if listed.points.is_empty() || !listed.failovers.is_empty() {
                Ok(known)
            } else {
                self.stop(pair, deadline).await
            };
        }
        // a pair that has none is left alone
        newest(pair, &listed)?;
        if self.is_restoring(pair).await.map_err(CycleError::from)? {
            return Err(NotFailedOver::Restoring);
        }
        let since = iso(OffsetDateTime::now_utc());
        self.flag(pair, |row| {
            let was_held = row.held.is_some();
            row.held.get_or_insert_with(|| Held { since: since.clone() });
            row.failed_over.get_or_insert_with(|| FailedOver {
                since: since.clone(),
                stopping: true,
                was_held,
                ..FailedOver::default()
            });
        })
        .await
        .map_err(CycleError::from)?;
        told::decided(pair, None, FAILOVERS[0]);
        tracing::warn!(
            pair.name = pair.name(),
            "The pair fails over: nothing of it is backed up from now on"
        );
        self.stop(pair, deadline).await
    }

    async fn stop(&self, pair: &Pair, deadline: Instant) -> Result<FailedOver, NotFailedOver> {
        let owner = self.own_soon(pair, deadline).await?;
        let stopped = Box::pin(self.stop_as(pair, &owner)).await;
        owner.release(|_| {}).await.map_err(CycleError::from)?;
        stopped
    }

    /// Waits for whoever works on a pair that was just held.
    async fn own_soon(&self, pair: &Pair, deadline: Instant) -> Result<Owner, NotFailedOver> {
        loop {
            match self.own(pair, deadline).await {
                Err(NotRun::CycleInProgress { .. }) if Instant::now() + AGAIN < deadline => {
                    sleep(AGAIN).await;
                }
                owned => return Ok(owned?),
            }
        }
    }

    async fn stop_as(&self, pair: &Pair, owner: &Owner) -> Result<FailedOver, NotFailedOver> {
        // somebody may have undone it in this moment
        let begun = owner.record().await.failed_over.ok_or(NotFailedOver::Busy { cycle: None })?;
        let stopped = if begun.stopping { Box::pin(self.stopped(pair, owner, begun)).await? } else { begun };
        self.mark_target(pair, &stopped).await?;
        owner
            .update(|row| {
                row.cycle = None;
                row.failed_over = Some(stopped.clone());
            })
            .await
            .map_err(CycleError::from)?;
        Ok(stopped)
    }

    /// Ends the cycle under way, and says where that leaves the target.
    async fn stopped(
        &self,
        pair: &Pair,
        owner: &Owner,
        begun: FailedOver,
    ) -> Result<FailedOver, NotFailedOver> {
        // one to the target of a pair that was held before may have begun until it was known that this one fails over
        if self.is_restoring(pair).await.map_err(CycleError::from)? {
            return Err(NotFailedOver::Restoring);
        }
        if let Some((record, version)) = self.unfinished(pair, owner).await? {
            self.cut_off(pair, owner, record, version).await?;
        }
        let point = newest(pair, &listed(pair).await?)?;
        let row = owner.record().await;
        // a cycle that is still named there is lost: nobody knows how far it came, and nobody goes on with it
        let lost = row.cycle.clone().filter(|cycle| *cycle > point.cycle);
        let is_remembered = row.recovery_point.as_ref().is_some_and(|last| last.cycle == point.cycle);
        let forgotten = self.forgotten_since(pair, &point.cycle, is_remembered).await?;
        if forgotten.is_some() && self.store.is_durable() {
            // its owner may not have noticed yet that the tables are lost, and his lease is not known any more
            sleep(self.lease).await;
        }
        let between = self.wrote_since(pair, &point.cycle).await?.or(lost).max(forgotten);
        let data_from = self.data_from(pair, &point).await?;
        let failed = row.verification.failed.iter().any(|failed| failed.cycle == point.cycle);
        let verify_failed = point.verify_failed || failed;
        let to = FailedOverTo { cycle: point.cycle, target: point.target, data_from, verify_failed };
        let between = self.since_restores(pair, between, &to, false).await?;
        Ok(FailedOver { stopping: false, recovery_point: Some(to), between, ..begun })
    }

    /// Ends the cycle under way.
    async fn cut_off(
        &self,
        pair: &Pair,
        owner: &Owner,
        record: CycleRecord,
        version: Version,
    ) -> Result<(), NotFailedOver> {
        let busy = Some(record.id.clone());
        let (mut record, version) = match take_over(&self.store, record, version, owner.epoch()).await {
            Err(StateError::Conflict { .. }) => return Err(NotFailedOver::Busy { cycle: busy }),
            taken => taken.map_err(CycleError::from)?,
        };
        let before = Box::new(record.clone());
        if record.state == State::TargetSnapshot
            && let Some(taken) = self.taken(pair, &record.id).await?
        {
            // whoever took it did not live to say so
            record.target_snapshot = Some(taken);
            record.state = State::Pruning;
        }
        let facts = Facts::of(pair, &record, record.planned_chunks(), 0);
        record.enter(after(record.state.clone(), Event::CutOff, facts));
        record.ended_at.get_or_insert_with(|| iso(OffsetDateTime::now_utc()));
        self.store.commit(&record, &version, Addition::default()).await.map_err(CycleError::from)?;
        told::stored(&before, &record);
        Ok(self.file(pair, owner, &record).await.map_err(CycleError::from)?)
    }

    /// The target share snapshot of a cycle.
    async fn taken(
        &self,
        pair: &Pair,
        cycle: &str,
    ) -> Result<Option<azure_storage_file_share::ShareSnapshotId>, NotFailedOver> {
        Ok(listed(pair).await?.of_cycle(cycle).map(|taken| taken.id.clone()))
    }

    /// When the data of a recovery point was read, as far as that is remembered; else when the point was made.
    async fn data_from(&self, pair: &Pair, point: &RecoveryPoint) -> Result<String, CycleError> {
        let row = known(self.store.pair(pair.name()).await)?;
        let last = row.and_then(|read| read.record.recovery_point);
        let mut source = last.filter(|last| last.cycle == point.cycle).map(|last| last.source);
        if source.is_none() {
            let cycle = match known(self.store.load(pair.name(), &point.cycle).await) {
                Err(error) if error.is_unreadable() => None,
                read => read?,
            };
            source = cycle.and_then(|read| read.record.source_snapshot);
        }
        let at = source.as_ref().and_then(moment).or_else(|| begun_at(&point.cycle));
        Ok(at.or_else(|| moment(&point.target)).map_or_else(|| point.target.to_string(), iso))
    }
}

async fn listed(pair: &Pair) -> Result<Listed, NotFailedOver> {
    of_target(pair).await.map_err(|error| NotFailedOver::Unavailable(error.into()))
}

fn newest(pair: &Pair, target: &Listed) -> Result<RecoveryPoint, NotFailedOver> {
    let newest = recovery_points(&Listed::default(), target).into_iter().next();
    newest.ok_or_else(|| NotFailedOver::NoRecoveryPoint(pair.name().to_owned()))
}
