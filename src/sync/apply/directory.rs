//! Directories: made, renamed, given their properties; their times come last, after the children.

use std::collections::HashSet;
use std::sync::Mutex;

use azure_storage_file_share::{
    CreateDirectory, Entry, Metadata, RenameOptions, ShareDirectoryClient, SmbProperties,
};

use super::recheck::{Recheck, Sight};
use super::{Apply, properties};
use crate::sync::failure::Result;
use crate::sync::item::{Item, Over, Work, is_directory};
use crate::sync::name::{join, parent};
use crate::sync::tally::add;

impl Apply<'_> {
    /// A directory that was there although it was to be made goes into `found`.
    pub(super) async fn write_directory(
        &self,
        item: &Item,
        recheck: &Recheck,
        found: &Mutex<HashSet<String>>,
    ) -> Result<()> {
        match &item.work {
            _ if !self.goes_on() => Ok(()),
            Work::NewDirectory { source, over, .. } => {
                if !self.make(item, source, over, recheck).await? {
                    found.lock().expect("no panic while the set is held").insert(item.path.clone());
                }
                Ok(())
            }
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

    /// Whether the directory was made now; it may have been there, from an attempt whose answer was lost.
    async fn make(&self, item: &Item, source: &Entry, over: &Over, recheck: &Recheck) -> Result<bool> {
        let metadata = self.shares.source.directory_client(&item.path).get_properties().await?.metadata;
        self.move_aside(item, over, recheck).await?;
        // no times: until they are set, last, the directory differs and is not taken for finished
        let smb = SmbProperties {
            attributes: Some(source.attributes),
            permission_key: properties(source).permission_key,
            ..Default::default()
        };
        let target = self.shares.target.directory_client(&item.path);
        let made =
            match target.create(&CreateDirectory { smb: smb.clone(), metadata: metadata.clone() }).await {
                Ok(written) => {
                    self.learn(&smb, written);
                    true
                }
                Err(error) if error.is_code("ResourceAlreadyExists") => {
                    self.mirror_metadata(&target, &metadata).await?;
                    false
                }
                Err(error) => {
                    self.put_back(item, over).await;
                    return Err(error.into());
                }
            };
        add(&self.tally.directories, 1);
        Ok(made)
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
        let scratch = self.scratch.path_in(directory);
        self.rename(&join(directory, old), &scratch, is_directory(source)).await?;
        if let Err(error) = self.rename(&scratch, &item.path, is_directory(source)).await {
            self.rename_back(&scratch, &join(directory, old), is_directory(source)).await;
            return Err(error);
        }
        add(&self.tally.renamed, 1);
        Ok(())
    }

    /// Renames a file that a directory replaces to its scratch name, from which it is deleted later.
    async fn move_aside(&self, item: &Item, over: &Over, recheck: &Recheck) -> Result<()> {
        let Over::Aside { seen, aside } = over else { return Ok(()) };
        match recheck.sight(self.shares, item).await? {
            Sight::Planned => self.rename(&join(parent(&item.path), &seen.name), aside, false).await,
            // an earlier attempt moved it, or somebody removed it: nothing is in the way
            _ => Ok(()),
        }
    }

    /// Undoes `move_aside` where the directory could not be made.
    async fn put_back(&self, item: &Item, over: &Over) {
        if let Over::Aside { seen, aside } = over {
            self.rename_back(aside, &join(parent(&item.path), &seen.name), false).await;
        }
    }

    async fn rename_back(&self, scratch: &str, to: &str, is_directory: bool) {
        if let Err(error) = self.rename(scratch, to, is_directory).await {
            tracing::error!(entry.path = to, "The entry stays at {scratch} until the next cycle: {error}");
        }
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
