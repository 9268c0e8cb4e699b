//! What can be told of pairs. All rows of pairs come with one request; each pair adds a few more, however much is
//! stored of it.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::beside::of_pair;
use super::failover::of_target;
use super::meeting::{BesideRows, Row};
use super::pair::Pair;
use super::report::{CycleReport, PairDetails, PairStatus, PastCycle, RecoveryPoint};
use super::run::iso;
use super::seeding::SeedingReport;
use super::stored::{AT_ONCE, Stored};
use super::{Backup, Result, known, points, snapshots};
use crate::config::next_run;
use crate::state::{CycleError, CycleRecord, FailedOver, LastPoint, PairRecord, StateError};

/// A status does not wait longer for shares that do not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Cycles in the history of a status.
const SHOWN: usize = 30;

impl Backup {
    pub async fn pairs(&self) -> anyhow::Result<Vec<PairStatus>> {
        let (mut rows, mut beside) = self.rows_and_beside(&self.pairs).await?;
        let statuses = self.pairs.iter().map(|pair| {
            let row = rows.remove(pair.name()).expect("there is one for each");
            self.told(pair, row, of_pair(pair, &mut beside))
        });
        let statuses: Vec<_> = statuses.collect();
        Ok(stream::iter(statuses).buffered(AT_ONCE).try_collect().await?)
    }

    /// `None` where no pair has this name.
    pub async fn pair(&self, name: &str) -> anyhow::Result<Option<PairStatus>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Ok(Some(self.status(pair).await?))
    }

    pub(super) async fn status(&self, pair: &Pair) -> Result<PairStatus> {
        let (row, mut beside) = self.row_and_beside(pair).await;
        self.told(pair, row, of_pair(pair, &mut beside)).await
    }

    /// What one page about a pair tells. The shares are not waited for longer than a status is worth.
    pub async fn details(&self, name: &str) -> anyhow::Result<Option<PairDetails>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let (status, found) = futures::join!(self.status(pair), timeout(PATIENCE, points(pair)));
        let status = status?;
        let points = match found {
            Ok(found) => found.map(|points| marked(points, &status)).map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer in {} seconds", PATIENCE.as_secs())),
        };
        let failures = match status.history.first().filter(|last| last.failed > 0) {
            Some(last) => {
                let read = self.store.failures(name, &last.id).await.map_err(CycleError::from);
                beside(read, &mut None)?
            }
            None => Vec::new(),
        };
        let beside = self.ended_beside(pair).await?;
        Ok(Some(PairDetails { status, points, failures, beside }))
    }

    /// What cannot be read is told beside the rest.
    async fn told(&self, pair: &Pair, row: Row, others: BesideRows) -> Result<PairStatus> {
        let mut stored = self.stored(pair, row).await;
        let knows_nothing = stored.point().is_none() && stored.cycle.is_none();
        if knows_nothing && stored.row.failed_over.is_none() && self.store.is_durable() {
            stored.row.failed_over = timeout(PATIENCE, told_by_target(pair)).await.ok().flatten();
        }
        let history = known(self.store.cycles(pair.name(), SHOWN).await)?;
        let newest = self.newest(pair, &stored, &history).await;
        let cycle = beside(newest, &mut stored.error)?;
        let recovery_point = match stored.point() {
            // nothing at all is remembered where it should be: this is a new pair, or the tables were lost
            None if cycle.is_none() && self.store.is_durable() => {
                timeout(PATIENCE, newest_point(pair)).await.ok().flatten()
            }
            known => known,
        };
        let judgement = stored.judged(pair, recovery_point.as_ref());
        let beside = Box::pin(self.beside(pair, others)).await;
        let Stored { row, is_owned, error, .. } = stored;
        let PairRecord { held, failed_over, limits, acknowledged, seeding, days, verification, .. } = row;
        Ok(PairStatus {
            name: pair.name().to_owned(),
            source: (&pair.settings.source).into(),
            target: (&pair.settings.target).into(),
            judgement,
            running: is_owned,
            next_run_at: next_run(&self.schedule, OffsetDateTime::now_utc()).map(iso),
            held: held.map(|held| held.since),
            failed_over,
            limits: pair.limits.with(limits),
            recovery_point,
            acknowledged,
            verification: verification.into(),
            seeding: seeding
                .filter(|seeding| seeding.ever_enabled)
                .map(|seeding| SeedingReport::of(&seeding)),
            beside,
            cycle,
            history: history.into_iter().map(past).collect(),
            days,
            error,
        })
    }

    /// The cycle under way, or else the one that was filed last.
    async fn newest(
        &self,
        pair: &Pair,
        stored: &Stored,
        history: &[(String, Result<CycleRecord, StateError>)],
    ) -> Result<Option<CycleReport>> {
        let record = match (&stored.cycle, &stored.row.last_cycle) {
            // no earlier one stands in for a cycle under way that cannot be read
            (None, Some(last)) if stored.error.is_none() => match history.first() {
                Some((id, Ok(filed))) if id == last => Some(filed.clone()),
                _ => self.record(&pair.cycles(), last).await?,
            },
            (current, _) => current.clone(),
        };
        match record {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }
}

/// Marks those that failed when they were read.
fn marked(mut points: Vec<RecoveryPoint>, status: &PairStatus) -> Vec<RecoveryPoint> {
    for point in &mut points {
        point.verify_failed |= status.verification.failed.contains(&point.cycle);
    }
    points
}

pub(super) fn past((id, read): (String, Result<CycleRecord, StateError>)) -> PastCycle {
    let CycleRecord { state, started_at, ended_at, elapsed_ms, source_entries, done, failed, error, .. } =
        match read {
            Ok(record) => record,
            Err(error) => {
                let error = Some(CycleError::from(error).code);
                return PastCycle { id, error, ..PastCycle::default() };
            }
        };
    PastCycle {
        id,
        status: state.status(),
        started_at,
        ended_at,
        elapsed_ms,
        entries: source_entries,
        files: done.copied.files,
        bytes: done.copied.bytes,
        changed: done.metadata + done.renamed,
        deleted: done.deleted,
        failed,
        error: error.map(|error| error.code),
    }
}

/// Something that cannot be read does not hide the rest: it is told, and nothing is known of it.
fn beside<T: Default>(read: Result<T>, told: &mut Option<CycleError>) -> Result<T> {
    match read {
        Err(error) if error.is_unreadable() => {
            told.get_or_insert(error);
            Ok(T::default())
        }
        read => read,
    }
}

/// Of a pair that nothing is remembered of: whether its target says that people write to it.
async fn told_by_target(pair: &Pair) -> Option<FailedOver> {
    let listed = of_target(pair).await.inspect_err(|error| {
        tracing::warn!(pair.name = pair.name(), "Whether the pair is failed over is not known: {error}");
    });
    listed.ok()?.failed_over()
}

/// The newest whole recovery point, as the shares tell it to whoever remembers none.
async fn newest_point(pair: &Pair) -> Option<LastPoint> {
    let found = points(pair).await.inspect_err(|error| {
        tracing::warn!(pair.name = pair.name(), "The recovery points are not known: {error}");
    });
    found.ok()?.into_iter().find_map(|point| {
        let at = snapshots::moment(&point.target).map(iso)?;
        let (source, target) = (point.source?, point.target);
        // the share snapshots do not tell
        Some(LastPoint { cycle: point.cycle, source, target, at, plain: false })
    })
}
