//! What is remembered of cycles: the cycle's row, its chunks and its failures, committed together.
//!
//! Every commit replaces the row under the version that was read, so of two owners the later one fails. Chunks
//! and failures that belong to a commit are stored with it or not at all.

mod cycle_error;
mod cycle_state;
mod memory;
mod record;

pub use cycle_error::CycleError;
pub use cycle_state::{Pass, State, Status};
pub use memory::MemoryStore;
pub use record::{CycleRecord, Requests};

use crate::sync::{Chunk, Failure};

/// Where state is kept.
#[derive(Debug)]
pub enum Store {
    Memory(MemoryStore),
}

/// Names one stored state of a cycle's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(u64);

/// What goes with a cycle's row in one commit.
#[derive(Debug, Default)]
pub struct Addition {
    /// Chunks that continue the plan.
    pub chunks: Vec<Chunk>,
    pub failures: Vec<Failure>,
}

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("Cycle {cycle} of pair {pair} was changed by somebody else")]
    Conflict { pair: String, cycle: String },
    #[error("Cycle {cycle} of pair {pair} has no {what}")]
    Missing { pair: String, cycle: String, what: String },
}

pub type Result<T> = std::result::Result<T, StateError>;

impl Store {
    /// Inserts the row of a new cycle; a conflict if it is there.
    pub async fn begin(&self, record: &CycleRecord) -> Result<Version> {
        match self {
            Self::Memory(store) => store.begin(record),
        }
    }

    /// Replaces the row of a cycle, together with what is new.
    pub async fn commit(
        &self,
        record: &CycleRecord,
        version: Version,
        addition: Addition,
    ) -> Result<Version> {
        match self {
            Self::Memory(store) => store.commit(record, version, addition),
        }
    }

    /// One chunk of a plan, counted from 0.
    pub async fn chunk(&self, pair: &str, cycle: &str, number: u32) -> Result<Chunk> {
        match self {
            Self::Memory(store) => store.chunk(pair, cycle, number),
        }
    }

    /// The first failures of a cycle, as many as are kept.
    pub async fn failures(&self, pair: &str, cycle: &str) -> Result<Vec<Failure>> {
        match self {
            Self::Memory(store) => store.failures(pair, cycle),
        }
    }

    /// The cycles of a pair, newest first.
    pub async fn cycles(&self, pair: &str) -> Result<Vec<CycleRecord>> {
        match self {
            Self::Memory(store) => Ok(store.cycles(pair)),
        }
    }
}
