//! Deleting what the source does not have. Whatever is not exactly what the plan saw stays.
//!
//! Files go one by one. A directory with several of them is first renamed to a scratch name, in one request: what
//! is left of it when that is cut off is known to be ours to delete, and is found there.

use azure_storage::ErrorKind;
use azure_storage_file_share::{Entry, FileAttributes, FileId};
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
use crate::sync::listing::TargetListing;
use crate::sync::name::join;

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
        let is_it = |id: Option<FileId>| id.is_none_or(|id| id == seen.file_id);
        let Some(found) = self.look(&item.path).await? else {
            return match self.first_page(&scratch).await? {
                Some(page) if is_it(page.listing.id) => self.empty(&scratch, page).await,
                Some(_) => Err(changed()),
                None => Ok(()),
            };
        };
        let is_empty = found.first.listing.entries.is_empty();
        // an empty one has lost its files to an earlier attempt, or holds nothing to be lost
        if !is_it(found.first.listing.id) || found.holds_others || !is_empty && found.digest != planned {
            return Err(changed());
        }
        let goes_at_once = match found.first.listing.entries.as_slice() {
            [] => true,
            [file] => found.first.is_last && !file.attributes.contains(FileAttributes::READ_ONLY),
            _ => false,
        };
        if goes_at_once {
            return self.empty(&item.path, found.first).await;
        }
        let directory = Moving { id: seen.file_id, is_directory: true };
        self.rename(directory, &item.path, &scratch).await?;
        let emptied = self.empty(&scratch, found.first).await;
        if let Err(error) = &emptied
            && error.cost() == Cost::Entry
        {
            self.rename_back(directory, &scratch, &item.path).await;
        }
        emptied
    }

    /// Deletes files and then the directory that held them, page by page.
    async fn empty(&self, directory: &str, mut page: Page) -> Result<()> {
        loop {
            if page.listing.holds_others() {
                return Err(changed());
            }
            self.delete_files(directory, page.listing.entries).await?;
            if page.is_last {
                return gone(self.shares.target.directory_client(directory).delete().await);
            }
            match self.first_page(directory).await? {
                Some(next) => page = next,
                None => return Ok(()),
            }
        }
    }

    async fn delete_files(&self, directory: &str, files: Vec<Entry>) -> Result<()> {
        let deletes = files.into_iter().map(|file| async move {
            let _turn = self.turn().await;
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
        first.map_or(Ok(()), Err)
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

    /// What a directory of the target holds; nothing if it is not there.
    async fn look(&self, path: &str) -> Result<Option<Found>> {
        let mut found: Option<Found> = None;
        let looked = self.shares.look_through_target(path, |listing| {
            let digest = held(&listing.entries);
            match &mut found {
                None => {
                    let holds_others = listing.holds_others();
                    found = Some(Found { digest, holds_others, first: Page { listing, is_last: true } });
                }
                Some(found) => {
                    found.digest = found.digest.wrapping_add(digest);
                    found.holds_others |= listing.holds_others();
                    found.first.is_last = false;
                }
            }
        });
        match looked.await {
            Err(SyncError::Service(error)) if is_gone(&error) => Ok(None),
            looked => looked.map(|()| found),
        }
    }

    async fn first_page(&self, path: &str) -> Result<Option<Page>> {
        match self.shares.first_page_of_target(path).await {
            Err(SyncError::Service(error)) if is_gone(&error) => Ok(None),
            page => page.map(|(listing, is_last)| Some(Page { listing, is_last })),
        }
    }
}

/// What stands in a directory that is to go.
struct Found {
    first: Page,
    digest: u128,
    holds_others: bool,
}

struct Page {
    listing: TargetListing,
    is_last: bool,
}

impl TargetListing {
    /// Something else than files that may go.
    fn holds_others(&self) -> bool {
        !self.excluded.is_empty() || self.entries.iter().any(is_directory)
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
