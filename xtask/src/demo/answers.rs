//! The app's answers as an outsider reads them: the fields of its documented JSON that the demo shows.

use std::collections::BTreeMap;

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PairStatus {
    pub(crate) running: bool,
    pub(crate) cycle: Option<CycleReport>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CycleReport {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) status: Option<String>,
    pub(crate) elapsed_ms: u64,
    pub(crate) compared: u64,
    pub(crate) progress: Option<Progress>,
    #[serde(flatten)]
    pub(crate) done: Changes,
    pub(crate) seeded: Option<Seeded>,
    pub(crate) failed: u64,
    #[serde(default)]
    pub(crate) failures: Vec<Failure>,
    pub(crate) error: Option<CycleError>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Progress {
    pub(crate) planned: Work,
    pub(crate) done: Work,
    pub(crate) listed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<u64>,
    pub(crate) per_second: PerSecond,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remaining_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Work {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct PerSecond {
    pub(crate) listed: u64,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Changes {
    pub(crate) copied: Copied,
    pub(crate) metadata: u64,
    pub(crate) renamed: u64,
    pub(crate) deleted: u64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Copied {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) directories: u64,
}

/// Where the data of the copied files came from, while the pair is seeded.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seeded {
    pub(crate) from_staging: Amounts,
    pub(crate) from_source: Amounts,
    /// Those from the source, by what is wrong with staging.
    #[serde(flatten)]
    pub(crate) reasons: BTreeMap<String, Amounts>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Amounts {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeedingReport {
    pub(crate) offline_data_transfer_status: String,
    pub(crate) status: String,
    pub(crate) staging_share: Option<String>,
    pub(crate) completed_at: Option<String>,
    pub(crate) seeded: Seeded,
    pub(crate) staging_only: Option<u64>,
    pub(crate) hint: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Failure {
    pub(crate) path: String,
    pub(crate) reason: String,
    pub(crate) detail: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct CycleError {
    pub(crate) code: String,
    pub(crate) detail: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct RecoveryPoint {
    pub(crate) cycle: String,
    pub(crate) source: Option<ShareSnapshotId>,
    pub(crate) target: ShareSnapshotId,
}

/// A finished cycle, with the requests that the emulator saw.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CycleDone {
    pub(crate) id: String,
    pub(crate) status: Option<String>,
    pub(crate) elapsed_ms: u64,
    pub(crate) compared: u64,
    #[serde(flatten)]
    pub(crate) changes: Changes,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seeded: Option<Seeded>,
    pub(crate) failed: u64,
    pub(crate) failures: Vec<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<CycleError>,
    pub(crate) requests: Requests,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Requests {
    pub(crate) list: u64,
    pub(crate) other: u64,
    pub(crate) operations: BTreeMap<&'static str, u64>,
}

impl Requests {
    pub(crate) fn new(operations: BTreeMap<&'static str, u64>) -> Self {
        let list = operations.get("List Directories and Files").copied().unwrap_or_default();
        Self { list, other: operations.values().sum::<u64>() - list, operations }
    }
}
