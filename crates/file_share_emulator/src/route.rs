//! Which operation a request asks for, by method, level, `restype` and `comp`.

use axum::http::Method;

use crate::error::{self, ServiceError};
use crate::operation::Operation::{self, *};
use crate::request::Request;

/// Names the operation, or says in the service's words why there is none.
pub(crate) fn route(request: &Request) -> Result<Operation, ServiceError> {
    let verb = Verb::of(&request.method)?;
    let restype = request.query.get("restype").unwrap_or_default().to_lowercase();
    let comp = request.query.get("comp").unwrap_or_default().to_lowercase();
    let found = match (request.share.is_some(), request.item.is_empty(), restype.as_str()) {
        (false, _, "" | "service") => on_service(verb, &comp),
        (true, true, "share") => on_share(verb, &comp),
        (true, _, "directory") => on_directory(verb, &comp),
        (true, false, "") if request.item.ends_with('/') => return Err(error::INVALID_URI.into()),
        (true, false, "") => on_file(verb, &comp, request),
        (true, false, "symboliclink") if verb == Put => Some(CreateSymbolicLink),
        (true, false, "symboliclink") if verb == Get => Some(GetSymbolicLink),
        (true, false, "hardlink") if verb == Put => Some(CreateHardLink),
        (true, false, "symboliclink" | "hardlink") => None,
        (true, true, "") if is_about_handles(&comp) => on_directory(verb, &comp),
        (true, true, "") => return Err(error::INVALID_URI.into()),
        _ => return Err(ServiceError::query("restype", &restype)),
    };
    match found.filter(|operation| is_known(*operation, request)) {
        Some(operation) => Ok(operation),
        None if comp.is_empty() => Err(error::UNSUPPORTED_HTTP_VERB.into()),
        // The service blames `restype` for an unknown `comp`; so a recording shows.
        None => Err(ServiceError::query("restype", &comp)),
    }
}

/// Whether the version of the request has brought the operation. One without a version is refused for that.
fn is_known(operation: Operation, request: &Request) -> bool {
    request.version.is_empty() || request.is_at_least(operation.since())
}

/// The root's handles are asked for without `restype` too.
fn is_about_handles(comp: &str) -> bool {
    matches!(comp, "listhandles" | "forceclosehandles")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Head,
    Put,
    Post,
    Delete,
}

use Verb::*;

impl Verb {
    fn of(method: &Method) -> Result<Self, ServiceError> {
        match *method {
            Method::GET => Ok(Get),
            Method::HEAD => Ok(Head),
            Method::PUT => Ok(Put),
            Method::POST => Ok(Post),
            Method::DELETE => Ok(Delete),
            _ => Err(error::UNSUPPORTED_HTTP_VERB.into()),
        }
    }
}

fn on_service(verb: Verb, comp: &str) -> Option<Operation> {
    Some(match (verb, comp) {
        (Get, "list") => ListShares,
        (Get, "properties") => GetFileServiceProperties,
        (Put, "properties") => SetFileServiceProperties,
        (Post, "userdelegationkey") => GetUserDelegationKey,
        _ => return None,
    })
}

fn on_share(verb: Verb, comp: &str) -> Option<Operation> {
    Some(match (verb, comp) {
        (Put, "") => CreateShare,
        (Get | Head, "") => GetShareProperties,
        (Delete, "") => DeleteShare,
        (Put, "properties") => SetShareProperties,
        (Get | Head, "metadata") => GetShareMetadata,
        (Put, "metadata") => SetShareMetadata,
        (Put, "snapshot") => SnapshotShare,
        (Get, "stats") => GetShareStats,
        (Put, "filepermission") => CreatePermission,
        (Get, "filepermission") => GetPermission,
        (Get | Head, "acl") => GetShareAcl,
        (Put, "acl") => SetShareAcl,
        (Put, "lease") => LeaseShare,
        (Put, "undelete") => RestoreShare,
        _ => return None,
    })
}

fn on_directory(verb: Verb, comp: &str) -> Option<Operation> {
    Some(match (verb, comp) {
        (Put, "") => CreateDirectory,
        (Get | Head, "") => GetDirectoryProperties,
        (Delete, "") => DeleteDirectory,
        (Get, "list") => ListDirectoriesAndFiles,
        (Put, "properties") => SetDirectoryProperties,
        (Get | Head, "metadata") => GetDirectoryMetadata,
        (Put, "metadata") => SetDirectoryMetadata,
        (Put, "rename") => RenameDirectory,
        (Get, "listhandles") => ListHandles,
        (Put, "forceclosehandles") => ForceCloseHandles,
        _ => return None,
    })
}

fn on_file(verb: Verb, comp: &str, request: &Request) -> Option<Operation> {
    let from_url = request.header("x-ms-copy-source").is_some();
    // Before, the source is a header like any other that is not known; so a recording shows.
    let range_from_url = from_url && request.is_at_least("2019-02-02");
    Some(match (verb, comp) {
        (Put, "") if from_url => CopyFile,
        (Put, "") => CreateFile,
        (Get, "") => GetFile,
        (Head, "") => GetFileProperties,
        (Delete, "") => DeleteFile,
        (Put, "properties") => SetFileProperties,
        (Get | Head, "metadata") => GetFileMetadata,
        (Put, "metadata") => SetFileMetadata,
        (Put, "range") if range_from_url => PutRangeFromUrl,
        (Put, "range") => PutRange,
        (Get, "rangelist") => ListRanges,
        (Put, "rename") => RenameFile,
        (Put, "copy") => AbortCopyFile,
        (Put, "lease") => LeaseFile,
        (Get, "listhandles") => ListHandles,
        (Put, "forceclosehandles") => ForceCloseHandles,
        _ => return None,
    })
}
