//! Directories: made, renamed, given their properties; their times come last, after the children.

use azure_storage_file_share::{CreateDirectory, Entry, Metadata, ShareDirectoryClient, SmbProperties};

use super::moving::seen_moving;
use super::new_files::NewDirectory;
use super::pass::{Outcome, Pass};
use super::properties;
use super::recheck::Recheck;
use super::sight::Sight;
use crate::sync::changes::{Changes, Copied};
use crate::sync::failure::{Cost, Result, SyncError};
use crate::sync::item::{Item, Over, Seen, Work};
use crate::sync::name::{join, parent};

impl Pass<'_> {
    pub(super) async fn write_directory(
        &self,
        number: u32,
        item: &Item,
        recheck: &Recheck,
    ) -> Result<Outcome> {
        match &item.work {
            Work::NewDirectory { source, over, files, .. } => {
                let is_found = !self.make(item, source, over, recheck).await?;
                let copied = Copied { directories: 1, ..Default::default() };
                let changes = Changes { copied, ..Default::default() };
                if *files == 0 {
                    return Ok(Outcome::Done(changes));
                }
                let made = NewDirectory::new(item.path.clone(), is_found, *files, changes);
                self.new_directories().insert(number, made);
                Ok(Outcome::Begun)
            }
            Work::SetDirectory { target, .. } => {
                self.set_directory(item, target, recheck).await?;
                Ok(Outcome::Done(Changes::of(item)))
            }
            Work::Rename { .. } => self.place(item, recheck).await,
            _ => Ok(Outcome::Done(Changes::default())),
        }
    }

    /// Sets all properties of a directory again, times among them.
    pub(super) async fn finish_directory(&self, item: &Item) -> Result<Outcome> {
        if let Work::NewDirectory { source, .. }
        | Work::SetDirectory { source, .. }
        | Work::Rename { source, .. }
        | Work::TouchDirectory { source } = &item.work
        {
            let smb = properties(source);
            let written = self.shares.target.directory_client(&item.path).set_properties(&smb).await?;
            self.learn(&smb, written);
        }
        Ok(Outcome::Done(Changes::default()))
    }

    /// Whether the directory was made now; it may have been there, from an attempt that was cut off.
    async fn make(&self, item: &Item, source: &Entry, over: &Over, recheck: &Recheck) -> Result<bool> {
        let metadata = self.shares.source_directory(&item.path).get_properties().await?.metadata;
        self.shares.plain.saw(&metadata);
        if let Over::Aside { .. } = over
            && self.sight(item, recheck).await? == Sight::Planned
        {
            // else an earlier attempt moved it, or somebody removed it: nothing is in the way
            self.move_aside(item, over).await?;
        }
        // no times: until they are set, last, the directory differs and is not taken for finished
        let smb = SmbProperties {
            attributes: Some(source.attributes),
            permission_key: properties(source).permission_key,
            ..Default::default()
        };
        let target = self.shares.target.directory_client(&item.path);
        let options = CreateDirectory { smb: smb.clone(), metadata: metadata.clone() };
        let created = match target.create(&options).await {
            Err(error) if error.is_code("ParentNotFound") && self.shares.restoring.is_some() => {
                self.shares.make_way(parent(&item.path)).await?;
                target.create(&options).await
            }
            created => created,
        };
        match created {
            Ok(written) => {
                self.learn(&smb, written);
                Ok(true)
            }
            Err(error) if error.is_code("ResourceAlreadyExists") => {
                self.mirror_metadata(&target, &metadata).await?;
                Ok(false)
            }
            Err(error) => {
                let error = error.into();
                self.put_back(item, over, &error).await;
                Err(error)
            }
        }
    }

    /// User metadata; all else is written in the end. Where something visible says why the directory changed, and no
    /// entry ever had metadata, only a sample is asked for it.
    async fn set_directory(&self, item: &Item, seen: &Seen, recheck: &Recheck) -> Result<()> {
        if item.misspelt().is_some() {
            self.respell(item, recheck).await?;
        }
        let now = self.now(item, recheck).await?;
        let has_none = now.is_some_and(|now| seen.is(now) && self.shares.has_no_metadata(now));
        if has_none && item.reason.is_visible() && !self.shares.plain.is_sampled() {
            return Ok(());
        }
        let metadata = self.shares.source_directory(&item.path).get_properties().await?.metadata;
        self.shares.plain.saw(&metadata);
        if has_none && metadata.is_empty() {
            return Ok(());
        }
        self.mirror_metadata(&self.shares.target.directory_client(&item.path), &metadata).await
    }

    pub(super) async fn mirror_metadata(
        &self,
        target: &ShareDirectoryClient,
        metadata: &Metadata,
    ) -> Result<()> {
        let there = target.get_properties().await?.metadata;
        self.shares.plain.saw(&there);
        if there != *metadata {
            target.set_metadata(metadata).await?;
        }
        Ok(())
    }

    /// Renames what gives way to its scratch name, from which it is deleted later.
    pub(super) async fn move_aside(&self, item: &Item, over: &Over) -> Result<()> {
        let Over::Aside { seen, aside } = over else { return Ok(()) };
        self.rename(seen_moving(seen), &join(parent(&item.path), &seen.name), aside).await
    }

    /// Undoes `move_aside` where nothing could be put in its place.
    pub(super) async fn put_back(&self, item: &Item, over: &Over, error: &SyncError) {
        if let Over::Aside { seen, aside } = over
            && error.cost() == Cost::Entry
        {
            self.rename_back(seen_moving(seen), aside, &join(parent(&item.path), &seen.name)).await;
        }
    }
}
