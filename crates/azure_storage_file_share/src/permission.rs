//! Permissions (security descriptors) and the keys by which a share knows them.
//!
//! A key means something on its own share only. `Binary` is the format for copies: it keeps what SDDL cannot say.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermissionFormat {
    Sddl,
    Binary,
}

impl PermissionFormat {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sddl => "Sddl",
            Self::Binary => "Binary",
        }
    }
}

/// A security descriptor: SDDL text, or the base64 of its binary form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Permission {
    pub value: String,
    pub format: PermissionFormat,
}

/// Empty where an ACL was never set, which happens for the root directory: nothing to compare, nothing to copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct PermissionKey(Arc<str>);

impl PermissionKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for PermissionKey {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for PermissionKey {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<PermissionKey> for String {
    fn from(key: PermissionKey) -> Self {
        key.0.as_ref().to_owned()
    }
}

impl fmt::Display for PermissionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
