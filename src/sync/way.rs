//! The directories on the way to what comes back, where the share has none.

use azure_storage::ErrorKind;
use azure_storage_file_share::{CreateDirectory, Entry, EntryKind, SmbProperties};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::failure::Result;
use super::name::{join, name, parent};
use super::pages::named;
use super::shares::Shares;

impl Shares {
    /// Makes a directory of the target, and those above it that are missing, as the recovery point has them but for the
    /// times, which move with what comes into it, and spelt as there. One that is there stays as it is.
    pub(super) fn make_way<'s>(&'s self, path: &'s str) -> BoxFuture<'s, Result<()>> {
        async move {
            if path.is_empty() {
                return Ok(());
            }
            let there = self.source_directory(path).get_properties().await?;
            let key = self.counterpart(&there.written.permission_key).await?;
            let smb = SmbProperties {
                attributes: Some(there.written.attributes),
                creation_time: Some(there.written.creation_time),
                permission_key: (!key.is_empty()).then_some(key),
                ..Default::default()
            };
            let spelt = join(parent(path), &self.spelling(path).await?);
            let (directory, options) =
                (self.target.directory_client(&spelt), CreateDirectory { smb, metadata: there.metadata });
            let created = match directory.create(&options).await {
                Err(error) if error.is_code("ParentNotFound") => {
                    self.make_way(parent(path)).await?;
                    directory.create(&options).await
                }
                created => created,
            };
            match created {
                Err(error) if error.is_code("ResourceAlreadyExists") => Ok(()),
                created => Ok(created.map(drop)?),
            }
        }
        .boxed()
    }

    /// The name of a directory as the recovery point spells it, whatever somebody wrote who wants it back.
    async fn spelling(&self, path: &str) -> Result<String> {
        let name = name(path);
        let listed = named(&self.source_directory(parent(path)), &[name.to_owned()]).await?;
        Ok(listed.into_iter().next().map_or_else(|| name.to_owned(), |entry| entry.name))
    }

    /// A file of the target, as a list would show it but for the spelling of its name.
    pub(super) async fn target_file(&self, path: &str) -> Result<Option<Entry>> {
        let found = match self.target.file_client(path).get_properties().await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let written = found.written;
        Ok(Some(Entry {
            name: name(path).to_owned(),
            kind: EntryKind::File { size: found.size },
            file_id: written.file_id,
            etag: written.etag,
            attributes: written.attributes,
            creation_time: written.creation_time,
            last_write_time: written.last_write_time,
            change_time: written.change_time,
            permission_key: self.shown(&written.permission_key).await?,
        }))
    }
}
