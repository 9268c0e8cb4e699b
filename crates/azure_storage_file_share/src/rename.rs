//! Renaming, asked of the entry as it is called now. The file id survives.

use crate::call::Call;
use crate::headers;
use crate::location::Location;
use crate::{LeaseId, Operation, Repeat, Result, SmbProperties, Written};

#[derive(Clone, Debug, Default)]
pub struct RenameOptions {
    /// A file may be replaced; a directory never.
    pub replace_if_exists: bool,
    /// Also of a read-only file.
    pub ignore_read_only: bool,
    pub smb: SmbProperties,
    /// That of the file that is replaced.
    pub destination_lease: Option<LeaseId>,
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
        .optional_header(headers::SOURCE_LEASE_ID, source.lease.as_ref().map(ToString::to_string))
        .optional_header(
            headers::DESTINATION_LEASE_ID,
            options.destination_lease.as_ref().map(ToString::to_string),
        )
        .smb(&options.smb)
        .send()
        .await?;
    reply.written()
}
