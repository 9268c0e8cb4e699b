//! Renames whose end is known: a rename is not repeated after a lost answer, but looked for.

use azure_storage::ErrorKind;
use azure_storage_file_share::{FileId, RenameOptions, Written};

use super::inside::ends_copy;
use super::pass::Pass;
use super::recheck::Recheck;
use super::sight::changed;
use crate::sync::failure::{Cost, Result};
use crate::sync::item::{Item, is_directory};
use crate::sync::name::{join, parent};

/// Attempts of which each may have been the one.
const ATTEMPTS: u32 = 3;

/// An entry that is renamed: the id stays with it wherever it goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moving {
    pub(super) id: FileId,
    pub(super) is_directory: bool,
}

impl Pass<'_> {
    pub(super) async fn rename(&self, entry: Moving, from: &str, to: &str) -> Result<()> {
        self.rename_with(entry, from, to, &RenameOptions::default()).await?;
        Ok(())
    }

    /// What the entry shows afterwards.
    pub(super) async fn rename_with(
        &self,
        entry: Moving,
        from: &str,
        to: &str,
        options: &RenameOptions,
    ) -> Result<Written> {
        let target = &self.shares.target;
        let mut attempt = 1;
        loop {
            let renamed = if entry.is_directory {
                target.directory_client(from).rename(to, options).await
            } else {
                target.file_client(from).rename(to, options).await
            };
            let error = match renamed {
                Ok(written) => return Ok(written),
                Err(error) => error,
            };
            if !entry.is_directory
                && attempt < ATTEMPTS
                && ends_copy(&target.file_client(from), &error).await?
            {
                attempt += 1;
                continue;
            }
            let is_unknown = error.kind != ErrorKind::Closed && error.may_have_happened();
            let error = error.into();
            if !is_unknown {
                return Err(error);
            }
            self.settled().await;
            if let Some(found) = self.shown_at(entry, to).await?
                && found.file_id == entry.id
            {
                return Ok(found);
            }
            if attempt >= ATTEMPTS {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// Gives an entry the source's spelling: two renames through a scratch name, because a rename onto another
    /// spelling of itself is not documented. Goes on where an earlier attempt was cut off.
    pub(super) async fn respell(&self, item: &Item, recheck: &Recheck) -> Result<()> {
        let Some((at, entry)) = self.whereabouts(item, recheck).await? else { return Err(changed()) };
        if at == item.path {
            return Ok(());
        }
        let entry = Moving { id: entry.file_id, is_directory: is_directory(entry) };
        let scratch = self.scratch.moving_path_for(&item.path);
        if at != scratch {
            self.rename(entry, &at, &scratch).await?;
        }
        let renamed = self.rename(entry, &scratch, &item.path).await;
        if let Err(error) = &renamed
            && error.cost() == Cost::Entry
        {
            let old = item.misspelt().map_or(item.path.clone(), |old| join(parent(&item.path), old));
            self.rename_back(entry, &scratch, &old).await;
        }
        renamed
    }

    pub(super) async fn rename_back(&self, entry: Moving, scratch: &str, to: &str) {
        if let Err(error) = self.rename(entry, scratch, to).await {
            tracing::error!(entry.path = to, "The entry stays at {scratch} until the next cycle: {error}");
        }
    }

    pub(super) async fn shown_at(&self, entry: Moving, path: &str) -> Result<Option<Written>> {
        let target = &self.shares.target;
        let found = if entry.is_directory {
            target.directory_client(path).get_properties().await.map(|found| found.written)
        } else {
            target.file_client(path).get_properties().await.map(|found| found.written)
        };
        match found {
            Ok(written) => Ok(Some(written)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
