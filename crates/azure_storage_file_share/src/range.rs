//! Ranges of a file: put, put from another file, clear. Each stands alone; there is no commit.

use crate::call::Call;
use crate::headers;
use crate::{CopySource, ETag, FileTime, Operation, Result, ShareFileClient};
use bytes::Bytes;
use std::ops::Range;

/// The most that one request can read or write.
pub const MAX_RANGE_BYTES: u64 = 4 << 20;

/// What a write does to the last-write time of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWrite {
    Now,
    Preserve,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeWritten {
    pub etag: ETag,
    pub last_write_time: Option<FileTime>,
}

impl ShareFileClient {
    /// Inside the file; a write does not grow it. <https://learn.microsoft.com/rest/api/storageservices/put-range>
    pub async fn put_range(&self, offset: u64, body: Bytes, last_write: LastWrite) -> Result<RangeWritten> {
        let range = offset..offset.saturating_add(body.len() as u64);
        let call = self.range_call(Operation::PutRange, "update", last_write);
        written(call.range(headers::RANGE, range).body(body)).await
    }

    /// Copied by the service. Shared Key does not reach the source: it needs a SAS. A token does, with the client of the
    /// source as its owner.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-range-from-url>
    pub async fn put_range_from_url(
        &self,
        source: &CopySource,
        source_offset: u64,
        offset: u64,
        length: u64,
        last_write: LastWrite,
    ) -> Result<RangeWritten> {
        let mut call = self.range_call(Operation::PutRangeFromUrl, "update", last_write);
        if let Some((code, reason)) = source.unusable() {
            call = call.refuse(code, reason);
        }
        if let Some(bearer) = source.bearer() {
            call = call.source_bearer(bearer);
        }
        let call = call
            .moves(length)
            .header(headers::COPY_SOURCE, source.address().to_owned())
            .header(headers::SOURCE_ALLOW_TRAILING_DOT, "true")
            .range(headers::SOURCE_RANGE, source_offset..source_offset.saturating_add(length))
            .range(headers::RANGE, offset..offset.saturating_add(length));
        written(call).await
    }

    /// As long as the file at most. Whole pages of 512 bytes are released, the edges overwritten with zeros.
    /// <https://learn.microsoft.com/rest/api/storageservices/put-range>
    pub async fn clear_range(&self, offset: u64, length: u64, last_write: LastWrite) -> Result<RangeWritten> {
        let call = self.range_call(Operation::PutRange, "clear", last_write);
        written(call.long_range(headers::RANGE, offset..offset.saturating_add(length))).await
    }

    fn range_call(&self, operation: Operation, write: &'static str, last_write: LastWrite) -> Call<'_> {
        let last_write = match last_write {
            LastWrite::Now => "now",
            LastWrite::Preserve => "preserve",
        };
        Call::put(&self.at, operation)
            .query("comp", "range")
            .header(headers::WRITE, write)
            .header(headers::FILE_LAST_WRITE_TIME, last_write)
    }
}

async fn written(call: Call<'_>) -> Result<RangeWritten> {
    let reply = call.send().await?;
    Ok(RangeWritten { etag: reply.etag()?, last_write_time: reply.optional(headers::FILE_LAST_WRITE_TIME)? })
}

impl Call<'_> {
    /// A range that travels in one request.
    pub(crate) fn range(self, name: &'static str, range: Range<u64>) -> Self {
        let too_long = range.end.saturating_sub(range.start) > MAX_RANGE_BYTES;
        let call = self.long_range(name, range);
        if too_long { call.refuse("RequestBodyTooLarge", "A range is at most 4 MiB long") } else { call }
    }

    fn long_range(self, name: &'static str, range: Range<u64>) -> Self {
        if range.is_empty() {
            return self.refuse("InvalidRange", "An empty range");
        }
        self.header(name, format!("bytes={}-{}", range.start, range.end - 1))
    }
}
