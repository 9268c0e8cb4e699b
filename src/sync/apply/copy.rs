//! The bytes of one file, from the source share snapshot to the target.
//!
//! A small file is created with its data. Any other is created with the sentinel as its last-write time, ranges are put
//! with `preserve`, and the true times are written last: cut anywhere, it is never taken for a finished one (P4).
//! What takes the place of another file is in `replace`, changed ranges are in `changed`.

use azure_storage_file_share::{
    Downloaded, Entry, FileProperties, LastWrite, SetFileProperties, ShareFileClient, SmbProperties, Written,
};
use bytes::Bytes;
use tokio::sync::SemaphorePermit;

use super::create::Begun;
use super::pass::Pass;
use super::properties;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::size;
use crate::sync::staging::Staged;

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

/// A file of the source share snapshot, with all that its copy gets. The bytes of a small one are in memory.
pub(super) struct Original<'a> {
    pub(super) from: ShareFileClient,
    pub(super) found: FileProperties,
    pub(super) data: Option<Bytes>,
    /// What is written last, where one request is not enough.
    pub(super) last: SetFileProperties,
    /// The file that has the same data in the staging share.
    pub(super) staged: Option<Staged>,
    _room: Option<SemaphorePermit<'a>>,
}

impl Pass<'_> {
    /// Reads a small file, and of a larger one what stands beside the data; so of one whose data lies in staging.
    pub(super) async fn original(&self, source: &Entry, path: &str) -> Result<Original<'_>> {
        let from = self.shares.source_file(path);
        let staged = Box::pin(self.staged(source, path)).await?;
        let is_small = staged.is_none() && self.is_small(size(source));
        let _room = if is_small { Some(self.room(size(source)).await) } else { None };
        let (found, data) = if is_small {
            let Downloaded { properties, bytes } = from.get(None).await?;
            (properties, Some(bytes))
        } else {
            (from.get_properties().await?, None)
        };
        let staged = staged.and_then(|staged| self.settle_origin(source, path, staged, &found));
        if found.size != size(source) {
            let detail = "The source share snapshot shows another size than its listing";
            return Err(SyncError::refused("SourceInconsistent", detail));
        }
        self.shares.plain.saw(&found.metadata);
        let last = SetFileProperties {
            smb: properties(source),
            content: found.content.clone(),
            ..Default::default()
        };
        Ok(Original { from, found, data, last, staged, _room })
    }

    /// Copies `path` of the source share snapshot to `destination` in the target.
    pub(super) async fn copy_file(&self, source: &Entry, path: &str, destination: &str) -> Result<()> {
        let to = self.shares.target.file_client(destination);
        let original = self.original(source, path).await?;
        // a Create that comes late must not bring back a name that is renamed away by then
        let stays = destination == path;
        let is_there = stays && Box::pin(self.copy_staged(path, &to, &original)).await?;
        if is_there || !stays || !self.create_at_once(&to, &original).await? {
            if !is_there {
                self.fill(&to, &original).await?;
            }
            self.complete(&to, &original, None).await?;
        }
        self.progress.file_done(original.from.path());
        Ok(())
    }

    /// Creates a file with all its data, and the sentinel.
    pub(super) async fn fill(&self, to: &ShareFileClient, original: &Original<'_>) -> Result<Begun> {
        let begun = self.begin(to, original).await?;
        match &original.data {
            _ if begun.is_filled => {}
            // it is in memory already
            Some(data) => drop(to.put_range(0, data.clone(), LastWrite::Preserve).await?),
            None => return Box::pin(self.fill_ranges(to, original, begun)).await,
        }
        Ok(begun)
    }

    /// Writes what is written last, unless `written` tells that the target shows it already.
    pub(super) async fn complete(
        &self,
        to: &ShareFileClient,
        original: &Original<'_>,
        written: Option<Written>,
    ) -> Result<()> {
        let wanted = &original.last.smb;
        for answer in [written, None] {
            let written = match answer {
                Some(written) => written,
                None => to.set_properties(&original.last).await?,
            };
            if kept(wanted, &self.learn(wanted, written)) {
                break;
            }
        }
        Ok(())
    }
}

/// Whether the target kept what it was sent: a plain Create adds `Archive`.
fn kept(wanted: &SmbProperties, written: &Written) -> bool {
    wanted.attributes.is_none_or(|attributes| attributes == written.attributes)
        && wanted.last_write_time.is_none_or(|time| time == written.last_write_time)
        && wanted.change_time.is_none_or(|time| time == written.change_time)
}
