//! Id of a share snapshot. It looks like a time and grows with every share snapshot of a share, but it is cut to
//! the second and can be earlier than a change that the share snapshot holds: an opaque token.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShareSnapshotId(String);

impl ShareSnapshotId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ShareSnapshotId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for ShareSnapshotId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for ShareSnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
