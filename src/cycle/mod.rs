//! What the function app does: cycles of its pairs, and what can be told about them.
//!
//! Decides what comes next; making the target equal is `sync`'s, remembering is `state`'s. Knows nothing of HTTP.

mod live;
mod pair;
pub mod report;
mod room;
mod run;
mod snapshots;
mod transition;

use std::sync::Arc;

use azure_storage_file_share::ClientOptions;
use futures::{FutureExt, StreamExt, stream};
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

use self::live::{Live, report as report_of};
use self::pair::Pair;
use self::report::{CycleReport, NotRun, PairStatus, RecoveryPoint, Status};
use self::snapshots::{Role, Taken, recovery_points, taken};
use crate::config::{Settings, StateSetting};
use crate::state::{CycleError, CycleRecord, MemoryStore, State, Store};

type Result<T, E = CycleError> = std::result::Result<T, E>;

/// Pairs worked on at once.
const PAIRS: usize = 4;

/// Everything one process needs to run cycles. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Backup {
    pairs: Arc<Vec<Pair>>,
    store: Arc<Store>,
}

impl Backup {
    /// Makes the clients; sends nothing.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        if let StateSetting::Table { .. } = settings.state {
            anyhow::bail!("State in Table Storage is not there yet; set BACKUP_STATE to memory");
        }
        let options = ClientOptions { http: Some(azure_storage::http_client()?), ..Default::default() };
        let pairs = settings.pairs.iter().map(|pair| Pair::new(pair, &settings.credential, &options));
        let pairs = Arc::new(pairs.collect::<anyhow::Result<_>>()?);
        Ok(Self { pairs, store: Arc::new(Store::Memory(MemoryStore::default())) })
    }

    /// Runs one cycle of a pair to its end. A failed cycle is a report too.
    pub async fn run(&self, pair: &str) -> Result<CycleReport, NotRun> {
        let pair = self.find(pair).ok_or_else(|| NotRun::UnknownPair(pair.to_owned()))?;
        let running = Running::start(pair)?;
        let live = &running.live;
        tracing::info!(pair.name = pair.name(), cycle.id = running.cycle, "Cycle starts");
        if let Err(error) = run::run(pair, &self.store, live).await {
            // what cannot be stored is at least reported
            live.update(|record| {
                record.state = State::Finished(Status::Failed);
                record.error = Some(error);
            });
        }
        let failures = self.store.failures(pair.name(), &running.cycle).await.unwrap_or_else(|error| {
            tracing::error!(pair.name = pair.name(), "Could not read the failures of the cycle: {error}");
            Vec::new()
        });
        Ok(report_of(live.refresh(pair.sent.requests()), failures))
    }

    /// Runs one cycle of every pair, some pairs side by side.
    pub async fn run_all(&self) -> Vec<(String, Result<CycleReport, NotRun>)> {
        let names: Vec<String> = self.pairs.iter().map(|pair| pair.name().to_owned()).collect();
        stream::iter(names)
            .map(|name| {
                let run = async move { (name.clone(), self.run(&name).await) };
                run.boxed()
            })
            .buffered(PAIRS)
            .collect()
            .await
    }

    pub async fn pairs(&self) -> anyhow::Result<Vec<PairStatus>> {
        let mut statuses = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter() {
            statuses.push(self.status(pair).await?);
        }
        Ok(statuses)
    }

    /// `None` where no pair has this name; so below.
    pub async fn pair(&self, name: &str) -> anyhow::Result<Option<PairStatus>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Ok(Some(self.status(pair).await?))
    }

    /// The cycles of a pair that are remembered, newest first.
    pub async fn cycles(&self, name: &str) -> anyhow::Result<Option<Vec<CycleReport>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let mut reports = Vec::new();
        for record in self.records(pair).await? {
            reports.push(self.report(record).await?);
        }
        Ok(Some(reports))
    }

    pub async fn cycle(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let record = self.records(pair).await?.into_iter().find(|record| record.id == id);
        let Some(record) = record else { return Ok(None) };
        Ok(Some(self.report(record).await?))
    }

    /// Read from the shares' own share snapshots, newest first.
    pub async fn recovery_points(&self, name: &str) -> anyhow::Result<Option<Vec<RecoveryPoint>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Ok(Some(points(pair).await?))
    }

    fn find(&self, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.name() == name)
    }

    async fn status(&self, pair: &Pair) -> anyhow::Result<PairStatus> {
        let running = pair.running().is_some();
        let cycle = match self.records(pair).await?.into_iter().next() {
            Some(record) => Some(self.report(record).await?),
            None => None,
        };
        let (source, target) = ((&pair.settings.source).into(), (&pair.settings.target).into());
        Ok(PairStatus { name: pair.name().to_owned(), source, target, running, cycle })
    }

    /// Stored rows, newest first, the running one as it stands now.
    async fn records(&self, pair: &Pair) -> anyhow::Result<Vec<CycleRecord>> {
        let live = pair.running().as_ref().map(|live| live.refresh(pair.sent.requests()));
        let mut records = self.store.cycles(pair.name()).await?;
        // one that started since is not cut off either
        let started = pair.running().as_ref().map(|live| live.update(|record| record.id.clone()));
        records.iter_mut().filter(|record| Some(&record.id) != started.as_ref()).for_each(end_if_cut_off);
        if let Some(live) = live {
            records.retain(|record| record.id != live.id);
            records.insert(0, live);
        }
        Ok(records)
    }

    async fn report(&self, record: CycleRecord) -> anyhow::Result<CycleReport> {
        let failures = self.store.failures(&record.pair, &record.id).await?;
        Ok(report_of(record, failures))
    }
}

