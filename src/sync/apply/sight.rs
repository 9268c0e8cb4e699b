//! What stands where an item is going to write: what the plan saw, what an earlier attempt of ours left when it was
//! cut off, or something that is not ours to touch (P2).

use azure_storage::ErrorKind;
use azure_storage_file_share::Entry;

use super::pass::Pass;
use super::recheck::Recheck;
use crate::sync::compare::{Difference, compare, sentinel};
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, is_directory};
use crate::sync::name::{is_scratch, join, name, parent};

/// What an item meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sight<'a> {
    /// Nothing, as planned or because somebody removed it.
    Nothing,
    /// Exactly what the plan saw.
    Planned,
    /// An entry that an earlier attempt of ours left unfinished, or marked so before it went on.
    Unfinished(&'a Entry),
    /// A file whose data is right and whose properties are not.
    DataOnly(&'a Entry),
    /// The item is done: an earlier attempt got there.
    Done,
}

impl Pass<'_> {
    /// What an item will meet. An error when that is not what the plan saw nor our own doing, or cannot be seen.
    pub(super) async fn sight<'b>(&self, item: &Item, recheck: &'b Recheck) -> Result<Sight<'b>> {
        let entries = recheck.at(self.shares, &item.path).await?;
        self.look_again_if_long_ago(item, entries, recheck).await?;
        let Some(now) = meant(item, entries) else { return Ok(Sight::Nothing) };
        if item.removes().is_none() && name(&item.path) != now.name && !self.is_one_name(item, now).await? {
            return Ok(Sight::Nothing);
        }
        let is_unfinished = !is_directory(now) && now.last_write_time == sentinel();
        if let Some(seen) = item.removes()
            && now.file_id == seen.file_id
            // a rename to a scratch name moves the ETag and keeps the id; what goes from a directory may move it as well
            && (now.etag == seen.etag || is_scratch(&now.name) || item.moves().is_some() && is_directory(now))
        {
            return Ok(Sight::Planned);
        }
        match &item.work {
            Work::CopyFile { .. } if is_unfinished => Ok(Sight::Unfinished(now)),
            Work::CopyFile { source, .. } if !is_directory(now) => match compare(source, now) {
                None => Ok(Sight::Done),
                Some(Difference::Metadata(_)) => Ok(Sight::DataOnly(now)),
                _ => Err(changed()),
            },
            Work::NewDirectory { .. } if is_directory(now) => Ok(Sight::Done),
            // it was made writable, to be deleted
            Work::DeleteFile { target, .. } if is_unfinished && now.file_id == target.file_id => {
                Ok(Sight::Unfinished(now))
            }
            _ => Err(changed()),
        }
    }

    /// People work in a share that is restored to: what was listed longer ago than a moment is asked for once more.
    async fn look_again_if_long_ago(&self, item: &Item, listed: &[Entry], recheck: &Recheck) -> Result<()> {
        if self.shares.restoring.is_none() || !recheck.was_long_ago(&item.path) {
            return Ok(());
        }
        let listed = meant(item, listed);
        if listed.is_some_and(is_directory) {
            return Ok(());
        }
        let path = listed.map_or_else(|| item.path.clone(), |entry| join(parent(&item.path), &entry.name));
        let now = self.shares.target_file(&path).await?;
        let is_same = match (listed, &now) {
            (None, None) => true,
            (Some(then), Some(now)) => then.file_id == now.file_id && then.etag == now.etag,
            _ => false,
        };
        if is_same { Ok(()) } else { Err(changed()) }
    }

    /// The entry that an item gives new properties.
    pub(super) async fn now<'b>(&self, item: &Item, recheck: &'b Recheck) -> Result<Option<&'b Entry>> {
        Ok(meant(item, recheck.at(self.shares, &item.path).await?))
    }

    /// The entry that an item respells, and where it is: under its old name, its new one, or the scratch name
    /// between them.
    pub(super) async fn whereabouts<'b>(
        &self,
        item: &Item,
        recheck: &'b Recheck,
    ) -> Result<Option<(String, &'b Entry)>> {
        let Some(seen) = respelt(item) else { return Ok(None) };
        for path in [item.path.clone(), self.scratch.moving_path_for(&item.path)] {
            let entries = recheck.at(self.shares, &path).await?;
            if let Some(entry) = entries.iter().find(|entry| entry.file_id == seen.file_id) {
                return Ok(Some((join(parent(&path), &entry.name), entry)));
            }
        }
        Ok(None)
    }

    /// Whether the file that waits for a directory to go is complete.
    pub(super) async fn is_built(&self, source: &Entry, built: &str, recheck: &Recheck) -> Result<bool> {
        let entries = recheck.at(self.shares, built).await?;
        Ok(entries.iter().any(|now| {
            let named = Entry { name: source.name.clone(), ..now.clone() };
            matches!(compare(source, &named), None | Some(Difference::Metadata(_)))
        }))
    }

    /// Whether the service takes the item's name for that of an entry that only folds alike here.
    async fn is_one_name(&self, item: &Item, now: &Entry) -> Result<bool> {
        match self.shares.target.file_client(&item.path).get_properties().await {
            Ok(found) => Ok(found.written.file_id == now.file_id),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(is_directory(now)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Seen {
    /// Nobody touched the entry since.
    pub(super) fn is(&self, now: &Entry) -> bool {
        self.file_id == now.file_id && self.etag == now.etag
    }
}

pub(super) fn changed() -> SyncError {
    let detail = "The target's entry is not the one that the plan saw; it was left alone";
    SyncError::refused("TargetChanged", detail)
}

/// The entry of exactly this name, as the target or the source spells it, else one that folds alike.
fn meant<'a>(item: &Item, entries: &'a [Entry]) -> Option<&'a Entry> {
    let name = name(&item.path);
    let seen = item.removes().map_or(name, |seen| &seen.name);
    let exactly = |name: &str| entries.iter().find(|entry| entry.name == name);
    exactly(seen).or_else(|| exactly(name)).or_else(|| entries.first())
}

/// What the target showed of an entry whose name is written in another case.
fn respelt(item: &Item) -> Option<&Seen> {
    item.misspelt()?;
    match &item.work {
        Work::SetDirectory { target, .. }
        | Work::SetFile { target, .. }
        | Work::CopyFile { over: Over::File(target), .. } => Some(target),
        _ => None,
    }
}
