//! What a cycle tells people and programs about itself. These shapes are public: HTTP answers and the demo
//! print them as they are.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

use crate::state::State;
pub use crate::state::{CycleError, Requests, Status};
pub use crate::sync::{Changes, Copied, Failure};

/// Where a cycle stands, in the words of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    MakingRoom,
    SourceSnapshot,
    Planning,
    Guarding,
    Applying,
    Verifying,
    TargetSnapshot,
    Finished,
}

impl From<&State> for Phase {
    fn from(state: &State) -> Self {
        match state {
            State::MakingRoom => Self::MakingRoom,
            State::SourceSnapshot => Self::SourceSnapshot,
            State::Planning { .. } => Self::Planning,
            State::Guarding => Self::Guarding,
            State::Applying { .. } => Self::Applying,
            State::Verifying { .. } => Self::Verifying,
            State::TargetSnapshot => Self::TargetSnapshot,
            State::Finished(_) => Self::Finished,
        }
    }
}

/// A cycle as it stands, or as it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CycleReport {
    pub pair: String,
    pub id: String,
    pub state: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// ISO 8601, UTC.
    pub started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    pub elapsed_ms: u64,
    /// Entries met on either side, each once.
    pub compared: u64,
    /// The whole plan; grows while `state` is `Planning`.
    pub planned: Changes,
    #[serde(flatten)]
    pub done: Changes,
    pub failed: u64,
    /// The first of the failures; `failed` counts them all.
    pub failures: Vec<Failure>,
    pub requests: Requests,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_snapshot: Option<ShareSnapshotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_snapshot: Option<ShareSnapshotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<CycleError>,
}

/// A target share snapshot of ours and, while it is kept, its source partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    pub cycle: String,
    pub source: Option<ShareSnapshotId>,
    pub target: ShareSnapshotId,
}

/// A share as settings name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareName {
    pub account: String,
    pub share: String,
}

/// A pair and its newest cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairStatus {
    pub name: String,
    pub source: ShareName,
    pub target: ShareName,
    pub running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<CycleReport>,
}

/// Why no cycle was run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    #[error("No pair is named {0}")]
    UnknownPair(String),
    #[error("Cycle {cycle} of this pair is in progress")]
    CycleInProgress { cycle: String },
}
