//! The two shares of a cycle: the source's share snapshot, and the target. Their directories are listed in `listing`.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use azure_storage::Unsettled;
use azure_storage_file_share::{
    Entry, EntryKind, FileId, FileTime, Metadata, PermissionKey, ShareClient, ShareDirectoryClient,
    ShareFileClient, ShareSnapshotId,
};

use super::compare::{mirrored_last_write, sentinel};
use super::doubts::Doubts;
use super::exclude::Exclude;
use super::failure::{Failure, Result};
use super::item::is_directory;
use super::permission::PermissionMap;
use super::plain::Plain;
use super::restoring::{Conflict, Restoring};
use super::staging::Staging;

/// Source share snapshot, target share, and what is known of their permissions.
#[derive(Clone, Debug)]
pub struct Shares {
    /// The source at the share snapshot of this cycle (P1).
    pub source: ShareClient,
    pub target: ShareClient,
    /// The target itself, which alone takes descriptors, also where a share snapshot of it is read.
    live_target: ShareClient,
    pub permissions: Arc<PermissionMap>,
    pub exclude: Exclude,
    /// The target's service refused to copy from the source; found out by the first copy of a cycle.
    pub copy_refused: Arc<AtomicBool>,
    /// The target's service refused to create a file with its data.
    pub data_refused: Arc<AtomicBool>,
    /// Writes to the target that may still take effect.
    pub unsettled: Unsettled,
    /// What changed since can be told from it.
    pub base: Option<Arc<Base>>,
    pub plain: Arc<Plain>,
    /// While the pair is seeded.
    pub staging: Option<Arc<Staging>>,
    /// What listings do not tell of the target's files.
    pub doubts: Arc<Doubts>,
    /// Where a recovery point is brought back.
    pub restoring: Option<Arc<Restoring>>,
    /// The source was this app's target: a file in it that bears the sentinel is one that a cycle did not finish.
    source_is_mirror: bool,
    /// Only for looking: there is no target share yet, which is as good as an empty one.
    target_is_missing: bool,
}

/// The last recovery point: two share snapshots that were equal.
#[derive(Clone, Debug)]
pub struct Base {
    pub source: ShareClient,
    pub target: ShareClient,
    /// All of the source was in it: nothing was excluded, and no failure acknowledged.
    pub is_exact: bool,
}

impl Base {
    /// When its source share snapshot was taken, at the latest: ids have whole seconds.
    fn taken(&self) -> Option<FileTime> {
        let cut: FileTime = self.source.snapshot()?.as_str().parse().ok()?;
        FileTime::from_ticks(cut.ticks() + 10_000_000)
    }
}

/// The roots of both sides.
#[derive(Debug)]
pub struct Roots {
    pub source: Entry,
    pub target: Entry,
    pub source_metadata: Metadata,
    pub target_metadata: Metadata,
    /// The source's ACL could not be carried over; it is left out of the comparison.
    pub failure: Option<Failure>,
}

impl Shares {
    pub fn new(
        source: ShareClient,
        target: ShareClient,
        permissions: Arc<PermissionMap>,
        unsettled: Unsettled,
    ) -> Self {
        let (exclude, live_target) = (Exclude::default(), target.clone());
        Self {
            source,
            live_target,
            target,
            permissions,
            exclude,
            copy_refused: Arc::default(),
            data_refused: Arc::default(),
            unsettled,
            base: None,
            plain: Arc::default(),
            staging: None,
            doubts: Arc::default(),
            restoring: None,
            source_is_mirror: false,
            target_is_missing: false,
        }
    }

    /// The same shares with what is known from the last recovery point.
    pub fn since(self, base: Option<Base>, plain: Plain) -> Self {
        Self { base: base.map(Arc::new), plain: Arc::new(plain), ..self }
    }

    /// The same shares with one more that data may come from.
    pub fn seeded_from(self, staging: Option<Arc<Staging>>) -> Self {
        Self { staging, ..self }
    }

    /// Whether an entry is neither compared, copied, counted nor deleted.
    pub(super) fn leaves_out(&self, path: &str, is_directory: bool) -> bool {
        self.exclude.covers(path)
            || self.restoring.as_ref().is_some_and(|restoring| !restoring.takes(path, is_directory))
    }

    /// Whether nothing is left out, wherever it lies.
    pub(super) fn leaves_nothing_out(&self) -> bool {
        self.exclude.is_nothing()
            && self.restoring.as_ref().is_none_or(|restoring| restoring.selection.is_none())
    }

    /// Whether what stands in the way stays as it is.
    pub(super) fn keeps_what_is_there(&self) -> bool {
        self.restoring.as_ref().is_some_and(|restoring| restoring.conflict != Conflict::Overwrite)
    }

