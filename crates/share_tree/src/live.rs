//! A share that people work in: a tree is loaded into it, and edits are made to it and to the tree alike.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use azure_storage_file_share::ShareClient;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::permissions::Permissions;
use crate::settle::settle;
use crate::tree::{Entry, Tree, depth};
use crate::write;

/// Requests under way at once.
const CONCURRENCY: usize = 32;

#[derive(Debug)]
pub struct LiveShare {
    pub(crate) share: ShareClient,
    pub(crate) permissions: Permissions,
}

impl LiveShare {
    pub fn new(share: ShareClient) -> Self {
        Self { permissions: Permissions::new(share.clone()), share }
    }

    pub fn share(&self) -> &ShareClient {
        &self.share
    }

    /// Fills an empty share. Afterwards the tree holds what the service answered wherever it left the choice.
    pub async fn load(&self, tree: &mut Tree) -> Result<()> {
        let mut levels: BTreeMap<usize, Vec<(String, Entry)>> = BTreeMap::new();
        for (path, entry) in tree.directories() {
            levels.entry(depth(path)).or_default().push((path.to_owned(), entry.clone()));
        }
        for (_, directories) in levels.range(1..) {
            self.for_each(directories, |path, entry| self.create(path, entry)).await?;
        }
        let files: Vec<_> = tree.files().map(|(path, entry)| (path.to_owned(), entry.clone())).collect();
        let files = self.for_each(&files, |path, entry| self.create(path, entry)).await?;
        // Whether a new child moves its parent's times is not documented: theirs are set last, from below.
        for directories in levels.values().rev() {
            self.for_each(directories, |path, entry| self.set_directory(path, entry)).await?;
        }
        let directories: Vec<_> = levels.into_values().flatten().collect();
        let directories = self.for_each(&directories, |path, entry| self.settled(path, entry)).await?;
        for (path, entry) in files.into_iter().chain(directories) {
            tree.insert(&path, entry);
        }
        Ok(())
    }

    async fn for_each<'a, F, T>(
        &self,
        entries: &'a [(String, Entry)],
        work: impl Fn(&'a str, &'a Entry) -> F,
    ) -> Result<Vec<(String, T)>>
    where
        F: Future<Output = Result<T>>,
    {
        let one = |(path, entry): &'a (String, Entry)| {
            let result = work(path, entry);
            async move { Ok((path.clone(), result.await.with_context(|| format!("Loading {path:?}"))?)) }
        };
        stream::iter(entries).map(one).buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Creates or replaces an entry and answers it settled.
    pub(crate) async fn create(&self, path: &str, entry: &Entry) -> Result<Entry> {
        let written = write::create(&self.share, &self.permissions, path, entry).await?;
        let mut entry = entry.clone();
        settle(&mut entry, &written, self.permissions.descriptor(&written.permission_key).await?)?;
        Ok(entry)
    }

    /// The entry with the properties it has in the share.
    pub(crate) async fn settled(&self, path: &str, entry: &Entry) -> Result<Entry> {
        let written = if entry.is_directory() {
            self.share.directory_client(path).get_properties().await?.written
        } else {
            self.share.file_client(path).get_properties().await?.written
        };
        let mut entry = entry.clone();
        settle(&mut entry, &written, self.permissions.descriptor(&written.permission_key).await?)?;
        Ok(entry)
    }

    async fn set_directory(&self, path: &str, entry: &Entry) -> Result<()> {
        let client = self.share.directory_client(path);
        let smb = write::smb_properties(&self.permissions, &entry.properties).await?;
        if path.is_empty() {
            // The service makes the root's properties when they are first read.
            client.get_properties().await?;
            client.set_metadata(&entry.properties.metadata).await?;
        }
        client.set_properties(&smb).await?;
        Ok(())
    }
}
