//! What is remembered of pairs and cycles: a row for each pair, a row for each cycle with its chunks and failures,
//! and the history of finished cycles.
//!
//! A row is replaced only under the version that was read, so of two owners the later one fails. Chunks and failures
//! that belong to a commit are stored with it or not at all. What the records mean is left to `cycle`.

#[cfg(test)]
mod contract;
mod cycle_error;
mod cycle_state;
mod error;
mod failback;
mod known_permissions;
mod memory;
mod notes;
mod pair_record;
mod record;
mod restore;
mod seeding;
mod table;
mod verification;

use std::time::Duration;

pub use cycle_error::CycleError;
pub use cycle_state::{Pass, State, Status};
pub use error::{Result, StateError};
pub use failback::{Failback, FailedOver, FailedOverTo};
pub use known_permissions::KnownPermissions;
pub use memory::MemoryStore;
pub use notes::{Alert, Exceeded, Pruned, Samples, Stopped};
pub use pair_record::{
    Acknowledged, Day, Held, LastPoint, Lease, LimitDecided, LimitsDecided, Outcome, PairRecord, is_within,
};
pub use record::{Amount, BasePoint, CycleRecord, Requests, Staged, Voided};
pub use restore::{Acl, Conflict, Destination, Drill, Place, Restore};
pub use seeding::{EndedBy, Seeding, SeedingStatus};
pub use table::TableStore;
pub use verification::{Covered, FailedPoint, Round, Verification};

pub use crate::retention::Side;
use crate::sync::{Chunk, Failure};

/// Failures kept for a cycle; its row counts all.
const FAILURES: usize = 10_000;
/// Finished cycles that are remembered of a pair.
pub const HISTORY: usize = 100;

/// Where state is kept.
#[derive(Debug)]
pub enum Store {
    Memory(MemoryStore),
    Table(TableStore),
}

/// Names one stored state of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

/// A record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    pub record: T,
    pub version: Version,
}

/// A pair's record as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRead {
    pub record: PairRecord,
    pub version: Version,
    /// By the clock of the store, and never too short; zero when nobody holds the lease or it ran out.
    pub lease_left: Duration,
}

/// What goes with a cycle's row in one commit. The row's `chunks` and `failed` count it already: they number what
/// is stored.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// Chunks that continue the plan, at most [`Addition::CHUNKS`].
    pub chunks: Vec<Chunk>,
    pub failures: Vec<Failure>,
}

impl Addition {
    /// Chunks in one commit, at most.
    pub const CHUNKS: usize = 8;
}

