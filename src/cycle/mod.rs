//! What the function app does: cycles of its pairs, and what can be told about them.
//!
//! Decides what comes next; making the target equal is `sync`'s, remembering is `state`'s. Knows nothing of HTTP.

mod clearing;
mod credentials;
mod decide;
mod filing;
mod gate;
mod guard;
mod guarding;
mod heartbeat;
mod history;
mod invocation;
mod limits;
mod live;
mod making_room;
#[cfg(test)]
mod model;
mod owner;
mod pair;
mod pass;
mod permissions;
mod pin;
mod plan;
mod preview;
pub mod report;
mod room;
mod run;
pub mod seeding;
mod seen;
mod snapshots;
mod speed;
mod staged;
mod take;
mod take_over;
mod time;
mod told;
mod transition;
mod trouble;
mod unreadable;

use std::sync::Arc;
use std::time::Duration;

use azure_data_tables::TableServiceClient;
use azure_storage_file_share::ClientOptions;
use tokio::time::{Instant, timeout};

use self::credentials::Credentials;
pub use self::decide::{Decision, Undecided};
pub use self::invocation::Start;
use self::live::report as report_of;
use self::pair::Pair;
use self::report::{CycleReport, PairStatus, PlanPage, RecoveryPoint};
use self::run::iso;
use self::seeding::SeedingReport;
use self::snapshots::{Listed, recovery_points};
use crate::config::{Settings, StateSetting};
use crate::state::{
    CycleError, CycleRecord, LastPoint, MemoryStore, PairRecord, Side, StateError, Store, TableStore,
};

/// A status does not wait longer for shares that do not answer.
const PATIENCE: Duration = Duration::from_secs(5);

type Result<T, E = CycleError> = std::result::Result<T, E>;

/// Everything one process needs to run cycles. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Backup {
    pairs: Arc<Vec<Pair>>,
    store: Arc<Store>,
    lease: Duration,
    budget: Duration,
    http_budget: Duration,
}

/// What an invocation was called by: it decides how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Timer,
    Http,
}

