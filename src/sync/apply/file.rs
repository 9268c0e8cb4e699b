//! Files: copied whole, or given new properties.

use azure_storage_file_share::{Entry, FileAttributes, RenameOptions, SetFileProperties, SmbProperties};

use super::recheck::{Recheck, Sight};
use super::{Apply, properties};
use crate::sync::compare::sentinel;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, size};
use crate::sync::name::{join, parent};
use crate::sync::tally::add;

impl Apply<'_> {
    pub(super) async fn write_file(&self, item: &Item, recheck: &Recheck) -> Result<()> {
        match &item.work {
            _ if !self.goes_on() => {}
            Work::CopyFile { source, over } => {
                self.place_copy(item, source, over, recheck).await?;
                add(&self.tally.files, 1);
                add(&self.tally.bytes, size(source));
            }
            Work::SetFile { source, target } => self.set_file(item, source, target).await?,
            _ => {}
        }
        Ok(())
    }

    async fn place_copy(&self, item: &Item, source: &Entry, over: &Over, recheck: &Recheck) -> Result<()> {
        let sight = recheck.sight(self.shares, item).await?;
        if sight == Sight::Done {
            return Ok(());
        }
        if let Over::Tree { built, .. } = over {
            return self.copy_file(source, &item.path, built).await;
        }
        if let (Over::File(seen), Sight::Planned) = (over, sight) {
            self.unlock(item, seen).await?;
            if let Some(old) = item.misspelt() {
                self.respell(item, source, old).await?;
            }
        }
        self.copy_file(source, &item.path, &item.path).await
    }

    /// Renames a file in that waited for a directory to go. Where it is not found, an earlier attempt did this.
    pub(super) async fn rename_in(&self, item: &Item, built: &str) -> Result<()> {
        let Work::CopyFile { source, .. } = &item.work else { return Ok(()) };
        let waiting = self.shares.target.file_client(built);
        match waiting.get_properties().await {
            Err(error) if error.is_code("ResourceNotFound") => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(found) if found.written.last_write_time == sentinel() => {
                let detail = "The file that was to take the place of a directory is not finished";
                return Err(SyncError::refused("Unfinished", detail));
            }
            Ok(_) => {}
        }
        let options = RenameOptions { smb: properties(source), ..Default::default() };
        waiting.rename(&item.path, &options).await?;
        Ok(())
    }

    /// Clears the read-only attribute of a file that is about to be overwritten, and marks it as unfinished in
    /// the same request.
    async fn unlock(&self, item: &Item, seen: &Seen) -> Result<()> {
        if !seen.attributes.contains(FileAttributes::READ_ONLY) {
            return Ok(());
        }
        let smb = SmbProperties {
            attributes: Some(seen.attributes.without(FileAttributes::READ_ONLY)),
            last_write_time: Some(sentinel()),
            ..Default::default()
        };
        let target = self.shares.target.file_client(&join(parent(&item.path), &seen.name));
        target.set_properties(&SetFileProperties { smb, ..Default::default() }).await?;
        Ok(())
    }

    /// Content headers, user metadata, ACL, attributes and times; the change time is set by the last request, so
    /// that a file half done still differs.
    async fn set_file(&self, item: &Item, source: &Entry, seen: &Seen) -> Result<()> {
        let name = item.misspelt().unwrap_or(&source.name);
        let found = join(parent(&item.path), name);
        let there = self.shares.source.file_client(&item.path);
        let before = self.shares.target.file_client(&found);
        let (from, to) = futures::try_join!(there.get_properties(), before.get_properties())?;
        let is_planned = to.written.file_id == seen.file_id
            && to.size == size(source)
            && to.written.last_write_time == source.last_write_time;
        if !is_planned {
            let detail = "The target's data is not what the plan saw; it was left alone";
            return Err(SyncError::refused("TargetChanged", detail));
        }
        if let Some(old) = item.misspelt() {
            self.respell(item, source, old).await?;
        }
        let here = self.shares.target.file_client(&item.path);
        if from.metadata != to.metadata {
            if to.written.attributes.contains(FileAttributes::READ_ONLY) {
                let smb = SmbProperties {
                    attributes: Some(to.written.attributes.without(FileAttributes::READ_ONLY)),
                    ..Default::default()
                };
                here.set_properties(&SetFileProperties {
                    smb,
                    content: from.content.clone(),
                    ..Default::default()
                })
                .await?;
            }
            here.set_metadata(&from.metadata).await?;
        }
        let smb = properties(source);
        let written = here
            .set_properties(&SetFileProperties {
                smb: smb.clone(),
                content: from.content,
                ..Default::default()
            })
            .await?;
        self.learn(&smb, written);
        if item.misspelt().is_none() {
            add(&self.tally.metadata, 1);
        }
        Ok(())
    }
}
