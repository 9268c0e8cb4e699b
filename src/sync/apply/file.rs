//! Files: copied whole, or given new properties.

use azure_storage_file_share::{Entry, FileAttributes, RenameOptions, SetFileProperties, SmbProperties};

use super::recheck::Recheck;
use super::{Apply, properties};
use crate::sync::compare::sentinel;
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work, size};
use crate::sync::name::{join, parent};
use crate::sync::tally::add;

impl Apply<'_> {
    pub(super) async fn write_file(&self, item: &Item, recheck: &Recheck) -> Result<()> {
        match &item.work {
            Work::CopyFile { source, over } => {
                self.place_copy(item, source, over, recheck).await?;
                add(&self.tally.files, 1);
            }
            Work::SetFile { source, .. } => self.set_file(item, source).await?,
            _ => {}
        }
        Ok(())
    }

    async fn place_copy(&self, item: &Item, source: &Entry, over: &Over, recheck: &Recheck) -> Result<()> {
        match over {
            Over::Nothing => self.copy_file(source, &item.path, &item.path).await,
            Over::File(seen) => {
                if recheck.confirm(item, seen)? {
                    self.make_writable(item, seen).await?;
                    if let Some(old) = item.misspelt() {
                        self.respell(item, source, old).await?;
                    }
                }
                self.copy_file(source, &item.path, &item.path).await
            }
            Over::OtherKind { .. } => {
                // the old entry keeps its name until the new file is complete
                let scratch = join(parent(&item.path), &self.scratch.next());
                self.copy_file(source, &item.path, &scratch).await?;
                self.move_aside(item, over, recheck).await?;
                let options = RenameOptions { smb: properties(source), ..Default::default() };
                self.shares.target.file_client(&scratch).rename(&item.path, &options).await?;
                Ok(())
            }
        }
    }

    /// Clears the read-only attribute of a file that is about to be overwritten, and marks it as unfinished in
    /// the same request.
    async fn make_writable(&self, item: &Item, seen: &Seen) -> Result<()> {
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
    async fn set_file(&self, item: &Item, source: &Entry) -> Result<()> {
        if let Some(old) = item.misspelt() {
            self.respell(item, source, old).await?;
        }
        let (there, here) =
            (self.shares.source.file_client(&item.path), self.shares.target.file_client(&item.path));
        let (from, to) = futures::try_join!(there.get_properties(), here.get_properties())?;
        if to.size != size(source) {
            return Err(SyncError::refused(
                "TargetChanged",
                "The target's size is not the one that the plan saw",
            ));
        }
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
