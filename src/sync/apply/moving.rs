//! Entries that moved in the source, renamed in the target. The target's id tells where an earlier attempt left them.
//!
//! A file gets its properties with the rename, unless user metadata or content headers differ: then its times come
//! last, so that a file half done still differs. One whose data changed behind equal times comes with the sentinel, and is
//! replaced in its new place. What was lifted and fails goes back to where it was, as far as
//! that place is free; else it stays under its scratch name, is told of, and the next cycle copies it.

use azure_storage_file_share::{Entry, FileAttributes, RenameOptions, SetFileProperties, SmbProperties};

use super::pass::{Outcome, Pass};
use super::properties;
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::{Sight, changed};
use crate::sync::changes::{Changes, Copied};
use crate::sync::compare::{compare, sentinel};
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, is_directory, size};
use crate::sync::name::{is_scratch, join, parent};

impl Pass<'_> {
    /// Takes an entry out of the way of all others.
    pub(super) async fn lift(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        if let Work::Lift { target, to } = &item.work {
            let (at, entry) = self.mover(item, target, to, recheck).await?;
            if at != *to {
                self.rename(moving(entry), &at, to).await?;
            }
        }
        Ok(Outcome::Done(Changes::default()))
    }

    /// Puts an entry back that did not come to its new place, because that or something on the way failed.
    pub(super) async fn lower(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        let done = Outcome::Done(Changes::default());
        let Work::Lift { target, to } = &item.work else { return Ok(done) };
        let waiting = recheck.at(self.shares, to).await?;
        let Some(entry) = waiting.iter().find(|entry| entry.file_id == target.file_id) else {
            return Ok(done);
        };
        match self.rename(moving(entry), to, &item.path).await {
            Err(error) if error.cost() == Cost::Entry => {
                let detail = format!(
                    "It moved, and could be brought neither to its new place nor back; it stays at {to} until \
                                      the next cycle: {error}"
                );
                Err(SyncError::refused("NotPlaced", detail))
            }
            lowered => lowered.map(|()| done),
        }
    }

    /// Brings an entry that moved to its new place, with the source's properties. The times of a directory come later.
    pub(super) async fn place(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        let Work::Rename { source, target, over, .. } = &item.work else {
            return Ok(Outcome::Done(Changes::default()));
        };
        let placed = if is_directory(source) {
            self.place_directory(item, target, over, recheck).await.map(|()| Changes::of(item))
        } else {
            self.place_file(item, source, target, over, recheck).await
        };
        placed.map(Outcome::Done)
    }

    async fn place_file(
        &self,
        item: &Item,
        source: &Entry,
        seen: &Seen,
        over: &Over,
        recheck: &Recheck,
    ) -> Result<Changes> {
        let (at, entry) = match self.mover(item, seen, &item.path, recheck).await {
            Err(error) if error.cost() == Cost::Entry && self.is_replaced(item, source, recheck).await? => {
                return Ok(replaced(item, source));
            }
            mover => mover?,
        };
        if self.is_rewritten(item, source, entry).await? {
            self.place_and_replace(item, source, seen, over, (&at, entry), recheck).await?;
            return Ok(replaced(item, source));
        }
        let there = self.shares.source.file_client(&item.path);
        let before = self.shares.target.file_client(&at);
        let (from, to) = futures::try_join!(there.get_properties(), before.get_properties())?;
        self.shares.plain.saw(&from.metadata);
        self.shares.plain.saw(&to.metadata);
        let set = SetFileProperties {
            smb: properties(source),
            content: from.content.clone(),
            ..Default::default()
        };
        let is_other = from.metadata != to.metadata;
        let is_whole = !is_other && from.content == to.content;
        let mut attributes = to.written.attributes;
        if at != item.path {
            let mut options = RenameOptions::default();
            if is_whole {
                options.smb = set.smb.clone();
                attributes = source.attributes;
            }
            self.rename_in_over(item, over, moving(entry), &at, options, recheck).await?;
        }
        let here = self.shares.target.file_client(&item.path);
        if is_other {
            self.set_metadata(&here, attributes, &set, &from.metadata).await?;
        }
        if !is_whole || at == item.path {
            let written = here.set_properties(&set).await?;
            self.learn(&set.smb, written);
        }
        Ok(Changes::of(item))
    }

    /// Whether the data may have changed behind equal times. A rename moves the change time too, so what it was is for the
    /// service to tell; where it cannot, the file is copied.
    async fn is_rewritten(&self, item: &Item, source: &Entry, now: &Entry) -> Result<bool> {
        if now.last_write_time == sentinel() {
            return Ok(true);
        }
        if size(source) == 0 || source.change_time == now.change_time {
            return Ok(false);
        }
        let Work::Rename { target, from, .. } = &item.work else { return Ok(true) };
        Ok(!self.is_unchanged(source, &item.path, from, target).await?)
    }

    /// Brings a file whose data changed to its new place as an unfinished one, and replaces it there.
    async fn place_and_replace(
        &self,
        item: &Item,
        source: &Entry,
        seen: &Seen,
        over: &Over,
        (at, entry): (&str, &Entry),
        recheck: &Recheck,
    ) -> Result<()> {
        if at != item.path {
            let smb = SmbProperties { last_write_time: Some(sentinel()), ..Default::default() };
            let options = RenameOptions { smb, ..Default::default() };
            self.rename_in_over(item, over, moving(entry), at, options, recheck).await?;
        }
        let original = self.original(source, &item.path).await?;
        self.replace(source, &item.path, &original, seen, None).await
    }

    /// Whether an earlier attempt has replaced the file that moved: another one, complete, stands in its new place.
    async fn is_replaced(&self, item: &Item, source: &Entry, recheck: &Recheck) -> Result<bool> {
        let was_there = |now: &Entry| item.removes().is_some_and(|seen| seen.file_id == now.file_id);
        let entries = recheck.at(self.shares, &item.path).await?;
        Ok(entries.iter().any(|now| compare(source, now).is_none() && !was_there(now)))
    }

    async fn place_directory(&self, item: &Item, seen: &Seen, over: &Over, recheck: &Recheck) -> Result<()> {
        let (at, entry) = self.mover(item, seen, &item.path, recheck).await?;
        let metadata = self.shares.source.directory_client(&item.path).get_properties().await?.metadata;
        self.shares.plain.saw(&metadata);
        if at != item.path {
            self.rename_in_over(item, over, moving(entry), &at, RenameOptions::default(), recheck).await?;
        }
        self.mirror_metadata(&self.shares.target.directory_client(&item.path), &metadata).await
    }

    /// Renames to the item's path, in place of what the plan saw there.
    async fn rename_in_over(
        &self,
        item: &Item,
        over: &Over,
        entry: Moving,
        at: &str,
        options: RenameOptions,
        recheck: &Recheck,
    ) -> Result<()> {
        let is_planned = match self.sight(item, recheck).await? {
            Sight::Nothing => false,
            Sight::Planned => true,
            _ => return Err(changed()),
        };
        let replaces = is_planned && matches!(over, Over::File(_));
        if is_planned && !replaces {
            self.move_aside(item, over).await?;
        }
        let options = RenameOptions { replace_if_exists: replaces, ignore_read_only: replaces, ..options };
        let renamed = self.rename_with(entry, at, &item.path, &options).await;
        if let Err(error) = &renamed {
            self.put_back(item, over, error).await;
        }
        self.learn(&options.smb, renamed?);
        Ok(())
    }

    /// Where an entry is that is on its way to a path. An error where it is not the one that the plan saw.
    async fn mover<'b>(
        &self,
        item: &Item,
        seen: &Seen,
        to: &str,
        recheck: &'b Recheck,
    ) -> Result<(String, &'b Entry)> {
        let from = item.moves().map_or(to, |(from, _)| from);
        for path in [to, from] {
            let entries = recheck.at(self.shares, path).await?;
            let Some(entry) = entries.iter().find(|entry| entry.file_id == seen.file_id) else { continue };
            // a rename moves the ETag, and what goes from a directory may move the directory's
            let may_differ = path == to || is_directory(entry) || is_scratch(&entry.name);
            if may_differ || entry.etag == seen.etag {
                return Ok((join(parent(path), &entry.name), entry));
            }
        }
        Err(changed())
    }
}

/// A file that came to its place, and was copied besides.
fn replaced(item: &Item, source: &Entry) -> Changes {
    let copied = Copied { files: 1, bytes: size(source), directories: 0 };
    Changes { copied, ..Changes::of(item) }
}

pub(super) fn moving(entry: &Entry) -> Moving {
    Moving { id: entry.file_id, is_directory: is_directory(entry) }
}

/// What stands where a plan saw it, as something to be renamed.
pub(super) fn seen_moving(seen: &Seen) -> Moving {
    Moving { id: seen.file_id, is_directory: seen.attributes.contains(FileAttributes::DIRECTORY) }
}
