//! A stored access policy of a share: what a shared access signature that names it takes from here.

use serde::{Deserialize, Serialize};

use super::clock::Ticks;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPolicy {
    pub(crate) id: String,
    pub(crate) start: Option<Ticks>,
    pub(crate) expiry: Option<Ticks>,
    pub(crate) permissions: Option<String>,
}
