//! The staging share of a pair that is being seeded: files that lie in the target's account already. A file that matches
//! gives its data, and nothing else; names, properties, ACLs and deletions are the source's alone.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use azure_storage::{Error, ErrorKind};
use azure_storage_file_share::{Entry, FileProperties, FileTime, ShareClient, ShareFileClient};

use super::compare::mirrored_last_write;
use super::failure::{Result, SyncError, is_lost};
use super::item::size;
use super::name::{fold, parent};

/// Directories remembered, whether staging has them or not.
const DIRECTORIES: usize = 10_000;

/// When a file of the staging share counts as the source's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Field `match`.
    pub by: MatchBy,
    /// Field `toleranceSeconds`, 0 to 2: how far the last-write times may be apart.
    pub tolerance: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatchBy {
    /// Size and last-write time are equal.
    #[default]
    Time,
    /// The same; or where only the time differs, both files carry one Content-MD5.
    Hash,
}

impl MatchBy {
    pub const ALL: [Self; 2] = [Self::Time, Self::Hash];

    /// As it is written in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Hash => "hash",
        }
    }
}

/// Where the data of a file came from, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Staging,
    /// The rest is the source, because staging has nothing of this name,
    Absent,
    /// an older file,
    NewerAtSource,
    /// a newer one,
    StagingNewer,
    /// one of another size with the same time,
    Size,
    /// a directory,
    Type,
    /// there is no data,
    Empty,
    /// or a file that matches but could not be copied.
    Fallback,
}

/// Our share snapshot of the staging share.
#[derive(Debug)]
pub struct Staging {
    share: ShareClient,
    matching: Matching,
    /// How long a copy may be pending without getting on.
    pub(super) patience: Duration,
    is_closed: AtomicBool,
    /// The target's service refused to copy from it.
    pub(super) copy_refused: AtomicBool,
    /// Of files under way.
    origins: Mutex<HashMap<String, Origin>>,
    /// Whether directories are there, by their folded path.
    directories: Mutex<HashMap<String, bool>>,
}

/// What staging has where the source has a file.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) file: ShareFileClient,
    pub(super) found: FileProperties,
}

impl Staging {
    pub fn new(share: ShareClient, matching: Matching, patience: Duration) -> Self {
        Self {
            share,
            matching,
            patience,
            is_closed: AtomicBool::new(false),
            copy_refused: AtomicBool::new(false),
            origins: Mutex::default(),
            directories: Mutex::default(),
        }
    }

    /// Whether it can be read at all.
    pub async fn check(&self) -> Result<()> {
        self.share.get_properties().await.map(drop).map_err(unavailable)
    }

