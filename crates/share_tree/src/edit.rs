//! What people do to a share, done to the live share over REST and to the tree that says what should be in it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use azure_storage_file_share::{
    ContentHeaders, FileAttributes, FileTime, LastWrite, Metadata, RenameOptions, SetFileProperties,
    SmbProperties, Written,
};
use bytes::Bytes;

use crate::live::LiveShare;
use crate::tree::{Entry, Kind, Tree, parent};
use crate::write;

#[derive(Clone, Debug)]
pub enum Edit {
    /// A new entry, or a file instead of the one that is there.
    Put {
        path: String,
        entry: Entry,
    },
    /// Bytes written in the middle of a file.
    WriteRange {
        path: String,
        offset: u64,
        bytes: Bytes,
    },
    Resize {
        path: String,
        size: u64,
    },
    Set {
        path: String,
        setting: Setting,
    },
    /// Moves an entry, or changes the case of its name.
    Rename {
        from: String,
        to: String,
    },
    /// Deletes an entry with all that lies below it.
    Delete {
        path: String,
    },
}

#[derive(Clone, Debug)]
pub enum Setting {
    Attributes(FileAttributes),
    CreationTime(FileTime),
    LastWriteTime(FileTime),
    ChangeTime(FileTime),
    Permission(Arc<str>),
    Metadata(Metadata),
    Headers(ContentHeaders),
}

/// While a scratch name is in the way of a rename that changes only the case.
const ASIDE: &str = ".renaming";

impl LiveShare {
    pub async fn apply(&self, tree: &mut Tree, edit: &Edit) -> Result<()> {
        self.carry_out(tree, edit).await.with_context(|| format!("Editing the share: {edit:?}"))
    }

    async fn carry_out(&self, tree: &mut Tree, edit: &Edit) -> Result<()> {
        match edit {
            Edit::Put { path, entry } => {
                if tree.get(path).is_some() {
                    self.unlock(tree, path).await?;
                }
                tree.insert(path, self.create(path, entry).await?);
                self.refresh(tree, parent(path)).await
            }
            Edit::WriteRange { path, offset, bytes } => {
                let locked = self.unlock(tree, path).await?;
                self.share.file_client(path).put_range(*offset, bytes.clone(), LastWrite::Now).await?;
                self.lock(tree, path, locked).await?;
                content_of(tree, path)?.overwrite(*offset, bytes.clone());
                self.refresh(tree, path).await
            }
            Edit::Resize { path, size } => {
                let headers = headers_of(tree, path)?;
                let locked = self.unlock(tree, path).await?;
                let options =
                    SetFileProperties { resize: Some(*size), content: headers, ..Default::default() };
                self.share.file_client(path).set_properties(&options).await?;
                self.lock(tree, path, locked).await?;
                content_of(tree, path)?.resize(*size);
                self.refresh(tree, path).await
            }
            Edit::Set { path, setting } => self.set(tree, path, setting).await,
            Edit::Rename { from, to } => {
                let locked = self.unlock(tree, from).await?;
                if from.to_uppercase() == to.to_uppercase() {
                    let aside = format!("{to}{ASIDE}");
                    self.rename(tree, from, &aside).await?;
                    self.rename(tree, &aside, to).await?;
                } else {
                    self.rename(tree, from, to).await?;
                }
                self.lock(tree, to, locked).await?;
                for path in [to.as_str(), parent(from), parent(to)] {
                    self.refresh(tree, path).await?;
                }
                Ok(())
            }
            Edit::Delete { path } => {
                let below: Vec<String> = tree.below(path).map(|(path, _)| path.to_owned()).collect();
                for path in below.iter().rev().chain([path]) {
                    self.unlock(tree, path).await?;
                    if is_directory(tree, path) {
                        self.share.directory_client(path).delete().await?;
                    } else {
                        self.share.file_client(path).delete().await?;
                    }
                }
                tree.remove(path);
                self.refresh(tree, parent(path)).await
            }
        }
    }

