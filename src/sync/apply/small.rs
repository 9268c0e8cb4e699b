//! Small files: read by one request, created with their data by another.
//!
//! Nobody promises that the service does all of such a Create or nothing. So only its answer tells that the data is
//! there; a file that merely looks complete is copied again (P4). With the same content, that does no harm.

use std::sync::atomic::Ordering;

use azure_storage::ErrorKind;
use azure_storage_file_share::{Entry, FileAttributes, MAX_RANGE_BYTES, ShareFileClient};
use tokio::sync::SemaphorePermit;

use super::copy::Original;
use super::pass::Pass;
use super::{CopyMode, ROOM};
use crate::sync::failure::Result;
use crate::sync::item::{SMALL, size};

impl Pass<'_> {
    /// Whether the data of a file travels with its Create.
    pub(super) fn is_small(&self, size: u64) -> bool {
        let is_refused = || self.shares.data_refused.load(Ordering::Relaxed);
        self.mode != CopyMode::ServerSide && 0 < size && size <= SMALL && !is_refused()
    }

    /// Room in memory for so many bytes.
    pub(super) async fn room(&self, bytes: u64) -> SemaphorePermit<'_> {
        let pages = bytes.div_ceil(ROOM) as u32;
        self.streamed.acquire_many(pages).await.expect("the semaphore is never closed")
    }

    /// Creates a file that one request can finish. `false` where it takes more: the service gives a file without a
    /// content type one of its own, and may refuse data for a read-only file, or with any Create.
    pub(super) async fn create_at_once(&self, to: &ShareFileClient, original: &Original<'_>) -> Result<bool> {
        let Original { found, data, last, .. } = original;
        let is_read_only = last.smb.attributes.is_some_and(|it| it.contains(FileAttributes::READ_ONLY));
        let is_complete = found.size == 0 || data.is_some() && !is_read_only;
        if !is_complete || found.content.content_type.is_none() {
            return Ok(false);
        }
        let written = match self.create(to, &original.whole()).await {
            Err(error) if data.is_some() && error.kind == ErrorKind::Invalid => return Ok(false),
            written => written?,
        };
        self.complete(to, original, Some(written)).await?;
        Ok(true)
    }

    pub(super) fn remember_data_refused(&self, error: &azure_storage::Error) {
        if !self.shares.data_refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                share.name = self.shares.target.name(),
                error = %error,
                "The service creates no files with their data; each small file now takes more requests"
            );
        }
    }
}

/// Whether a file that looks complete may lack its data. One that is read-only got that attribute last.
pub(super) fn may_lack_data(now: &Entry) -> bool {
    (1..=MAX_RANGE_BYTES).contains(&size(now)) && !now.attributes.contains(FileAttributes::READ_ONLY)
}