    /// From now on nothing new is copied from it.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub fn share(&self) -> &ShareClient {
        &self.share
    }

    /// Whether a file is one of its.
    pub(super) fn has(&self, file: &ShareFileClient) -> bool {
        let below = file.url().as_str().strip_prefix(self.share.url().as_str());
        below.is_some_and(|path| path.starts_with('/'))
    }

    pub fn is_open(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }

    /// What it has at this path; names are the service's to fold. Or why it has nothing to copy from.
    pub(super) async fn look(
        &self,
        source: &Entry,
        path: &str,
    ) -> Result<std::result::Result<Staged, Origin>> {
        if size(source) == 0 {
            return Ok(Err(Origin::Empty));
        }
        if self.known(parent(path)) == Some(false) {
            return Ok(Err(Origin::Absent));
        }
        let file = self.share.file_client(path);
        match file.get_properties().await {
            Ok(found) => Ok(Ok(Staged { file, found })),
            Err(error) if error.is_code("ResourceTypeMismatch") => Ok(Err(Origin::Type)),
            Err(error) if is_absent(&error) => Ok(Err(self.why_absent(path).await?)),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn why_absent(&self, path: &str) -> Result<Origin> {
        if self.has_directory(path).await? {
            return Ok(Origin::Type);
        }
        let directory = parent(path);
        if !directory.is_empty() && self.known(directory).is_none() {
            let is_there = self.has_directory(directory).await?;
            let mut directories = self.directories.lock().expect("no panic while directories are held");
            if directories.len() < DIRECTORIES {
                directories.insert(fold(directory), is_there);
            }
        }
        Ok(Origin::Absent)
    }

    async fn has_directory(&self, path: &str) -> Result<bool> {
        match self.share.directory_client(path).get_properties().await {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) || error.is_code("ResourceTypeMismatch") => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn known(&self, directory: &str) -> Option<bool> {
        self.directories.lock().expect("no panic while directories are held").get(&fold(directory)).copied()
    }

    /// By size and time alone; `None` where the contents have to be told apart by their hashes.
    pub(super) fn judge(&self, source: &Entry, staged: &Staged) -> Option<Origin> {
        let there = mirrored_last_write(staged.found.written.last_write_time);
        judge(self.matching, (size(source), source.last_write_time), (staged.found.size, there))
    }

    pub(super) fn note(&self, path: &str, origin: Origin) {
        self.origins.lock().expect("no panic while origins are held").insert(path.to_owned(), origin);
    }

    pub(super) fn take(&self, path: &str) -> Option<Origin> {
        self.origins.lock().expect("no panic while origins are held").remove(path)
    }
}

impl Staged {
    /// After a request for its data failed: whether it is still there and may be read.
    pub(super) async fn check(&self) -> Result<()> {
        self.file.get_properties().await.map(drop).map_err(unavailable)
    }

    /// Nothing is computed from a Content-MD5, and nothing keeps it up to date: it is the word of whoever stored it.
    pub(super) fn judge_by_hash(&self, source: &Entry, found: &FileProperties) -> Origin {
        let hash = &found.content.content_md5;
        if hash.is_some() && *hash == self.found.content.content_md5 {
            return Origin::Staging;
        }
        by_time(source.last_write_time, self.found.written.last_write_time)
    }
}

fn judge(matching: Matching, source: (u64, FileTime), staged: (u64, FileTime)) -> Option<Origin> {
    let apart = source.1.ticks().abs_diff(staged.1.ticks());
    let is_of_same_time = u128::from(apart) * 100 <= matching.tolerance.as_nanos();
    match (is_of_same_time, source.0 == staged.0) {
        (true, true) => Some(Origin::Staging),
        (true, false) => Some(Origin::Size),
        (false, true) if matching.by == MatchBy::Hash => None,
        (false, _) => Some(by_time(source.1, staged.1)),
    }
}

fn by_time(source: FileTime, staged: FileTime) -> Origin {
    if staged < source { Origin::NewerAtSource } else { Origin::StagingNewer }
}

fn is_absent(error: &Error) -> bool {
    error.kind == ErrorKind::NotFound && !is_lost(error)
}

/// Nothing stands in for a staging share that is gone, or that refuses to be read: a person decides.
fn unavailable(error: Error) -> SyncError {
    if error.kind == ErrorKind::Unauthorized || is_lost(&error) {
        return SyncError::StagingUnavailable(error.to_string());
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Matching = Matching { by: MatchBy::Time, tolerance: Duration::ZERO };
    const COARSE: Matching = Matching { by: MatchBy::Time, tolerance: Duration::from_secs(2) };
    const HASH: Matching = Matching { by: MatchBy::Hash, tolerance: Duration::ZERO };
    const SECOND: u64 = 10_000_000;

    #[track_caller]
    fn check(matching: Matching, source: (u64, u64), staged: (u64, u64), origin: Option<Origin>) {
        let at = |(size, ticks): (u64, u64)| (size, FileTime::from_ticks(ticks * SECOND).expect("a time"));
        assert_eq!(judge(matching, at(source), at(staged)), origin, "{source:?} {staged:?}");
    }

    #[test]
    fn a_file_matches_by_size_and_time() {
        check(EXACT, (5, 100), (5, 100), Some(Origin::Staging));
        check(EXACT, (5, 100), (6, 100), Some(Origin::Size));
        check(EXACT, (5, 100), (5, 99), Some(Origin::NewerAtSource));
        check(EXACT, (5, 100), (6, 99), Some(Origin::NewerAtSource));
        check(EXACT, (5, 100), (5, 101), Some(Origin::StagingNewer));
    }

    #[test]
    fn a_tolerance_forgives_either_way_and_no_more() {
        for seconds in [98, 100, 102] {
            check(COARSE, (5, 100), (5, seconds), Some(Origin::Staging));
            check(COARSE, (5, 100), (6, seconds), Some(Origin::Size));
        }
        check(COARSE, (5, 100), (5, 97), Some(Origin::NewerAtSource));
        check(COARSE, (5, 100), (5, 103), Some(Origin::StagingNewer));
    }

    #[test]
    fn hashes_decide_only_where_nothing_but_the_time_differs() {
        check(HASH, (5, 100), (5, 100), Some(Origin::Staging));
        check(HASH, (5, 100), (5, 1), None);
        check(HASH, (5, 100), (5, 200), None);
        check(HASH, (5, 100), (6, 1), Some(Origin::NewerAtSource));
        check(HASH, (5, 100), (6, 100), Some(Origin::Size));
    }
}
