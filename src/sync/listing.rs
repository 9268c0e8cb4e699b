//! The listings of both shares.
//!
//! Everything read from the source passes through here and is translated on the way: its permission keys become
//! the target's, and a last-write time equal to the sentinel is moved by one tick. What comes out can be compared
//! with the target's listing field by field, and sent as it is. What is excluded is in no listing of either side.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use azure_storage_file_share::{Entry, FileId, ListOptions, PermissionKey, ShareDirectoryClient};
use futures::{StreamExt, stream};

use super::compare::mirrored_last_write;
use super::doubts::Doubts;
use super::failure::{Failure, Result, SyncError};
use super::hold::Hold;
use super::item::is_directory;
use super::name::{is_of_a_cycle, is_scratch, join, parent};
use super::shares::Shares;

/// One directory of the source, listed to the end.
#[derive(Debug, Default)]
pub struct SourceListing {
    pub entries: Vec<Entry>,
    /// Names of entries whose descriptor could not be carried over: they are left as they are.
    pub untranslated: HashMap<String, Failure>,
    /// Names of entries that are left out.
    pub excluded: Vec<String>,
}

/// One directory of the target, listed to the end.
#[derive(Debug, Default)]
pub struct TargetListing {
    /// Which directory it was.
    pub id: Option<FileId>,
    pub entries: Vec<Entry>,
    /// Names of entries that are left out.
    pub excluded: Vec<String>,
    /// What directories that only the target has hold back, by name; `None` where nothing is excluded at all.
    pub holds: Option<HashMap<String, Hold>>,
    /// Of its files.
    pub doubts: Arc<Doubts>,
}

impl TargetListing {
    pub fn hold(&self, name: &str) -> Hold {
        let Some(holds) = &self.holds else { return Hold::Nothing };
        holds.get(name).copied().unwrap_or(Hold::Unknown)
    }
}

impl Shares {
    /// Lists a directory of the source share snapshot, translated; nothing where it shows more than `most` entries.
    pub async fn list_source(&self, path: &str, most: usize) -> Result<Option<SourceListing>> {
        match list(&self.source_directory(path), most, |_| true).await? {
            Some(entries) => self.source_listing(path, entries).await.map(Some),
            None => Ok(None),
        }
    }

    /// The entry of the source share snapshot at a path below the root, translated.
    pub async fn source_entry(&self, path: &str) -> Result<Option<Entry>> {
        let beside = self.source_directory(parent(path));
        let wanted = self.source_path(path);
        let found = list(&beside, 1, |name| join(parent(&wanted), name) == wanted).await?;
        let listing = self.source_listing(parent(path), found.unwrap_or_default()).await?;
        Ok(listing.entries.into_iter().next())
    }

    /// Entries that a directory of the source shows, translated.
    pub async fn source_listing(&self, path: &str, entries: Vec<Entry>) -> Result<SourceListing> {
        let (mut excluded, mut entries) = self.leave_out(path, entries, |_| true);
        // what a restore builds in a live source, or left there, is nobody's file
        let built = entries.extract_if(.., |entry| is_of_a_cycle(&entry.name));
        excluded.extend(built.map(|entry| entry.name));
        let untranslated = self.translate(path, &mut entries).await?;
        Ok(SourceListing { entries, untranslated, excluded })
    }

    /// Makes of the source's entries what the target is to show. Returns the names of those that have no counterpart
    /// there.
    async fn translate(&self, path: &str, entries: &mut [Entry]) -> Result<HashMap<String, Failure>> {
        // neighbours share their key as a rule
        let is_new = |pair: &[Entry]| pair[0].permission_key != pair[1].permission_key;
        let changes = entries.windows(2).filter(|pair| is_new(pair)).map(|pair| &pair[1].permission_key);
        let keys: HashSet<&PermissionKey> =
            entries.first().map(|entry| &entry.permission_key).into_iter().chain(changes).collect();
        let mut counterparts = HashMap::with_capacity(keys.len());
        let keys: Vec<PermissionKey> = keys.into_iter().cloned().collect();
        let mut found = stream::iter(keys)
            .map(|key| async move { (self.counterpart(&key).await, key) })
            .buffer_unordered(8);
        while let Some((result, key)) = found.next().await {
            if let Err(error) = &result
                && error.ends_the_pass()
            {
                return result.map(|_| HashMap::new());
            }
            counterparts.insert(key, result);
        }
        let mut untranslated = HashMap::new();
        let mut last: Option<(PermissionKey, PermissionKey)> = None;
        for entry in entries {
            if self.is_left_unfinished(entry) {
                untranslated.insert(entry.name.clone(), unfinished(join(path, &entry.name)));
            }
            entry.last_write_time = mirrored_last_write(entry.last_write_time);
            if let Some((key, counterpart)) = &last
                && *key == entry.permission_key
            {
                entry.permission_key = counterpart.clone();
                continue;
            }
            match counterparts.get(&entry.permission_key) {
                Some(Ok(counterpart)) => {
                    let key = std::mem::replace(&mut entry.permission_key, counterpart.clone());
                    last = Some((key, counterpart.clone()));
                }
                Some(Err(error)) => {
                    untranslated.insert(entry.name.clone(), error.at(&join(path, &entry.name)));
                }
                None => {}
            }
        }
        Ok(untranslated)
    }

