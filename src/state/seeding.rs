//! Where a pair is with taking data from its staging share. The words of the status are those of Azure File Sync's
//! `offlineDataTransferStatus`, and public.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

use crate::sync::Seeded;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeedingStatus {
    /// Files that match are copied from the staging share.
    InProgress,
    /// Nothing new is copied from it; what is under way comes to its end.
    Stopping,
    /// Never asked for, or ended by a person.
    #[default]
    NotRunning,
    /// The whole source was backed up once.
    Complete,
}

impl SeedingStatus {
    pub const ALL: [Self; 4] = [Self::InProgress, Self::Stopping, Self::NotRunning, Self::Complete];

    /// Seeding only goes forward: of two that are told at different times, the one that is further holds.
    pub fn furthest(self, other: Self) -> Self {
        let rank = |status| match status {
            Self::InProgress => 0,
            Self::Stopping => 1,
            Self::Complete => 2,
            Self::NotRunning => 3,
        };
        if rank(self) < rank(other) { other } else { self }
    }

    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::InProgress => "In Progress",
            Self::Stopping => "Stopping",
            Self::NotRunning => "Not Running",
            Self::Complete => "Completed",
        }
    }
}

/// Why the staging share is not used any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedBy {
    Completed,
    Aborted,
}

/// Decided when a pair is met for the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seeding {
    pub status: SeedingStatus,
    pub ever_enabled: bool,
    pub ended_by: Option<EndedBy>,
    pub staging_share: Option<String>,
    /// Ours, while it is there.
    pub staging_snapshot: Option<ShareSnapshotId>,
    /// ISO 8601, UTC.
    pub completed_at: Option<String>,
    /// Where the data came from, in all finished cycles together.
    pub seeded: Seeded,
    /// Files in staging that the source had no file with data for, as far as that was found out.
    pub staging_only: Option<u64>,
}
