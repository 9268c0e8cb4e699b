//! The preflight: whether everything is there that a cycle needs, tried before one needs it, and without harm. Reads the
//! shares and their share snapshots; makes a share snapshot of the source and a scratch share for a moment.

mod byte;
mod carry;
mod cause;
mod check;
mod common;
mod explain;
mod found;
mod notes;
mod pair;
mod probe;
mod right;
mod scratch;
mod share;

pub(super) use self::scratch::{create_small, delete_scratch, sweep};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_data_tables::TableServiceClient;
use azure_storage::{HttpClient, RetryOptions, ServiceClock};
use azure_storage_file_share::{ClientOptions, ShareServiceClient};
use futures::{FutureExt, StreamExt, stream};
use tokio::time::{Instant, timeout};

pub use self::check::{Check, CheckName, CheckStatus, Examination, Remedy};
use self::notes::Notes;
use super::Backup;
use super::credentials::Credentials;
use super::pair::Pair;
use super::preview::unplanned;
use super::remedy_of;
use super::trouble::Trouble;
use crate::config::{CredentialSetting, Seed, Settings, ShareSettings, StateSetting};
use crate::state::{MemoryStore, Side, Store, TableStore};

/// Pairs looked at side by side.
const PAIRS: usize = 8;
/// For what is asked with the patience of a cycle.
const PATIENCE: Duration = Duration::from_secs(20);
/// A person waits for the answer.
const RETRY: RetryOptions = RetryOptions {
    attempts: 2,
    base: Duration::from_millis(200),
    cap: Duration::from_secs(2),
    deadline: Duration::from_secs(10),
};

/// Held by the preflight that has a share snapshot of the share.
type Turn = Arc<tokio::sync::Mutex<()>>;

/// Clients of its own: those of the pairs wait for their owner, and try for longer than a person does.
#[derive(Debug)]
pub(super) struct Doctor {
    credential: CredentialSetting,
    credentials: Credentials,
    state: StateSetting,
    store: Store,
    clock: ServiceClock,
    /// Accounts in which a pair has its target.
    targets: BTreeSet<String>,
    /// Of each source share, by account and name.
    turns: Mutex<HashMap<(String, String), Turn>>,
}

impl Doctor {
    pub(super) fn new(
        settings: &Settings,
        credentials: &Credentials,
        http: &Arc<dyn HttpClient>,
    ) -> anyhow::Result<Self> {
        let store = match &settings.state {
            StateSetting::Memory => Store::Memory(MemoryStore::default()),
            StateSetting::Table { endpoint, account } => {
                let options = azure_data_tables::ClientOptions { retry: RETRY, http: Some(http.clone()) };
                let service = TableServiceClient::new(endpoint, account, credentials.of(account)?, options)?;
                Store::Table(TableStore::new(&service))
            }
        };
        Ok(Self {
            credential: settings.credential.clone(),
            credentials: credentials.clone(),
            state: settings.state.clone(),
            store,
            clock: ServiceClock::new(http.clone()),
            targets: settings.pairs.iter().map(|pair| pair.target.account.clone()).collect(),
            turns: Mutex::default(),
        })
    }

    fn turn(&self, source: &ShareSettings) -> Turn {
        let mut turns = self.turns.lock().expect("no panic while the turns are held");
        turns.entry((source.account.clone(), source.share.clone())).or_default().clone()
    }

    fn service(&self, share: &ShareSettings) -> anyhow::Result<ShareServiceClient> {
        let http: Arc<dyn HttpClient> = Arc::new(self.clock.clone());
        let options = ClientOptions { retry: RETRY, http: Some(http), ..Default::default() };
        let credential = self.credentials.of(&share.account)?;
        Ok(ShareServiceClient::new(&share.endpoint, &share.account, credential, options)?)
    }
}