    /// Looks for entries in a directory of the base's source as it was then; their permission keys are the source's. A
    /// base that is gone shows nothing.
    pub async fn find_in_base(&self, path: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Entry>> {
        let Some(base) = &self.base else { return Ok(Vec::new()) };
        let mut entries = match list(&base.source.directory_client(path), usize::MAX, is_wanted).await {
            Err(SyncError::Service(error)) if error.is_code("ShareSnapshotNotFound") => Vec::new(),
            listed => listed?.unwrap_or_default(),
        };
        for entry in &mut entries {
            entry.last_write_time = mirrored_last_write(entry.last_write_time);
        }
        Ok(entries)
    }

    fn leave_out(
        &self,
        path: &str,
        entries: Vec<Entry>,
        may_be_left_out: impl Fn(&str) -> bool,
    ) -> (Vec<String>, Vec<Entry>) {
        if self.leaves_nothing_out() {
            return (Vec::new(), entries);
        }
        let is_left_out = |entry: &Entry| {
            may_be_left_out(&entry.name) && self.leaves_out(&join(path, &entry.name), is_directory(entry))
        };
        let (excluded, entries): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_left_out);
        (excluded.into_iter().map(|entry| entry.name).collect(), entries)
    }

    /// Lists a directory of the target; nothing where it shows more than `most` entries.
    pub async fn list_target(&self, path: &str, most: usize) -> Result<Option<TargetListing>> {
        let Some(directory) = self.target_directory(path) else { return Ok(Some(TargetListing::default())) };
        match list(&directory, most, |_| true).await? {
            Some(entries) => self.target_listing(path, entries).await.map(Some),
            None => Ok(None),
        }
    }

    /// Lists a directory of the target page by page, and says what is left out; scratch names never are. No more than
    /// a page is in memory.
    pub async fn look_through_target(&self, path: &str, mut visit: impl FnMut(TargetListing)) -> Result<()> {
        let Some(directory) = self.target_directory(path) else { return Ok(()) };
        let mut options = ListOptions::default();
        loop {
            let page = directory.list_directories_and_files(&options).await?;
            let listed = self.target_listing(path, page.entries).await?;
            visit(TargetListing { id: page.directory_id, ..listed });
            match page.next_marker {
                Some(marker) => options.marker = Some(marker),
                None => return Ok(()),
            }
        }
    }

    /// The first entries of a directory of the target, and whether they are all.
    pub async fn first_page_of_target(&self, path: &str) -> Result<(TargetListing, bool)> {
        let Some(directory) = self.target_directory(path) else {
            return Ok((TargetListing::default(), true));
        };
        let mut options = ListOptions::default();
        loop {
            let page = directory.list_directories_and_files(&options).await?;
            if page.entries.is_empty() && page.next_marker.is_some() {
                options.marker = page.next_marker;
                continue;
            }
            let listed = self.target_listing(path, page.entries).await?;
            return Ok((TargetListing { id: page.directory_id, ..listed }, page.next_marker.is_none()));
        }
    }

    /// Entries that a directory of the target shows, as they are to be compared.
    pub async fn target_listing(&self, path: &str, mut entries: Vec<Entry>) -> Result<TargetListing> {
        if self.permissions.is_for_looking() {
            for entry in &mut entries {
                entry.permission_key = self.shown(&entry.permission_key).await?;
            }
        }
        let (excluded, entries) = self.leave_out(path, entries, |name| !is_scratch(name));
        Ok(TargetListing { id: None, entries, excluded, holds: None, doubts: self.doubts.clone() })
    }
}

fn unfinished(path: String) -> Failure {
    let detail = "A cycle that was cut off had begun to write this file and did not finish it, so it is not taken for a whole one; \
                  restore it to the share where it lies, write it anew or delete it there";
    Failure::new(path, "NotFinished", detail)
}

/// Entries of a directory, page by page; nothing where more than `most` of them are wanted.
async fn list(
    directory: &ShareDirectoryClient,
    most: usize,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Option<Vec<Entry>>> {
    let mut entries = Vec::new();
    let mut options = ListOptions::default();
    loop {
        let page = directory.list_directories_and_files(&options).await?;
        entries.extend(page.entries.into_iter().filter(|entry| is_wanted(&entry.name)));
        if entries.len() > most {
            return Ok(None);
        }
        match page.next_marker {
            Some(marker) => options.marker = Some(marker),
            None => return Ok(Some(entries)),
        }
    }
}
