//! Counting changes, for plans and reports.

use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

use super::item::{Item, Work};
use super::seeded::Seeded;

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
    /// Entries that were moved, or whose name was written in another case.
    pub renamed: u64,
    /// Files and directories removed from the target.
    pub deleted: u64,
    /// While a pair is seeded: where the data of what was copied came from.
    #[serde(default, skip_serializing_if = "Seeded::is_empty")]
    pub seeded: Seeded,
}

impl Changes {
    /// What an item does. Files inside a new or deleted directory count with it.
    pub fn of(item: &Item) -> Self {
        let mut changes = Self::default();
        changes.plan(item);
        changes
    }

    /// Adds what an item will do.
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
            Work::Rename { .. } => self.renamed += 1,
            Work::TouchDirectory { .. } | Work::Lift { .. } | Work::Loose { .. } => {}
            Work::DeleteFile { .. } | Work::DeleteDirectory { .. } => self.deleted += entries,
        }
    }
}

impl AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.copied.files += other.copied.files;
        self.copied.bytes += other.copied.bytes;
        self.copied.directories += other.copied.directories;
        self.metadata += other.metadata;
        self.renamed += other.renamed;
        self.deleted += other.deleted;
        self.seeded += other.seeded;
    }
}

impl Add for Changes {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}