impl Backup {
    /// Looks at everything that a cycle of `only`, or of every pair, needs. `None` where no pair has this name. A pair whose
    /// turn does not come before the deadline is told so.
    pub async fn examine(&self, only: Option<&str>, deadline: Option<Instant>) -> Option<Examination> {
        let pairs: Vec<&Pair> = match only {
            Some(name) => vec![self.find(name)?],
            None => self.pairs.iter().collect(),
        };
        // the last third is for those that are under way by then
        let last_turn = deadline
            .map(|deadline| Instant::now() + deadline.saturating_duration_since(Instant::now()) * 2 / 3);
        let turns: Vec<_> =
            pairs.into_iter().map(|pair| self.examine_pair(pair, last_turn).boxed()).collect();
        let (common, each) = tokio::join!(
            self.doctor.common(self.pairs.len()),
            stream::iter(turns).buffered(PAIRS).collect::<Vec<_>>()
        );
        Some(Examination::of([common, each.concat()].concat()))
    }

    async fn examine_pair(&self, pair: &Pair, last_turn: Option<Instant>) -> Vec<Check> {
        let mut notes = Notes::new(Some(pair.name()), None, None);
        if last_turn.is_some_and(|last| Instant::now() > last) {
            let remedy = format!("Ask for it alone: POST /api/doctor?pair={}", pair.name());
            notes.failed(CheckName::Network, "No time was left to look at this pair", Remedy::text(remedy));
            return notes.finish(&[]);
        }
        let mut checks = match self.doctor.pair(pair).await {
            Ok(checks) => checks,
            Err(error) => {
                notes.failed(CheckName::Settings, format!("{error:#}"), Remedy::text("Correct the settings"));
                return notes.finish(&[]);
            }
        };
        // what is asked with the patience of a cycle is asked where an answer is to be expected
        let stands_before =
            [CheckName::Network, CheckName::Credential, CheckName::ServiceVersion, CheckName::ReadShares];
        let is_closed =
            |check: &Check| stands_before.contains(&check.check) && check.status != CheckStatus::Ok;
        if !checks.iter().any(is_closed) {
            checks.push(self.target_check(pair).await);
            if pair.settings.seed != Seed::default() {
                checks.extend(self.seeding_checks(pair).await);
            }
        }
        checks
    }

    /// Whether the target is this pair's to write.
    async fn target_check(&self, pair: &Pair) -> Check {
        let mut notes = Notes::new(Some(pair.name()), Some(Side::Target), Some(pair.target.account()));
        match timeout(PATIENCE, self.peek(pair)).await {
            Ok(Ok(_)) => notes.ok(CheckName::Target, "It is this pair's, empty, or not there yet"),
            Ok(Err(Trouble::Fail(error))) if ["TargetNotEmpty", "TargetInUse"].contains(&&*error.code) => {
                notes.failed(CheckName::Target, error.to_string(), Remedy::text(remedy_of(&error.code)));
            }
            Ok(Err(trouble)) => notes.not_tried(CheckName::Target, unplanned(trouble).to_string()),
            Err(_) => notes.not_tried(CheckName::Target, "No answer came in time"),
        }
        notes.finish(&[]).remove(0)
    }

    /// What stands against seeding a new pair.
    async fn seeding_checks(&self, pair: &Pair) -> Vec<Check> {
        let mut notes = Notes::new(Some(pair.name()), None, None);
        match self.validate(pair.name()).await {
            Ok(refusals) if refusals.is_empty() => {
                notes.ok(CheckName::Seeding, "Nothing stands against it");
            }
            Ok(refusals) => {
                let told =
                    |refusal: &super::seeding::Refusal| format!("{:?}: {}", refusal.code, refusal.detail);
                let detail: Vec<_> = refusals.iter().map(told).collect();
                let remedy: Vec<_> = refusals.iter().map(|refusal| refusal.remedy.clone()).collect();
                notes.failed(CheckName::Seeding, detail.join(". "), Remedy::text(remedy.join(". ")));
            }
            Err(error) => notes.not_tried(CheckName::Seeding, error.to_string()),
        }
        notes.finish(&[])
    }
}
