//! The look before the deed: target directories are listed again just before something in them is added, replaced or
//! deleted, and each entry must still be what the plan saw (P2).

use std::collections::{HashMap, HashSet};

use azure_storage::ErrorKind;
use azure_storage_file_share::Entry;
use futures::{StreamExt, stream};

use super::DIRECTORIES;
use crate::sync::compare::{compare, sentinel};
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Work, is_directory};
use crate::sync::name::{fold, is_scratch, join, parent};
use crate::sync::shares::Shares;

/// What stands where an item is going to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing, as planned or because somebody removed it.
    Nothing,
    /// Exactly what the plan saw.
    Planned,
    /// A file that an earlier attempt of ours left unfinished.
    Unfinished,
    /// The item is done: an earlier attempt got there.
    Done,
}

/// What the target shows now, for the entries that a chunk touches, by path with the name folded.
#[derive(Debug, Default)]
pub(super) struct Recheck {
    now: HashMap<String, Vec<Entry>>,
    unlisted: HashMap<String, SyncError>,
}

impl Recheck {
    /// Lists the directories that items add to or remove from, once each.
    pub(super) async fn look<'a>(shares: &Shares, items: impl Iterator<Item = &'a Item>) -> Result<Self> {
        let mut wanted: HashMap<String, HashSet<String>> = HashMap::new();
        for item in items.filter(|item| looks(item)) {
            wanted.entry(parent(&item.path).to_owned()).or_default().insert(place(item));
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
                Ok(entries) => {
                    for entry in entries {
                        let place = join(&directory, &fold(&entry.name));
                        if places.contains(&place) {
                            recheck.now.entry(place).or_default().push(entry);
                        }
                    }
                }
                Err(error) if error.ends_the_cycle() => return Err(error),
                Err(error) => drop(recheck.unlisted.insert(directory, error)),
            }
        }
        Ok(recheck)
    }

    /// What an item will meet. An error when that is not what the plan saw nor our own doing, or cannot be seen.
    pub(super) async fn sight(&self, shares: &Shares, item: &Item) -> Result<Sight> {
        if let Some(error) = self.unlisted.get(parent(&item.path)) {
            return Err(SyncError::refused(
                "TargetNotListed",
                format!("Nothing was touched, because: {error}"),
            ));
        }
        let Some(now) = self.now(item) else { return Ok(Sight::Nothing) };
        if item.removes().is_none()
            && item.path.rsplit('/').next() != Some(&now.name)
            && !is_one_name(shares, item, now).await?
        {
            return Ok(Sight::Nothing);
        }
        if let Some(seen) = item.removes()
            && now.file_id == seen.file_id
            // a rename to a scratch name moves the ETag and keeps the id
            && (now.etag == seen.etag || is_scratch(&now.name))
        {
            return Ok(Sight::Planned);
        }
        match &item.work {
            Work::CopyFile { source, .. } if compare(source, now).is_none() => Ok(Sight::Done),
            Work::NewDirectory { .. } if is_directory(now) => Ok(Sight::Done),
            Work::CopyFile { .. } if !is_directory(now) && now.last_write_time == sentinel() => {
                Ok(Sight::Unfinished)
            }
            _ => {
                let detail = "The target's entry is not the one that the plan saw; it was left alone";
                Err(SyncError::refused("TargetChanged", detail))
            }
        }
    }

    /// The entry of exactly this name, as the source or the target spells it, else one that folds alike.
    fn now(&self, item: &Item) -> Option<&Entry> {
        let entries = self.now.get(&place(item))?;
        let name = item.path.rsplit('/').next().unwrap_or_default();
        let seen = item.removes().map_or(name, |seen| &seen.name);
        let exactly = |name: &str| entries.iter().find(|entry| entry.name == name);
        exactly(seen).or_else(|| exactly(name)).or_else(|| entries.first())
    }
}

/// Whether the service takes the item's name for that of an entry that only folds alike here.
async fn is_one_name(shares: &Shares, item: &Item, now: &Entry) -> Result<bool> {
    match shares.target.file_client(&item.path).get_properties().await {
        Ok(found) => Ok(found.written.file_id == now.file_id),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(is_directory(now)),
        Err(error) => Err(error.into()),
    }
}

/// Directories to be deleted look for themselves, and making one shows by itself whether it is there.
fn looks(item: &Item) -> bool {
    matches!(item.work, Work::CopyFile { .. } | Work::DeleteFile { .. }) || over_other_kind(item)
}

fn over_other_kind(item: &Item) -> bool {
    matches!(item.work, Work::NewDirectory { .. }) && item.removes().is_some()
}

/// Where the entry that an item adds or removes is found now.
fn place(item: &Item) -> String {
    let name = item.path.rsplit('/').next().unwrap_or_default();
    join(parent(&item.path), &fold(name))
}
