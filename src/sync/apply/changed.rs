//! Changed ranges: a file that provably is what the last recovery point says gets what the service lists as changed since.
//!
//! The first request marks the file as unfinished, the last one writes the true times. Cut anywhere between, whoever goes
//! on finds the sentinel, the planned file id, and that the plan saw the file as it is in the base: then nobody but this
//! cycle touched it since, and the same changes are made again.

use azure_storage_file_share::{
    Entry, FileId, FileProperties, RangeChange, Renamed, SetFileProperties, ShareFileClient,
};

use super::copy::Original;
use super::pass::Pass;
use super::ranges::without;
use crate::sync::compare::{mirrored_last_write, sentinel};
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Seen, size};
use crate::sync::name::{join, parent};
use crate::sync::shares::Base;

/// What became of a file since the base, and what its copy there is like.
pub(super) struct Changed {
    changes: Vec<RangeChange>,
    /// The target's file in the base.
    before: FileProperties,
}

impl Pass<'_> {
    /// Whether a file of equal size and last-write time has the same data on both sides: it had in the base, where it was
    /// at `was`, and neither was written to since.
    pub(super) async fn is_unchanged(
        &self,
        source: &Entry,
        path: &str,
        was: &str,
        seen: &Seen,
    ) -> Result<bool> {
        let changed = self.changes_since(source, path, was, seen).await?;
        Ok(changed.is_some_and(|changed| changed.changes.is_empty()))
    }

    /// What became of the content of a file since the base. `None` where nobody can tell. One that had another name there is
    /// compared with its own past, `Followed`, or not at all: what stood at this path may have been another file.
    async fn changes(&self, path: &str, size: u64, renamed: Renamed) -> Result<Option<Vec<RangeChange>>> {
        let previous = self.shares.base.as_ref().and_then(|base| base.source.snapshot());
        let Some(previous) = previous else { return Ok(None) };
        let from = self.shares.source.file_client(path);
        match from.list_ranges_diff(previous, renamed).await {
            Ok(diff) => Ok((diff.size == size).then_some(diff.changes)),
            Err(error) => self.untold(path, error),
        }
    }

    /// The changes of a file whose copy in the target was equal to it in the base, before this cycle touched it.
    pub(super) async fn provable_changes(
        &self,
        source: &Entry,
        path: &str,
        seen: &Seen,
    ) -> Result<Option<Changed>> {
        self.changes_since(source, path, &join(parent(path), &seen.name), seen).await
    }

    async fn changes_since(
        &self,
        source: &Entry,
        path: &str,
        was: &str,
        seen: &Seen,
    ) -> Result<Option<Changed>> {
        let Some(base) = &self.shares.base else { return Ok(None) };
        let (renamed, id) =
            if was == path { (Renamed::Refused, None) } else { (Renamed::Followed, Some(source.file_id)) };
        let (changes, before) =
            futures::try_join!(self.changes(path, size(source), renamed), self.before(base, was, seen, id))?;
        Ok(changes.zip(before).map(|(changes, before)| Changed { changes, before }))
    }

    /// The target's file in the base, if it is the one that the plan saw, down to its last change, and the source's there
    /// has that `id`.
    async fn before(
        &self,
        base: &Base,
        path: &str,
        seen: &Seen,
        id: Option<FileId>,
    ) -> Result<Option<FileProperties>> {
        let before = match base.target.file_client(path).get_properties().await {
            Ok(before) => before,
            Err(error) => return self.untold(path, error),
        };
        let written = &before.written;
        if written.etag != seen.etag || written.file_id != seen.file_id || before.size != seen.size {
            return Ok(None);
        }
        if base.is_exact && id.is_none() {
            return Ok(Some(before));
        }
        // it may be another one, or one that was left out
        let original = match base.source.file_client(path).get_properties().await {
            Ok(original) => original,
            Err(error) => return self.untold(path, error),
        };
        if id.is_some_and(|id| original.written.file_id != id) {
            return Ok(None);
        }
        let is_equal = original.size == before.size
            && mirrored_last_write(original.written.last_write_time) == written.last_write_time
            && original.written.change_time == written.change_time;
        Ok((base.is_exact || is_equal).then_some(before))
    }

    /// Whatever is the matter with the base costs one file its shorter way.
    fn untold<T>(&self, path: &str, error: azure_storage::Error) -> Result<Option<T>> {
        let error = SyncError::from(error);
        if error.ends_the_pass() && error.reason() != "ShareSnapshotNotFound" {
            return Err(error);
        }
        tracing::debug!(entry.path = path, "The whole file is copied, its changes are not known: {error}");
        Ok(None)
    }

    /// Makes the changes in the target. `unfinished` is the file as an earlier attempt left it.
    pub(super) async fn apply_changes(
        &self,
        original: &Original<'_>,
        seen: &Seen,
        changed: Changed,
        unfinished: Option<&Entry>,
    ) -> Result<()> {
        let path = original.from.path();
        let to = self.shares.target.file_client(path);
        let wanted = original.found.size;
        let now = unfinished.map_or(seen.size, size);
        if unfinished.is_none() || now != wanted {
            self.mark_unfinished(&to, original, (now != wanted).then_some(wanted)).await?;
        }
        let done = self.progress.cursor(path).filter(|cursor| cursor.file_id == seen.file_id);
        let done = done.filter(|_| unfinished.is_some()).map_or(0, |cursor| cursor.end);
        let rest = changed.changes.into_iter().filter_map(|change| after(change, done));
        let reached = |end| self.progress.reached(path, seen.file_id, end);
        self.put_ranges(&original.from, &to, rest, true, reached).await?;
        self.clear_holes(&original.from, &to, wanted).await?;
        self.shares.plain.saw(&changed.before.metadata);
        if changed.before.metadata != original.found.metadata {
            to.set_metadata(&original.found.metadata).await?;
        }
        self.complete(&to, original, None).await?;
        self.progress.file_done(path);
        Ok(())
    }

    /// The first touch: from now on the file is known to be unfinished.
    async fn mark_unfinished(
        &self,
        to: &ShareFileClient,
        original: &Original<'_>,
        resize: Option<u64>,
    ) -> Result<()> {
        let mark = original.still_unfinished();
        let marked = to.set_properties(&SetFileProperties { resize, ..mark.clone() }).await?;
        if marked.last_write_time != sentinel() {
            // that a resize keeps the time that comes with it is nowhere promised
            to.set_properties(&mark).await?;
        }
        Ok(())
    }

    /// What is a hole in the source reads as zeros in the target. Nobody promises that a diff names what was cut off
    /// and grown again.
    async fn clear_holes(&self, from: &ShareFileClient, to: &ShareFileClient, size: u64) -> Result<()> {
        let allocated = from.list_ranges().await?.ranges;
        if without(std::slice::from_ref(&(0..size)), &allocated).is_empty() {
            return Ok(());
        }
        let there = to.list_ranges().await?.ranges;
        let holes = without(&there, &allocated).into_iter().map(RangeChange::Cleared);
        self.put_ranges(from, to, holes, true, |_| {}).await
    }
}

/// What of a change lies behind a place.
fn after(change: RangeChange, place: u64) -> Option<RangeChange> {
    let range = change.range().start.max(place)..change.range().end;
    let rest = match change {
        _ if range.is_empty() => return None,
        RangeChange::Written(_) => RangeChange::Written(range),
        RangeChange::Cleared(_) => RangeChange::Cleared(range),
    };
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_before_a_place_is_not_put_again() {
        let written = RangeChange::Written;
        assert_eq!(after(written(0..10), 0), Some(written(0..10)));
        assert_eq!(after(written(0..10), 4), Some(written(4..10)));
        assert_eq!(after(RangeChange::Cleared(4..10), 9), Some(RangeChange::Cleared(9..10)));
        assert_eq!(after(written(0..10), 10), None);
    }
}
