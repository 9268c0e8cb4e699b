//! A directory of a share. The root is one too, but it is never created, renamed or deleted.

use crate::call::Call;
use crate::location::Location;
use crate::rename::{RenameOptions, rename};
use crate::{DirectoryProperties, ETag, Metadata, Operation, Result, SmbProperties, Written};
use std::sync::Arc;
use url::Url;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShareDirectoryClient {
    pub(crate) at: Arc<Location>,
}

#[derive(Clone, Debug, Default)]
pub struct CreateDirectory {
    /// With a permission key, they are stored exactly as sent, as a backup program would restore them.
    pub smb: SmbProperties,
    pub metadata: Metadata,
}

impl ShareDirectoryClient {
    pub(crate) fn new(at: Location) -> Self {
        Self { at: Arc::new(at) }
    }

    /// From the root, not encoded; empty for the root.
    pub fn path(&self) -> &str {
        &self.at.path
    }

    /// Without a query.
    pub fn url(&self) -> &Url {
        &self.at.url
    }

    /// The parent must exist. After a lost answer a repeat can find the directory there: `ResourceAlreadyExists`.
    /// <https://learn.microsoft.com/rest/api/storageservices/create-directory>
    pub async fn create(&self, options: &CreateDirectory) -> Result<Written> {
        let call = Call::put(&self.at, Operation::CreateDirectory).query("restype", "directory");
        call.restored(&options.smb).metadata(&options.metadata).send().await?.written()
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/get-directory-properties>
    pub async fn get_properties(&self) -> Result<DirectoryProperties> {
        let call = Call::head(&self.at, Operation::GetDirectoryProperties).query("restype", "directory");
        DirectoryProperties::read(&call.send().await?)
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/set-directory-properties>
    pub async fn set_properties(&self, smb: &SmbProperties) -> Result<Written> {
        let call = Call::put(&self.at, Operation::SetDirectoryProperties).query("restype", "directory");
        call.query("comp", "properties").smb(smb).send().await?.written()
    }

    /// Replaces all metadata. <https://learn.microsoft.com/rest/api/storageservices/set-directory-metadata>
    pub async fn set_metadata(&self, metadata: &Metadata) -> Result<ETag> {
        let call = Call::put(&self.at, Operation::SetDirectoryMetadata).query("restype", "directory");
        call.query("comp", "metadata").metadata(metadata).send().await?.etag()
    }

    /// An empty one only. <https://learn.microsoft.com/rest/api/storageservices/delete-directory>
    pub async fn delete(&self) -> Result<()> {
        let call = Call::delete(&self.at, Operation::DeleteDirectory).query("restype", "directory");
        call.send().await?;
        Ok(())
    }

    /// With all that is in it. <https://learn.microsoft.com/rest/api/storageservices/rename-directory>
    pub async fn rename(&self, destination_path: &str, options: &RenameOptions) -> Result<Written> {
        rename(&self.at, &self.at.entry(destination_path), Operation::RenameDirectory, options).await
    }
}
