//! Files: copied whole, or given new properties.

use azure_storage_file_share::{
    Entry, FileAttributes, FileProperties, Metadata, RenameOptions, SetFileProperties, ShareFileClient,
    SmbProperties,
};

use super::pass::{Outcome, Pass};
use super::properties;
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::{Sight, changed};
use super::small::may_lack_data;
use crate::sync::changes::Changes;
use crate::sync::compare::{compare, sentinel};
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Reason, SMALL, Seen, Work, size};
use crate::sync::name::{join, parent};

impl Pass<'_> {
    /// Of an item that `is_known`, it was seen that the file is complete, if it looks so.
    pub(super) async fn write_file(&self, item: &Item, recheck: &Recheck, is_known: bool) -> Result<Outcome> {
        match &item.work {
            Work::CopyFile { source, over } => {
                let placed = self.place_copy(item, source, over, recheck, is_known).await;
                let seeded = Box::pin(self.origin(source, &item.path, placed.is_ok())).await;
                placed?;
                return Ok(Outcome::Done(Changes { seeded: seeded?, ..Changes::of(item) }));
            }
            Work::SetFile { source, target } => self.settle_file(item, source, target, recheck).await?,
            Work::Rename { .. } => return self.place(item, recheck).await,
            _ => {}
        }
        Ok(Outcome::Done(Changes::of(item)))
    }

    async fn place_copy(
        &self,
        item: &Item,
        source: &Entry,
        over: &Over,
        recheck: &Recheck,
        is_known: bool,
    ) -> Result<()> {
        let sight = self.sight(item, recheck).await?;
        let has_data = |now: &Entry| is_known || !may_lack_data(now);
        let is_done = match over {
            Over::Tree { built, .. } => {
                sight == Sight::Done || has_data(source) && self.is_built(source, built, recheck).await?
            }
            _ => sight == Sight::Done && has_data(source),
        };
        if is_done {
            if !is_known {
                self.shares.plain.doubt();
            }
            if let (Over::File(seen), Some(_)) = (over, item.misspelt()) {
                self.forget_aside(&item.path, seen).await?;
            }
            return Ok(());
        }
        match (sight, over) {
            (_, Over::Tree { built, .. }) => self.copy_file(source, &item.path, built).await,
            // somebody brought it back meanwhile, with properties of its own
            (Sight::DataOnly(_), Over::Nothing) if self.shares.keeps_what_is_there() => Err(changed()),
            (Sight::DataOnly(now), _) if has_data(now) => {
                self.set_file(item, source, &Seen::of(now), recheck).await
            }
            (_, Over::File(seen)) if item.misspelt().is_some() => {
                self.replace_respelt(item, source, seen).await
            }
            (_, Over::File(seen)) => self.overwrite(item, source, seen, sight).await,
            _ if self.shares.restoring.is_some() => self.bring(source, &item.path).await,
            _ => self.copy_file(source, &item.path, &item.path).await,
        }
    }

    /// Brings a file to a share that people work in: where one request is not enough, it is built under a scratch name, so that
    /// nobody, a cycle least of all, takes a half one for whole; and it takes nobody's place.
    async fn bring(&self, source: &Entry, path: &str) -> Result<()> {
        let original = self.original(source, path).await?;
        if self.create_at_once(&self.shares.target.file_client(path), &original).await? {
            self.progress.file_done(original.from.path());
            return Ok(());
        }
        self.replace(source, path, &original, &Seen::nothing(&source.name), None).await
    }

    /// Makes a file of the target equal to the source's, at the least cost that leaves the good copy alone until
    /// another one is complete, or that is sure to complete it.
    async fn overwrite(&self, item: &Item, source: &Entry, seen: &Seen, sight: Sight<'_>) -> Result<()> {
        let path = item.path.as_str();
        let original = self.original(source, path).await?;
        let unfinished = match sight {
            Sight::Unfinished(now) => Some(now),
            _ => None,
        };
        let is_read_only = seen.attributes.contains(FileAttributes::READ_ONLY) && unfinished.is_none();
        if !is_read_only && self.create_at_once(&self.shares.target.file_client(path), &original).await? {
            self.progress.file_done(original.from.path());
            return Ok(());
        }
        let is_it = sight == Sight::Planned || unfinished.is_some_and(|now| now.file_id == seen.file_id);
        if is_it
            && size(source) > SMALL
            // what changed since says nothing of data that was wrong before
            && item.reason != Reason::Content
            && let Some(changed) = self.provable_changes(source, path, seen).await?
        {
            return self.apply_changes(&original, seen, changed, unfinished).await;
        }
        self.replace(source, path, &original, seen, None).await
    }

    /// The same for a file whose name changes its case.
    async fn replace_respelt(&self, item: &Item, source: &Entry, seen: &Seen) -> Result<()> {
        let original = self.original(source, &item.path).await?;
        let old = join(parent(&item.path), &seen.name);
        self.replace(source, &item.path, &original, seen, Some(&old)).await
    }

    /// Renames a file in that waited for a directory to go. Where it is not found, an earlier attempt did this.
    pub(super) async fn rename_in(&self, item: &Item) -> Result<Outcome> {
        let done = Outcome::Done(Changes::default());
        let (Work::CopyFile { source, .. }, Some(built)) = (&item.work, item.waits_at()) else {
            return Ok(done);
        };
        let found = match self.shares.target.file_client(built).get_properties().await {
            Err(error) if error.is_code("ResourceNotFound") => return Ok(done),
            found => found?.written,
        };
        if found.last_write_time == sentinel() {
            let detail = "The file that was to take the place of a directory is not finished";
            return Err(SyncError::refused("Unfinished", detail));
        }
        let options = RenameOptions { smb: properties(source), ..Default::default() };
        let file = Moving { id: found.file_id, is_directory: false };
        self.rename_with(file, built, &item.path, &options).await?;
        Ok(done)
    }

    /// Makes a file writable that is about to be overwritten or deleted, and marks it as unfinished in the same
    /// request.
    pub(super) async fn unlock(&self, path: &str, attributes: FileAttributes) -> Result<()> {
        let smb = SmbProperties {
            attributes: Some(attributes.without(FileAttributes::READ_ONLY)),
            last_write_time: Some(sentinel()),
            ..Default::default()
        };
        let target = self.shares.target.file_client(path);
        target.set_properties(&SetFileProperties { smb, ..Default::default() }).await?;
        Ok(())
    }

    /// A file whose size and last-write time are equal. Its data may have changed all the same where nothing else says
    /// why its change time moved, in either share, and a new spelling is no reason that they did not; with a base, the
    /// service can tell.
    async fn settle_file(&self, item: &Item, source: &Entry, seen: &Seen, recheck: &Recheck) -> Result<()> {
        let may_differ = !item.reason.is_visible() || item.misspelt().is_some();
        let is_sure = !may_differ || self.shares.base.is_none();
        if size(source) == 0 || is_sure && !self.shares.may_differ_unseen() {
            return self.set_file(item, source, seen, recheck).await;
        }
        let (now, was) = (self.now(item, recheck).await?, join(parent(&item.path), &seen.name));
        let sight = match now {
            Some(now) if now.file_id == seen.file_id && now.last_write_time == sentinel() => {
                Sight::Unfinished(now)
            }
            _ if self.is_unchanged(source, &item.path, &was, seen).await? => {
                return self.set_file(item, source, seen, recheck).await;
            }
            _ if item.misspelt().is_some() => return self.replace_respelt(item, source, seen).await,
            Some(now) if seen.is(now) => Sight::Planned,
            // an earlier attempt got there, and nobody saw that it did
            Some(now) if compare(source, now).is_none() => Sight::Done,
            _ => return Err(changed()),
        };
        self.overwrite(item, source, seen, sight).await
    }

    /// Content headers, user metadata, ACL, attributes and times; the change time is set by the last request, so
    /// that a file half done still differs.
    async fn set_file(&self, item: &Item, source: &Entry, seen: &Seen, recheck: &Recheck) -> Result<()> {
        let now = self.now(item, recheck).await?.filter(|now| seen.is(now) && item.misspelt().is_none());
        let there = self.shares.source_file(&item.path);
        let here = self.shares.target.file_client(&item.path);
        let (from, attributes, differs) = match now {
            Some(now) => {
                let from = there.get_properties().await?;
                // what the source has costs no more to write than to ask for
                let differs = !from.metadata.is_empty() || self.has_metadata(&here, now).await?;
                (from, now.attributes, differs)
            }
            None => {
                let (from, to) = self.look_closely(item, source, seen, &there, recheck).await?;
                let differs = from.metadata != to.metadata;
                (from, to.written.attributes, differs)
            }
        };
        self.shares.plain.saw(&from.metadata);
        let set = SetFileProperties { smb: properties(source), content: from.content, ..Default::default() };
        if differs {
            self.set_metadata(&here, attributes, &set, &from.metadata).await?;
        }
        let written = here.set_properties(&set).await?;
        self.learn(&set.smb, written);
        Ok(())
    }

    async fn has_metadata(&self, here: &ShareFileClient, now: &Entry) -> Result<bool> {
        if self.shares.has_no_metadata(now) {
            return Ok(false);
        }
        let metadata = here.get_properties().await?.metadata;
        self.shares.plain.saw(&metadata);
        Ok(!metadata.is_empty())
    }

    /// A file that the listing does not show as the plan saw it: an earlier attempt may have touched it, or it is
    /// respelt. Its data must still be what the plan saw.
    async fn look_closely(
        &self,
        item: &Item,
        source: &Entry,
        seen: &Seen,
        there: &ShareFileClient,
        recheck: &Recheck,
    ) -> Result<(FileProperties, FileProperties)> {
        let found = match self.whereabouts(item, recheck).await? {
            Some((path, _)) => path,
            None => item.path.clone(),
        };
        let before = self.shares.target.file_client(&found);
        let (from, to) = futures::try_join!(there.get_properties(), before.get_properties())?;
        self.shares.plain.saw(&to.metadata);
        let is_planned = to.written.file_id == seen.file_id
            && to.size == size(source)
            && to.written.last_write_time == source.last_write_time;
        if !is_planned {
            return Err(changed());
        }
        if item.misspelt().is_some() {
            self.respell(item, recheck).await?;
        }
        Ok((from, to))
    }

    /// A read-only file is made writable first.
    pub(super) async fn set_metadata(
        &self,
        file: &ShareFileClient,
        attributes: FileAttributes,
        set: &SetFileProperties,
        metadata: &Metadata,
    ) -> Result<()> {
        if attributes.contains(FileAttributes::READ_ONLY) {
            let attributes = Some(attributes.without(FileAttributes::READ_ONLY));
            let smb = SmbProperties { attributes, ..Default::default() };
            file.set_properties(&SetFileProperties { smb, ..set.clone() }).await?;
        }
        file.set_metadata(metadata).await?;
        Ok(())
    }
}
