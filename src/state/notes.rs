//! What a cycle's row tells people besides numbers. These shapes are public: reports show them as they are.

use std::fmt::{self, Display, Formatter};

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

use super::Side;

/// Why the guard stopped a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all_fields = "camelCase")]
pub enum Exceeded {
    /// The source holds nothing, and the target something.
    SourceEmpty,
    /// The target held entries of others when this pair took it over.
    AdoptedTarget,
    /// Somebody wrote to the target, at this path for one, after a failback had swapped the roles.
    TargetWasWritten {
        path: String,
        /// Or this cycle did: it cannot be read, or was given up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cycle: Option<String>,
    },
    MaxDeletePercent {
        limit: u8,
    },
    MaxDeletes {
        limit: u64,
    },
    MaxOverwritePercent {
        limit: u8,
    },
}

/// For a person.
impl Display for Exceeded {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceEmpty => write!(f, "SourceEmpty: the source holds nothing"),
            Self::AdoptedTarget => write!(f, "AdoptedTarget: the target held entries of others"),
            Self::TargetWasWritten { path, cycle: None } => write!(
                f,
                "TargetWasWritten ({}): somebody wrote to the target after the failback, so take what is new there to the \
                 source before you approve",
                shown(path)
            ),
            Self::TargetWasWritten { path, cycle: Some(cycle) } => write!(
                f,
                "TargetWasWritten ({}): after the failback somebody wrote to the target, or cycle {cycle} did, of which is not known how \
                 far it came. What is like the source, or older, is that cycle's work, and a file last written at {UNFINISHED} is a \
                 half of one: leave those. Take to the source what somebody wrote before you approve",
                shown(path)
            ),
            Self::MaxDeletePercent { limit } => write!(f, "MaxDeletePercent: {limit}"),
            Self::MaxDeletes { limit } => write!(f, "MaxDeletes: {limit}"),
            Self::MaxOverwritePercent { limit } => write!(f, "MaxOverwritePercent: {limit}"),
        }
    }
}

/// Of a file that a cycle has not finished (P4), as people are shown it.
const UNFINISHED: &str = "1997-07-01T00:00:00.7654321Z";

fn shown(path: &str) -> &str {
    if path.is_empty() { "its root" } else { path }
}

/// A plan that waits for a person, with what it would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Names this very plan; an approval has to name it, too. A plan without a cycle has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    pub exceeded: Vec<Exceeded>,
    /// Entries of the target that would be deleted.
    pub deletes: u64,
    /// Entries of the target whose data would be replaced.
    pub overwrites: u64,
    pub target_entries: u64,
    pub samples: Samples,
}

/// Some of the paths that a plan deletes or overwrites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    pub deletes: Vec<String>,
    pub overwrites: Vec<String>,
}

/// Something that a person should look at, although the cycle went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub code: String,
    pub detail: String,
}

/// A share snapshot that the cycle deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    pub share: Side,
    pub snapshot: ShareSnapshotId,
    pub cycle: String,
    pub why: String,
}
