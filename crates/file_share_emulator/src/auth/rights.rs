//! Which actions an operation needs of an identity's roles.

use axum::http::Method;

use crate::identity::Action::{self, *};
use crate::operation::Operation;
use crate::request::Request;

/// What reads a file, also as the source of a copy.
pub(crate) const READ: &[Action] = &[FilesRead, ReadFileBackupSemantics];
const WRITE: &[Action] = &[FilesWrite, WriteFileBackupSemantics];
const SET_PERMISSIONS: &[Action] = &[FilesModifyPermissions, WriteFileBackupSemantics];
const WRITE_AND_SET_PERMISSIONS: &[Action] = &[FilesWrite, FilesModifyPermissions, WriteFileBackupSemantics];

pub(super) fn needed(operation: Operation, request: &Request) -> &'static [Action] {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    match operation {
        Operation::ListShares => &[SharesRead],
        Operation::LeaseShare => &[SharesLease],
        Operation::DeleteShare => &[SharesDelete],
        Operation::CreatePermission => SET_PERMISSIONS,
        Operation::GetUserDelegationKey => &[GenerateUserDelegationKey],
        Operation::RestoreShare => &[SharesRestore],
        _ if request.share.is_none() => match reads {
            true => &[ServiceRead],
            false => &[ServiceWrite],
        },
        _ if operation.is_share_level() => match reads {
            true => &[SharesRead],
            false => &[SharesWrite],
        },
        _ if reads => READ,
        _ if sets_permission(request) => WRITE_AND_SET_PERMISSIONS,
        _ => WRITE,
    }
}

fn is_named(request: &Request, comp: &str) -> bool {
    request.query.get("comp").is_some_and(|sent| sent.eq_ignore_ascii_case(comp))
}

/// Set Properties and Copy File ask for more where they set a permission; Create does not.
fn sets_permission(request: &Request) -> bool {
    let names = ["x-ms-file-permission", "x-ms-file-permission-key"];
    let copies = request.header("x-ms-copy-source").is_some() && request.query.get("comp").is_none();
    (is_named(request, "properties") || copies) && names.iter().any(|name| request.header(name).is_some())
}
