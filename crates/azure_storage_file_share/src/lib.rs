//! REST client for Azure file shares. It speaks the protocol and knows nothing of backups.
//!
//! Clients carry the official names: [`ShareServiceClient`], [`ShareClient`], [`ShareDirectoryClient`],
//! [`ShareFileClient`]; all are cheap to clone. A method is one REST operation and one request, repeated only
//! as [`azure_storage::Repeat`] allows. Names may hold any character that a share can hold; trailing dots are
//! always kept. A client of a share snapshot refuses writes before they are sent, but for its lease.
//!
//! What the caller keeps: which entry to touch, what a failure costs, and how many requests run at once.

mod attributes;
mod call;
mod content_headers;
mod copy;
mod copy_source;
mod directory;
mod directory_listing;
#[cfg(test)]
mod fake;
mod file;
mod file_id;
mod file_lease;
mod headers;
mod lease;
mod list_page;
mod location;
mod metadata;
mod observer;
mod operation;
mod options;
mod permission;
mod properties;
mod range;
mod range_diff;
mod range_list;
#[cfg(test)]
mod recorded;
mod rename;
mod reply;
mod sas;
mod service;
mod share;
mod share_item;
mod share_list;
mod smb_properties;
mod snapshot_id;
mod statistics;
mod time;
mod xml;

pub use attributes::{FileAttributes, UnknownAttribute};
pub use content_headers::ContentHeaders;
pub use copy::{Copied, CopyFile, CopyId, CopyProperties, CopyStarted, CopyStatus, NewPermission};
pub use copy_source::CopySource;
pub use directory::{CreateDirectory, ShareDirectoryClient};
pub use directory_listing::ListOptions;
pub use file::{CreateFile, SetFileProperties, ShareFileClient};
pub use file_id::FileId;
pub use lease::{LeaseDuration, LeaseId};
pub use list_page::{Entry, EntryKind, ListPage};
pub use metadata::Metadata;
pub use observer::RequestObserver;
pub use operation::Operation;
pub use options::{ClientOptions, ServiceVersion};
pub use permission::{Permission, PermissionFormat, PermissionKey};
pub use properties::{DirectoryProperties, Downloaded, FileProperties, Written};
pub use range::{LastWrite, MAX_RANGE_BYTES, RangeWritten};
pub use range_diff::{RangeChange, RangeDiff, Renamed};
pub use range_list::RangeList;
pub use rename::RenameOptions;
pub use sas::{Sas, SasPermissions};
pub use service::{ListSharesOptions, ShareServiceClient, SharesPage};
pub use share::{CreateShareOptions, DeleteSnapshots, ShareClient, ShareProperties, ShareWritten};
pub use share_item::ShareItem;
pub use smb_properties::SmbProperties;
pub use snapshot_id::ShareSnapshotId;
pub use statistics::ShareStatistics;
pub use time::{FileTime, InvalidFileTime};

pub use azure_storage::{
    Bearer, CopySourceError, Credential, Deadline, ETag, Error, ErrorKind, Gate, GateClosed, InvalidKey,
    Limits, Pace, Repeat, Result, RetryOptions, SharedKey, Unsettled, http_client,
};
