//! What an entry keeps wherever it is renamed to, as far as both shares show it.

use azure_storage_file_share::{Entry, EntryKind, FileTime};

/// Entries that are one and the same are alike; those that are alike may still be two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Likeness {
    created: FileTime,
    /// Size and last-write time of a file; those of a directory change with what is in it.
    content: Option<(u64, FileTime)>,
}

impl Likeness {
    pub fn of(entry: &Entry) -> Self {
        let content = match entry.kind {
            EntryKind::File { size } => Some((size, entry.last_write_time)),
            EntryKind::Directory => None,
        };
        Self { created: entry.creation_time, content }
    }

    pub fn is_directory(self) -> bool {
        self.content.is_none()
    }
}
