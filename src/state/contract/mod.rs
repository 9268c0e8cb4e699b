//! What every store promises, tried on each of them: in memory, and in Azurite's tables.

mod cycles;
mod history;
mod pairs;

use azure_data_tables::{ClientOptions, Credential, SharedKey, TableServiceClient};
use azurite::Azurite;
use url::Url;
use uuid::Uuid;

use super::HISTORY;
use super::{CycleRecord, MemoryStore, Result, StateError, Store, TableStore};
use crate::sync::Failure;

/// A store with a pair of its own, because the tables are shared.
pub(super) struct World {
    pub store: Store,
    pub pair: String,
}

impl World {
    pub fn new(store: Store) -> Self {
        // a name as long as they come
        Self { store, pair: format!("Files--{}-{}-", Uuid::new_v4().simple(), "9".repeat(22)) }
    }

    fn memory() -> Self {
        Self::new(Store::Memory(MemoryStore::default()))
    }

    async fn tables() -> Self {
        let azurite = azurite::shared().await;
        let world = Self::new(store(azurite, &azurite.table_endpoint()));
        world.store.open().await.expect("tables");
        world
    }

    pub fn cycle(&self, id: &str) -> CycleRecord {
        CycleRecord::new(&self.pair, id.to_owned(), "2026-11-21T10:15:00Z".to_owned())
    }

    pub async fn failures(&self, cycle: &str) -> Vec<Failure> {
        self.store.failures(&self.pair, cycle).await.expect("an answer")
    }

    pub async fn loaded(&self, cycle: &str) -> CycleRecord {
        self.store.load(&self.pair, cycle).await.expect("an answer").expect("the row").record
    }

    pub async fn history(&self) -> Vec<CycleRecord> {
        let cycles = self.store.cycles(&self.pair, HISTORY).await.expect("an answer");
        cycles.into_iter().map(|(_, read)| read.expect("a record")).collect()
    }

    pub async fn filed(&self) -> Vec<String> {
        let cycles = self.store.cycles(&self.pair, HISTORY).await.expect("an answer");
        cycles.into_iter().map(|(id, _)| id).collect()
    }
}

/// In the tables of an account that is reached at `endpoint`.
pub(super) fn service(azurite: &Azurite, endpoint: &Url) -> TableServiceClient {
    let key = SharedKey::new(azurite.account(), azurite.key()).expect("a key");
    let options = ClientOptions { retry: TableStore::RETRY, http: None };
    TableServiceClient::new(endpoint, azurite.account(), Credential::SharedKey(key), options)
        .expect("an endpoint")
}

pub(super) fn store(azurite: &Azurite, endpoint: &Url) -> Store {
    Store::Table(TableStore::new(&service(azurite, endpoint)))
}

pub(super) fn failure(number: usize) -> Failure {
    let path = format!("Ordner {number}/ß'\\\u{1F980}.txt");
    Failure::new(path, "SharingViolation", "Copying it")
}

pub(super) fn is_conflict<T>(result: &Result<T>) -> bool {
    matches!(result, Err(StateError::Conflict { .. }))
}

pub(super) fn is_missing<T>(result: &Result<T>) -> bool {
    matches!(result, Err(StateError::Missing { .. }))
}

/// Each claim is a test of each store.
macro_rules! claims {
    ($($file:ident: $($claim:ident)+;)+) => {
        mod memory {
            $($(#[tokio::test]
            async fn $claim() {
                super::$file::$claim(super::World::memory()).await;
            })+)+
        }
        mod tables {
            $($(#[tokio::test]
            async fn $claim() {
                super::$file::$claim(super::World::tables().await).await;
            })+)+
        }
    };
}

claims! {
    pairs:
        a_pair_is_read_as_it_was_written
        a_pair_is_replaced_only_under_the_version_that_was_read
        of_many_writers_exactly_one_wins
        pairs_with_alike_names_are_kept_apart
        a_lease_runs_out_unless_the_pair_is_written_again
        a_pair_without_a_lease_has_no_time_left
        known_permissions_are_kept_beside_the_pair_and_are_no_pair;
    cycles:
        a_cycle_begins_once
        a_cycle_is_read_as_it_was_committed
        what_is_not_there_is_missing
        a_stale_commit_stores_nothing
        of_many_commits_exactly_one_stores_its_rows
        chunks_are_read_exactly_as_they_were_stored
        a_commit_takes_eight_large_chunks_and_all_failures
        failures_are_kept_in_order_and_only_so_many
        long_texts_are_cut_between_characters
        opening_again_changes_nothing;
    history:
        cycles_are_told_newest_first_and_only_so_many
        filing_again_replaces
        a_dropped_plan_leaves_the_cycle_and_its_failures
        the_newest_are_kept_and_the_others_forgotten
        a_history_may_be_long
        forgetting_leaves_other_pairs_alone;
}
