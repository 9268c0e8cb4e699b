//! State in the memory of the process, for the demo and the tests: it ends with the process, and a cycle that was
//! cut off is not continued. Recovery points do not depend on it; they are found from the share snapshots.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use super::{Addition, CycleRecord, Result, StateError, Version};
use crate::sync::{Chunk, Failure};

/// Finished cycles remembered for a pair.
const HISTORY: usize = 100;
/// Failures kept for a cycle; the row counts all.
const FAILURES: usize = 1_000;

#[derive(Debug)]
struct Stored {
    record: CycleRecord,
    version: u64,
    chunks: Vec<Chunk>,
    failures: Vec<Failure>,
}

/// Pairs, and their cycles by id. Ids sort by time.
#[derive(Debug, Default)]
pub struct MemoryStore {
    pairs: Mutex<HashMap<String, BTreeMap<String, Stored>>>,
}

impl MemoryStore {
    pub(super) fn begin(&self, record: &CycleRecord) -> Result<Version> {
        let mut pairs = self.lock();
        let cycles = pairs.entry(record.pair.clone()).or_default();
        if cycles.contains_key(&record.id) {
            return Err(conflict(record));
        }
        let stored = Stored { record: record.clone(), version: 0, chunks: Vec::new(), failures: Vec::new() };
        cycles.insert(record.id.clone(), stored);
        let oldest = cycles.keys().find(|id| **id != record.id).filter(|_| cycles.len() > HISTORY).cloned();
        oldest.and_then(|id| cycles.remove(&id));
        Ok(Version(0))
    }

    pub(super) fn commit(
        &self,
        record: &CycleRecord,
        version: Version,
        addition: Addition,
    ) -> Result<Version> {
        let mut pairs = self.lock();
        let stored = find(&mut pairs, &record.pair, &record.id)?;
        if stored.version != version.0 {
            return Err(conflict(record));
        }
        stored.version += 1;
        stored.record = record.clone();
        stored.chunks.extend(addition.chunks);
        let room = FAILURES.saturating_sub(stored.failures.len());
        stored.failures.extend(addition.failures.into_iter().take(room));
        if record.state.is_finished() {
            stored.chunks = Vec::new();
        }
        Ok(Version(stored.version))
    }

    pub(super) fn chunk(&self, pair: &str, cycle: &str, number: u32) -> Result<Chunk> {
        let mut pairs = self.lock();
        let stored = find(&mut pairs, pair, cycle)?;
        stored.chunks.get(number as usize).cloned().ok_or_else(|| missing(pair, cycle, "such chunk"))
    }

    pub(super) fn failures(&self, pair: &str, cycle: &str) -> Result<Vec<Failure>> {
        Ok(find(&mut self.lock(), pair, cycle)?.failures.clone())
    }

    pub(super) fn cycles(&self, pair: &str) -> Vec<CycleRecord> {
        let pairs = self.lock();
        let cycles = pairs.get(pair).into_iter().flat_map(|cycles| cycles.values().rev());
        cycles.map(|stored| stored.record.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<String, Stored>>> {
        self.pairs.lock().expect("no panic while state is held")
    }
}

fn find<'a>(
    pairs: &'a mut HashMap<String, BTreeMap<String, Stored>>,
    pair: &str,
    cycle: &str,
) -> Result<&'a mut Stored> {
    pairs.get_mut(pair).and_then(|cycles| cycles.get_mut(cycle)).ok_or_else(|| missing(pair, cycle, "row"))
}

fn missing(pair: &str, cycle: &str, what: &str) -> StateError {
    StateError::Missing { pair: pair.to_owned(), cycle: cycle.to_owned(), what: what.to_owned() }
}

fn conflict(record: &CycleRecord) -> StateError {
    StateError::Conflict { pair: record.pair.clone(), cycle: record.id.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> CycleRecord {
        CycleRecord::new("files", id.to_owned(), "2026-11-21T10:15:00Z".to_owned())
    }

    #[test]
    fn a_row_changes_only_under_the_version_that_was_read() {
        let store = MemoryStore::default();
        let first = store.begin(&record("a")).unwrap();
        let second = store.commit(&record("a"), first, Addition::default()).unwrap();
        assert!(matches!(
            store.commit(&record("a"), first, Addition::default()),
            Err(StateError::Conflict { .. })
        ));
        assert!(store.commit(&record("a"), second, Addition::default()).is_ok());
        assert!(matches!(store.begin(&record("a")), Err(StateError::Conflict { .. })));
    }

    #[test]
    fn a_refused_commit_stores_nothing() {
        let store = MemoryStore::default();
        let version = store.begin(&record("a")).unwrap();
        let addition = || Addition { chunks: vec![Chunk::default()], failures: Vec::new() };
        store.commit(&record("a"), version, addition()).unwrap();
        store.commit(&record("a"), version, addition()).unwrap_err();
        assert!(store.chunk("files", "a", 0).is_ok());
        assert!(store.chunk("files", "a", 1).is_err());
    }

    #[test]
    fn cycles_come_newest_first_and_the_oldest_are_forgotten() {
        let store = MemoryStore::default();
        for number in 0..HISTORY + 5 {
            store.begin(&record(&format!("{number:04}"))).unwrap();
        }
        let ids: Vec<String> = store.cycles("files").into_iter().map(|record| record.id).collect();
        assert_eq!((ids.len(), ids[0].as_str(), ids[HISTORY - 1].as_str()), (HISTORY, "0104", "0005"));
    }
}
