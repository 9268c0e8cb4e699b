//! What a share, or a share snapshot, really holds: every byte and every property, read over REST.

use anyhow::{Context, Result};
use azure_storage_file_share::{Entry as Listed, EntryKind, ListOptions, ShareClient};
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::content::{Digest, Digester};
use crate::permissions::Permissions;
use crate::settle::observed;
use crate::tree::{Entry, Tree, join};
use crate::write::LARGEST_BODY;

/// Files and directories read at once; each holds one range of at most 4 MiB.
const CONCURRENCY: usize = 16;

pub async fn read_back(share: &ShareClient) -> Result<Tree<Digest>> {
    let reader = Reader { share: share.clone(), permissions: Permissions::new(share.clone()) };
    let mut tree = Tree::default();
    let mut level = vec![String::new()];
    while !level.is_empty() {
        let directories = at_once(std::mem::take(&mut level), |path| reader.directory(path)).await?;
        let mut files = Vec::new();
        for (path, (entry, children)) in directories {
            for child in children {
                let list = if let EntryKind::File { .. } = child.kind { &mut files } else { &mut level };
                list.push(join(&path, &child.name));
            }
            tree.insert(&path, entry);
        }
        for (path, entry) in at_once(files, |path| reader.file(path)).await? {
            tree.insert(&path, entry);
        }
    }
    Ok(tree)
}

async fn at_once<T, F: Future<Output = Result<T>>>(
    paths: Vec<String>,
    read: impl Fn(String) -> F,
) -> Result<Vec<(String, T)>> {
    let one = |path: String| {
        let entry = read(path.clone());
        async move {
            let entry = entry.await.with_context(|| format!("Reading back {path:?}"));
            entry.map(|entry| (path, entry))
        }
    };
    stream::iter(paths).map(one).buffer_unordered(CONCURRENCY).try_collect().await
}

struct Reader {
    share: ShareClient,
    permissions: Permissions,
}

impl Reader {
    async fn directory(&self, path: String) -> Result<(Entry<Digest>, Vec<Listed>)> {
        let client = self.share.directory_client(&path);
        let found = client.get_properties().await?;
        let permission = self.permissions.descriptor(&found.written.permission_key).await?;
        let mut children = Vec::new();
        let mut options = ListOptions::default();
        loop {
            let page = client.list_directories_and_files(&options).await?;
            children.extend(page.entries);
            options.marker = page.next_marker;
            if options.marker.is_none() {
                break;
            }
        }
        Ok((Entry::directory(observed(&found.written, permission, &found.metadata)), children))
    }

    async fn file(&self, path: String) -> Result<Entry<Digest>> {
        let client = self.share.file_client(&path);
        let found = client.get_properties().await?;
        let permission = self.permissions.descriptor(&found.written.permission_key).await?;
        let mut digester = Digester::default();
        let mut at = 0;
        while at < found.size {
            let range = at..found.size.min(at + LARGEST_BODY);
            at = range.end;
            digester.update(&client.get(Some(range)).await?.bytes);
        }
        let properties = observed(&found.written, permission, &found.metadata);
        Ok(Entry::file(properties, digester.finish(), found.content))
    }
}
