//! What can be told of pairs. All rows of pairs come with one request; each pair adds a few more, however much is
//! stored of it.

use std::collections::HashMap;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use time::OffsetDateTime;
use tokio::time::timeout;

use super::pair::Pair;
use super::report::{CycleReport, Judgement, PairDetails, PairStanding, PairStatus, PastCycle};
use super::run::iso;
use super::seeding::SeedingReport;
use super::standing::{Known, judge};
use super::{Backup, Result, known, points, snapshots};
use crate::config::next_run;
use crate::state::{CycleError, CycleRecord, LastPoint, PairRead, PairRecord, StateError};

/// A status does not wait longer for shares that do not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pairs read at once.
const AT_ONCE: usize = 8;

/// Cycles in the history of a status.
const SHOWN: usize = 30;

/// A pair's row as it was read, if there is one.
type Row = Option<Result<PairRead, StateError>>;

/// What is stored of a pair, as far as it can be read.
struct Stored {
    row: PairRecord,
    is_owned: bool,
    /// Under way.
    cycle: Option<CycleRecord>,
    /// Why something cannot be read.
    error: Option<CycleError>,
}

impl Backup {
    pub async fn pairs(&self) -> anyhow::Result<Vec<PairStatus>> {
        let mut rows = self.rows().await?;
        let statuses = self.pairs.iter().map(|pair| self.told(pair, rows.remove(pair.name())));
        let statuses: Vec<_> = statuses.collect();
        Ok(stream::iter(statuses).buffered(AT_ONCE).try_collect().await?)
    }

    /// `None` where no pair has this name.
    pub async fn pair(&self, name: &str) -> anyhow::Result<Option<PairStatus>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Ok(Some(self.status(pair).await?))
    }

    /// How the pairs stand: one request for all of them, and one for each with a cycle under way.
    pub async fn standings(&self) -> Result<Vec<PairStanding>> {
        let mut rows = self.rows().await?;
        let standings: Vec<_> = self
            .pairs
            .iter()
            .map(|pair| {
                let row = rows.remove(pair.name());
                async move {
                    let stored = self.stored(pair, row).await?;
                    let judgement = stored.judged(pair, stored.row.recovery_point.as_ref());
                    let state = stored.cycle.as_ref().map(|cycle| (&cycle.state).into());
                    Ok(PairStanding { name: pair.name().to_owned(), judgement, state })
                }
            })
            .collect();
        stream::iter(standings).buffered(AT_ONCE).try_collect().await
    }

    pub(super) async fn status(&self, pair: &Pair) -> Result<PairStatus> {
        self.told(pair, self.row(pair).await?).await
    }

    async fn rows(&self) -> Result<HashMap<String, Result<PairRead, StateError>>> {
        Ok(known(self.store.pairs().await)?.into_iter().collect())
    }

    async fn row(&self, pair: &Pair) -> Result<Row> {
        match known(self.store.pair(pair.name()).await) {
            Err(error) if !error.is_unreadable() => Err(error.into()),
            read => Ok(read.transpose()),
        }
    }

    /// What one page about a pair tells. The shares are not waited for longer than a status is worth.
    pub async fn details(&self, name: &str) -> anyhow::Result<Option<PairDetails>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let (status, found) = futures::join!(self.status(pair), timeout(PATIENCE, points(pair)));
        let status = status?;
        let points = match found {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer in {} seconds", PATIENCE.as_secs())),
        };
        let failures = match status.history.first().filter(|last| last.failed > 0) {
            Some(last) => {
                let read = self.store.failures(name, &last.id).await.map_err(CycleError::from);
                beside(read, &mut None)?
            }
            None => Vec::new(),
        };
        Ok(Some(PairDetails { status, points, failures }))
    }

    /// What cannot be read is told beside the rest.
    async fn told(&self, pair: &Pair, row: Row) -> Result<PairStatus> {
        let mut stored = self.stored(pair, row).await?;
        let history = known(self.store.cycles(pair.name(), SHOWN).await)?;
        let newest = self.newest(pair, &stored, &history).await;
        let cycle = beside(newest, &mut stored.error)?;
        let recovery_point = match &stored.row.recovery_point {
            // nothing at all is remembered where it should be: this is a new pair, or the tables were lost
            None if cycle.is_none() && self.store.is_durable() => {
                timeout(PATIENCE, newest_point(pair)).await.ok().flatten()
            }
            known => known.clone(),
        };
        let judgement = stored.judged(pair, recovery_point.as_ref());
        let Stored { row, is_owned, error, .. } = stored;
        let PairRecord { held, limits, acknowledged, seeding, days, .. } = row;
        Ok(PairStatus {
            name: pair.name().to_owned(),
            source: (&pair.settings.source).into(),
            target: (&pair.settings.target).into(),
            judgement,
            running: is_owned,
            next_run_at: next_run(&self.schedule, OffsetDateTime::now_utc()).map(iso),
            held: held.map(|held| held.since),
            limits: pair.limits.with(limits),
            recovery_point,
            acknowledged,
            seeding: seeding
                .filter(|seeding| seeding.ever_enabled)
                .map(|seeding| SeedingReport::of(&seeding)),
            cycle,
            history: history.into_iter().map(past).collect(),
            days,
            error,
        })
    }

    async fn stored(&self, pair: &Pair, row: Row) -> Result<Stored> {
        let mut error = None;
        let read = beside(row.transpose().map_err(CycleError::from), &mut error)?;
        let is_owned = read.as_ref().is_some_and(|read| !read.lease_left.is_zero());
        let row = read.map(|read| read.record).unwrap_or_default();
        let under_way = self.under_way(pair, row.cycle.as_deref()).await?;
        let cycle = beside(under_way.map(|(_, record)| record).transpose(), &mut error)?;
        Ok(Stored { row, is_owned, cycle, error })
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
                _ => self.record(pair, last).await?,
            },
            (current, _) => current.clone(),
        };
        match record {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// The cycle that is not finished, as it stands now, with its id, which is known also where its row cannot be read.
    /// `id` is that in the pair's row.
    pub(super) async fn under_way(
        &self,
        pair: &Pair,
        id: Option<&str>,
    ) -> Result<Option<(String, Result<CycleRecord>)>> {
        if let Some(live) = pair.running().as_ref() {
            let record = live.to_store(pair.sent.requests());
            return Ok(Some((record.id.clone(), Ok(record))));
        }
        let Some(id) = id else { return Ok(None) };
        match known(self.store.load(pair.name(), id).await).map_err(CycleError::from).transpose() {
            Some(Err(error)) if !error.is_unreadable() => Err(error),
            read => Ok(read.map(|read| (id.to_owned(), read.map(|read| read.record)))),
        }
    }
}

impl Stored {
    fn judged(&self, pair: &Pair, point: Option<&LastPoint>) -> Judgement {
        let known = Known {
            name: pair.name(),
            rpo: pair.settings.rpo,
            row: &self.row,
            point,
            // one that is finished tells of itself when it is filed, in a moment
            cycle: self.cycle.as_ref().filter(|cycle| !cycle.state.is_finished()),
            is_owned: self.is_owned,
            error: self.error.as_ref(),
        };
        judge(&known, OffsetDateTime::now_utc())
    }
}

fn past((id, read): (String, Result<CycleRecord, StateError>)) -> PastCycle {
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
