//! Entries that moved in the source, renamed in the target. The target's id tells where an earlier attempt left them.
//!
//! A file gets its properties with the rename, unless user metadata or content headers differ: then its times come
//! last, so that a file half done still differs. What fails goes back to where it was, as far as that place is free;
//! else it stays under its scratch name, and the next cycle copies it.

use azure_storage_file_share::{Entry, FileAttributes, RenameOptions, SetFileProperties};

use super::pass::{Outcome, Pass};
use super::properties;
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::{Sight, changed};
use crate::sync::changes::Changes;
use crate::sync::failure::{Cost, FailedPaths, Result};
use crate::sync::item::{Item, Over, Seen, Work, is_directory};
use crate::sync::name::{is_scratch, join, parent};

/// Whether an item failed, or what has to come before it.
pub(super) fn is_lost(item: &Item, failed: &FailedPaths) -> bool {
    let is_not_lifted = match &item.work {
        Work::Rename { from, lifted: Some(_), .. } => failed.contains(from),
        _ => false,
    };
    is_not_lifted || failed.contains(&item.path)
}

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

    /// Brings an entry that moved to its new place, with the source's properties. The times of a directory come later.
    pub(super) async fn place(&self, item: &Item, recheck: &Recheck) -> Result<Outcome> {
        let Work::Rename { source, target, from, lifted, over, .. } = &item.work else {
            return Ok(Outcome::Done(Changes::default()));
        };
        let placed = if is_directory(source) {
            self.place_directory(item, target, over, recheck).await
        } else {
            self.place_file(item, source, target, over, recheck).await
        };
        if let (Err(error), Some(lifted)) = (&placed, lifted)
            && error.cost() == Cost::Entry
        {
            let entry = Moving { id: target.file_id, is_directory: is_directory(source) };
            let left = self.shown_at(entry, lifted).await?;
            if left.is_some_and(|left| left.file_id == entry.id) {
                self.rename_back(entry, lifted, from).await;
            }
        }
        placed.map(|()| Outcome::Done(Changes::of(item)))
    }

    async fn place_file(
        &self,
        item: &Item,
        source: &Entry,
        seen: &Seen,
        over: &Over,
        recheck: &Recheck,
    ) -> Result<()> {
        let (at, entry) = self.mover(item, seen, &item.path, recheck).await?;
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
        Ok(())
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

fn moving(entry: &Entry) -> Moving {
    Moving { id: entry.file_id, is_directory: is_directory(entry) }
}

/// What stands where a plan saw it, as something to be renamed.
pub(super) fn seen_moving(seen: &Seen) -> Moving {
    Moving { id: seen.file_id, is_directory: seen.attributes.contains(FileAttributes::DIRECTORY) }
}
