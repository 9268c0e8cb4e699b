//! The bytes of one file, from the source share snapshot to the target.
//!
//! A small file is created with its data. Any other is created with the sentinel as its last-write time, ranges are put
//! with `preserve`, and the true times are written last: cut anywhere, it is never taken for a finished one (P4).

use azure_storage_file_share::{Downloaded, Entry, SetFileProperties, SmbProperties, Written};

use super::create::unfinished;
use super::pass::Pass;
use super::properties;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Seen, size};

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

impl Pass<'_> {
    /// Copies `path` of the source share snapshot to `destination` in the target, replacing a file there.
    pub(super) async fn copy_file(
        &self,
        source: &Entry,
        path: &str,
        destination: &str,
        seen: Option<&Seen>,
    ) -> Result<()> {
        let from = self.shares.source.file_client(path);
        let to = self.shares.target.file_client(destination);
        let is_small = self.is_small(size(source));
        let _room = if is_small { Some(self.room(size(source)).await) } else { None };
        let (found, data) = if is_small {
            let Downloaded { properties, bytes } = from.get(None).await?;
            (properties, Some(bytes))
        } else {
            (from.get_properties().await?, None)
        };
        if found.size != size(source) {
            let detail = "The source share snapshot shows another size than its listing";
            return Err(SyncError::refused("SourceInconsistent", detail));
        }
        let wanted = properties(source);
        let last =
            SetFileProperties { smb: wanted.clone(), content: found.content.clone(), ..Default::default() };
        let written = match self.create_at_once(&to, &found, &wanted, data.clone()).await? {
            Some(written) => written,
            None => {
                let begun = self.begin(path, &to, unfinished(&found, &wanted, data), seen).await?;
                if !begun.is_filled {
                    self.copy_ranges(&from, &to, found.size, begun).await?;
                }
                to.set_properties(&last).await?
            }
        };
        self.progress.file_done(path);
        let written = self.learn(&wanted, written);
        if !kept(&wanted, &written) {
            to.set_properties(&last).await?;
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
