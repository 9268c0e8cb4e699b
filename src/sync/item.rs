//! The plan: what has to happen to the target, as a list of items in the order of the walk.

use azure_storage_file_share::{ETag, Entry, EntryKind, FileAttributes, FileId};
use serde::{Deserialize, Serialize};

use super::name;

/// A file that is no larger travels in one request on each side; the bytes of others are copied by the service, and a
/// changed one is replaced when the new one is complete. Up to here both ways take as long (`cargo xtask bench threshold`).
pub const SMALL: u64 = 256 << 10;

/// What the target showed when the plan was made. It is looked at again just before anything is deleted or
/// replaced (P2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The target's spelling.
    pub name: String,
    pub file_id: FileId,
    pub etag: ETag,
    pub attributes: FileAttributes,
    /// Bytes of a file: how much room its successor needs besides.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(size: &u64) -> bool {
    *size == 0
}

impl Seen {
    /// Nothing is there.
    pub fn nothing(name: &str) -> Self {
        let (file_id, attributes) = (FileId(0), FileAttributes::NONE);
        Self { name: name.to_owned(), file_id, etag: "".into(), attributes, size: 0 }
    }

    pub fn of(entry: &Entry) -> Self {
        let Entry { name, file_id, etag, attributes, .. } = entry.clone();
        Self { name, file_id, etag, attributes, size: size(entry) }
    }
}

/// What a new entry takes the place of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Over {
    Nothing,
    /// A file is overwritten by a file.
    File(Seen),
    /// It gives way to what cannot replace it: it is renamed to `aside`, and deleted once that stands.
    Aside {
        seen: Seen,
        aside: String,
    },
    /// A directory gives way to a file: that one is complete at `built` before anything is deleted, and is renamed
    /// in when the directory is gone.
    Tree {
        seen: Seen,
        built: String,
    },
}

impl Over {
    /// What is replaced, and so must still be as it was seen.
    pub fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Nothing => None,
            Self::File(seen) | Self::Aside { seen, .. } | Self::Tree { seen, .. } => Some(seen),
        }
    }
}

/// One thing to do. `source` entries carry the permission key of the *target* share and the times to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Create a directory and copy every file in it; its subdirectories are items of their own.
    NewDirectory {
        source: Entry,
        over: Over,
        files: u64,
        bytes: u64,
    },
    /// Write the properties, ACL and user metadata of a directory that is there, in the source's spelling.
    SetDirectory {
        source: Entry,
        target: Seen,
    },
    /// Only set the times again, because entries in the directory came or went.
    TouchDirectory {
        source: Entry,
    },
    CopyFile {
        source: Entry,
        over: Over,
    },
    /// Properties, ACL, content headers and user metadata of a file whose data is equal.
    SetFile {
        source: Entry,
        target: Seen,
    },
    /// `path` may be a scratch name by the time it is deleted; then the ETag has moved. Where it gives way to
    /// `successor`, it stays if that one failed.
    DeleteFile {
        target: Seen,
        successor: Option<String>,
    },
    /// A directory that the source lacks, with its files: removed only while they still have this digest. `top`
    /// where its parent stays.
    DeleteDirectory {
        target: Seen,
        files: u64,
        digest: u128,
        top: bool,
        successor: Option<String>,
    },
    /// An entry that moved, known by the target's id wherever it is by now. It is renamed from its old place, or from
    /// where it was lifted to, and given its properties.
    Rename {
        source: Entry,
        target: Seen,
        from: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lifted: Option<String>,
        over: Over,
        /// The directory that it leaves stays.
        leaves: bool,
    },
    /// The same entry, out of the way of all others before anything is written. The path is its old place.
    Lift {
        target: Seen,
        to: String,
    },
    /// Only one side has the entry, or both have one that may not be the same: it is planned once it is known what
    /// moved. `listed_at` is the target's spelling of its directory, where that differs. With the reason `Children` it is
    /// the directory itself, whose times have to be set if entries in it come or go.
    Loose {
        source: Option<Entry>,
        target: Option<Entry>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        listed_at: Option<String>,
    },
}

/// A change at a path, in the source's spelling where the source has the entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub path: String,
    pub reason: Reason,
    pub work: Work,
}

/// Why an item is in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    Added,
    Kind,
    Size,
    LastWriteTime,
    CreationTime,
    Attributes,
    Permission,
    ChangeTime,
    /// The listings are equal, and the data is not, or is still to be read.
    Content,
    Metadata,
    Case,
    Children,
    Deleted,
    Moved,
    Scratch,
}

impl Reason {
    /// Whether a listing shows what else was changed, where the change time moved too.
    pub fn is_visible(self) -> bool {
        !matches!(self, Self::ChangeTime | Self::Metadata)
    }
}

/// What an item does to the target, in the words of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Added,
    Changed,
    /// Properties, ACL, times, content headers or user metadata alone.
    Metadata,
    /// Its name or place, and what differs besides.
    Renamed,
    Deleted,
}

impl Item {
    pub fn change(&self) -> Change {
        match &self.work {
            Work::NewDirectory { over, .. } | Work::CopyFile { over, .. } => match over {
                Over::Nothing => Change::Added,
                _ => Change::Changed,
            },
            Work::DeleteFile { .. } | Work::DeleteDirectory { .. } => Change::Deleted,
            Work::Rename { .. } | Work::Lift { .. } => Change::Renamed,
            _ if self.misspelt().is_some() => Change::Renamed,
            _ => Change::Metadata,
        }
    }

