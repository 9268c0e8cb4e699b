//! Carries out chunks of the plan, in passes over all of them: `lift` over those that have something to be moved out of the
//! way, `write` forward (directories top-down, then files and metadata), `lower` over the first ones again, `delete` backward
//! (children first), `finish` backward (directory times bottom-up).
//!
//! A bad entry is counted, reported and survived; only a lost share or credential ends the pass. Every item may be
//! carried out twice, and an earlier attempt may have been cut off at any request: what it did is recognised.

mod changed;
mod clear;
mod copy;
mod create;
mod delete;
mod directory;
mod file;
mod inside;
mod moving;
mod new_files;
mod pass;
mod ranges;
mod recheck;
mod rename;
mod replace;
mod sight;
mod small;
mod staged;

use azure_storage_file_share::{Entry, SmbProperties};
use tokio::sync::Semaphore;

pub use self::clear::Cleared;
pub use self::copy::CopyMode;
use self::pass::Pass;
use self::recheck::Recheck;
use super::chunk::Chunk;
use super::failure::{FailedPaths, Result};
use super::item::{Item, Reason};
use super::name::ScratchNames;
use super::progress::{End, Progress};
use super::shares::Shares;

/// Entries worked on at once: as many as may be in flight to one share. How many are is for the share's pace to say.
const ENTRIES: usize = 128;
/// Directories worked on at once.
const DIRECTORIES: usize = 32;
/// Parts of all entries together, ranges of files and files of directories, that are worked on at once, or wait for their
/// place in flight or their turn under a limit.
const TURNS: usize = 128;
/// Bytes held in memory at once while they pass through the app, in units of `ROOM`.
const STREAMED: usize = (64 << 20) / ROOM as usize;
const ROOM: u64 = 1 << 10;

/// What applying needs.
#[derive(Debug)]
pub struct Apply<'a> {
    pub shares: &'a Shares,
    pub mode: CopyMode,
    pub scratch: &'a ScratchNames,
    streamed: Semaphore,
    turns: Semaphore,
}

impl<'a> Apply<'a> {
    pub fn new(shares: &'a Shares, mode: CopyMode, scratch: &'a ScratchNames) -> Self {
        Self { shares, mode, scratch, streamed: Semaphore::new(STREAMED), turns: Semaphore::new(TURNS) }
    }

    /// Moves entries out of the way that stand, or lie, where others come or go; innermost first.
    pub async fn lift(&self, chunk: &Chunk, progress: &Progress) -> Result<End> {
        let pass = Pass::new(self, progress);
        let lifts = pass.due(chunk, Item::is_lift);
        let recheck = Recheck::of(self.scratch, lifts.iter().map(|(_, item)| *item));
        for level in pass::levels(lifts).into_iter().rev() {
            pass.each(level, ENTRIES, |_, item| pass.lift(item, &recheck)).await?;
        }
        Ok(pass.end())
    }

    /// Creates, copies, replaces and renames; deletes nothing.
    pub async fn write(&self, chunk: &Chunk, failed: &FailedPaths, progress: &Progress) -> Result<End> {
        let pass = Pass::new(self, progress);
        let writes = |item: &Item| item.is_directory_work() || item.is_file_work();
        let recheck = Recheck::of(self.scratch, chunk.items.iter().filter(|item| writes(item)));
        let directories = pass.due(chunk, Item::is_directory_work);
        for level in pass::levels(directories) {
            pass.each(level, DIRECTORIES, |number, item| pass.write_directory(number, item, &recheck))
                .await?;
        }
        let files = pass.due(chunk, Item::is_file_work);
        pass.each(files, ENTRIES, |_, item| pass.write_file(item, &recheck, false)).await?;
        pass.write_new_files(failed).await?;
        Ok(pass.end())
    }

    /// Puts back what was lifted and did not come to its new place; outermost first.
    pub async fn lower(&self, chunk: &Chunk, failed: &FailedPaths, progress: &Progress) -> Result<End> {
        let pass = Pass::new(self, progress);
        if failed.is_empty() {
            return Ok(pass.end());
        }
        let lifts = pass.due(chunk, Item::is_lift);
        let recheck = Recheck::of(self.scratch, lifts.iter().map(|(_, item)| *item));
        for level in pass::levels(lifts) {
            pass.each(level, ENTRIES, |_, item| pass.lower(item, &recheck)).await?;
        }
        Ok(pass.end())
    }

    /// Deletes what the plan says is gone from the source, as far as it still is what the plan saw.
    /// What was to give way to an entry that failed stays.
    pub async fn delete(&self, chunk: &Chunk, failed: &FailedPaths, progress: &Progress) -> Result<End> {
        let stays = |item: &Item| match item.successor() {
            Some(successor) => failed.contains(successor),
            // what an earlier cycle left may be the only copy of something that failed now
            None => item.reason == Reason::Scratch && !failed.is_empty(),
        };
        let pass = Pass::new(self, progress);
        let deletes = pass.due(chunk, |item| item.deletes() && !stays(item));
        let recheck = Recheck::of(self.scratch, deletes.iter().map(|(_, item)| *item));
        for level in pass::levels(deletes).into_iter().rev() {
            pass.each(level, DIRECTORIES, |_, item| pass.delete_item(item, &recheck)).await?;
        }
        Ok(pass.end())
    }

    /// Renames in what waited for a directory to go, then sets the times of every directory that was made, changed,
    /// or had entries come and go. A directory that failed keeps its times: set, they would hide what is missing.
    pub async fn finish(&self, chunk: &Chunk, failed: &FailedPaths, progress: &Progress) -> Result<End> {
        let pass = Pass::new(self, progress);
        let waits = |item: &Item| item.waits_at().is_some() && !failed.contains(&item.seen_path());
        let waiting = pass.due(chunk, |item| waits(item) && !failed.contains(&item.path));
        pass.each(waiting, ENTRIES, |_, item| pass.rename_in(item)).await?;
        let directories = pass.due(chunk, |item| item.is_directory_work() && !failed.contains(&item.path));
        for level in pass::levels(directories).into_iter().rev() {
            pass.each(level, DIRECTORIES, |_, item| pass.finish_directory(item)).await?;
        }
        Ok(pass.end())
    }
}

/// Everything SMB that an entry carries, to be sent to the target.
fn properties(entry: &Entry) -> SmbProperties {
    SmbProperties {
        attributes: Some(entry.attributes),
        creation_time: Some(entry.creation_time),
        last_write_time: Some(entry.last_write_time),
        change_time: Some(entry.change_time),
        permission_key: (!entry.permission_key.is_empty()).then(|| entry.permission_key.clone()),
        permission: None,
    }
}
