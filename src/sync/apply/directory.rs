//! Directories: made, renamed, given their properties; their times come last, after the children.

use azure_storage_file_share::{
    CreateDirectory, Entry, Metadata, RenameOptions, ShareDirectoryClient, SmbProperties,
};

use super::recheck::Recheck;
use super::{Apply, properties};
use crate::sync::failure::{Result, SyncError};
use crate::sync::item::{Item, Over, Work, is_directory};
use crate::sync::name::{join, parent};
use crate::sync::tally::add;

impl Apply<'_> {
    pub(super) async fn write_directory(&self, item: &Item, recheck: &Recheck) -> Result<()> {
        match &item.work {
            Work::NewDirectory { source, over, .. } => self.make(item, source, over, recheck).await,
            Work::SetDirectory { source, .. } => self.set_directory(item, source).await,
            _ => Ok(()),
        }
    }

    /// Sets all properties of a directory again, times among them.
    pub(super) async fn finish_directory(&self, item: &Item) -> Result<()> {
        let (Work::NewDirectory { source, .. }
        | Work::SetDirectory { source, .. }
        | Work::TouchDirectory { source }) = &item.work
        else {
            return Ok(());
        };
        let smb = properties(source);
        let written = self.shares.target.directory_client(&item.path).set_properties(&smb).await?;
        self.learn(&smb, written);
        Ok(())
    }

    async fn make(&self, item: &Item, source: &Entry, over: &Over, recheck: &Recheck) -> Result<()> {
        let metadata = self.shares.source.directory_client(&item.path).get_properties().await?.metadata;
        if over.seen().is_some() {
            self.move_aside(item, over, recheck).await?;
        }
        // no times: until they are set, last, the directory differs and is not taken for finished
        let smb = SmbProperties {
            attributes: Some(source.attributes),
            permission_key: properties(source).permission_key,
            ..Default::default()
        };
        let target = self.shares.target.directory_client(&item.path);
        match target.create(&CreateDirectory { smb: smb.clone(), metadata: metadata.clone() }).await {
            Ok(written) => drop(self.learn(&smb, written)),
            // it may be ours, from an attempt whose answer was lost
            Err(error) if error.is_code("ResourceAlreadyExists") => {
                self.mirror_metadata(&target, &metadata).await?
            }
            Err(error) => return Err(error.into()),
        }
        add(&self.tally.directories, 1);
        Ok(())
    }

    async fn set_directory(&self, item: &Item, source: &Entry) -> Result<()> {
        if let Some(old) = item.misspelt() {
            self.respell(item, source, old).await?;
        }
        let metadata = self.shares.source.directory_client(&item.path).get_properties().await?.metadata;
        self.mirror_metadata(&self.shares.target.directory_client(&item.path), &metadata).await?;
        if item.misspelt().is_none() {
            add(&self.tally.metadata, 1);
        }
        Ok(())
    }

    async fn mirror_metadata(&self, target: &ShareDirectoryClient, metadata: &Metadata) -> Result<()> {
        if target.get_properties().await?.metadata != *metadata {
            target.set_metadata(metadata).await?;
        }
        Ok(())
    }

    /// Gives an entry the source's spelling: two renames through a scratch name, because a rename onto another
    /// spelling of itself is not documented.
    pub(super) async fn respell(&self, item: &Item, source: &Entry, old: &str) -> Result<()> {
        let directory = parent(&item.path);
        let scratch = join(directory, &self.scratch.next());
        self.rename(&join(directory, old), &scratch, is_directory(source)).await?;
        self.rename(&scratch, &item.path, is_directory(source)).await?;
        add(&self.tally.renamed, 1);
        Ok(())
    }

    /// Renames an entry of the other kind to its scratch name, from which it is deleted later.
    pub(super) async fn move_aside(&self, item: &Item, over: &Over, recheck: &Recheck) -> Result<()> {
        let Over::OtherKind { seen, aside } = over else { return Ok(()) };
        if !recheck.confirm(item, seen)? {
            return Err(SyncError::refused(
                "TargetChanged",
                "The target's entry went away while it was to be replaced",
            ));
        }
        let directory = parent(&item.path);
        let was_directory = seen.attributes.contains(azure_storage_file_share::FileAttributes::DIRECTORY);
        self.rename(&join(directory, &seen.name), &join(directory, aside), was_directory).await
    }

    pub(super) async fn rename(&self, from: &str, to: &str, is_directory: bool) -> Result<()> {
        let options = RenameOptions::default();
        if is_directory {
            self.shares.target.directory_client(from).rename(to, &options).await?;
        } else {
            self.shares.target.file_client(from).rename(to, &options).await?;
        }
        Ok(())
    }
}
