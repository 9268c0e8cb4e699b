//! What the function app does: cycles of its pairs, and what can be told about them.
//!
//! Decides what comes next; making the target equal is `sync`'s, remembering is `state`'s. Knows nothing of HTTP.

mod beside;
mod clearing;
mod credentials;
mod decide;
pub mod doctor;
mod drill;
pub mod failback;
pub mod failover;
mod filing;
pub mod find;
mod gate;
mod guard;
mod guarding;
mod heartbeat;
mod history;
mod invocation;
mod limits;
mod live;
mod making_room;
mod meeting;
#[cfg(test)]
mod model;
mod owner;
mod pair;
mod pass;
mod permissions;
mod pin;
mod plan;
mod preview;
mod proving;
mod remedy;
pub mod report;
pub mod restore;
mod room;
mod run;
mod saving;
pub mod seeding;
mod seen;
mod snapshots;
mod speed;
mod staged;
mod standing;
mod status;
mod stored;
mod take;
mod take_over;
mod time;
mod told;
mod told_values;
mod transition;
mod trouble;
mod unreadable;
mod verified;

use std::sync::Arc;
use std::time::Duration;

use azure_data_tables::TableServiceClient;
use azure_storage_file_share::ClientOptions;
use tokio::time::Instant;

use self::credentials::Credentials;
pub use self::decide::{Decision, Undecided};
use self::doctor::Doctor;
pub use self::invocation::Start;
use self::live::report as report_of;
use self::pair::{Book, Pair};
pub use self::remedy::remedy_of;
use self::report::{CycleReport, PlanPage, RecoveryPoint};
use self::restore::{Clients, SharedClients};
use self::snapshots::{Listed, recovery_points};
pub use self::standing::in_words;
pub use self::told_values::told_values;
use crate::config::{PairSettings, Settings, StateSetting};
use crate::state::{CycleError, CycleRecord, MemoryStore, Side, StateError, Store, TableStore};

type Result<T, E = CycleError> = std::result::Result<T, E>;

/// Everything one process needs to run cycles. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Backup {
    pairs: Arc<Vec<Pair>>,
    store: Arc<Store>,
    /// When cycles start.
    schedule: Arc<str>,
    doctor: Arc<Doctor>,
    clients: SharedClients,
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
        let doctor = Arc::new(Doctor::new(settings, &credentials, &http)?);
        let options = ClientOptions { http: Some(http), ..Default::default() };
        let clients = Arc::new(Clients { credentials, options });
        let Clients { credentials, options } = &*clients;
        let pairs = settings
            .pairs
            .iter()
            .map(|pair| Pair::new(pair, credentials, &deployment, settings.lease, options));
        let pairs = Arc::new(pairs.collect::<anyhow::Result<_>>()?);
        let (lease, budget, http_budget) = (settings.lease, settings.budget, settings.http_budget);
        Ok(Self {
            pairs,
            store: Arc::new(store),
            schedule: settings.backup_schedule.as_str().into(),
            doctor,
            clients,
            lease,
            budget,
            http_budget,
        })
    }

    /// When an invocation that starts now takes no new work any more.
    pub fn deadline(&self, trigger: Trigger) -> Instant {
        let budget = match trigger {
            Trigger::Timer => self.budget,
            Trigger::Http => self.http_budget,
        };
        Instant::now() + budget
    }

    /// `None` where no pair has this name; so below.
    pub async fn cycle(&self, name: &str, id: &str) -> anyhow::Result<Option<CycleReport>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        match self.record(&pair.cycles(), id).await? {
            Some(record) => Ok(Some(self.report(record).await?)),
            None => Ok(None),
        }
    }

    /// One chunk of a cycle's plan, counted from 0 in the order of writing. `None` where there is no such cycle.
    pub async fn plan(&self, name: &str, id: &str, chunk: u32) -> anyhow::Result<Option<PlanPage>> {
        let Some(pair) = self.find(name) else { return Ok(None) };
        self.plan_in(&pair.cycles(), id, chunk).await
    }

    async fn plan_in(&self, book: &Book<'_>, id: &str, chunk: u32) -> anyhow::Result<Option<PlanPage>> {
        let Some(record) = self.record(book, id).await? else { return Ok(None) };
        let (digest, chunks) = (record.digest.clone(), record.planned_chunks());
        let items = if chunk < chunks {
            let number = record.chunk_at(chunk);
            record.holding(number, self.store.chunk(&book.name, id, number).await?).items
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

    /// The same, with what only the tables know yet: that the newest one was found not to hold what it should. Where they
    /// cannot be read, the shares' word has to do.
    pub async fn marked_recovery_points(&self, name: &str) -> anyhow::Result<Option<Vec<RecoveryPoint>>> {
        let Some(mut points) = self.recovery_points(name).await? else { return Ok(None) };
        match self.store.pair(name).await {
            Ok(read) => {
                let failed = read.map(|read| read.record.verification.failed).unwrap_or_default();
                for point in &mut points {
                    point.verify_failed |= failed.iter().any(|failed| failed.cycle == point.cycle);
                }
            }
            Err(error) => tracing::warn!(pair.name = name, "{error}"),
        }
        Ok(Some(points))
    }

    /// Of all pairs, in the order of the settings.
    pub fn names(&self) -> Vec<&str> {
        self.pairs.iter().map(Pair::name).collect()
    }

    /// The settings of all pairs, in their order.
    pub fn settings(&self) -> impl Iterator<Item = &PairSettings> {
        self.pairs.iter().map(|pair| &pair.settings)
    }

    fn find(&self, name: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.name() == name)
    }

    async fn record(&self, book: &Book<'_>, id: &str) -> Result<Option<CycleRecord>> {
        if let Some(record) = book.running.record().filter(|record| record.id == id) {
            return Ok(Some(record));
        }
        Ok(known(self.store.load(&book.name, id).await)?.map(|read| read.record))
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

/// The same without their source partners, for half the requests.
async fn points_of_target(pair: &Pair) -> azure_storage::Result<Vec<RecoveryPoint>> {
    match snapshots::of_share(pair, Side::Target).await {
        Err(error) if error.is_code("ShareNotFound") => Ok(Vec::new()),
        listed => Ok(recovery_points(&Listed::default(), &listed?)),
    }
}

/// Where the source does not tell, since it is gone for example, recovery points are shown without their partners there:
/// that is when they are needed most.
async fn points(pair: &Pair) -> azure_storage::Result<Vec<RecoveryPoint>> {
    let source = snapshots::of_share(pair, Side::Source).await.unwrap_or_else(|error| {
        tracing::warn!(pair.name = pair.name(), "The source does not tell its share snapshots: {error}");
        Listed::default()
    });
    let target = match snapshots::of_share(pair, Side::Target).await {
        // the first cycle makes it
        Err(error) if error.is_code("ShareNotFound") => Listed::default(),
        listed => listed?,
    };
    Ok(recovery_points(&source, &target))
}
