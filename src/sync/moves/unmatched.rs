//! What finding moves remembers of an entry, and how much memory that takes.

use std::mem::size_of;
use std::sync::Arc;

use azure_storage_file_share::Entry;

use super::identity::Likeness;
use crate::sync::name::join;

/// What the maps hold of each entry, and the allocator besides.
const BESIDES: usize = 96;

/// An entry of the source at a place that the target lacks, or shows something else at.
#[derive(Debug)]
pub(super) struct Appeared {
    pub(super) path: String,
    pub(super) likeness: Likeness,
    /// It is known where it came from, or that it never went.
    pub(super) is_settled: bool,
    /// A directory that was not looked into.
    pub(super) is_closed: bool,
}

/// An entry of the target at a place that the source lacks, or shows something else at.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) directory: Arc<str>,
    pub(super) entry: Entry,
    /// What appeared in its place.
    pub(super) successor: Option<usize>,
    pub(super) is_top: bool,
    pub(super) is_settled: bool,
    pub(super) is_closed: bool,
}

impl Appeared {
    pub(super) fn bytes(&self) -> usize {
        bytes::<Self>(&[&self.path])
    }
}

impl Gone {
    pub(super) fn bytes(&self) -> usize {
        let Entry { name, etag, permission_key, .. } = &self.entry;
        bytes::<Self>(&[name, etag.as_str(), permission_key.as_str()])
    }

    pub(super) fn path(&self) -> String {
        join(&self.directory, &self.entry.name)
    }
}

/// A list that grows may have twice the room that it needs.
fn bytes<T>(texts: &[&str]) -> usize {
    2 * size_of::<T>() + texts.iter().map(|text| text.len()).sum::<usize>() + BESIDES
}
