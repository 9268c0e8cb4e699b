//! What every store promises, tried on each of them.

use super::{Addition, CycleRecord, MemoryStore, PairRecord, StateError, Store, Version};
use crate::sync::{Chunk, Failure};

pub fn cycle(id: &str) -> CycleRecord {
    CycleRecord::new("files", id.to_owned(), "2026-11-21T10:15:00Z".to_owned())
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, StateError>) -> bool {
    matches!(result, Err(StateError::Conflict { .. }))
}

async fn a_pair_is_replaced_only_under_the_version_that_was_read(store: &Store) {
    let mut record = PairRecord::new("files", "id");
    let first = store.put_pair(&record, None).await.expect("a new row");
    assert!(is_conflict(store.put_pair(&record, None).await));
    record.epoch = 1;
    let second = store.put_pair(&record, Some(&first)).await.expect("the version that was read");
    assert_ne!(first, second);
    assert!(is_conflict(store.put_pair(&record, Some(&first)).await));
    let read = store.pair("files").await.expect("an answer").expect("the row");
    assert_eq!((read.record, read.version), (record, second));
}

async fn a_refused_commit_stores_nothing(store: &Store) {
    let mut record = cycle("a");
    let first = store.begin(&record).await.expect("a new row");
    assert!(is_conflict(store.begin(&record).await));
    let commit = async |record: &CycleRecord, version: &Version| {
        let failure = Failure { path: "f".to_owned(), reason: "X".to_owned(), detail: "Y".to_owned() };
        let addition = Addition { chunks: vec![Chunk::default()], failures: vec![failure] };
        store.commit(record, version, addition).await
    };
    (record.chunks, record.failed) = (1, 1);
    commit(&record, &first).await.expect("the version that was read");
    (record.chunks, record.failed) = (2, 2);
    assert!(is_conflict(commit(&record, &first).await));
    assert!(store.chunk("files", "a", 0).await.is_ok());
    assert!(matches!(store.chunk("files", "a", 1).await, Err(StateError::Missing { .. })));
    assert_eq!(store.failures("files", "a").await.expect("an answer").len(), 1);
    assert_eq!(store.load("files", "a").await.expect("an answer").expect("the row").record.chunks, 1);
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = || Store::Memory(MemoryStore::default());
    a_pair_is_replaced_only_under_the_version_that_was_read(&store()).await;
    a_refused_commit_stores_nothing(&store()).await;
}
