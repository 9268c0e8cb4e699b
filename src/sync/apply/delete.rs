//! Deleting what the source does not have. Whatever is not exactly what the plan saw stays.
//!
//! Files go one by one. A directory with several of them is first renamed to a scratch name, in one request: what
//! is left of it when that is cut off is known to be ours to delete, and is found there.

use std::cmp::Ordering;

use azure_storage::ErrorKind;
use azure_storage_file_share::{Entry, FileAttributes};
use futures::{StreamExt, stream};

use super::ENTRIES;
use super::inside::ends_copy;
use super::pass::{Outcome, Pass};
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::Sight;
use crate::sync::changes::Changes;
use crate::sync::compare::sentinel;
use crate::sync::digest::{held, named};
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::{Item, Seen, Work, is_directory};
use crate::sync::listing::TargetListing;
use crate::sync::name::{is_scratch, join, name};

impl Pass<'_> {
    pub(super) async fn delete_item(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        match &item.work {
            Work::DeleteFile { target, .. } if self.sight(item, recheck).await? != Sight::Nothing => {
                self.delete_file(&item.path, target.attributes).await?;
            }
            Work::DeleteDirectory { target, files, digest, .. } => {
                let planned = Planned { files: *files, digest: *digest };
                self.delete_directory(item, target, planned).await?;
            }
            _ => {}
        }
        Ok(Outcome::Done(Changes::of(item)))
    }

    /// Deletes a directory's files and the directory, if all of it is what the plan saw. Its subdirectories were
    /// items of their own and came first; one that is left keeps it.
    ///
    /// The directory is known by its id alone: its ETag may move when its children go.
    async fn delete_directory(&self, item: &Item, seen: &Seen, planned: Planned) -> Result<()> {
        let scratch = self.scratch.moving_path_for(&item.path);
        let directory = Moving { id: seen.file_id, is_directory: true };
        let is_it = |found: &Found| found.first.listing.id.is_none_or(|id| id == seen.file_id);
        let Some(found) = self.look(&item.path).await? else {
            let is_left = |left: &Found| is_it(left) && left.may_be_left_of(planned);
            return self.empty_aside(directory, &scratch, &item.path, is_left).await;
        };
        // an empty one has lost its files to an earlier attempt, or holds nothing to be lost
        if !is_it(&found) || found.holds_others || found.files > 0 && found.digest != planned.digest {
            return Err(changed());
        }
        let goes_at_once = match found.first.listing.entries.as_slice() {
            [] => found.first.is_last,
            [file] => found.first.is_last && !file.attributes.contains(FileAttributes::READ_ONLY),
            _ => false,
        };
        if goes_at_once {
            return self.empty(&item.path, found.first).await;
        }
        self.rename(directory, &item.path, &scratch).await?;
        // what came between the look and the renaming came along
        self.empty_aside(directory, &scratch, &item.path, |now| now.named == found.named).await
    }

    /// Empties and deletes a directory that was renamed to be deleted, if it holds what is to go. Else it is put back.
    async fn empty_aside(
        &self,
        directory: Moving,
        scratch: &str,
        path: &str,
        is_to_go: impl Fn(&Found) -> bool,
    ) -> Result<()> {
        let Some(found) = self.look(scratch).await? else { return Ok(()) };
        let emptied = match !found.holds_others && is_to_go(&found) {
            true => self.empty(scratch, found.first).await,
            false => Err(changed()),
        };
        if let Err(error) = &emptied
            && error.cost() == Cost::Entry
        {
            self.rename_back(directory, scratch, path).await;
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
        let file = self.shares.target.file_client(path);
        gone(match file.delete().await {
            Err(error) if ends_copy(&file, &error).await? => file.delete().await,
            // nothing ever asks again for what is left under a scratch name in a share that people work in
            Err(error) if is_gone(&error) && is_scratch(name(path)) => file.delete().await,
            deleted => deleted,
        })
    }

    /// What a directory of the target holds; nothing if it is not there.
    async fn look(&self, path: &str) -> Result<Option<Found>> {
        let mut found: Option<Found> = None;
        let looked = self.shares.look_through_target(path, |listing| {
            let page = Found::new(listing);
            match &mut found {
                None => found = Some(page),
                Some(found) => found.add(&page),
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

/// The files of a directory that is to go, as the plan saw them.
#[derive(Clone, Copy)]
struct Planned {
    files: u64,
    digest: u128,
}

/// What stands in a directory that is to go.
struct Found {
    first: Page,
    files: u64,
    digest: u128,
    named: u128,
    holds_others: bool,
    /// A file was made writable, to be deleted.
    is_begun: bool,
}

impl Found {
    fn new(listing: TargetListing) -> Self {
        Self {
            files: listing.entries.len() as u64,
            digest: held(&listing.entries),
            named: named(&listing.entries),
            holds_others: listing.holds_others(),
            is_begun: listing.entries.iter().any(|file| file.last_write_time == sentinel()),
            first: Page { listing, is_last: true },
        }
    }

    /// Takes in another page.
    fn add(&mut self, page: &Self) {
        self.first.is_last = false;
        self.files += page.files;
        self.digest = self.digest.wrapping_add(page.digest);
        self.named = self.named.wrapping_add(page.named);
        self.holds_others |= page.holds_others;
        self.is_begun |= page.is_begun;
    }

    /// Whether this is what an attempt left that was cut off: all of it, or less after it had looked once more.
    fn may_be_left_of(&self, planned: Planned) -> bool {
        match self.files.cmp(&planned.files) {
            Ordering::Less => true,
            Ordering::Equal => self.is_begun || self.digest == planned.digest,
            Ordering::Greater => false,
        }
    }
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
