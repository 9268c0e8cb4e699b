//! One entry written over REST the way a careful copying tool does it.

use std::ops::Range;

use anyhow::Result;
use azure_storage_file_share::{
    CreateDirectory, CreateFile, FileAttributes, LastWrite, SetFileProperties, ShareClient, SmbProperties,
    Written,
};
use bytes::Bytes;

use crate::content::Content;
use crate::permissions::Permissions;
use crate::tree::{Entry, Kind, Properties};

/// The service's limit for the body of Create File and of Put Range.
pub(crate) const LARGEST_BODY: u64 = 4 << 20;

/// Creates the entry, or replaces a file, and answers its properties as they now are.
pub(crate) async fn create(
    share: &ShareClient,
    permissions: &Permissions,
    path: &str,
    entry: &Entry,
) -> Result<Written> {
    let smb = smb_properties(permissions, &entry.properties).await?;
    match &entry.kind {
        Kind::Directory => {
            let client = share.directory_client(path);
            let metadata = entry.properties.metadata.clone();
            let written = client.create(&CreateDirectory { smb: smb.clone(), metadata }).await?;
            let asked = smb.attributes.map(|asked| asked.with(FileAttributes::DIRECTORY));
            let done = asked.is_none_or(|asked| asked == written.attributes);
            if done { Ok(written) } else { Ok(client.set_properties(&smb).await?) }
        }
        Kind::File { content, headers } => {
            let client = share.file_client(path);
            let size = content.size();
            let body = if is_one_body(content) { Some(read(content, 0..size).await?) } else { None };
            let in_ranges = body.is_none() && size > 0;
            let options = CreateFile {
                size,
                smb: SmbProperties { attributes: smb.attributes.map(writable), ..smb.clone() },
                content: headers.clone(),
                metadata: entry.properties.metadata.clone(),
                body,
                ..CreateFile::default()
            };
            let written = client.create(&options).await?;
            if in_ranges {
                put_ranges(share, path, content).await?;
            }
            let done = smb.attributes.is_none_or(|asked| asked == written.attributes) && !in_ranges;
            if done {
                return Ok(written);
            }
            let options = SetFileProperties { smb, content: headers.clone(), ..SetFileProperties::default() };
            Ok(client.set_properties(&options).await?)
        }
    }
}

/// What a Set or Create has to send for these properties.
pub(crate) async fn smb_properties(
    permissions: &Permissions,
    properties: &Properties,
) -> Result<SmbProperties> {
    let permission_key = match &properties.permission {
        Some(descriptor) => Some(permissions.key(descriptor).await?),
        None => None,
    };
    Ok(SmbProperties {
        attributes: properties.attributes,
        creation_time: properties.creation_time,
        last_write_time: properties.last_write_time,
        change_time: properties.change_time,
        permission_key,
        permission: None,
    })
}

/// Ranges cannot be put into a read-only file: the attribute comes last.
pub(crate) fn writable(attributes: FileAttributes) -> FileAttributes {
    attributes.without(FileAttributes::READ_ONLY)
}

fn is_one_body(content: &Content) -> bool {
    let size = content.size();
    0 < size && size <= LARGEST_BODY && content.holes() == 0
}

async fn put_ranges(share: &ShareClient, path: &str, content: &Content) -> Result<()> {
    let client = share.file_client(path);
    for written in content.written() {
        let mut at = written.start;
        while at < written.end {
            let range = at..written.end.min(at + LARGEST_BODY);
            at = range.end;
            let bytes = read(content, range.clone()).await?;
            // A folder does not tell its files' holes; zeros that were never put read the same.
            if bytes.iter().any(|byte| *byte != 0) {
                client.put_range(range.start, bytes, LastWrite::Preserve).await?;
            }
        }
    }
    Ok(())
}

async fn read(content: &Content, range: Range<u64>) -> Result<Bytes> {
    let content = content.clone();
    Ok(tokio::task::spawn_blocking(move || content.read(range)).await??)
}
