//! Counting changes: as a value for plans and reports, and as a tally that many tasks add to.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::item::{Item, Work};

/// The files and directories that were written anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    pub files: u64,
    pub bytes: u64,
    pub directories: u64,
}

/// Counts of changes: what a plan holds, or what a cycle has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub copied: Copied,
    /// Entries whose properties, ACL, content headers or user metadata alone were written.
    pub metadata: u64,
    /// Entries whose name was written in another case.
    pub renamed: u64,
    /// Files and directories removed from the target.
    pub deleted: u64,
}

impl Changes {
    /// Counts what an item will do. Files inside a new or deleted directory count with it.
    pub fn plan(&mut self, item: &Item) {
        let (entries, bytes) = item.weight();
        self.renamed += u64::from(item.misspelt().is_some());
        match &item.work {
            Work::NewDirectory { files, .. } => {
                self.copied.directories += 1;
                self.copied.files += files;
                self.copied.bytes += bytes;
            }
            Work::CopyFile { .. } => {
                self.copied.files += 1;
                self.copied.bytes += bytes;
            }
            Work::SetDirectory { .. } | Work::SetFile { .. } => {
                self.metadata += u64::from(item.misspelt().is_none())
            }
            Work::TouchDirectory { .. } => {}
            Work::DeleteFile { .. } | Work::DeleteDirectory { .. } => self.deleted += entries,
        }
    }
}

/// Changes as they are made. Reading gives no consistent moment, only numbers that never fall.
#[derive(Debug, Default)]
pub struct Tally {
    pub files: AtomicU64,
    pub bytes: AtomicU64,
    pub directories: AtomicU64,
    pub metadata: AtomicU64,
    pub renamed: AtomicU64,
    pub deleted: AtomicU64,
}

/// Adds to one number of a tally.
pub fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl Tally {
    pub fn changes(&self) -> Changes {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let copied = Copied {
            files: read(&self.files),
            bytes: read(&self.bytes),
            directories: read(&self.directories),
        };
        Changes {
            copied,
            metadata: read(&self.metadata),
            renamed: read(&self.renamed),
            deleted: read(&self.deleted),
        }
    }
}
