//! A file of a share; its ranges are in `range`.

use crate::call::Call;
use crate::headers;
use crate::location::Location;
use crate::range::MAX_RANGE_BYTES;
use crate::rename::{RenameOptions, rename};
use crate::{
    ContentHeaders, CopySource, Downloaded, ETag, FileProperties, Metadata, Operation, Repeat, Result, Sas,
    SasPermissions, SmbProperties, Written, sas,
};
use bytes::Bytes;
use std::ops::Range;
use std::sync::Arc;
use time::OffsetDateTime;
use url::Url;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct ShareFileClient {
    pub(crate) at: Arc<Location>,
}

#[derive(Clone, Debug)]
pub struct CreateFile {
    pub size: u64,
    /// With a permission key, they are stored exactly as sent, as a backup program would restore them.
    pub smb: SmbProperties,
    pub content: ContentHeaders,
    pub metadata: Metadata,
    /// The data from the first byte on, at most 4 MiB; the rest of the file is a hole.
    pub body: Option<Bytes>,
    pub repeat: Repeat,
}

impl Default for CreateFile {
    fn default() -> Self {
        Self {
            size: 0,
            smb: SmbProperties::default(),
            content: ContentHeaders::default(),
            metadata: Metadata::new(),
            body: None,
            repeat: Repeat::Safe,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct SetFileProperties {
    pub smb: SmbProperties,
    /// All of them: what is absent is cleared.
    pub content: ContentHeaders,
    pub resize: Option<u64>,
}

impl ShareFileClient {
    pub(crate) fn new(at: Location) -> Self {
        Self { at: Arc::new(at) }
    }

    /// From the root, not encoded.
    pub fn path(&self) -> &str {
        &self.at.path
    }

    /// Without a query.
    pub fn url(&self) -> &Url {
        &self.at.url
    }

    /// For all files of its share, as [`ShareClient::generate_sas`](crate::ShareClient::generate_sas).
    pub fn generate_sas(&self, permissions: SasPermissions, expires_on: OffsetDateTime) -> Option<Sas> {
        sas::sign_share(&self.at, permissions, expires_on)
    }

    /// This file as the source of a server-side copy, in its share snapshot if the client has one.
    pub fn copy_source(&self, sas: Option<&Sas>) -> CopySource {
        CopySource::new(&self.at, sas)
    }

    /// Replaces what is there, but keeps its file id. <https://learn.microsoft.com/rest/api/storageservices/create-file>
    pub async fn create(&self, options: &CreateFile) -> Result<Written> {
        let mut call = Call::put(&self.at, Operation::CreateFile)
            .header(headers::TYPE, "file")
            .header(headers::FILE_CONTENT_LENGTH, options.size.to_string())
            .restored(&options.smb)
            .content(&options.content)
            .metadata(&options.metadata)
            .repeat(options.repeat);
        if let Some(body) = options.body.as_ref().filter(|body| !body.is_empty()) {
            if body.len() as u64 > MAX_RANGE_BYTES {
                call = call.refuse("RequestBodyTooLarge", "A file is created with at most 4 MiB of data");
            }
            if body.len() as u64 > options.size {
                call = call.refuse("InvalidRange", "More data than the size of the file");
            }
            if !self.at.service.version.restores() {
                call =
                    call.refuse("FeatureVersionMismatch", "This service version creates no file with data");
            }
            call = call.body(body.clone());
        }
        call.send().await?.written()
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/get-file-properties>
    pub async fn get_properties(&self) -> Result<FileProperties> {
        FileProperties::read(&Call::head(&self.at, Operation::GetFileProperties).send().await?)
    }

    /// The whole file, or at most 4 MiB of it. Read into memory: ask for a whole file only where its size is known.
    /// <https://learn.microsoft.com/rest/api/storageservices/get-file>
    pub async fn get(&self, range: Option<Range<u64>>) -> Result<Downloaded> {
        let mut call = Call::get(&self.at, Operation::GetFile);
        if let Some(range) = &range {
            call = call.range(headers::RANGE, range.clone());
        }
        let reply = call.send().await?;
        let properties = FileProperties::read(&reply)?;
        let expected = match &range {
            Some(range) => range.end.min(properties.size).saturating_sub(range.start),
            None => properties.size,
        };
        if reply.answer.body.len() as u64 != expected {
            return Err(
                reply.protocol(format_args!("{} bytes instead of {expected}", reply.answer.body.len()))
            );
        }
        Ok(Downloaded { bytes: reply.answer.body, properties })
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/set-file-properties>
    pub async fn set_properties(&self, options: &SetFileProperties) -> Result<Written> {
        let call = Call::put(&self.at, Operation::SetFileProperties).query("comp", "properties");
        let resize = options.resize.map(|size| size.to_string());
        let call = call.optional_header(headers::FILE_CONTENT_LENGTH, resize);
        call.smb(&options.smb).content(&options.content).send().await?.written()
    }

    /// Replaces all metadata. <https://learn.microsoft.com/rest/api/storageservices/set-file-metadata>
    pub async fn set_metadata(&self, metadata: &Metadata) -> Result<ETag> {
        let call = Call::put(&self.at, Operation::SetFileMetadata).query("comp", "metadata");
        call.metadata(metadata).send().await?.etag()
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/rename-file>
    pub async fn rename(&self, destination_path: &str, options: &RenameOptions) -> Result<Written> {
        rename(&self.at, &self.at.entry(destination_path), Operation::RenameFile, options).await
    }

    /// <https://learn.microsoft.com/rest/api/storageservices/delete-file2>
    pub async fn delete(&self) -> Result<()> {
        Call::delete(&self.at, Operation::DeleteFile).send().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
