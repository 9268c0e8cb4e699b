//! Permission keys of the source and their counterparts in the target, kept for the next process.
//!
//! A convenience: without it every distinct descriptor costs two requests again.

use azure_storage_file_share::{ETag, PermissionKey};
use serde::{Deserialize, Serialize};

/// What is known of the permissions of two shares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownPermissions {
    /// Which shares they are: of a share made anew nothing is known.
    pub source_share: Option<ETag>,
    pub target_share: Option<ETag>,
    /// A key of the source and its counterpart, at most [`KnownPermissions::KEPT`].
    pub keys: Vec<(PermissionKey, PermissionKey)>,
}

impl KnownPermissions {
    /// Pairs of keys that a row has room for: a key is two numbers of up to twenty digits.
    pub const KEPT: usize = 10_000;
}
