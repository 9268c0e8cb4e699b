//! What the service answers about files and directories.

use crate::headers;
use crate::metadata;
use crate::reply::Reply;
use crate::{
    ContentHeaders, CopyProperties, ETag, FileAttributes, FileId, FileTime, Metadata, PermissionKey, Result,
};
use bytes::Bytes;

/// The answer to every create and set of a file or directory, and a part of every get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub etag: ETag,
    pub attributes: FileAttributes,
    pub creation_time: FileTime,
    pub last_write_time: FileTime,
    pub change_time: FileTime,
    pub permission_key: PermissionKey,
    pub file_id: FileId,
    /// The root is its own parent.
    pub parent_id: Option<FileId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryProperties {
    pub written: Written,
    pub metadata: Metadata,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProperties {
    /// Of the whole file, also when only a part was asked for.
    pub size: u64,
    pub content: ContentHeaders,
    pub metadata: Metadata,
    pub written: Written,
    pub lease_state: Option<String>,
    /// The last copy into it, if it was not changed otherwise since.
    pub copy: Option<CopyProperties>,
}

#[derive(Clone, Debug)]
pub struct Downloaded {
    pub bytes: Bytes,
    pub properties: FileProperties,
}

impl DirectoryProperties {
    pub(crate) fn read(reply: &Reply<'_>) -> Result<Self> {
        Ok(Self { written: reply.written()?, metadata: metadata::read(&reply.answer.headers) })
    }
}

impl FileProperties {
    pub(crate) fn read(reply: &Reply<'_>) -> Result<Self> {
        Ok(Self {
            size: size(reply)?,
            content: ContentHeaders::read(reply),
            metadata: metadata::read(&reply.answer.headers),
            written: reply.written()?,
            lease_state: reply.owned(headers::LEASE_STATE),
            copy: CopyProperties::read(reply)?,
        })
    }
}

/// A part says `bytes 0-511/1536` and has its own length in Content-Length.
fn size(reply: &Reply<'_>) -> Result<u64> {
    let Some(range) = reply.text(headers::CONTENT_RANGE) else {
        return reply.required(headers::CONTENT_LENGTH);
    };
    let size = range.rsplit_once('/').and_then(|(_, size)| size.parse().ok());
    size.ok_or_else(|| reply.protocol("content-range without the size of the file"))
}
