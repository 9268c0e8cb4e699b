//! The row of a pair: who works on it, and what outlives its cycles.

use azure_storage_file_share::{ETag, ShareSnapshotId};
use serde::{Deserialize, Serialize};

use super::{CycleError, FailedOver, Seeding, Status, Verification};

/// Everything that is remembered of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairRecord {
    pub pair: String,
    /// Hash of the pair's name and both share URLs.
    pub pair_id: String,
    /// When somebody met it for the first time; ISO 8601, UTC.
    pub since: Option<String>,
    /// Grows with every owner.
    pub epoch: u64,
    pub lease: Option<Lease>,
    /// The cycle under way, or finished but not yet filed.
    pub cycle: Option<String>,
    /// When somebody last gave the pair back; ISO 8601, UTC.
    pub worked_at: Option<String>,
    /// The cycle that was filed last.
    pub last_cycle: Option<String>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// The last days on which cycles ended, oldest first.
    pub days: Vec<Day>,
    pub recovery_point: Option<LastPoint>,
    pub held: Option<Held>,
    /// In the place of the limits in its settings.
    pub limits: LimitsDecided,
    /// The cycle that a person wants cancelled.
    pub cancel: Option<String>,
    pub acknowledged: Vec<Acknowledged>,
    /// The finished cycle whose failures are tried first.
    pub retry_first: Option<String>,
    /// The target share that held entries of others, and that a person has let a plan be applied to.
    pub adopted: Option<ETag>,
    /// Nothing until the pair's first cycle is to begin.
    /// A restore writes to the target: until it has ended, the pair stays held.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub restoring: bool,
    /// Until it is over, the pair stays held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_over: Option<FailedOver>,
    pub seeding: Option<Seeding>,
    #[serde(skip_serializing_if = "Verification::is_empty")]
    pub verification: Verification,
}

impl PairRecord {
    pub fn new(pair: &str, pair_id: &str) -> Self {
        Self { pair: pair.to_owned(), pair_id: pair_id.to_owned(), ..Self::default() }
    }
}

/// Who may work on the pair, for so long after the row was last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub owner: String,
    pub seconds: u32,
}

/// The newest recovery point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPoint {
    pub cycle: String,
    pub source: ShareSnapshotId,
    pub target: ShareSnapshotId,
    /// ISO 8601, UTC.
    pub at: String,
    /// Nothing in it ever had user metadata.
    #[serde(default)]
    pub plain: bool,
}

/// How a cycle ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// ISO 8601, UTC.
    pub at: String,
    pub error: Option<CycleError>,
    /// Entries that failed, those that a person has acknowledged aside.
    pub failed: u64,
    /// Those of them that only reading the recovery point has shown: there is one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unverified: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What the cycles did that ended on one day. Public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// `2026-11-21`, in UTC.
    pub day: String,
    pub cycles: u64,
    pub succeeded: u64,
    /// Copied.
    pub files: u64,
    pub bytes: u64,
}

/// A person wants nothing of this pair pruned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// ISO 8601, UTC.
    pub since: String,
}

/// How much a person lets the shares be asked for in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsDecided {
    pub requests: LimitDecided,
    pub bytes: LimitDecided,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitDecided {
    #[default]
    AsInSettings,
    None,
    PerSecond(u64),
}

impl LimitDecided {
    pub fn or(self, in_settings: Option<u64>) -> Option<u64> {
        match self {
            Self::AsInSettings => in_settings,
            Self::None => None,
            Self::PerSecond(limit) => Some(limit),
        }
    }
}

/// Whether a path is that of an entry, or of something below it.
pub fn is_within(path: &str, entry: &str) -> bool {
    path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A failure that a person has seen and accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    pub path: String,
    pub reason: String,
    /// ISO 8601, UTC.
    pub at: String,
}

impl Acknowledged {
    /// A directory is acknowledged with all that is in it.
    pub fn covers(&self, path: &str) -> bool {
        is_within(path, &self.path)
    }
}
