//! How requests are authorized.

use crate::SharedKey;
use azure_core::http::policies::Policy;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Credential {
    SharedKey(SharedKey),
}

impl Credential {
    pub(crate) fn policy(&self) -> Arc<dyn Policy> {
        match self {
            Self::SharedKey(key) => Arc::new(key.clone()),
        }
    }
}
