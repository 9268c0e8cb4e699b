//! Files: copied whole, or given new properties.

use azure_storage_file_share::{
    Entry, FileAttributes, Metadata, RenameOptions, SetFileProperties, ShareFileClient, SmbProperties,
};

use super::pass::{Outcome, Pass};
use super::properties;
use super::recheck::Recheck;
use super::rename::Moving;
use super::sight::{Sight, changed};
use super::small::may_lack_data;
use crate::sync::compare::sentinel;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, size};
use crate::sync::name::{join, parent};
use crate::sync::tally::Changes;

impl Pass<'_> {
    /// Of an item that `is_known`, it was seen that the file is complete, if it looks so.
    pub(super) async fn write_file(&self, item: &Item, recheck: &Recheck, is_known: bool) -> Result<Outcome> {
        match &item.work {
            Work::CopyFile { source, over } => {
                self.place_copy(item, source, over, recheck, is_known).await?;
            }
            Work::SetFile { source, target } => self.set_file(item, source, target, recheck).await?,
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
        if let Over::Tree { built, .. } = over {
            if sight == Sight::Done || has_data(source) && self.is_built(source, built, recheck).await? {
                return Ok(());
            }
            return self.copy_file(source, &item.path, built, None).await;
        }
        match sight {
            Sight::Done if has_data(source) => return Ok(()),
            Sight::DataOnly(now) if has_data(now) => {
                return self.set_file(item, source, &Seen::of(now), recheck).await;
            }
            _ => {}
        }
        if let Over::File(seen) = over {
            // marked before it is renamed, so that whoever goes on knows it again
            let is_respelt = item.misspelt().is_some();
            if sight == Sight::Planned && (is_respelt || seen.attributes.contains(FileAttributes::READ_ONLY))
            {
                let found = join(parent(&item.path), &seen.name);
                self.unlock(&found, seen.attributes).await?;
            }
            if is_respelt && self.whereabouts(item, recheck).await?.is_some() {
                self.respell(item, recheck).await?;
            }
        }
        self.copy_file(source, &item.path, &item.path, over.seen()).await
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

    /// Content headers, user metadata, ACL, attributes and times; the change time is set by the last request, so
    /// that a file half done still differs.
    async fn set_file(&self, item: &Item, source: &Entry, seen: &Seen, recheck: &Recheck) -> Result<()> {
        let found = match self.whereabouts(item, recheck).await? {
            Some((path, _)) => path,
            None => item.path.clone(),
        };
        let there = self.shares.source.file_client(&item.path);
        let before = self.shares.target.file_client(&found);
        let (from, to) = futures::try_join!(there.get_properties(), before.get_properties())?;
        let is_planned = to.written.file_id == seen.file_id
            && to.size == size(source)
            && to.written.last_write_time == source.last_write_time;
        if !is_planned {
            return Err(changed());
        }
        if item.misspelt().is_some() {
            self.respell(item, recheck).await?;
        }
        let here = self.shares.target.file_client(&item.path);
        let set = SetFileProperties { smb: properties(source), content: from.content, ..Default::default() };
        if from.metadata != to.metadata {
            self.set_metadata(&here, to.written.attributes, &set, &from.metadata).await?;
        }
        let written = here.set_properties(&set).await?;
        self.learn(&set.smb, written);
        Ok(())
    }

    /// A read-only file is made writable first.
    async fn set_metadata(
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
