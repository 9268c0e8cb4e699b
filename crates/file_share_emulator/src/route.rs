//! Which operation a request asks for, by method, level, `restype` and `comp`; and what each operation needs.

use axum::http::Method;

use crate::error::{self, ServiceError};
use crate::request::Request;

/// The operations of the service, the last one standing for all that the emulator refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ListShares,
    GetFileServiceProperties,
    SetFileServiceProperties,
    CreateShare,
    GetShareProperties,
    SetShareProperties,
    GetShareMetadata,
    SetShareMetadata,
    GetShareStats,
    GetShareAcl,
    SetShareAcl,
    SnapshotShare,
    LeaseShare,
    DeleteShare,
    RestoreShare,
    CreatePermission,
    GetPermission,
    CreateDirectory,
    GetDirectoryProperties,
    SetDirectoryProperties,
    GetDirectoryMetadata,
    SetDirectoryMetadata,
    ListDirectoriesAndFiles,
    RenameDirectory,
    DeleteDirectory,
    CreateFile,
    GetFile,
    GetFileProperties,
    SetFileProperties,
    GetFileMetadata,
    SetFileMetadata,
    PutRange,
    PutRangeFromUrl,
    ListRanges,
    RenameFile,
    DeleteFile,
    CopyFile,
    AbortCopyFile,
    LeaseFile,
    ListHandles,
    ForceCloseHandles,
    NotImplemented(&'static str),
}

use Operation::*;

/// What a shared access signature must allow: a resource type of an account signature, and one of some
/// permissions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub(crate) resource: char,
    pub(crate) permissions: &'static str,
}

impl Operation {
    /// The name in the REST reference.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ListShares => "List Shares",
            GetFileServiceProperties => "Get File Service Properties",
            SetFileServiceProperties => "Set File Service Properties",
            CreateShare => "Create Share",
            GetShareProperties => "Get Share Properties",
            SetShareProperties => "Set Share Properties",
            GetShareMetadata => "Get Share Metadata",
            SetShareMetadata => "Set Share Metadata",
            GetShareStats => "Get Share Stats",
            GetShareAcl => "Get Share ACL",
            SetShareAcl => "Set Share ACL",
            SnapshotShare => "Snapshot Share",
            LeaseShare => "Lease Share",
            DeleteShare => "Delete Share",
            RestoreShare => "Restore Share",
            CreatePermission => "Create Permission",
            GetPermission => "Get Permission",
            CreateDirectory => "Create Directory",
            GetDirectoryProperties => "Get Directory Properties",
            SetDirectoryProperties => "Set Directory Properties",
            GetDirectoryMetadata => "Get Directory Metadata",
            SetDirectoryMetadata => "Set Directory Metadata",
            ListDirectoriesAndFiles => "List Directories and Files",
            RenameDirectory => "Rename Directory",
            DeleteDirectory => "Delete Directory",
            CreateFile => "Create File",
            GetFile => "Get File",
            GetFileProperties => "Get File Properties",
            SetFileProperties => "Set File Properties",
            GetFileMetadata => "Get File Metadata",
            SetFileMetadata => "Set File Metadata",
            PutRange => "Put Range",
            PutRangeFromUrl => "Put Range From URL",
            ListRanges => "List Ranges",
            RenameFile => "Rename File",
            DeleteFile => "Delete File",
            CopyFile => "Copy File",
            AbortCopyFile => "Abort Copy File",
            LeaseFile => "Lease File",
            ListHandles => "List Handles",
            ForceCloseHandles => "Force Close Handles",
            NotImplemented(name) => name,
        }
    }

    /// Whether `sharesnapshot` may be sent. Leasing and deleting are the only writes among them.
    pub(crate) fn takes_share_snapshot(self) -> bool {
        matches!(
            self,
            GetShareProperties
                | GetShareMetadata
                | LeaseShare
                | DeleteShare
                | GetDirectoryProperties
                | GetDirectoryMetadata
                | ListDirectoriesAndFiles
                | GetFile
                | GetFileProperties
                | GetFileMetadata
                | ListRanges
                | ListHandles
                | ForceCloseHandles
                | NotImplemented(_)
        )
    }

    pub(crate) fn access(self) -> Access {
        let (resource, permissions) = match self {
            ListShares => ('s', "l"),
            GetFileServiceProperties => ('s', "r"),
            SetFileServiceProperties => ('s', "w"),
            CreateShare => ('c', "cw"),
            GetShareProperties | GetShareMetadata | GetShareStats | GetShareAcl | GetPermission => ('c', "r"),
            SetShareProperties | SetShareMetadata | SetShareAcl | LeaseShare => ('c', "w"),
            SnapshotShare | RestoreShare | CreatePermission => ('c', "cw"),
            DeleteShare => ('c', "d"),
            ListDirectoriesAndFiles => ('c', "l"),
            CreateDirectory | CreateFile | CopyFile => ('o', "cw"),
            DeleteDirectory | DeleteFile => ('o', "d"),
            GetDirectoryProperties
            | GetDirectoryMetadata
            | GetFile
            | GetFileProperties
            | GetFileMetadata
            | ListRanges
            | ListHandles => ('o', "r"),
            SetDirectoryProperties
            | SetDirectoryMetadata
            | RenameDirectory
            | SetFileProperties
            | SetFileMetadata
            | PutRange
            | PutRangeFromUrl
            | RenameFile
            | LeaseFile
            | AbortCopyFile
            | ForceCloseHandles => ('o', "w"),
            NotImplemented(_) => ('o', "rwdlc"),
        };
        Access { resource, permissions }
    }

    /// Operations on the share itself, which a service SAS cannot do. Its
    /// holder may still list directories and use permissions.
    pub(crate) fn is_share_level(self) -> bool {
        self.access().resource != 'o'
            && !matches!(self, ListDirectoriesAndFiles | CreatePermission | GetPermission)
    }
}

