//! Carries out chunks of the plan, in three passes over all of them: `write` forward (directories top-down, then
//! files and metadata), `delete` backward (children first), `finish` backward (directory times bottom-up).
//!
//! A bad entry is counted, reported and survived; only a lost share or credential ends the pass. Every item may be
//! carried out twice: what an earlier attempt did is recognised.

mod copy;
mod delete;
mod directory;
mod file;
mod recheck;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use azure_storage_file_share::{Entry, SmbProperties, Written};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::Semaphore;

pub use self::copy::CopyMode;
use self::recheck::Recheck;
use super::chunk::Chunk;
use super::directory_plan::refused;
use super::failure::{FailedPaths, Failure, Result, SyncError};
use super::item::{Item, Over, Reason, Work, is_directory};
use super::name::{ScratchNames, depth, join};
use super::shares::Shares;
use super::tally::Tally;

/// Entries worked on at once.
const ENTRIES: usize = 32;
/// Directories worked on at once.
const DIRECTORIES: usize = 16;
/// Ranges held in memory at once while bytes pass through the app: 16 of 4 MiB.
const STREAMED: usize = 16;

/// What applying needs.
#[derive(Debug)]
pub struct Apply<'a> {
    pub shares: &'a Shares,
    pub mode: CopyMode,
    pub scratch: &'a ScratchNames,
    pub tally: &'a Tally,
    streamed: Semaphore,
    /// An error ended the cycle: what runs is finished, nothing else is begun.
    ended: AtomicBool,
}

impl<'a> Apply<'a> {
    pub fn new(shares: &'a Shares, mode: CopyMode, scratch: &'a ScratchNames, tally: &'a Tally) -> Self {
        let streamed = Semaphore::new(STREAMED);
        Self { shares, mode, scratch, tally, streamed, ended: AtomicBool::new(false) }
    }

    /// Creates, copies, replaces and renames; deletes nothing. What failed is added to `failures`, also when an
    /// error ends the cycle.
    pub async fn write(
        &self,
        chunk: &Chunk,
        failed: &FailedPaths,
        failures: &mut Vec<Failure>,
    ) -> Result<()> {
        let recheck = Recheck::look(self.shares, chunk.items.iter().filter(|item| !item.deletes())).await?;
        let found = Mutex::new(HashSet::new());
        let directories: Vec<&Item> = chunk.items.iter().filter(|item| item.is_directory_work()).collect();
        for level in levels(directories) {
            self.settle_level(level, |item| self.write_directory(item, &recheck, &found), failures).await?;
        }
        let files: Vec<Working<'_>> = chunk
            .items
            .iter()
            .filter(|item| item.is_file_work())
            .map(|item| async { (item.path.clone(), self.write_file(item, &recheck).await) }.boxed())
            .collect();
        self.settle(stream::iter(files), ENTRIES, failures).await?;
        let found = found.into_inner().expect("no panic while the set is held");
        self.write_new_files(chunk, &found, failed, failures).await
    }

    /// Deletes what the plan says is gone from the source, as far as it still is what the plan saw.
    /// What was to give way to an entry that failed stays.
    pub async fn delete(
        &self,
        chunk: &Chunk,
        failed: &FailedPaths,
        failures: &mut Vec<Failure>,
    ) -> Result<()> {
        let stays = |item: &Item| match item.successor() {
            Some(successor) => failed.contains(successor),
            // what an earlier cycle left may be the only copy of something that failed now
            None => item.reason == Reason::Scratch && !failed.is_empty(),
        };
        let is_due = |item: &&Item| item.deletes() && !stays(item);
        let deletes: Vec<&Item> = chunk.items.iter().filter(is_due).collect();
        let recheck = Recheck::look(self.shares, deletes.iter().copied()).await?;
        for level in levels(deletes).into_iter().rev() {
            self.settle_level(level, |item| self.delete_item(item, &recheck), failures).await?;
        }
        Ok(())
    }

    /// Renames in what waited for a directory to go, then sets the times of every directory that was made, changed,
    /// or had entries come and go. A directory that failed keeps its times: set, they would hide what is missing.
    pub async fn finish(
        &self,
        chunk: &Chunk,
        failed: &FailedPaths,
        failures: &mut Vec<Failure>,
    ) -> Result<()> {
        let waiting: Vec<Working<'_>> = chunk
            .items
            .iter()
            .filter(|item| !failed.contains(&item.path) && !failed.contains(&item.seen_path()))
            .filter_map(|item| Some((item, item.waits_at()?)))
            .map(|(item, built)| async { (item.path.clone(), self.rename_in(item, built).await) }.boxed())
            .collect();
        self.settle(stream::iter(waiting), ENTRIES, failures).await?;
        let is_due = |item: &&Item| item.is_directory_work() && !failed.contains(&item.path);
        let directories: Vec<&Item> = chunk.items.iter().filter(is_due).collect();
        for level in levels(directories).into_iter().rev() {
            self.settle_level(level, |item| self.finish_directory(item), failures).await?;
        }
        Ok(())
    }

