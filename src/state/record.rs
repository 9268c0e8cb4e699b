//! The row of a cycle.

use azure_storage_file_share::{ETag, ShareSnapshotId};
use serde::{Deserialize, Serialize};

use super::{CycleError, State};
use crate::sync::Changes;

/// Requests sent to the file services, every attempt counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// List Directories and Files, one a page.
    pub list: u64,
    pub other: u64,
}

/// Everything about a cycle but its chunks and failures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CycleRecord {
    pub pair: String,
    pub id: String,
    /// Of the owner that wrote this.
    pub epoch: u64,
    pub state: State,
    /// ISO 8601, UTC.
    pub started_at: String,
    pub ended_at: Option<String>,
    pub elapsed_ms: u64,
    /// The target share that was found to be ours: another one of its name has another ETag.
    pub target_share: Option<ETag>,
    pub source_snapshot: Option<ShareSnapshotId>,
    pub target_snapshot: Option<ShareSnapshotId>,
    /// Chunks of the plan so far.
    pub chunks: u32,
    /// Entries met on either side, each once.
    pub compared: u64,
    pub source_entries: u64,
    pub target_entries: u64,
    pub planned: Changes,
    pub done: Changes,
    /// All failures, also those that are not kept.
    pub failed: u64,
    pub requests: Requests,
    pub error: Option<CycleError>,
}

impl CycleRecord {
    pub fn new(pair: &str, id: String, started_at: String) -> Self {
        Self { pair: pair.to_owned(), id, started_at, ..Self::default() }
    }
}
