//! State that outlives a handler: tables in Azurite, before it a proxy.

use azurite::{Proxy, shared};

use super::Variables;

/// The tables of all tests are the same ones: each test has pairs of its own names.
pub struct Tables {
    pub proxy: Proxy,
}

impl Tables {
    pub async fn new() -> Self {
        Self { proxy: Proxy::start(shared().await).await.expect("a proxy") }
    }

    /// Keeps the state here, with a lease of one second.
    pub async fn keep(&self, variables: &mut Variables) {
        let azurite = shared().await;
        let settings = [
            ("BACKUP_STATE".to_owned(), self.proxy.endpoint().to_string()),
            (format!("BACKUP_KEY__{}", azurite.account()), azurite.key().to_owned()),
            ("BACKUP_LEASE_SECONDS".to_owned(), "1".to_owned()),
        ];
        variables.extend(settings);
    }
}
