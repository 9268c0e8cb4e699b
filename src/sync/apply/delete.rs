//! Deleting what the source does not have. Whatever is not exactly what the plan saw stays.
//!
//! Files go one by one. A directory with several of them is first renamed to a scratch name, in one request: what
//! is left of it when that is cut off is known to be ours to delete, and is found there.

use azure_storage::ErrorKind;
use azure_storage_file_share::{Entry, FileAttributes};
use futures::{StreamExt, stream};

use super::ENTRIES;
use super::pass::{Outcome, Pass};
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::Sight;
use crate::sync::changes::Changes;
use crate::sync::digest::held;
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::{Item, Seen, Work, is_directory};
use crate::sync::name::join;
use crate::sync::shares::TargetListing;

impl Pass<'_> {
    pub(super) async fn delete_item(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        match &item.work {
            Work::DeleteFile { target, .. } if self.sight(item, recheck).await? != Sight::Nothing => {
                self.delete_file(&item.path, target.attributes).await?;
            }
            Work::DeleteDirectory { target, digest, .. } => {
                self.delete_directory(item, target, *digest).await?;
            }
            _ => {}
        }
        Ok(Outcome::Done(Changes::of(item)))
    }

    /// Deletes a directory's files and the directory, if all of it is what the plan saw. Its subdirectories were
    /// items of their own and came first; one that is left keeps it.
    ///
    /// The directory is known by its id alone: its ETag may move when its children go.
    async fn delete_directory(&self, item: &Item, seen: &Seen, planned: u128) -> Result<()> {
        let scratch = self.scratch.moving_path_for(&item.path);
        let is_it = |listed: &TargetListing| {
            listed.id.is_none_or(|id| id == seen.file_id)
                && listed.excluded.is_empty()
                && !listed.entries.iter().any(is_directory)
        };
        let Some(listed) = self.list(&item.path).await? else {
            return match self.list(&scratch).await? {
                Some(listed) if is_it(&listed) => self.empty(&scratch, listed.entries).await,
                Some(_) => Err(changed()),
                None => Ok(()),
            };
        };
        // an empty one has lost its files to an earlier attempt, or holds nothing to be lost
        if !is_it(&listed) || !listed.entries.is_empty() && held(&listed.entries) != planned {
            return Err(changed());
        }
        let goes_at_once = |files: &[Entry]| match files {
            [] => true,
            [file] => !file.attributes.contains(FileAttributes::READ_ONLY),
            _ => false,
        };
        if goes_at_once(&listed.entries) {
            return self.empty(&item.path, listed.entries).await;
        }
        let directory = Moving { id: seen.file_id, is_directory: true };
        self.rename(directory, &item.path, &scratch).await?;
        let emptied = self.empty(&scratch, listed.entries).await;
        if let Err(error) = &emptied
            && error.cost() == Cost::Entry
        {
            self.rename_back(directory, &scratch, &item.path).await;
        }
        emptied
    }

    /// Deletes files and then the directory that held them.
    async fn empty(&self, directory: &str, files: Vec<Entry>) -> Result<()> {
        let deletes = files.into_iter().map(|file| async move {
            if !self.goes_on() {
                return Err(SyncError::Stopped);
            }
            self.delete_file(&join(directory, &file.name), file.attributes).await
        });
        // those that run are finished also after a failure: none is dropped on its way
        let mut deleted = stream::iter(deletes).buffer_unordered(ENTRIES);
        let mut first = None;
        while let Some(result) = deleted.next().await {
            if let Err(error) = result {
                first.get_or_insert(error);
            }
        }
        if let Some(error) = first {
            return Err(error);
        }
        gone(self.shares.target.directory_client(directory).delete().await)
    }

    /// A read-only file has to be made writable before the service lets it go.
    pub(super) async fn delete_file(&self, path: &str, attributes: FileAttributes) -> Result<()> {
        if attributes.contains(FileAttributes::READ_ONLY) {
            match self.unlock(path, attributes).await {
                Err(SyncError::Service(error)) if error.kind == ErrorKind::NotFound => return Ok(()),
                unlocked => unlocked?,
            }
        }
        gone(self.shares.target.file_client(path).delete().await)
    }

    async fn list(&self, path: &str) -> Result<Option<TargetListing>> {
        match self.shares.look_at_target(path).await {
            Ok(listed) => Ok(Some(listed)),
            Err(SyncError::Service(error)) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A repeat after a lost answer finds nothing: that is what was wanted.
fn gone(deleted: azure_storage::Result<()>) -> Result<()> {
    match deleted {
        Err(error) if is_gone(&error) => Ok(()),
        result => Ok(result?),
    }
}

fn is_gone(error: &azure_storage::Error) -> bool {
    error.is_code("ResourceNotFound") || error.is_code("ParentNotFound")
}

fn changed() -> SyncError {
    let detail = "The directory's content is not what the plan saw; it was left alone";
    SyncError::refused("TargetChanged", detail)
}