    /// The files of the chunk's new directories, listed again from the source share snapshot. Directories in `found`
    /// were there when they were to be made: what is in them is looked at first.
    async fn write_new_files(
        &self,
        chunk: &Chunk,
        found: &HashSet<String>,
        failed: &FailedPaths,
        failures: &mut Vec<Failure>,
    ) -> Result<()> {
        let made = |item: &&Item| {
            matches!(item.work, Work::NewDirectory { files: 1.., .. })
                && !failures.iter().any(|failure| failure.path == item.path)
        };
        let new: Vec<String> = chunk.items.iter().filter(made).map(|item| item.path.clone()).collect();
        let listed: Vec<BoxFuture<'_, Vec<Working<'_>>>> = new
            .into_iter()
            .map(|directory| {
                let is_found = found.contains(&directory);
                self.new_files(directory, is_found, failed).boxed()
            })
            .collect();
        let works: BoxStream<'_, Working<'_>> =
            stream::iter(listed).buffered(4).map(stream::iter).flatten().boxed();
        self.settle(works, ENTRIES, failures).await
    }

    async fn new_files<'b>(
        &'b self,
        directory: String,
        is_found: bool,
        failed: &FailedPaths,
    ) -> Vec<Working<'b>> {
        match self.list_new(&directory, is_found, failed).await {
            Err(error) => vec![async move { (directory, Err(error)) }.boxed()],
            Ok((items, refused, recheck)) => {
                let recheck = Arc::new(recheck);
                let work = |item: Item| {
                    let recheck = recheck.clone();
                    async move {
                        let result = self.write_file(&item, &recheck).await;
                        (item.path, result)
                    }
                    .boxed()
                };
                let refused = refused.into_iter().map(|(path, error)| async { (path, Err(error)) }.boxed());
                items.into_iter().map(work).chain(refused).collect()
            }
        }
    }

    /// The files of a new directory, those of them that cannot be mirrored and were not reported yet, and what the
    /// target has there.
    async fn list_new(
        &self,
        directory: &str,
        is_found: bool,
        failed: &FailedPaths,
    ) -> Result<(Vec<Item>, Vec<(String, SyncError)>, Recheck)> {
        let listing = self.shares.list_source(directory).await?;
        let (mut items, mut unfit) = (Vec::new(), Vec::new());
        for source in listing.entries.into_iter().filter(|entry| !is_directory(entry)) {
            let path = join(directory, &source.name);
            match refused(&path, &source, &listing.untranslated) {
                Some(_) if failed.contains(&path) => {}
                Some(failure) => {
                    unfit.push((path, SyncError::refused("PermissionNotCarried", failure.detail)))
                }
                None => {
                    let work = Work::CopyFile { source, over: Over::Nothing };
                    items.push(Item { path, reason: Reason::Added, work });
                }
            }
        }
        let looked_at = if is_found { &items[..] } else { &[] };
        let recheck = Recheck::look(self.shares, looked_at.iter()).await?;
        Ok((items, unfit, recheck))
    }

    /// Works on entries side by side and sorts out what failed. An error that ends the cycle comes back when all
    /// that was running has finished: a rename in two steps is not cut between them.
    async fn settle(
        &self,
        works: impl Stream<Item = Working<'_>>,
        at_once: usize,
        failures: &mut Vec<Failure>,
    ) -> Result<()> {
        let mut running = std::pin::pin!(works.buffer_unordered(at_once));
        let mut end = None;
        while let Some((path, result)) = running.next().await {
            match result {
                Ok(()) => {}
                Err(error) if error.ends_the_cycle() => {
                    self.ended.store(true, Ordering::Relaxed);
                    end.get_or_insert(error);
                }
                Err(error) => failures.push(error.at(&path)),
            }
        }
        end.map_or(Ok(()), Err)
    }

    /// Works on directories of one depth side by side.
    async fn settle_level<'b, F>(
        &self,
        level: Vec<&'b Item>,
        work: impl Fn(&'b Item) -> F,
        failures: &mut Vec<Failure>,
    ) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'b,
    {
        let works: Vec<Working<'b>> = level
            .into_iter()
            .map(|item| {
                let work = work(item);
                async move { (item.path.clone(), work.await) }.boxed()
            })
            .collect();
        self.settle(stream::iter(works), DIRECTORIES, failures).await
    }

    /// Whether to begin with an item at all.
    fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }

    /// Remembers which permission key the target gave, and hands the answer on.
    fn learn(&self, sent: &SmbProperties, written: Written) -> Written {
        if let Some(key) = &sent.permission_key {
            self.shares.permissions.learn(key, &written.permission_key);
        }
        written
    }
}

/// One entry's work, named by its path. Boxed: the compiler cannot see that a stream of nested futures is `Send`.
type Working<'a> = BoxFuture<'a, (String, Result<()>)>;

/// Items grouped by depth, shallow first.
fn levels(items: Vec<&Item>) -> Vec<Vec<&Item>> {
    let mut levels: std::collections::BTreeMap<usize, Vec<&Item>> = std::collections::BTreeMap::new();
    for item in items {
        levels.entry(depth(&item.path)).or_default().push(item);
    }
    levels.into_values().collect()
}

/// Everything SMB that an entry carries, to be sent to the target.
fn properties(entry: &Entry) -> SmbProperties {
    SmbProperties {
        attributes: Some(entry.attributes),
        creation_time: Some(entry.creation_time),
        last_write_time: Some(entry.last_write_time),
        change_time: Some(entry.change_time),
        permission_key: (!entry.permission_key.is_empty()).then(|| entry.permission_key.clone()),
    }
}
