//! Listing what became of a file's content since an earlier share snapshot.
//!
//! A diff says nothing of properties, metadata and permissions, and it holds only for a copy that equals the earlier
//! content. Two errors mean that there is nothing to compare, and that the file is to be copied whole:
//! [`ErrorKind::PreviousNotFound`](crate::ErrorKind::PreviousNotFound) and
//! [`ErrorKind::GenerationMismatch`](crate::ErrorKind::GenerationMismatch).

use crate::call::Call;
use crate::range_list::parse;
use crate::{ETag, Operation, Result, ShareFileClient, ShareSnapshotId, headers};
use std::ops::Range;

/// The changes are ascending and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeDiff {
    /// Of the file now; what is beyond it is gone, and is not among the changes.
    pub size: u64,
    pub etag: ETag,
    pub changes: Vec<RangeChange>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeChange {
    /// May differ; equal bytes that were written again are listed too.
    Written(Range<u64>),
    /// Reads as zeros.
    Cleared(Range<u64>),
}

/// What becomes of the diff of a file that had another name, or was in another directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renamed {
    /// Compared all the same.
    Followed,
    /// [`ErrorKind::PreviousNotFound`](crate::ErrorKind::PreviousNotFound).
    Refused,
}

impl RangeChange {
    pub fn range(&self) -> &Range<u64> {
        match self {
            Self::Written(range) | Self::Cleared(range) => range,
        }
    }
}

impl ShareFileClient {
    /// Up to the share snapshot of this client, or up to now. <https://learn.microsoft.com/rest/api/storageservices/list-ranges>
    pub async fn list_ranges_diff(&self, previous: &ShareSnapshotId, renamed: Renamed) -> Result<RangeDiff> {
        let mut call = Call::get(&self.at, Operation::ListRanges).query("comp", "rangelist");
        if previous.as_str().is_empty() {
            // The service would list all ranges, which no diff is.
            call = call.refuse("InvalidQueryParameterValue", "A share snapshot has an id");
        }
        if renamed == Renamed::Followed {
            call = call.header(headers::FILE_SUPPORT_RENAME, "true");
        }
        let reply = call.query("prevsharesnapshot", previous.as_str()).send().await?;
        let size = reply.required(headers::FILE_CONTENT_LENGTH)?;
        let changes = parse(&reply.answer.body, size).map_err(|cause| reply.protocol(cause))?;
        Ok(RangeDiff { size, etag: reply.etag()?, changes })
    }
}
