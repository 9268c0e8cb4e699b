//! The look before the deed: a target directory is listed again just before something in it is added, replaced or
//! deleted (P2). Once for all items of a chunk, when the first of them asks.

use std::collections::{HashMap, HashSet};

use azure_storage_file_share::Entry;
use tokio::sync::OnceCell;

use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Work};
use crate::sync::name::{ScratchNames, fold, join, parent};
use crate::sync::shares::Shares;

/// What the target shows now, of the entries that a chunk touches.
#[derive(Debug, Default)]
pub(super) struct Recheck {
    directories: HashMap<String, Watched>,
}

/// A directory to be listed.
#[derive(Debug, Default)]
struct Watched {
    /// Paths with the name folded.
    places: HashSet<String>,
    now: OnceCell<Now>,
}

/// The entries at each place, or why they cannot be seen.
type Now = std::result::Result<HashMap<String, Vec<Entry>>, String>;

impl Recheck {
    /// For the directories that items add to, rename in or remove from.
    pub(super) fn of<'a>(scratch: &ScratchNames, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut recheck = Self::default();
        for item in items.filter(|item| looks(item)) {
            recheck.watch(&item.path);
            if let Some((from, _)) = item.moves() {
                recheck.watch(from);
            }
            if let Work::Lift { to, .. } = &item.work {
                recheck.watch(to);
            }
            if let Some(built) = item.waits_at() {
                recheck.watch(built);
            }
            if item.misspelt().is_some() {
                recheck.watch(&scratch.moving_path_for(&item.path));
            }
        }
        recheck
    }

    /// What was listed just now of a directory.
    pub(super) fn seen(directory: &str, entries: Vec<Entry>) -> Self {
        let mut now: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in entries {
            now.entry(join(directory, &fold(&entry.name))).or_default().push(entry);
        }
        let watched = Watched { now: OnceCell::new_with(Some(Ok(now))), ..Watched::default() };
        Self { directories: [(directory.to_owned(), watched)].into() }
    }

    fn watch(&mut self, path: &str) {
        self.directories.entry(parent(path).to_owned()).or_default().places.insert(place(path));
    }

    /// The entries whose name folds as that of `path`. An error where the directory cannot be listed.
    pub(super) async fn at(&self, shares: &Shares, path: &str) -> Result<&[Entry]> {
        let directory = parent(path);
        let Some(watched) = self.directories.get(directory) else { return Ok(&[]) };
        let now = watched.now.get_or_try_init(|| watched.look(shares, directory)).await?;
        match now {
            Ok(entries) => Ok(entries.get(&place(path)).map_or(&[], Vec::as_slice)),
            Err(reason) => {
                Err(SyncError::refused("TargetNotListed", format!("Nothing was touched, because: {reason}")))
            }
        }
    }
}

impl Watched {
    async fn look(&self, shares: &Shares, directory: &str) -> Result<Now> {
        let mut now: HashMap<String, Vec<Entry>> = HashMap::new();
        let looked = shares.look_through_target(directory, |page| {
            for entry in page.entries {
                let place = join(directory, &fold(&entry.name));
                if self.places.contains(&place) {
                    now.entry(place).or_default().push(entry);
                }
            }
        });
        match looked.await {
            Ok(()) => {}
            Err(error) if error.ends_the_pass() => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        }
        Ok(Ok(now))
    }
}

/// Directories to be deleted look for themselves, and making one shows by itself whether it is there.
fn looks(item: &Item) -> bool {
    matches!(item.work, Work::CopyFile { .. } | Work::SetFile { .. } | Work::DeleteFile { .. })
        || item.moves().is_some()
        || matches!(item.work, Work::SetDirectory { .. }) && !item.path.is_empty()
        || item.misspelt().is_some()
        || matches!(item.work, Work::NewDirectory { .. }) && item.removes().is_some()
}

/// Where an entry is found, however it is spelt.
fn place(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    join(parent(path), &fold(name))
}
