//! A share, or a share snapshot, in a list of shares.

use crate::{ETag, Metadata, ShareSnapshotId};
use time::OffsetDateTime;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareItem {
    pub name: String,
    /// Absent for the share itself.
    pub snapshot: Option<ShareSnapshotId>,
    pub etag: ETag,
    pub last_modified: OffsetDateTime,
    pub quota_gib: Option<u32>,
    pub enabled_protocols: Option<String>,
    /// `available`, `leased`, `expired`, `breaking` or `broken`.
    pub lease_state: Option<String>,
    /// `locked` or `unlocked`.
    pub lease_status: Option<String>,
    /// `infinite` or `fixed`, while leased.
    pub lease_duration: Option<String>,
    /// Only if it was asked for.
    pub metadata: Metadata,
}