    /// The entry of the target that is replaced or deleted, where a look at its directory must come first.
    pub fn removes(&self) -> Option<&Seen> {
        match &self.work {
            Work::NewDirectory { over, .. } | Work::CopyFile { over, .. } | Work::Rename { over, .. } => {
                over.seen()
            }
            Work::DeleteFile { target, .. } | Work::DeleteDirectory { target, .. } => Some(target),
            _ => None,
        }
    }

    /// The target's spelling, where it differs from the source's in case alone.
    pub fn misspelt(&self) -> Option<&str> {
        let (source, target) = match &self.work {
            Work::SetDirectory { source, target }
            | Work::SetFile { source, target }
            | Work::CopyFile { source, over: Over::File(target) } => (source, target),
            _ => return None,
        };
        (source.name != target.name).then_some(target.name.as_str())
    }

    pub fn is_directory_work(&self) -> bool {
        match &self.work {
            Work::NewDirectory { .. } | Work::SetDirectory { .. } | Work::TouchDirectory { .. } => true,
            Work::Rename { source, .. } => is_directory(source),
            _ => false,
        }
    }

    pub fn is_file_work(&self) -> bool {
        match &self.work {
            Work::CopyFile { .. } | Work::SetFile { .. } => true,
            Work::Rename { source, .. } => !is_directory(source),
            _ => false,
        }
    }

    pub fn is_lift(&self) -> bool {
        matches!(self.work, Work::Lift { .. })
    }

    /// Where an entry is that is to be renamed, and what it is.
    pub fn moves(&self) -> Option<(&str, &Seen)> {
        match &self.work {
            Work::Rename { target, from, lifted, .. } => Some((lifted.as_deref().unwrap_or(from), target)),
            Work::Lift { target, .. } => Some((&self.path, target)),
            _ => None,
        }
    }

    /// The file that waits under a scratch name for a directory to go.
    pub fn waits_at(&self) -> Option<&str> {
        match &self.work {
            Work::CopyFile { over: Over::Tree { built, .. }, .. } => Some(built),
            _ => None,
        }
    }

    /// The path of the entry that is replaced, in the target's spelling; the item's own where nothing is.
    pub fn seen_path(&self) -> String {
        match self.removes() {
            Some(seen) => name::join(name::parent(&self.path), &seen.name),
            None => self.path.clone(),
        }
    }

    /// What a deleted entry gives way to.
    pub fn successor(&self) -> Option<&str> {
        match &self.work {
            Work::DeleteFile { successor, .. } | Work::DeleteDirectory { successor, .. } => {
                successor.as_deref()
            }
            _ => None,
        }
    }

    pub fn is_copy(&self) -> bool {
        matches!(self.work, Work::CopyFile { .. })
    }

    pub fn deletes(&self) -> bool {
        matches!(self.work, Work::DeleteFile { .. } | Work::DeleteDirectory { .. })
    }

    /// Directories of the target that stay and whose listing this item changes.
    pub fn written_directories(&self) -> impl Iterator<Item = &str> {
        let own = matches!(self.work, Work::NewDirectory { .. }).then_some(self.path.as_str());
        let beside = match &self.work {
            Work::DeleteDirectory { top: false, .. } => None,
            Work::Lift { to, .. } => Some(name::parent(to)),
            _ => Some(name::parent(&self.path)),
        };
        let left = match &self.work {
            Work::Rename { from, leaves: true, .. } => Some(name::parent(from)),
            _ => self.waits_at().map(name::parent),
        };
        own.into_iter().chain(left).chain(beside)
    }

    /// Bytes that the target holds more when this is done. What makes room does so only afterwards.
    pub fn growth(&self) -> u64 {
        let (_, bytes) = self.weight();
        match &self.work {
            Work::CopyFile { over: Over::File(seen), .. } => bytes.saturating_sub(seen.size),
            _ => bytes,
        }
    }

    /// Whether this was planned when the entries of `directory` were compared.
    pub fn is_in_plan_of(&self, directory: &str) -> bool {
        let path = match self.work {
            Work::Lift { .. } => return directory.is_empty(),
            _ => self.successor().unwrap_or(&self.path),
        };
        path == directory || name::parent(path) == directory
    }

    /// Bytes that the target holds twice while a file is replaced whole.
    pub fn replaces(&self) -> u64 {
        match &self.work {
            Work::CopyFile { source, over: Over::File(seen) } if size(source) > SMALL => seen.size,
            _ => 0,
        }
    }

    /// Entries and bytes that applying this item handles: what bounds a chunk.
    pub fn weight(&self) -> (u64, u64) {
        match &self.work {
            Work::NewDirectory { files, bytes, .. } => (1 + files, *bytes),
            Work::CopyFile { source, .. } => (1, size(source)),
            Work::DeleteDirectory { files, .. } => (1 + files, 0),
            _ => (1, 0),
        }
    }
}

/// The bytes of a file; a directory has none.
pub fn size(entry: &Entry) -> u64 {
    match entry.kind {
        EntryKind::File { size } => size,
        EntryKind::Directory => 0,
    }
}

pub fn is_directory(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::Directory)
}
