//! The look before the deed: target directories are listed again just before something in them is replaced or
//! deleted, and the entry must still be what the plan saw (P2).

use std::collections::{HashMap, HashSet};

use azure_storage_file_share::{ETag, FileId};
use futures::{StreamExt, stream};

use super::DIRECTORIES;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Seen, Work};
use crate::sync::name::{join, parent};
use crate::sync::shares::Shares;

/// What the target shows now, for the entries of a chunk that are to go.
#[derive(Debug, Default)]
pub(super) struct Recheck {
    now: HashMap<String, (FileId, ETag)>,
    unlisted: HashMap<String, SyncError>,
}

impl Recheck {
    /// Lists the directories of all items that remove something, once each. Directories to be deleted look for
    /// themselves.
    pub(super) async fn look(shares: &Shares, items: impl Iterator<Item = &Item>) -> Result<Self> {
        let mut wanted: HashMap<String, HashSet<String>> = HashMap::new();
        for item in items.filter(|item| !matches!(item.work, Work::DeleteDirectory { .. })) {
            if item.removes().is_some() {
                wanted.entry(parent(&item.path).to_owned()).or_default().insert(place(item));
            }
        }
        let mut recheck = Self::default();
        let mut listed = stream::iter(wanted)
            .map(|(directory, places)| async move {
                let entries = shares.list_target(&directory).await;
                (directory, places, entries)
            })
            .buffer_unordered(DIRECTORIES);
        while let Some((directory, places, entries)) = listed.next().await {
            match entries {
                Ok(entries) => recheck.now.extend(entries.into_iter().filter_map(|entry| {
                    let path = join(&directory, &entry.name);
                    places.contains(&path).then_some((path, (entry.file_id, entry.etag)))
                })),
                Err(error) if error.ends_the_cycle() => return Err(error),
                Err(error) => drop(recheck.unlisted.insert(directory, error)),
            }
        }
        Ok(recheck)
    }

    /// Whether the entry that `item` removes is there: `false` when somebody removed it already. An error when
    /// it is not what the plan saw, or cannot be seen.
    pub(super) fn confirm(&self, item: &Item, seen: &Seen) -> Result<bool> {
        if let Some(error) = self.unlisted.get(parent(&item.path)) {
            return Err(SyncError::refused(
                "TargetNotListed",
                format!("Nothing was removed, because: {error}"),
            ));
        }
        let place = place(item);
        let Some((file_id, etag)) = self.now.get(&place) else { return Ok(false) };
        // a rename to a scratch name moves the ETag and keeps the id
        let renamed = place != join(parent(&item.path), &seen.name);
        if *file_id == seen.file_id && (renamed || *etag == seen.etag) {
            return Ok(true);
        }
        Err(SyncError::refused(
            "TargetChanged",
            "The target's entry is not the one that the plan saw; it was left alone",
        ))
    }
}

/// Where the entry that an item removes is found now.
fn place(item: &Item) -> String {
    match &item.work {
        Work::DeleteFile { .. } | Work::DeleteDirectory { .. } => item.path.clone(),
        _ => join(parent(&item.path), item.removes().map_or("", |seen| &seen.name)),
    }
}
