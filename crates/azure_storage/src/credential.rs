//! How requests are authorized.

use crate::{Bearer, SharedKey};
use azure_core::http::policies::Policy;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Credential {
    SharedKey(SharedKey),
    Bearer(Bearer),
}

impl Credential {
    /// The same credential, authorizing as the Table service wants it.
    #[must_use]
    pub fn for_tables(self) -> Self {
        match self {
            Self::SharedKey(key) => Self::SharedKey(key.for_tables()),
            Self::Bearer(bearer) => Self::Bearer(bearer),
        }
    }

    pub(crate) fn policy(&self) -> Arc<dyn Policy> {
        match self {
            Self::SharedKey(key) => Arc::new(key.clone()),
            Self::Bearer(bearer) => Arc::new(bearer.clone()),
        }
    }
}
