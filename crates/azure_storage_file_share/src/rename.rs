//! Renaming, asked of the entry as it is called now. The file id survives.

use crate::call::Call;
use crate::headers;
use crate::location::Location;
use crate::{Operation, Repeat, Result, SmbProperties, Written};

#[derive(Clone, Debug, Default)]
pub struct RenameOptions {
    /// A file may take the place of a file; a directory never of anything.
    pub replace_if_exists: bool,
    /// Also of a read-only file.
    pub ignore_read_only: bool,
    pub smb: SmbProperties,
}

/// Never repeated after a lost answer: the caller looks first, for a 404 then may mean that it was done.
pub(crate) async fn rename(
    source: &Location,
    destination: &Location,
    operation: Operation,
    options: &RenameOptions,
) -> Result<Written> {
    source.check_name(operation)?;
    let mut call = Call::put(destination, operation).repeat(Repeat::OnlyIfNotSent);
    if operation == Operation::RenameDirectory {
        call = call.query("restype", "directory");
    }
    let reply = call
        .query("comp", "rename")
        .header(headers::SOURCE_ALLOW_TRAILING_DOT, "true")
        .header(headers::FILE_RENAME_SOURCE, source.address(None))
        .optional_header(headers::FILE_RENAME_REPLACE_IF_EXISTS, options.replace_if_exists.then_some("true"))
        .optional_header(headers::FILE_RENAME_IGNORE_READ_ONLY, options.ignore_read_only.then_some("true"))
        .smb(&options.smb)
        .send()
        .await?;
    reply.written()
}
