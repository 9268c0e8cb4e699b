//! What is remembered of a pair whose target is written to in the place of its source, and of the way back.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

use super::pair_record::is_zero;

/// People work with the target, until a failback has ended or what they wrote is given up. Public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedOver {
    /// ISO 8601, UTC; names this failover.
    pub since: String,
    /// The cycle that was under way is not known to have ended, so nobody may write to the target yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopping: bool,
    /// The newest recovery point; nothing while a cycle stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<FailedOverTo>,
    /// The newest cycle or restore that wrote to the target after that and made neither a recovery point of it nor it what that one
    /// holds: what the target holds lies between two. The cycle of the recovery point itself where nobody knows what came after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<String>,
    /// A person held the pair before: it stays held when this is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_held: bool,
}

/// The recovery point that a target was at when its pair failed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedOverTo {
    pub cycle: String,
    pub target: ShareSnapshotId,
    /// When its data was read from the source, at the earliest; ISO 8601, UTC.
    pub data_from: String,
    /// It was read, and does not hold what it should.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify_failed: bool,
}

/// A failback, as it is stored with its cycle. Public: reports show it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failback {
    /// The failover that it ends, by its time.
    pub failed_over: String,
    /// The recovery point that both shares still have, and from which changes are told; where there is none, everything that differs
    /// is copied whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<String>,
    /// Entries of the source that it lacks, because they were excluded, or had failed and were acknowledged.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lacks: u64,
    /// What the settings excluded when it began: a plan made under them is applied under no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// The share snapshots of the pair's source and target with which the roles swap back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ShareSnapshotId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ShareSnapshotId>,
}
