//! Deleting what the source does not have. Whatever is not exactly what the plan saw stays.

use azure_storage_file_share::{Entry, FileAttributes, SetFileProperties, SmbProperties};
use futures::{StreamExt, TryStreamExt, stream};

use super::recheck::{Recheck, Sight};
use super::{Apply, ENTRIES};
use crate::sync::digest::digest;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Seen, Work, is_directory};
use crate::sync::name::join;
use crate::sync::tally::add;

impl Apply<'_> {
    pub(super) async fn delete_item(&self, item: &Item, recheck: &Recheck) -> Result<()> {
        match &item.work {
            _ if !self.goes_on() => Ok(()),
            Work::DeleteFile { target, .. } => {
                if recheck.sight(self.shares, item).await? == Sight::Planned {
                    self.delete_file(&item.path, target.attributes).await?;
                    add(&self.tally.deleted, 1);
                }
                Ok(())
            }
            Work::DeleteDirectory { target, digest, .. } => {
                self.delete_directory(item, target, *digest).await
            }
            _ => Ok(()),
        }
    }

    /// Deletes a directory's files and the directory, if all of it is what the plan saw. Its subdirectories were
    /// items of their own and came first; one that is left keeps it.
    ///
    /// The directory is known by its id alone: its ETag may move when its children go.
    async fn delete_directory(&self, item: &Item, seen: &Seen, planned: u128) -> Result<()> {
        let target = self.shares.target.directory_client(&item.path);
        let (id, entries) = match self.shares.list_target_with_id(&item.path).await {
            Ok(listed) => listed,
            Err(SyncError::Service(error))
                if error.is_code("ResourceNotFound") || error.is_code("ParentNotFound") =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if id.is_some_and(|id| id != seen.file_id)
            || entries.iter().any(is_directory)
            || digest(&entries) != planned
        {
            let detail = "The directory's content is not what the plan saw; it was left alone";
            return Err(SyncError::refused("TargetChanged", detail));
        }
        stream::iter(entries)
            .map(Ok::<Entry, SyncError>)
            .try_for_each_concurrent(ENTRIES, |entry| async move {
                self.delete_file(&join(&item.path, &entry.name), entry.attributes).await?;
                add(&self.tally.deleted, 1);
                Ok(())
            })
            .await?;
        target.delete().await?;
        add(&self.tally.deleted, 1);
        Ok(())
    }

    /// A read-only file has to be made writable before the service lets it go.
    async fn delete_file(&self, path: &str, attributes: FileAttributes) -> Result<()> {
        let target = self.shares.target.file_client(path);
        if attributes.contains(FileAttributes::READ_ONLY) {
            let writable = attributes.without(FileAttributes::READ_ONLY);
            let smb = SmbProperties { attributes: Some(writable), ..Default::default() };
            target.set_properties(&SetFileProperties { smb, ..Default::default() }).await?;
        }
        match target.delete().await {
            Err(error) if error.is_code("ResourceNotFound") => Ok(()),
            result => Ok(result?),
        }
    }
}