impl Backup {
    /// Makes the clients; sends nothing.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let http = azure_storage::http_client()?;
        let credentials = Credentials::new(&settings.credential, &http)?;
        let (store, deployment) = match &settings.state {
            StateSetting::Memory => (Store::Memory(MemoryStore::default()), "memory".to_owned()),
            StateSetting::Table { endpoint, account } => {
                let credential = credentials.of(account)?;
                let options =
                    azure_data_tables::ClientOptions { retry: TableStore::RETRY, http: Some(http.clone()) };
                let service = TableServiceClient::new(endpoint, account, credential, options)?;
                (Store::Table(TableStore::new(&service)), pair::short_hash(endpoint.as_str()))
            }
        };
        let options = ClientOptions { http: Some(http), ..Default::default() };
        let pairs = settings
            .pairs
            .iter()
            .map(|pair| Pair::new(pair, &credentials, &deployment, settings.lease, &options));
        let pairs = Arc::new(pairs.collect::<anyhow::Result<_>>()?);
        let (lease, budget, http_budget) = (settings.lease, settings.budget, settings.http_budget);
        Ok(Self { pairs, store: Arc::new(store), lease, budget, http_budget })
    }

    /// When an invocation that starts now takes no new work any more.
    pub fn deadline(&self, trigger: Trigger) -> Instant {
        let budget = match trigger {
            Trigger::Timer => self.budget,
            Trigger::Http => self.http_budget,
        };
        Instant::now() + budget
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

    pub async fn cycle(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        match self.record(pair, id).await? {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// One chunk of a cycle's plan, counted from 0 in the order of writing. `None` where there is no such cycle.
    pub async fn plan(&self, name: &str, id: &str, chunk: u32) -> anyhow::Result<Option<PlanPage>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        let Some(record) = self.record(pair, id).await? else { return Ok(None) };
        let (digest, chunks) = (record.digest.clone(), record.planned_chunks());
        let items = if chunk < chunks {
            let number = record.chunk_at(chunk);
            record.holding(number, self.store.chunk(name, id, number).await?).items
        } else {
            Vec::new()
        };
        // what is lifted is renamed in the end, and told of there
        let items = items.iter().filter(|item| !item.is_lift()).map(Into::into).collect();
        let next = (chunk + 1 < chunks).then_some(chunk + 1);
        Ok(Some(PlanPage {
            cycle: id.to_owned(),
            digest,
            planned: record.planned,
            chunks,
            chunk,
            items,
            next,
        }))
    }

    /// Read from the shares' own share snapshots, newest first.
    pub async fn recovery_points(&self, name: &str) -> anyhow::Result<Option<Vec<RecoveryPoint>>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        Ok(Some(points(pair).await?))
    }

    fn find(&self, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.name() == name)
    }

    /// What cannot be read is told beside the rest.
    async fn status(&self, pair: &Pair) -> Result<PairStatus> {
        let mut error = None;
        let read = known(self.store.pair(pair.name()).await).map_err(CycleError::from);
        let read = beside(read, &mut error)?;
        let owned = read.as_ref().is_some_and(|read| !read.lease_left.is_zero());
        let record = read.map(|read| read.record).unwrap_or_default();
        let cycle = beside(self.newest(pair, &record).await, &mut error)?;
        let PairRecord { recovery_point, held, limits, acknowledged, seeding, .. } = record;
        let recovery_point = match recovery_point {
            // nothing at all is remembered where it should be: this is a new pair, or the tables were lost
            None if cycle.is_none() && self.store.is_durable() => {
                timeout(PATIENCE, newest_point(pair)).await.ok().flatten()
            }
            known => known,
        };
        Ok(PairStatus {
            name: pair.name().to_owned(),
            source: (&pair.settings.source).into(),
            target: (&pair.settings.target).into(),
            running: owned,
            held: held.map(|held| held.since),
            limits: pair.limits.with(limits),
            recovery_point,
            acknowledged,
            seeding: seeding
                .filter(|seeding| seeding.ever_enabled)
                .map(|seeding| SeedingReport::of(&seeding)),
            cycle,
            error,
        })
    }

    /// The cycle under way, or else the one that was filed last.
    async fn newest(&self, pair: &Pair, row: &PairRecord) -> Result<Option<CycleReport>> {
        let record = match (self.current(pair).await?, &row.last_cycle) {
            (None, Some(last)) => self.record(pair, last).await?,
            (current, _) => current,
        };
        match record {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// The cycle that is not finished, as it stands now.
    async fn current(&self, pair: &Pair) -> Result<Option<CycleRecord>> {
        self.under_way(pair).await?.map(|(_, record)| record).transpose()
    }

    /// The same with its id, which is known also where the cycle's row cannot be read.
    async fn under_way(&self, pair: &Pair) -> Result<Option<(String, Result<CycleRecord>)>> {
        if let Some(live) = pair.running().as_ref() {
            let record = live.to_store(pair.sent.requests());
            return Ok(Some((record.id.clone(), Ok(record))));
        }
        let read = known(self.store.pair(pair.name()).await)?;
        let Some(id) = read.and_then(|read| read.record.cycle) else { return Ok(None) };
        let read = known(self.store.load(pair.name(), &id).await).map_err(CycleError::from).transpose();
        Ok(read.map(|read| (id, read.map(|read| read.record))))
    }

    async fn record(&self, pair: &Pair, id: &str) -> Result<Option<CycleRecord>> {
        if let Some(live) = pair.running().as_ref()
            && live.update(|record| record.id == id)
        {
            return Ok(Some(live.to_store(pair.sent.requests())));
        }
        Ok(known(self.store.load(pair.name(), id).await)?.map(|read| read.record))
    }

    async fn report(&self, record: CycleRecord) -> Result<CycleReport> {
        let failures = if record.failed == 0 {
            Vec::new()
        } else {
            self.store.failures(&record.pair, &record.id).await?
        };
        Ok(report_of(record, failures))
    }
}

/// What is known before there are tables, or when they were dropped: nothing.
fn known<T: Default>(read: Result<T, StateError>) -> Result<T, StateError> {
    match read {
        Err(StateError::TableGone) => Ok(T::default()),
        read => read,
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

async fn points(pair: &Pair) -> azure_storage::Result<Vec<RecoveryPoint>> {
    let source = snapshots::of_share(pair, Side::Source).await?;
    let target = match snapshots::of_share(pair, Side::Target).await {
        // the first cycle makes it
        Err(error) if error.is_code("ShareNotFound") => Listed::default(),
        listed => listed?,
    };
    Ok(recovery_points(&source, &target))
}
