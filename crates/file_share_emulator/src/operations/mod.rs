//! One handler per operation of the service: find it, check it, do it, answer it.

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::operation::Operation;
use crate::service::Call;

mod copy_file;
mod copy_range;
mod create_file;
mod delegation_key;
mod delete_share;
mod directories;
mod files;
mod find;
mod gate;
mod handles;
mod leases;
mod links;
mod list;
mod metadata;
mod permissions;
mod range_list;
mod ranges;
mod rename;
mod service_properties;
mod share_acl;
mod share_headers;
mod share_list;
mod share_told;
mod shares;
mod source_file;

pub(crate) fn run(operation: Operation, call: &Call<'_>) -> Result<Answer, ServiceError> {
    match operation {
        Operation::ListShares => share_list::list_shares(call),
        Operation::GetFileServiceProperties => service_properties::get(call),
        Operation::SetFileServiceProperties => service_properties::set(call),
        Operation::GetUserDelegationKey => delegation_key::get(call),
        Operation::CreateShare => shares::create(call),
        Operation::GetShareProperties => shares::get_properties(call),
        Operation::SetShareProperties => shares::set_properties(call),
        Operation::GetShareMetadata => shares::get_metadata(call),
        Operation::SetShareMetadata => shares::set_metadata(call),
        Operation::GetShareStats => shares::get_stats(call),
        Operation::SnapshotShare => shares::snapshot(call),
        Operation::GetShareAcl => share_acl::get(call),
        Operation::SetShareAcl => share_acl::set(call),
        Operation::LeaseShare => leases::lease_share(call),
        Operation::DeleteShare => delete_share::delete(call),
        Operation::RestoreShare => delete_share::restore(call),
        Operation::CreatePermission => permissions::create(call),
        Operation::GetPermission => permissions::get(call),
        Operation::CreateDirectory => directories::create(call),
        Operation::GetDirectoryProperties => directories::get_properties(call),
        Operation::SetDirectoryProperties => directories::set_properties(call),
        Operation::GetDirectoryMetadata => metadata::get_of_directory(call),
        Operation::SetDirectoryMetadata => metadata::set_of_directory(call),
        Operation::ListDirectoriesAndFiles => list::list_directories_and_files(call),
        Operation::RenameDirectory => rename::rename_directory(call),
        Operation::DeleteDirectory => directories::delete(call),
        Operation::CreateFile => create_file::create(call),
        Operation::GetFile => files::get(call),
        Operation::GetFileProperties => files::get_properties(call),
        Operation::SetFileProperties => files::set_properties(call),
        Operation::GetFileMetadata => metadata::get_of_file(call),
        Operation::SetFileMetadata => metadata::set_of_file(call),
        Operation::PutRange => ranges::put(call),
        Operation::PutRangeFromUrl => copy_range::put_from_url(call),
        Operation::ListRanges => range_list::list(call),
        Operation::RenameFile => rename::rename_file(call),
        Operation::DeleteFile => files::delete(call),
        Operation::CopyFile => copy_file::copy(call),
        Operation::AbortCopyFile => copy_file::abort(call),
        Operation::LeaseFile => leases::lease_file(call),
        Operation::ListHandles => handles::list(call),
        Operation::ForceCloseHandles => handles::force_close(call),
        Operation::CreateSymbolicLink => links::create_symbolic(call),
        Operation::GetSymbolicLink => links::get_symbolic(call),
        Operation::CreateHardLink => links::create_hard(call),
    }
}
