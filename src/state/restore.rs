//! What a person wants back, as it is stored with the cycle that brings it.

use azure_storage_file_share::ShareSnapshotId;
use serde::{Deserialize, Serialize};

pub use crate::sync::Conflict;

/// A recovery point, what of it comes back, and where to. This shape is public: reports show it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Restore {
    /// The recovery point, by its cycle and by its share snapshot at the target.
    pub recovery_point: String,
    pub snapshot: ShareSnapshotId,
    /// Paths and globs; all of it where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    pub destination: Destination,
    pub conflict: Conflict,
    pub acl: Acl,
    pub delete_extra: bool,
    /// The plan is applied without a look at it, unless the guard stops it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approved: bool,
    /// It only shows that restoring works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
}

/// What a drill brings back, and what that is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Drill {
    /// Files chosen at random.
    pub files: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The share snapshot of the source that the recovery point was made from; where it is gone, what comes back is held
    /// against the recovery point itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ShareSnapshotId>,
    /// What of it the recovery point lacks, or holds as it was before, because a person accepted that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<String>,
    /// Files that were met and left out, each being larger than a drill may bring.
    #[serde(skip_serializing_if = "is_zero")]
    pub too_large: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Whether ACLs come back, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Acl {
    /// As the recovery point has them.
    #[default]
    Keep,
    /// What is there keeps its own; what is new inherits.
    Skip,
}

/// The share that is written to, and the directory in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    pub at: Place,
    pub account: String,
    pub share: String,
    /// Empty for the root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The share is made where it is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
}

/// Which share it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The pair's source.
    Source,
    /// The pair's target: only while the pair is held.
    Target,
    /// Any other share of an account that the settings know.
    Share,
}
