//! The SMB properties that a write sends. What is absent is kept by a set; a create takes the service's default.

use crate::call::Call;
use crate::headers;
use crate::{FileAttributes, FileTime, Permission, PermissionKey};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SmbProperties {
    pub attributes: Option<FileAttributes>,
    pub creation_time: Option<FileTime>,
    pub last_write_time: Option<FileTime>,
    /// Absent, it becomes the moment of the request, also in a set.
    pub change_time: Option<FileTime>,
    /// A key of the share that is written to. An empty one counts as absent.
    pub permission_key: Option<PermissionKey>,
    /// The descriptor itself, in place of a key.
    pub permission: Option<Permission>,
}

impl SmbProperties {
    pub(crate) fn sends_permission(&self) -> bool {
        self.permission.is_some() || self.key().is_some()
    }

    fn key(&self) -> Option<&PermissionKey> {
        self.permission_key.as_ref().filter(|key| !key.is_empty())
    }

    pub(crate) fn write<'a>(&self, call: Call<'a>) -> Call<'a> {
        let call = call
            .optional_header(
                headers::FILE_ATTRIBUTES,
                self.attributes.map(|attributes| attributes.to_string()),
            )
            .optional_header(headers::FILE_CREATION_TIME, self.creation_time.map(|time| time.to_string()))
            .optional_header(headers::FILE_LAST_WRITE_TIME, self.last_write_time.map(|time| time.to_string()))
            .optional_header(headers::FILE_CHANGE_TIME, self.change_time.map(|time| time.to_string()));
        match (&self.permission, self.key()) {
            (Some(_), Some(_)) => call.refuse("InvalidHeaderValue", "A permission and a key for another"),
            (Some(permission), None) => call.permission(permission),
            (None, key) => call.optional_header(headers::FILE_PERMISSION_KEY, key.map(ToString::to_string)),
        }
    }
}