    /// Whether what only the target has stays.
    pub(super) fn keeps_extra(&self) -> bool {
        self.restoring.as_ref().is_some_and(|restoring| !restoring.deletes_extra)
    }

    /// Whether an entry of the target is known to have no user metadata. Everything in it was made without; and nobody
    /// else touched it since the source share snapshot of the last recovery point: whoever does moves the change time,
    /// and one from before is the source's.
    pub(super) fn has_no_metadata(&self, now: &Entry) -> bool {
        let since = self.base.as_ref().and_then(|base| base.taken());
        self.plain.is_plain() && since.is_some_and(|since| now.change_time < since)
    }

    /// The same shares, where the source is a recovery point that is brought back.
    pub fn restoring(self, restoring: Restoring) -> Self {
        Self { restoring: Some(Arc::new(restoring)), ..self }
    }

    /// Where the source has what the target has, or is to have, at a path.
    pub(super) fn source_path<'p>(&self, path: &'p str) -> Cow<'p, str> {
        self.restoring.as_ref().map_or(Cow::Borrowed(path), |restoring| restoring.source_path(path))
    }

    pub(super) fn source_directory(&self, path: &str) -> ShareDirectoryClient {
        self.source.directory_client(&self.source_path(path))
    }

    pub(super) fn source_file(&self, path: &str) -> ShareFileClient {
        self.source.file_client(&self.source_path(path))
    }

    /// The same shares, where the source was this app's target.
    pub fn of_mirror(self) -> Self {
        Self { source_is_mirror: true, ..self }
    }

    /// Whether people wrote to both sides since the base. Then what a listing shows of a file's properties is no reason why its data
    /// should be what it was, and neither is a base that is missing.
    pub(super) fn may_differ_unseen(&self) -> bool {
        self.source_is_mirror
    }

    /// Whether an entry of the source is what a cycle left unfinished there (P4).
    pub(super) fn is_left_unfinished(&self, source: &Entry) -> bool {
        self.source_is_mirror && !is_directory(source) && source.last_write_time == sentinel()
    }

    /// The same source without a target.
    pub fn without_target(self) -> Self {
        Self { target_is_missing: true, ..self }
    }

    /// The same shares without what is excluded.
    pub fn excluding(self, exclude: Exclude) -> Self {
        Self { exclude, ..self }
    }

    /// The same shares with what listings do not tell.
    pub fn doubting(self, doubts: Arc<Doubts>) -> Self {
        Self { doubts, ..self }
    }

    /// The same source, with a share snapshot of the target.
    pub fn at_point(self, point: &ShareSnapshotId) -> Self {
        Self { target: self.target.with_snapshot(point), ..self }
    }

    /// A directory of the target, unless there is no target.
    pub fn target_directory(&self, path: &str) -> Option<ShareDirectoryClient> {
        (!self.target_is_missing).then(|| self.target.directory_client(path))
    }

    /// The root directories as entries with an empty name, and their user metadata: no listing shows them.
    pub async fn roots(&self) -> Result<Roots> {
        let (mut source, source_metadata) = root(&self.source).await?;
        let (mut target, target_metadata) = if self.target_is_missing {
            (source.clone(), source_metadata.clone())
        } else {
            root(&self.target).await?
        };
        let mut failure = None;
        source.permission_key = match self.counterpart(&source.permission_key).await {
            Ok(key) => key,
            Err(error) if error.ends_the_pass() => return Err(error),
            Err(error) => {
                failure = Some(error.at(""));
                PermissionKey::default()
            }
        };
        source.last_write_time = mirrored_last_write(source.last_write_time);
        target.permission_key = self.shown(&target.permission_key).await?;
        Ok(Roots { source, target, source_metadata, target_metadata, failure })
    }

    /// A key that cannot be looked up stays: it equals none.
    pub(super) async fn shown(&self, key: &PermissionKey) -> Result<PermissionKey> {
        match self.permissions.shown(&self.target, key).await {
            Err(error) if !error.ends_the_pass() => Ok(key.clone()),
            shown => shown,
        }
    }

    pub(super) async fn counterpart(&self, key: &PermissionKey) -> Result<PermissionKey> {
        if self.restoring.as_ref().is_some_and(|restoring| restoring.keeps_acl) {
            return Ok(PermissionKey::default());
        }
        self.permissions.counterpart(&self.source, &self.live_target, key).await
    }
}

async fn root(share: &ShareClient) -> Result<(Entry, Metadata)> {
    let properties = share.root_directory_client().get_properties().await?;
    let written = properties.written;
    let entry = Entry {
        name: String::new(),
        kind: EntryKind::Directory,
        file_id: FileId::ROOT,
        etag: written.etag,
        attributes: written.attributes,
        creation_time: written.creation_time,
        last_write_time: written.last_write_time,
        change_time: written.change_time,
        permission_key: written.permission_key,
    };
    Ok((entry, properties.metadata))
}
