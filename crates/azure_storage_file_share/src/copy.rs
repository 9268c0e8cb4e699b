//! Copying a whole file by the service: at once inside an account, some time later from another one. The properties
//! of the file tell how far it is.

use crate::call::Call;
use crate::reply::Reply;
use crate::{
    CopySource, ETag, FileAttributes, FileTime, Metadata, Operation, Permission, PermissionKey, Repeat,
    Result, ShareFileClient, headers,
};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The content headers are always those of the source.
#[derive(Clone, Debug, Default)]
pub struct CopyFile {
    pub attributes: Copied<FileAttributes>,
    pub creation_time: Copied<FileTime>,
    pub last_write_time: Copied<FileTime>,
    pub change_time: Copied<FileTime>,
    pub permission: Copied<NewPermission>,
    /// Without any, that of the source.
    pub metadata: Metadata,
    /// Also over a read-only file.
    pub ignore_read_only: bool,
    /// `Archive`, whatever the attributes say.
    pub set_archive: bool,
    /// Of the source, as far as it is known: it counts against a limit of bytes.
    pub size: u64,
}

/// Where a property of the copy comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Copied<T> {
    /// As that of a new file.
    #[default]
    Fresh,
    Source,
    Value(T),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPermission {
    /// Of the share that is written to.
    Key(PermissionKey),
    Descriptor(Permission),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyStarted {
    pub id: CopyId,
    pub status: CopyStatus,
    pub etag: ETag,
}

/// The last copy into a file, as its properties tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyProperties {
    pub id: CopyId,
    pub status: CopyStatus,
    /// `done/total`, in bytes.
    pub progress: Option<String>,
    source: Option<String>,
    /// Why it failed.
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CopyId(String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyStatus {
    Pending,
    Success,
    Aborted,
    Failed,
    Other(String),
}

impl ShareFileClient {
    /// Replaces what is there. Never repeated after a lost answer, since a pending copy refuses the next; the caller
    /// looks at the properties. <https://learn.microsoft.com/rest/api/storageservices/copy-file>
    pub async fn start_copy(&self, source: &CopySource, options: &CopyFile) -> Result<CopyStarted> {
        let mut call = Call::put(&self.at, Operation::CopyFile).repeat(Repeat::OnlyIfNotSent);
        if let Some((code, reason)) = source.unusable() {
            call = call.refuse(code, reason);
        }
        let reply = call
            .header(headers::COPY_SOURCE, source.address().to_owned())
            .header(headers::SOURCE_ALLOW_TRAILING_DOT, "true")
            .optional_header(headers::FILE_ATTRIBUTES, options.attributes.header())
            .optional_header(headers::FILE_CREATION_TIME, options.creation_time.header())
            .optional_header(headers::FILE_LAST_WRITE_TIME, options.last_write_time.header())
            .optional_header(headers::FILE_CHANGE_TIME, options.change_time.header())
            .copied_permission(&options.permission)
            .metadata(&options.metadata)
            .optional_header(headers::FILE_COPY_IGNORE_READ_ONLY, options.ignore_read_only.then_some("true"))
            .optional_header(headers::FILE_COPY_SET_ARCHIVE, options.set_archive.then_some("true"))
            .moves(options.size)
            .send()
            .await?;
        Ok(CopyStarted {
            id: reply.required(headers::COPY_ID)?,
            status: reply.required(headers::COPY_STATUS)?,
            etag: reply.etag()?,
        })
    }

    /// Leaves an empty file. Repeated after a lost answer, it may find nothing to abort: `NoPendingCopyOperation`.
    /// <https://learn.microsoft.com/rest/api/storageservices/abort-copy-file>
    pub async fn abort_copy(&self, id: &CopyId) -> Result<()> {
        let call = Call::put(&self.at, Operation::AbortCopyFile);
        let call = call.query("comp", "copy").query("copyid", &id.0);
        call.header(headers::COPY_ACTION, "abort").send().await?;
        Ok(())
    }
}

impl CopyProperties {
    /// Whether it copied, or copies, this file, in this share snapshot if the source has one. Signatures do not count.
    pub fn is_from(&self, source: &CopySource) -> bool {
        self.source.as_deref().is_some_and(|told| source.is_at(told))
    }

    pub(crate) fn read(reply: &Reply<'_>) -> Result<Option<Self>> {
        let Some(id) = reply.optional(headers::COPY_ID)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            status: reply.required(headers::COPY_STATUS)?,
            progress: reply.owned(headers::COPY_PROGRESS),
            source: reply.owned(headers::COPY_SOURCE),
            description: reply.owned(headers::COPY_STATUS_DESCRIPTION),
        }))
    }
}

impl<T: fmt::Display> Copied<T> {
    fn header(&self) -> Option<String> {
        match self {
            Self::Fresh => None,
            Self::Source => Some("source".to_owned()),
            Self::Value(value) => Some(value.to_string()),
        }
    }
}

impl Call<'_> {
    fn copied_permission(self, permission: &Copied<NewPermission>) -> Self {
        let mode = headers::FILE_PERMISSION_COPY_MODE;
        match permission {
            Copied::Fresh => self,
            Copied::Source => self.header(mode, "source"),
            Copied::Value(NewPermission::Key(key)) => {
                self.header(mode, "override").header(headers::FILE_PERMISSION_KEY, key.to_string())
            }
            Copied::Value(NewPermission::Descriptor(permission)) => {
                self.header(mode, "override").permission(permission)
            }
        }
    }
}

impl FromStr for CopyId {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CopyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CopyStatus {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(match text {
            "pending" => Self::Pending,
            "success" => Self::Success,
            "aborted" => Self::Aborted,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        })
    }
}
