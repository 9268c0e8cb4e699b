//! What a restore has under scratch names when it ends before all of it is done, in a share that people work in and that no cycle
//! clears: what it built and did not finish goes, and what had to give way comes back. Where something else has come in its
//! place by then, it stands beside that under a name that people see: it may be the only copy of what they wrote.

use std::collections::{BTreeSet, HashMap};

use azure_storage_file_share::{Entry, FileId, ListOptions};
use futures::{StreamExt, TryStreamExt, stream};

use super::moving::moving;
use super::pass::Pass;
use super::{Apply, DIRECTORIES};
use crate::sync::chunk::Chunk;
use crate::sync::compare::sentinel;
use crate::sync::cut_names::marked;
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, is_directory};
use crate::sync::name::{ScratchNames, join, name, parent};
use crate::sync::progress::{Progress, Saved};

/// What became of it.
#[derive(Debug, Default)]
pub struct Cleared {
    /// Where entries stand now that had to give way.
    pub beside: Vec<String>,
    /// What stays under a scratch name, and why.
    pub left: Vec<String>,
}

/// Where to look, and what of others may be found there.
#[derive(Debug, Default)]
struct Remains<'a> {
    directories: BTreeSet<String>,
    homes: HashMap<String, Home>,
    /// Files that wait for a directory to go.
    waiting: HashMap<&'a str, &'a Item>,
}

/// Where an entry was before it had to give way.
#[derive(Debug)]
struct Home {
    id: FileId,
    path: String,
    /// A new directory may have come there.
    is_taken_by_directory: bool,
}

impl Item {
    /// Whether something of others is under a scratch name from before its directory is deleted until after.
    pub fn moves_aside(&self) -> bool {
        matches!(self.removes_over(), Some(Over::Aside { .. } | Over::Tree { .. }))
    }

    fn removes_over(&self) -> Option<&Over> {
        match &self.work {
            Work::NewDirectory { over, .. } | Work::CopyFile { over, .. } => Some(over),
            _ => None,
        }
    }
}

impl<'a> Remains<'a> {
    fn of(scratch: &ScratchNames, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut remains = Self::default();
        for item in items {
            remains.look_for(scratch, item);
        }
        remains
    }

    fn look_for(&mut self, scratch: &ScratchNames, item: &'a Item) {
        // those with paths that are too long are in the root
        let known = [scratch.path_for(&item.path), scratch.moving_path_for(&item.path)];
        self.directories.extend(known.iter().map(|path| parent(path).to_owned()));
        if matches!(item.work, Work::NewDirectory { .. }) {
            self.directories.insert(item.path.clone());
            self.directories.insert(parent(&scratch.path_for(&join(&item.path, "any"))).to_owned());
        }
        let [_, moving] = known;
        match (&item.work, item.removes_over()) {
            (_, Some(Over::Aside { seen, aside })) => self.expect(aside.clone(), item, seen),
            (_, Some(Over::Tree { built, .. })) => {
                self.waiting.insert(built, item);
            }
            (Work::DeleteDirectory { target, .. }, _)
            | (Work::SetDirectory { target, .. } | Work::SetFile { target, .. }, _)
            | (Work::CopyFile { over: Over::File(target), .. }, _) => self.expect(moving, item, target),
            _ => {}
        }
    }

    fn expect(&mut self, at: String, item: &Item, seen: &Seen) {
        let path = join(parent(&item.path), &seen.name);
        let is_taken_by_directory = matches!(item.work, Work::NewDirectory { .. });
        self.homes.insert(at, Home { id: seen.file_id, path, is_taken_by_directory });
    }
}

