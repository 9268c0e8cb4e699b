//! The bytes of one file, from the source share snapshot to the target.
//!
//! The file is created with the sentinel as its last-write time, ranges are put with `preserve`, and the true
//! times are written last: cut anywhere, it is never taken for a finished one (P4).

use std::ops::Range;
use std::sync::atomic::Ordering;

use azure_storage::{ErrorKind, Repeat};
use azure_storage_file_share::{
    CopySource, CreateFile, Entry, FileAttributes, FileProperties, LastWrite, SasPermissions,
    SetFileProperties, ShareFileClient, SmbProperties, Written,
};
use futures::{StreamExt, TryStreamExt, stream};
use time::{Duration, OffsetDateTime};

use super::{Apply, properties};
use crate::sync::compare::sentinel;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::size;

/// Put Range and Put Range From URL take at most this much.
const RANGE: u64 = 4 * 1024 * 1024;
/// Ranges of one file in flight.
const RANGES: usize = 4;
/// How long the source's SAS is good: far longer than one request may take.
const SAS_MINUTES: i64 = 60;

/// How bytes travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyMode {
    /// The cheapest correct way, file by file.
    #[default]
    Auto,
    /// Never through the app.
    ServerSide,
    /// Always through the app, for accounts whose firewall refuses server-side copies.
    Streamed,
}

impl CopyMode {
    pub const ALL: [Self; 3] = [Self::Auto, Self::ServerSide, Self::Streamed];

    /// As it is written in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::ServerSide => "server-side",
            Self::Streamed => "streamed",
        }
    }
}

impl Apply<'_> {
    /// Copies `path` of the source share snapshot to `destination` in the target, replacing a file there.
    pub(super) async fn copy_file(&self, source: &Entry, path: &str, destination: &str) -> Result<()> {
        let from = self.shares.source.file_client(path);
        let to = self.shares.target.file_client(destination);
        let found = from.get_properties().await?;
        if found.size != size(source) {
            let detail = "The source share snapshot shows another size than its listing";
            return Err(SyncError::refused("SourceInconsistent", detail));
        }
        let wanted = properties(source);
        // the service gives a file without a content type one of its own, until properties are set without
        let one_request = found.size == 0 && found.content.content_type.is_some();
        let written = if one_request {
            to.create(&create(&found, wanted.clone())).await?
        } else {
            // A repeated Create could empty the file after its ranges were put: it is sent once.
            let first = CreateFile { repeat: Repeat::OnlyIfNotSent, ..create(&found, unfinished(&wanted)) };
            to.create(&first).await?;
            self.copy_ranges(&from, &to, found.size).await?;
            let last = SetFileProperties {
                smb: wanted.clone(),
                content: found.content.clone(),
                ..Default::default()
            };
            to.set_properties(&last).await?
        };
        let written = self.learn(&wanted, written);
        if !kept(&wanted, &written) {
            let last = SetFileProperties { smb: wanted, content: found.content, ..Default::default() };
            to.set_properties(&last).await?;
        }
        Ok(())
    }

    /// Copies the allocated ranges; a file of one range is not asked for them.
    async fn copy_ranges(&self, from: &ShareFileClient, to: &ShareFileClient, size: u64) -> Result<()> {
        let whole = std::iter::once(0..size);
        let allocated: Vec<_> =
            if size <= RANGE { whole.collect() } else { from.list_ranges().await?.ranges };
        stream::iter(allocated.into_iter().flat_map(pieces))
            .map(Ok)
            .try_for_each_concurrent(RANGES, |range| self.copy_range(from, to, range))
            .await
    }

    async fn copy_range(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        range: Range<u64>,
    ) -> Result<()> {
        if self.mode == CopyMode::Streamed {
            return self.stream_range(from, to, range).await;
        }
        let source = self.copy_source(from)?;
        if self.mode == CopyMode::Auto && (self.copy_is_refused() || !source.is_usable()) {
            return self.stream_range(from, to, range).await;
        }
        let length = range.end - range.start;
        match to.put_range_from_url(&source, range.start, range.start, length, LastWrite::Preserve).await {
            Err(error) if error.kind == ErrorKind::CopySource && self.mode == CopyMode::Auto => {
                self.remember_refusal(&error);
                self.stream_range(from, to, range).await
            }
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    async fn stream_range(
        &self,
        from: &ShareFileClient,
        to: &ShareFileClient,
        range: Range<u64>,
    ) -> Result<()> {
        let _room = self.streamed.acquire().await.expect("the semaphore is never closed");
        let downloaded = from.get(Some(range.clone())).await?;
        to.put_range(range.start, downloaded.bytes, LastWrite::Preserve).await?;
        Ok(())
    }

    /// Where the target's service reads the file, good for one request.
    fn copy_source(&self, from: &ShareFileClient) -> Result<CopySource> {
        let expires_on = OffsetDateTime::now_utc() + Duration::minutes(SAS_MINUTES);
        let sas = self.shares.source.generate_sas(SasPermissions::READ, expires_on)?;
        Ok(from.copy_source(Some(&sas)))
    }

    fn copy_is_refused(&self) -> bool {
        self.shares.copy_refused.load(Ordering::Relaxed)
    }

    fn remember_refusal(&self, error: &azure_storage::Error) {
        if !self.shares.copy_refused.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                share.name = self.shares.target.name(),
                error = %error,
                "The service refuses server-side copies from the source account; bytes now pass through this app"
            );
        }
    }
}

/// What a file is created with. Metadata and content headers are the source's.
fn create(found: &FileProperties, smb: SmbProperties) -> CreateFile {
    CreateFile {
        size: found.size,
        smb,
        content: found.content.clone(),
        metadata: found.metadata.clone(),
        ..Default::default()
    }
}

/// The properties of a file that is not finished: writable, and with a time that nobody's tools write.
fn unfinished(wanted: &SmbProperties) -> SmbProperties {
    SmbProperties {
        attributes: wanted.attributes.map(|attributes| attributes.without(FileAttributes::READ_ONLY)),
        last_write_time: Some(sentinel()),
        change_time: None,
        ..wanted.clone()
    }
}

/// Whether the target kept what it was sent: a plain Create adds `Archive`.
fn kept(wanted: &SmbProperties, written: &Written) -> bool {
    wanted.attributes.is_none_or(|attributes| attributes == written.attributes)
        && wanted.last_write_time.is_none_or(|time| time == written.last_write_time)
        && wanted.change_time.is_none_or(|time| time == written.change_time)
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    range.clone().step_by(RANGE as usize).map(move |start| start..range.end.min(start + RANGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_into_what_one_request_takes() {
        let cut: Vec<_> = pieces(512..512 + 2 * RANGE + 1).collect();
        assert_eq!(cut, [512..512 + RANGE, 512 + RANGE..512 + 2 * RANGE, 512 + 2 * RANGE..513 + 2 * RANGE]);
        assert_eq!(pieces(7..7).count(), 0);
    }
}
