//! Whole replacements: built under a scratch name, and renamed over the file once all data is there. Until then the good
//! copy is not touched.
//!
//! The rename writes the true times, so that building and placing have no moment between them in which the scratch name
//! looks finished and the file does not. Where the name changes its case besides, the old file is renamed aside first, and
//! deleted last: a rename onto another spelling is not documented.

use azure_storage::ErrorKind;
use azure_storage_file_share::{CopyStatus, Entry, EntryKind, FileAttributes, FileId, RenameOptions};

use super::copy::Original;
use super::inside::abort;
use super::moving::seen_moving;
use super::pass::Pass;
use super::rename::Moving;
use super::sight::changed;
use crate::sync::compare::{compare, sentinel};
use crate::sync::failure::{Cost, Result};
use crate::sync::item::Seen;

impl Pass<'_> {
    /// Replaces the file at `path`, which the plan saw as `seen`; at `old`, where only the case differs.
    pub(super) async fn replace(
        &self,
        source: &Entry,
        path: &str,
        original: &Original<'_>,
        seen: &Seen,
        old: Option<&str>,
    ) -> Result<()> {
        let built = self.scratch.path_for(path);
        let replaced = self.build_and_place(source, path, &built, original, seen, old).await;
        if let Err(error) = &replaced
            && error.cost() == Cost::Entry
        {
            self.discard(original, &built).await;
            if let Some(old) = old {
                self.come_back(path, old, seen).await?;
            }
        }
        replaced
    }

    /// Deletes what was renamed aside when its place was taken.
    pub(super) async fn forget_aside(&self, path: &str, seen: &Seen) -> Result<()> {
        self.delete_file(&self.scratch.moving_path_for(path), seen.attributes).await
    }

    async fn come_back(&self, path: &str, old: &str, seen: &Seen) -> Result<()> {
        let (aside, entry) = (self.scratch.moving_path_for(path), seen_moving(seen));
        if self.shown_at(entry, &aside).await?.is_some_and(|left| left.file_id == seen.file_id) {
            self.rename_back(entry, &aside, old).await;
        }
        Ok(())
    }

    async fn build_and_place(
        &self,
        source: &Entry,
        path: &str,
        built: &str,
        original: &Original<'_>,
        seen: &Seen,
        old: Option<&str>,
    ) -> Result<()> {
        let scratch = self.shares.target.file_client(built);
        let begun = self.fill(&scratch, original).await?;
        if original.found.content.content_type.is_none() {
            // the service gave it one
            scratch.set_properties(&original.still_unfinished()).await?;
        }
        let there = self.look_before_replacing(source, path, seen).await?;
        let misspelt = old.filter(|_| there == Some(seen.file_id));
        if let Some(old) = misspelt {
            self.rename(seen_moving(seen), old, &self.scratch.moving_path_for(path)).await?;
        }
        // what somebody puts there from now on is in nobody's plan
        let is_free = self.shares.restoring.is_some() && there.is_none();
        let replaces = misspelt.is_none() && !is_free;
        let options = RenameOptions {
            replace_if_exists: replaces,
            ignore_read_only: replaces,
            smb: original.last.smb.clone(),
            ..Default::default()
        };
        let file = Moving { id: begun.id, is_directory: false };
        let written = self.rename_with(file, built, path, &options).await?;
        self.complete(&self.shares.target.file_client(path), original, Some(written)).await?;
        if old.is_some() {
            self.forget_aside(path, seen).await?;
        }
        self.progress.file_done(original.from.path());
        Ok(())
    }

    /// The file still is what the plan saw, or ours: unfinished, or done by an attempt whose end nobody saw (P2).
    /// Its id, if there is one at all.
    async fn look_before_replacing(&self, source: &Entry, path: &str, seen: &Seen) -> Result<Option<FileId>> {
        let file = self.shares.target.file_client(path);
        let now = match file.get_properties().await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            now => now?,
        };
        let is_as_seen = seen.file_id == now.written.file_id && seen.etag == now.written.etag;
        let shown = Entry {
            kind: EntryKind::File { size: now.size },
            attributes: now.written.attributes,
            creation_time: now.written.creation_time,
            last_write_time: now.written.last_write_time,
            change_time: now.written.change_time,
            permission_key: now.written.permission_key,
            ..source.clone()
        };
        let is_unfinished = shown.last_write_time == sentinel();
        if let Some(copy) = now.copy.filter(|copy| is_unfinished && copy.status == CopyStatus::Pending) {
            abort(&file, &copy.id).await?;
        }
        if is_as_seen || is_unfinished || compare(source, &shown).is_none() {
            return Ok(Some(now.written.file_id));
        }
        Err(changed())
    }

    /// Removes what was built in vain. What stays is removed by the next cycle.
    async fn discard(&self, original: &Original<'_>, built: &str) {
        let path = original.from.path();
        self.progress.forget_cursor(path);
        if let Err(error) = self.delete_file(built, FileAttributes::NONE).await {
            tracing::warn!(entry.path = path, "A file at {built} stays until the next cycle: {error}");
        }
    }
}