impl Apply<'_> {
    /// Clears up after those items of a chunk that are meant. `mark` stands in the names of what stands beside what came.
    pub async fn clear(
        &self,
        chunk: &Chunk,
        is_meant: impl Fn(&Item) -> bool,
        mark: &str,
    ) -> Result<Cleared> {
        let progress = Progress::new(Saved::default());
        let pass = Pass::new(self, &progress);
        let remains = Remains::of(self.scratch, chunk.items.iter().filter(|item| is_meant(item)));
        pass.settled().await;
        let looks = remains.directories.iter().map(|directory| pass.scratch_in(directory));
        let found: Vec<_> =
            stream::iter(looks.collect::<Vec<_>>()).buffered(DIRECTORIES).try_concat().await?;
        let (mut cleared, mut away) = (Cleared::default(), Vec::new());
        for (path, entry) in found {
            let is_unfinished = !is_directory(&entry) && entry.last_write_time == sentinel();
            let home = remains.homes.get(&path).filter(|home| home.id == entry.file_id);
            let gone = match home {
                _ if is_unfinished => pass.delete_file(&path, entry.attributes).await,
                Some(home) => {
                    away.push((path, entry, home));
                    continue;
                }
                None => match remains.waiting.get(path.as_str()) {
                    Some(item) => pass.place_or_drop(item, &path, &entry).await,
                    None => Err(SyncError::refused("Unknown", "It is not known what it was")),
                },
            };
            cleared.settle(&path, gone)?;
        }
        // only now a directory is empty that came in somebody's place and was not filled
        for (path, entry, home) in away {
            let brought = pass.bring_home(&path, &entry, home, mark, &mut cleared).await;
            cleared.settle(&path, brought)?;
        }
        Ok(cleared)
    }
}

impl Cleared {
    fn settle(&mut self, path: &str, done: Result<()>) -> Result<()> {
        match done {
            Err(error) if error.cost() == Cost::Entry => {
                tracing::warn!(entry.path = path, "It stays under a scratch name: {error}");
                self.left.push(format!("{path}: {error}"));
                Ok(())
            }
            done => done,
        }
    }

    pub fn add(&mut self, other: Self) {
        self.beside.extend(other.beside);
        self.left.extend(other.left);
    }
}

impl Pass<'_> {
    /// The entries of a directory of the target under scratch names of this cycle.
    async fn scratch_in(&self, directory: &str) -> Result<Vec<(String, Entry)>> {
        let mut options = ListOptions { prefix: Some(self.scratch.prefix()), ..Default::default() };
        let mut found = Vec::new();
        loop {
            let target = self.shares.target.directory_client(directory);
            let page = match target.list_directories_and_files(&options).await.map_err(SyncError::from) {
                Err(error) if error.is_absence() => return Ok(found),
                page => page?,
            };
            found.extend(page.entries.into_iter().map(|entry| (join(directory, &entry.name), entry)));
            match page.next_marker {
                Some(marker) => options.marker = Some(marker),
                None => return Ok(found),
            }
        }
    }

    /// A file that is complete, and waited for a directory to go.
    async fn place_or_drop(&self, item: &Item, built: &str, entry: &Entry) -> Result<()> {
        match self.rename_in(item).await {
            Err(error) if error.cost() == Cost::Entry => self.delete_file(built, entry.attributes).await,
            placed => placed.map(drop),
        }
    }

    async fn bring_home(
        &self,
        at: &str,
        entry: &Entry,
        home: &Home,
        mark: &str,
        cleared: &mut Cleared,
    ) -> Result<()> {
        let is_taken = |renamed: &Result<()>| matches!(renamed, Err(error) if error.cost() == Cost::Entry);
        let mut renamed = self.rename(moving(entry), at, &home.path).await;
        if is_taken(&renamed)
            && home.is_taken_by_directory
            && self.shares.target.directory_client(&home.path).delete().await.is_ok()
        {
            renamed = self.rename(moving(entry), at, &home.path).await;
        }
        if !is_taken(&renamed) {
            return renamed;
        }
        let beside = join(parent(&home.path), &marked(name(&home.path), mark, is_directory(entry)));
        self.rename(moving(entry), at, &beside).await?;
        cleared.beside.push(beside);
        Ok(())
    }
}