impl Store {
    /// Makes ready what is missing.
    pub async fn open(&self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Table(store) => store.open().await,
        }
    }

    /// Writes a row that nothing reads, and deletes it again.
    pub async fn try_write(&self) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Table(store) => store.try_write().await,
        }
    }

    /// Whether it outlives the process.
    pub fn is_durable(&self) -> bool {
        !matches!(self, Self::Memory(_))
    }

    /// The rows of all pairs, also of those that the settings name no more, and what can be read of each.
    pub async fn pairs(&self) -> Result<Vec<(String, Result<PairRead>)>> {
        match self {
            Self::Memory(store) => Ok(store.pairs()),
            Self::Table(store) => store.pairs().await,
        }
    }

    pub async fn pair(&self, pair: &str) -> Result<Option<PairRead>> {
        match self {
            Self::Memory(store) => Ok(store.pair(pair)),
            Self::Table(store) => store.pair(pair).await,
        }
    }

    /// Inserts the row of a pair, or replaces the version that was read; a conflict if there is another one. Every
    /// write starts the time of the lease anew.
    pub async fn put_pair(&self, record: &PairRecord, version: Option<&Version>) -> Result<Version> {
        match self {
            Self::Memory(store) => store.put_pair(record, version),
            Self::Table(store) => store.put_pair(record, version).await,
        }
    }

    /// What an earlier process knew of a pair's permissions.
    pub async fn permissions(&self, pair: &str) -> Result<Option<KnownPermissions>> {
        match self {
            Self::Memory(store) => Ok(store.permissions(pair)),
            Self::Table(store) => store.permissions(pair).await,
        }
    }

    /// Keeps what is known of a pair's permissions, whoever kept something before.
    pub async fn keep_permissions(&self, pair: &str, known: &KnownPermissions) -> Result<()> {
        match self {
            Self::Memory(store) => {
                store.keep_permissions(pair, known);
                Ok(())
            }
            Self::Table(store) => store.keep_permissions(pair, known).await,
        }
    }

    /// Puts a new row in the place of a pair's row that cannot be read. `false` where there is no such row.
    pub async fn replace_unreadable(&self, record: &PairRecord) -> Result<bool> {
        match self {
            Self::Memory(_) => Ok(false),
            Self::Table(store) => store.replace_unreadable(record).await,
        }
    }

    /// Deletes all that is stored of a cycle that is not filed, whether it can be read or not. Again is harmless.
    pub async fn discard(&self, pair: &str, cycle: &str) -> Result<()> {
        match self {
            Self::Memory(store) => {
                store.discard(pair, cycle);
                Ok(())
            }
            Self::Table(store) => store.discard(pair, cycle).await,
        }
    }

    /// Inserts the row of a new cycle; a conflict if it is there.
    pub async fn begin(&self, record: &CycleRecord) -> Result<Version> {
        match self {
            Self::Memory(store) => store.begin(record),
            Self::Table(store) => store.begin(record).await,
        }
    }

    pub async fn load(&self, pair: &str, cycle: &str) -> Result<Option<Read<CycleRecord>>> {
        match self {
            Self::Memory(store) => Ok(store.load(pair, cycle)),
            Self::Table(store) => store.load(pair, cycle).await,
        }
    }

    /// Replaces the row of a cycle, together with what is new: all of it or nothing.
    pub async fn commit(
        &self,
        record: &CycleRecord,
        version: &Version,
        mut addition: Addition,
    ) -> Result<Version> {
        assert!(
            addition.chunks.len() <= Addition::CHUNKS,
            "a commit holds at most {} chunks",
            Addition::CHUNKS
        );
        addition.failures.iter_mut().for_each(cut);
        match self {
            Self::Memory(store) => store.commit(record, version, addition),
            Self::Table(store) => store.commit(record, version, addition).await,
        }
    }

    /// One chunk of a plan, counted from 0.
    pub async fn chunk(&self, pair: &str, cycle: &str, number: u32) -> Result<Chunk> {
        match self {
            Self::Memory(store) => store.chunk(pair, cycle, number),
            Self::Table(store) => store.chunk(pair, cycle, number).await,
        }
    }

    /// The first failures of a cycle, as many as are kept.
    pub async fn failures(&self, pair: &str, cycle: &str) -> Result<Vec<Failure>> {
        match self {
            Self::Memory(store) => Ok(store.failures(pair, cycle)),
            Self::Table(store) => store.failures(pair, cycle).await,
        }
    }

    /// Adds a cycle to the history. Again is as good as once.
    pub async fn file(&self, record: &CycleRecord) -> Result<()> {
        match self {
            Self::Memory(store) => {
                store.file(record);
                Ok(())
            }
            Self::Table(store) => store.file(record).await,
        }
    }

    /// The newest `most` of the history of a pair, newest first: ids of cycles, and what can be read of each.
    pub async fn cycles(&self, pair: &str, most: usize) -> Result<Vec<(String, Result<CycleRecord>)>> {
        match self {
            Self::Memory(store) => Ok(store.cycles(pair, most)),
            Self::Table(store) => store.cycles(pair, most).await,
        }
    }

    /// Deletes the chunks of a cycle. Again is harmless.
    pub async fn drop_plan(&self, pair: &str, cycle: &str) -> Result<()> {
        match self {
            Self::Memory(store) => {
                store.drop_plan(pair, cycle);
                Ok(())
            }
            Self::Table(store) => store.drop_plan(pair, cycle).await,
        }
    }

    /// Deletes all that is remembered of filed cycles but the newest `keep`. Again is harmless.
    pub async fn forget(&self, pair: &str, keep: usize) -> Result<()> {
        match self {
            Self::Memory(store) => {
                store.forget(pair, keep);
                Ok(())
            }
            Self::Table(store) => store.forget(pair, keep).await,
        }
    }
}

impl Addition {
    /// The number of the first of the chunks.
    fn first_chunk(&self, record: &CycleRecord) -> u32 {
        let count = self.chunks.len() as u32;
        record.chunks.checked_sub(count).expect("the row counts the chunks that come with it")
    }

    /// The number of the first of the failures, from 1.
    fn first_failure(&self, record: &CycleRecord) -> u64 {
        let count = self.failures.len() as u64;
        record.failed.checked_sub(count).expect("the row counts the failures that come with it") + 1
    }

    /// How many of the failures are kept.
    fn room_for_failures(&self, record: &CycleRecord) -> usize {
        FAILURES.saturating_sub(usize::try_from(self.first_failure(record) - 1).unwrap_or(usize::MAX))
    }
}

/// Longer than any path that the service takes; what is longer is cut.
const TEXT_BYTES: usize = 8 * 1024;

fn cut(failure: &mut Failure) {
    for text in [&mut failure.path, &mut failure.reason, &mut failure.detail] {
        text.truncate(text.floor_char_boundary(TEXT_BYTES));
    }
}