async fn points(pair: &Pair) -> Result<Vec<RecoveryPoint>> {
    let source = pair.source.get_properties().await?.metadata;
    let source = taken(&pair.source, &source, &pair.id, Role::Source).await?;
    let target = match pair.target.get_properties().await {
        Ok(properties) => taken(&pair.target, &properties.metadata, &pair.id, Role::Target).await?,
        // the first cycle makes it
        Err(error) if error.is_code("ShareNotFound") => Taken::default(),
        Err(error) => return Err(error.into()),
    };
    Ok(recovery_points(&source, &target))
}

/// A cycle that stopped without an end is not continued in this version, so it has failed. The running one is
/// replaced by its own row.
fn end_if_cut_off(record: &mut CycleRecord) {
    if !record.state.is_finished() {
        record.state = State::Finished(Status::Failed);
        let detail = "The invocation ended before the cycle did; the next one starts a new cycle";
        record.error = Some(CycleError::new("Interrupted", detail));
    }
}

/// A running cycle; the pair is free again when this goes, also when the invocation is dropped.
struct Running<'a> {
    pair: &'a Pair,
    cycle: String,
    live: Arc<Live>,
}

impl<'a> Running<'a> {
    fn start(pair: &'a Pair) -> Result<Self, NotRun> {
        let mut running = pair.running();
        if let Some(live) = running.as_ref() {
            return Err(NotRun::CycleInProgress { cycle: live.update(|record| record.id.clone()) });
        }
        let started = OffsetDateTime::now_utc();
        let cycle = cycle_id(started);
        let record = CycleRecord::new(pair.name(), cycle.clone(), run::iso(started));
        let live = Arc::new(Live::new(record, pair.sent.requests()));
        *running = Some(live.clone());
        Ok(Self { pair, cycle, live })
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.pair.running() = None;
    }
}

/// Sorts by time and is unlike any other: `20261121T101500123456Z-1a2b3c4d`.
fn cycle_id(started: OffsetDateTime) -> String {
    let time = started
        .format(format_description!("[year][month][day]T[hour][minute][second][subsecond digits:6]Z"))
        .expect("a year of four digits");
    let unique = Uuid::new_v4().simple().to_string();
    format!("{time}-{}", &unique[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycle_ids_sort_by_time() {
        let at = |nanoseconds| OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).expect("a time");
        let id = cycle_id(at(1_795_256_100_123_456_789));
        assert!(id.starts_with("20261121T101500123456Z-"), "{id}");
        assert!(id < cycle_id(at(1_795_256_100_123_457_000)));
    }
}
