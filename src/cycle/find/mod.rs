//! What recovery points hold, read straight from the share snapshots of the target: no table is asked.

mod cursor;
mod diff;
mod entries;
mod versions;

use azure_storage_file_share::{Entry, ShareClient};
use serde::{Deserialize, Serialize};

pub use self::entries::{EntriesAsked, EntriesPage};
pub use self::versions::{Version, VersionChange};
use super::Backup;
use super::pair::Pair;
use super::report::RecoveryPoint;

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    #[error("No pair is called {0:?}; GET /api/pairs lists them")]
    Pair(String),
    #[error(
        "Pair {pair} has no recovery point {point:?}; GET /api/pairs/{pair}/recovery-points lists them by `cycle` and `target`"
    )]
    Point { pair: String, point: String },
    #[error("{path:?} is not in recovery point {point}")]
    Entry { path: String, point: String },
    /// What was asked for cannot be answered as it was asked.
    #[error("{0}")]
    Mistaken(String),
    #[error("{0}")]
    Unavailable(#[from] azure_storage::Error),
    #[error("{0}")]
    Uncompared(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    File,
    Directory,
}

/// A file or directory as a recovery point holds it. Times are ISO 8601 in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundEntry {
    /// From the share's root.
    pub path: String,
    pub kind: Kind,
    /// Bytes of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    pub last_write_time: String,
    pub creation_time: String,
    pub change_time: String,
    pub attributes: String,
}

impl FoundEntry {
    fn of(path: String, entry: &Entry) -> Self {
        let size = match entry.kind {
            azure_storage_file_share::EntryKind::File { size } => Some(size),
            azure_storage_file_share::EntryKind::Directory => None,
        };
        Self {
            path,
            kind: if entry.is_directory() { Kind::Directory } else { Kind::File },
            size,
            last_write_time: entry.last_write_time.to_string(),
            creation_time: entry.creation_time.to_string(),
            change_time: entry.change_time.to_string(),
            attributes: entry.attributes.to_string(),
        }
    }
}

impl Backup {
    /// A recovery point by its cycle or by the id of its share snapshot, or the `latest`, with the share snapshot itself.
    async fn point(&self, pair: &str, point: &str) -> Result<(&Pair, RecoveryPoint, ShareClient), NotFound> {
        let found = self.find(pair).ok_or_else(|| NotFound::Pair(pair.to_owned()))?;
        let points = super::points_of_target(found).await?;
        // newest first
        let is_it = |known: &RecoveryPoint| {
            point == "latest" || known.cycle == point || known.target.as_str() == point
        };
        let Some(known) = points.into_iter().find(is_it) else {
            return Err(NotFound::Point { pair: pair.to_owned(), point: point.to_owned() });
        };
        let share = found.target.with_snapshot(&known.target);
        Ok((found, known, share))
    }
}

/// A path as the shares have it: names joined by `/`, nothing before or behind.
fn plain(path: &str) -> String {
    path.trim_matches('/').to_owned()
}
