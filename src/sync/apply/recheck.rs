//! The look before the deed: a target directory is listed again just before something in it is added, replaced or
//! deleted (P2). Once for all items of a chunk, when the first of them asks.

use std::collections::HashMap;
use std::time::Duration;

use azure_storage_file_share::Entry;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Work};
use crate::sync::name::{ScratchNames, fold, join, name, parent};
use crate::sync::pages::named;
use crate::sync::shares::Shares;

/// How long what was listed may be believed of a share in which people work.
const MOMENT: Duration = Duration::from_secs(1);

/// What the target shows now, of the entries that a chunk touches.
#[derive(Debug, Default)]
pub(super) struct Recheck {
    directories: HashMap<String, Watched>,
}

/// A directory to be listed.
#[derive(Debug, Default)]
struct Watched {
    /// Paths with the name folded, and as they were asked for.
    places: HashMap<String, String>,
    now: OnceCell<Now>,
    /// When it was listed.
    at: OnceCell<Instant>,
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
        let watched = self.directories.entry(parent(path).to_owned()).or_default();
        watched.places.insert(place(path), path.to_owned());
    }

    /// Whether more than a moment has gone by since the directory of `path` was listed.
    pub(super) fn was_long_ago(&self, path: &str) -> bool {
        let at = self.directories.get(parent(path)).and_then(|watched| watched.at.get());
        at.is_some_and(|at| at.elapsed() > MOMENT)
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
        self.at.get_or_init(|| async { Instant::now() }).await;
        let mut now: HashMap<String, Vec<Entry>> = HashMap::new();
        let mut take = |entry: Entry| {
            let place = join(directory, &fold(&entry.name));
            if self.places.contains_key(&place) {
                now.entry(place).or_default().push(entry);
            }
        };
        let is_named = shares.restoring.as_ref().is_some_and(|one| one.names_in(directory).is_some());
        let looked = if is_named {
            self.ask(shares, directory).await.map(|found| found.into_iter().for_each(&mut take))
        } else {
            shares.look_through_target(directory, |page| page.entries.into_iter().for_each(&mut take)).await
        };
        match looked {
            Ok(()) => {}
            Err(error) if shares.restoring.is_some() && error.is_absence() => {
                match shares.make_way(directory).await {
                    Err(error) if !error.ends_the_pass() => return Ok(Err(error.to_string())),
                    made => made?,
                }
            }
            Err(error) if error.ends_the_pass() => return Err(error),
            Err(error) => return Ok(Err(error.to_string())),
        }
        Ok(Ok(now))
    }
}

impl Watched {
    /// Asks for each place by itself. Whether a list takes names for one that differ in case is not known, so what it does
    /// not show is asked for once more, as the service finds it.
    async fn ask(&self, shares: &Shares, directory: &str) -> Result<Vec<Entry>> {
        let target = shares.target.directory_client(directory);
        let mut found = Vec::new();
        for path in self.places.values() {
            let listed = named(&target, &[name(path).to_owned()]).await?;
            let is_shown = !listed.is_empty();
            found.extend(listed);
            if !is_shown {
                found.extend(shares.target_file(path).await?);
            }
        }
        Ok(found)
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
    join(parent(path), &fold(name(path)))
}