/// Names the operation, or says in the service's words why there is none.
pub(crate) fn route(request: &Request) -> Result<Operation, ServiceError> {
    let verb = Verb::of(&request.method)?;
    let restype = request.query.get("restype").unwrap_or_default().to_lowercase();
    let comp = request.query.get("comp").unwrap_or_default().to_lowercase();
    let found = match (request.share.is_some(), request.item.is_empty(), restype.as_str()) {
        (false, _, "" | "service") => on_service(verb, &comp),
        (true, true, "share") => on_share(verb, &comp),
        (true, _, "directory") => on_directory(verb, &comp),
        (true, false, "") => on_file(verb, &comp, request),
        (true, false, "symboliclink" | "hardlink") => Some(NotImplemented("links of NFS shares")),
        (true, true, "") if is_about_handles(&comp) => on_directory(verb, &comp),
        (true, true, "") => return Err(error::INVALID_URI.into()),
        _ => return Err(ServiceError::query("restype", &restype)),
    };
    match found {
        Some(operation) => Ok(operation),
        None if comp.is_empty() => Err(error::UNSUPPORTED_HTTP_VERB.into()),
        // The service blames `restype` for an unknown `comp`; so a recording shows.
        None => Err(ServiceError::query("restype", &comp)),
    }
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
        (Post, "userdelegationkey") => NotImplemented("Get User Delegation Key"),
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
    Some(match (verb, comp) {
        (Put, "") if from_url => CopyFile,
        (Put, "") => CreateFile,
        (Get, "") => GetFile,
        (Head, "") => GetFileProperties,
        (Delete, "") => DeleteFile,
        (Put, "properties") => SetFileProperties,
        (Get | Head, "metadata") => GetFileMetadata,
        (Put, "metadata") => SetFileMetadata,
        (Put, "range") if from_url => PutRangeFromUrl,
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
