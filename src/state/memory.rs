//! State in the memory of the process, for the demo and the tests: it ends with the process. Recovery points do not
//! depend on it; they are found from the share snapshots.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::{
    Addition, CycleRecord, KnownPermissions, PairRead, PairRecord, Read, Result, StateError, Version,
};
use crate::sync::{Chunk, Failure};

#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Rows>);

/// Versions are numbers that grow with every write.
#[derive(Debug, Default)]
struct Rows {
    writes: u64,
    pairs: HashMap<String, PairRow>,
    permissions: HashMap<String, KnownPermissions>,
    cycles: HashMap<Key, CycleRow>,
    /// By pair, then by cycle: ids of cycles sort by time.
    history: HashMap<String, BTreeMap<String, CycleRecord>>,
}

/// Pair and cycle.
type Key = (String, String);

#[derive(Debug)]
struct PairRow {
    record: PairRecord,
    version: Version,
    written: Instant,
}

impl PairRow {
    fn read(&self) -> PairRead {
        let Self { record, version, written } = self;
        let lease_left = record.lease.as_ref().map_or(Duration::ZERO, |lease| {
            Duration::from_secs(lease.seconds.into()).saturating_sub(written.elapsed())
        });
        PairRead { record: record.clone(), version: version.clone(), lease_left }
    }
}

#[derive(Debug)]
struct CycleRow {
    record: CycleRecord,
    version: Version,
    chunks: BTreeMap<u32, Chunk>,
    failures: Vec<Failure>,
}

impl MemoryStore {
    pub(super) fn pairs(&self) -> Vec<(String, Result<PairRead>)> {
        self.lock().pairs.iter().map(|(pair, row)| (pair.clone(), Ok(row.read()))).collect()
    }

    pub(super) fn pair(&self, pair: &str) -> Option<PairRead> {
        self.lock().pairs.get(pair).map(PairRow::read)
    }

    pub(super) fn put_pair(&self, record: &PairRecord, version: Option<&Version>) -> Result<Version> {
        let mut rows = self.lock();
        if rows.pairs.get(&record.pair).map(|row| &row.version) != version {
            return Err(StateError::Conflict { row: format!("backuppairs {}/pair", record.pair) });
        }
        let version = rows.next();
        let row = PairRow { record: record.clone(), version: version.clone(), written: Instant::now() };
        rows.pairs.insert(record.pair.clone(), row);
        Ok(version)
    }

    pub(super) fn permissions(&self, pair: &str) -> Option<KnownPermissions> {
        self.lock().permissions.get(pair).cloned()
    }

    pub(super) fn keep_permissions(&self, pair: &str, known: &KnownPermissions) {
        self.lock().permissions.insert(pair.to_owned(), known.clone());
    }

    pub(super) fn begin(&self, record: &CycleRecord) -> Result<Version> {
        let mut rows = self.lock();
        let key = (record.pair.clone(), record.id.clone());
        if rows.cycles.contains_key(&key) {
            return Err(conflict(record));
        }
        let version = rows.next();
        let (record, chunks, failures) = (record.clone(), BTreeMap::new(), Vec::new());
        rows.cycles.insert(key, CycleRow { record, version: version.clone(), chunks, failures });
        Ok(version)
    }

    pub(super) fn discard(&self, pair: &str, cycle: &str) {
        self.lock().cycles.remove(&(pair.to_owned(), cycle.to_owned()));
    }

    pub(super) fn load(&self, pair: &str, cycle: &str) -> Option<Read<CycleRecord>> {
        let rows = self.lock();
        let row = rows.cycle(pair, cycle)?;
        Some(Read { record: row.record.clone(), version: row.version.clone() })
    }

    pub(super) fn commit(
        &self,
        record: &CycleRecord,
        version: &Version,
        addition: Addition,
    ) -> Result<Version> {
        let mut rows = self.lock();
        let next = rows.next();
        let row = rows.cycles.get_mut(&(record.pair.clone(), record.id.clone()));
        let row = row.filter(|row| row.version == *version).ok_or_else(|| conflict(record))?;
        row.record = record.clone();
        row.version = next.clone();
        let room = addition.room_for_failures(record);
        row.failures.extend(addition.failures.iter().take(room).cloned());
        row.chunks.extend((addition.first_chunk(record)..).zip(addition.chunks));
        Ok(next)
    }

    pub(super) fn chunk(&self, pair: &str, cycle: &str, number: u32) -> Result<Chunk> {
        let rows = self.lock();
        let chunk = rows.cycle(pair, cycle).and_then(|row| row.chunks.get(&number));
        chunk.cloned().ok_or_else(|| StateError::Missing { row: format!("Chunk {number} of {pair}:{cycle}") })
    }

    pub(super) fn failures(&self, pair: &str, cycle: &str) -> Vec<Failure> {
        self.lock().cycle(pair, cycle).map(|row| row.failures.clone()).unwrap_or_default()
    }

    pub(super) fn file(&self, record: &CycleRecord) {
        let mut rows = self.lock();
        let history = rows.history.entry(record.pair.clone()).or_default();
        history.insert(record.id.clone(), record.clone());
    }

    pub(super) fn cycles(&self, pair: &str, most: usize) -> Vec<(String, Result<CycleRecord>)> {
        let rows = self.lock();
        let history = rows.history.get(pair).into_iter().flat_map(|history| history.iter().rev());
        history.take(most).map(|(id, record)| (id.clone(), Ok(record.clone()))).collect()
    }

    pub(super) fn drop_plan(&self, pair: &str, cycle: &str) {
        let mut rows = self.lock();
        if let Some(row) = rows.cycles.get_mut(&(pair.to_owned(), cycle.to_owned())) {
            row.chunks = BTreeMap::new();
        }
    }

    pub(super) fn forget(&self, pair: &str, keep: usize) {
        let mut rows = self.lock();
        let Rows { history, cycles, .. } = &mut *rows;
        let Some(history) = history.get_mut(pair) else { return };
        while history.len() > keep {
            let (cycle, _) = history.pop_first().expect("there are more than none");
            cycles.remove(&(pair.to_owned(), cycle));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().expect("no panic while state is held")
    }
}

impl Rows {
    fn next(&mut self) -> Version {
        self.writes += 1;
        Version(self.writes.to_string())
    }

    fn cycle(&self, pair: &str, cycle: &str) -> Option<&CycleRow> {
        self.cycles.get(&(pair.to_owned(), cycle.to_owned()))
    }
}

fn conflict(record: &CycleRecord) -> StateError {
    StateError::Conflict { row: format!("backupcycles {}:{}/cycle", record.pair, record.id) }
}
