//! One path through all recovery points: which versions there are, and what happened in between.

use azure_storage::Error;
use azure_storage_file_share::{FileAttributes, ShareClient, Written};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Kind, NotFound, plain};
use crate::cycle::Backup;
use crate::cycle::report::RecoveryPoint;

/// Share snapshots asked at once.
const AT_ONCE: usize = 16;

/// What a recovery point holds under a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    pub cycle: String,
    /// Its share snapshot at the target.
    pub target: String,
    /// Against the recovery point before.
    pub change: VersionChange,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_time: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionChange {
    /// It is there, and was not before.
    Added,
    /// Another size, another last-write time, or a file in the place of a directory or the other way round.
    Changed,
    /// Other properties or another ACL.
    Metadata,
    Unchanged,
    /// It was there before.
    Removed,
    /// Neither now nor before.
    Absent,
}

/// A path in one share snapshot.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    size: Option<u64>,
    written: Written,
}

impl Backup {
    /// Newest first: two requests for each recovery point where the path is a directory or nothing, one where it is a file.
    pub async fn versions(&self, pair: &str, path: &str) -> Result<Vec<Version>, NotFound> {
        let found = self.find(pair).ok_or_else(|| NotFound::Pair(pair.to_owned()))?;
        let path = plain(path);
        if path.is_empty() {
            return Err(NotFound::Mistaken("path names no entry; write it from the share's root".to_owned()));
        }
        let points = crate::cycle::points_of_target(found).await?;
        let looks = points.iter().map(|point| held(found.target.with_snapshot(&point.target), &path));
        let looks: Vec<_> = looks.collect();
        let held: Vec<Option<Held>> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        let before = held.iter().skip(1).map(Option::as_ref).chain([None]);
        let versions = points.iter().zip(&held).zip(before);
        Ok(versions.map(|((point, held), before)| version(point, held.as_ref(), before)).collect())
    }
}

async fn held(share: ShareClient, path: &str) -> Result<Option<Held>, Error> {
    match share.file_client(path).get_properties().await {
        Ok(found) => return Ok(Some(Held { size: Some(found.size), written: found.written })),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error),
    }
    match share.directory_client(path).get_properties().await {
        Ok(found) => Ok(Some(Held { size: None, written: found.written })),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(error: &Error) -> bool {
    ["ResourceNotFound", "ParentNotFound", "ResourceTypeMismatch"].iter().any(|code| error.is_code(code))
        || error.status == Some(404)
}

fn version(point: &RecoveryPoint, held: Option<&Held>, before: Option<&Held>) -> Version {
    let change = match (before, held) {
        (None, None) => VersionChange::Absent,
        (None, Some(_)) => VersionChange::Added,
        (Some(_), None) => VersionChange::Removed,
        (Some(before), Some(held)) => change(before, held),
    };
    Version {
        cycle: point.cycle.clone(),
        target: point.target.to_string(),
        change,
        kind: held.map(|held| if held.size.is_some() { Kind::File } else { Kind::Directory }),
        size: held.and_then(|held| held.size),
        last_write_time: held.map(|held| held.written.last_write_time.to_string()),
        change_time: held.map(|held| held.written.change_time.to_string()),
    }
}

fn change(before: &Held, held: &Held) -> VersionChange {
    // the times of a directory move with its children
    let is_file = held.size.is_some();
    let data = |held: &Held| (held.size, is_file.then_some(held.written.last_write_time));
    let rest = |held: &Held| -> (FileAttributes, String) {
        (held.written.attributes, held.written.permission_key.as_str().to_owned())
    };
    if data(before) != data(held) {
        VersionChange::Changed
    } else if rest(before) != rest(held) || is_file && before.written.change_time != held.written.change_time
    {
        VersionChange::Metadata
    } else {
        VersionChange::Unchanged
    }
}
