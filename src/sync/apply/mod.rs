//! Carries out chunks of the plan, in three passes over all of them: `write` forward (directories top-down, then
//! files and metadata), `delete` backward (children first), `finish` backward (directory times bottom-up).
//!
//! A bad entry is counted, reported and survived; only a lost share or credential ends the pass. Every item may be
//! carried out twice.

mod copy;
mod delete;
mod directory;
mod file;
mod recheck;

use azure_storage_file_share::{Entry, SmbProperties, Written};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::Semaphore;

use self::recheck::Recheck;
use super::chunk::Chunk;
use super::directory_plan::refused;
use super::failure::{Failure, Result};
use super::item::{Item, Over, Reason, Work, is_directory};
use super::name::{ScratchNames, depth, join};
use super::shares::Shares;
use super::tally::Tally;
use crate::config::CopyMode;

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
}

impl<'a> Apply<'a> {
    pub fn new(shares: &'a Shares, mode: CopyMode, scratch: &'a ScratchNames, tally: &'a Tally) -> Self {
        let streamed = Semaphore::new(STREAMED);
        Self { shares, mode, scratch, tally, streamed }
    }

    /// Creates, copies, replaces and renames; deletes nothing.
    pub async fn write(&self, chunk: &Chunk) -> Result<Vec<Failure>> {
        let mut failures = Vec::new();
        let recheck = Recheck::look(self.shares, chunk.items.iter().filter(|item| !item.deletes())).await?;
        let directories: Vec<&Item> = chunk.items.iter().filter(|item| item.is_directory_work()).collect();
        for level in levels(directories) {
            settle_level(level, |item| self.write_directory(item, &recheck), &mut failures).await?;
        }
        let files = self.files(chunk, &failures);
        let works = files.map(|(path, item)| {
            let recheck = &recheck;
            let write = async move { self.write_file(&item?, recheck).await };
            async move { (path, write.await) }.boxed()
        });
        settle(works, ENTRIES, &mut failures).await?;
        Ok(failures)
    }

    /// Deletes what the plan says is gone from the source, as far as it still is what the plan saw.
    pub async fn delete(&self, chunk: &Chunk) -> Result<Vec<Failure>> {
        let mut failures = Vec::new();
        let deletes: Vec<&Item> = chunk.items.iter().filter(|item| item.deletes()).collect();
        let recheck = Recheck::look(self.shares, deletes.iter().copied()).await?;
        for level in levels(deletes).into_iter().rev() {
            settle_level(level, |item| self.delete_item(item, &recheck), &mut failures).await?;
        }
        Ok(failures)
    }

    /// Sets the times of every directory that was made, changed, or had entries come and go.
    pub async fn finish(&self, chunk: &Chunk) -> Result<Vec<Failure>> {
        let mut failures = Vec::new();
        let directories: Vec<&Item> = chunk.items.iter().filter(|item| item.is_directory_work()).collect();
        for level in levels(directories).into_iter().rev() {
            settle_level(level, |item| self.finish_directory(item), &mut failures).await?;
        }
        Ok(failures)
    }

    /// The chunk's own files, then those of its new directories, listed again from the source share snapshot.
    fn files(
        &self,
        chunk: &Chunk,
        failures: &[Failure],
    ) -> impl Stream<Item = (String, Result<Item>)> + use<'_, 'a> {
        let own: Vec<_> = chunk
            .items
            .iter()
            .filter(|item| matches!(item.work, Work::CopyFile { .. } | Work::SetFile { .. }))
            .map(|item| (item.path.clone(), Ok(item.clone())))
            .collect();
        let made = |item: &&Item| {
            matches!(item.work, Work::NewDirectory { files: 1.., .. })
                && !failures.iter().any(|failure| failure.path == item.path)
        };
        let new: Vec<String> = chunk.items.iter().filter(made).map(|item| item.path.clone()).collect();
        let listed = stream::iter(new).map(|directory| self.new_files(directory)).buffered(4);
        stream::iter(own).chain(listed.map(stream::iter).flatten())
    }

    async fn new_files(&self, directory: String) -> Vec<(String, Result<Item>)> {
        let listing = match self.shares.list_source(&directory).await {
            Ok(listing) => listing,
            Err(error) => return vec![(directory, Err(error))],
        };
        let files = listing.entries.into_iter().filter(|entry| !is_directory(entry));
        files
            .map(|entry| (join(&directory, &entry.name), entry))
            // the plan has reported these
            .filter(|(path, entry)| refused(path, entry, &listing.untranslated).is_none())
            .map(|(path, source)| {
                let work = Work::CopyFile { source, over: Over::Nothing };
                (path.clone(), Ok(Item { path, reason: Reason::Added, work }))
            })
            .collect()
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

/// Works on entries side by side and sorts out what failed. An error that ends the cycle comes back at once.
async fn settle<'a>(
    works: impl Stream<Item = Working<'a>>,
    at_once: usize,
    failures: &mut Vec<Failure>,
) -> Result<()> {
    let mut running = std::pin::pin!(works.buffer_unordered(at_once));
    while let Some((path, result)) = running.next().await {
        match result {
            Ok(()) => {}
            Err(error) if error.ends_the_cycle() => return Err(error),
            Err(error) => failures.push(error.at(&path)),
        }
    }
    Ok(())
}

/// Works on directories of one depth side by side.
async fn settle_level<'a, F>(
    level: Vec<&'a Item>,
    work: impl Fn(&'a Item) -> F,
    failures: &mut Vec<Failure>,
) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'a,
{
    let works: Vec<Working<'a>> = level
        .into_iter()
        .map(|item| {
            let work = work(item);
            async move { (item.path.clone(), work.await) }.boxed()
        })
        .collect();
    settle(stream::iter(works), DIRECTORIES, failures).await
}

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