    async fn set(&self, tree: &mut Tree, path: &str, setting: &Setting) -> Result<()> {
        let mut smb = SmbProperties::default();
        let entry = tree.get_mut(path).context("The entry is not in the tree")?;
        match setting {
            Setting::Attributes(attributes) => {
                smb.attributes = Some(*attributes);
                entry.properties.attributes = Some(*attributes);
            }
            Setting::CreationTime(time) => {
                smb.creation_time = Some(*time);
                entry.properties.creation_time = Some(*time);
            }
            Setting::LastWriteTime(time) => {
                smb.last_write_time = Some(*time);
                entry.properties.last_write_time = Some(*time);
            }
            Setting::ChangeTime(time) => smb.change_time = Some(*time),
            Setting::Permission(descriptor) => {
                smb.permission_key = Some(self.permissions.key(descriptor).await?);
            }
            Setting::Metadata(metadata) => return self.set_metadata(tree, path, metadata).await,
            Setting::Headers(new) => match &mut entry.kind {
                Kind::File { headers, .. } => *headers = new.clone(),
                Kind::Directory => bail!("A directory has no content headers"),
            },
        }
        let written = self.set_properties(tree, path, smb).await?;
        if let Setting::ChangeTime(time) = setting {
            anyhow::ensure!(written.change_time == *time, "The share did not keep the change time");
        }
        self.refresh(tree, path).await
    }

    async fn set_metadata(&self, tree: &mut Tree, path: &str, metadata: &Metadata) -> Result<()> {
        let locked = self.unlock(tree, path).await?;
        if is_directory(tree, path) {
            self.share.directory_client(path).set_metadata(metadata).await?;
        } else {
            self.share.file_client(path).set_metadata(metadata).await?;
        }
        self.lock(tree, path, locked).await?;
        tree.get_mut(path).context("The entry is not in the tree")?.properties.metadata = metadata.clone();
        self.refresh(tree, path).await
    }

    /// Sends these properties, and a file's content headers with them: absent ones would be cleared.
    async fn set_properties(&self, tree: &Tree, path: &str, smb: SmbProperties) -> Result<Written> {
        if is_directory(tree, path) {
            return Ok(self.share.directory_client(path).set_properties(&smb).await?);
        }
        let options = SetFileProperties { smb, content: headers_of(tree, path)?, ..Default::default() };
        Ok(self.share.file_client(path).set_properties(&options).await?)
    }

    async fn rename(&self, tree: &mut Tree, from: &str, to: &str) -> Result<()> {
        let options = RenameOptions::default();
        if is_directory(tree, from) {
            self.share.directory_client(from).rename(to, &options).await?;
        } else {
            self.share.file_client(from).rename(to, &options).await?;
        }
        tree.rename(from, to);
        Ok(())
    }

    /// Takes the read-only attribute off an entry, as Explorer would, and says whether it was there.
    async fn unlock(&self, tree: &Tree, path: &str) -> Result<bool> {
        let attributes = tree.get(path).context("The entry is not in the tree")?.properties.attributes;
        let locked = attributes.filter(|it| it.contains(FileAttributes::READ_ONLY));
        if let Some(attributes) = locked.map(write::writable) {
            let smb = SmbProperties { attributes: Some(attributes), ..SmbProperties::default() };
            self.set_properties(tree, path, smb).await?;
        }
        Ok(locked.is_some())
    }

    async fn lock(&self, tree: &Tree, path: &str, locked: bool) -> Result<()> {
        if locked {
            let attributes = tree.get(path).and_then(|entry| entry.properties.attributes);
            self.set_properties(tree, path, SmbProperties { attributes, ..SmbProperties::default() }).await?;
        }
        Ok(())
    }

    /// Takes the times and the permission from the share: edits move them in ways that the service decides.
    async fn refresh(&self, tree: &mut Tree, path: &str) -> Result<()> {
        let mut entry = tree.get(path).context("The entry is not in the tree")?.clone();
        entry.properties.last_write_time = None;
        entry.properties.change_time = None;
        tree.insert(path, self.settled(path, &entry).await?);
        Ok(())
    }
}

fn is_directory(tree: &Tree, path: &str) -> bool {
    tree.get(path).is_some_and(Entry::is_directory)
}

fn content_of<'a>(tree: &'a mut Tree, path: &str) -> Result<&'a mut crate::Content> {
    match tree.get_mut(path).map(|entry| &mut entry.kind) {
        Some(Kind::File { content, .. }) => Ok(content),
        _ => bail!("The entry is not a file of the tree"),
    }
}

fn headers_of(tree: &Tree, path: &str) -> Result<ContentHeaders> {
    match tree.get(path).map(|entry| &entry.kind) {
        Some(Kind::File { headers, .. }) => Ok(headers.clone()),
        _ => bail!("The entry is not a file of the tree"),
    }
}
