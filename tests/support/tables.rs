//! State that outlives a handler: tables in Azurite, before it a proxy.

use azure_data_tables::{ClientOptions, TableServiceClient};
use azure_storage::{Credential, SharedKey};
use azurite::{Proxy, shared};
use url::Url;

use super::{KEY, Variables};

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

/// The same settings with tables that nobody can reach.
pub fn without_tables(mut variables: Variables) -> Variables {
    variables.insert("BACKUP_STATE".to_owned(), "http://127.0.0.1:9/gone".to_owned());
    variables.insert("BACKUP_KEY__gone".to_owned(), KEY.to_owned());
    variables
}

pub const TABLES: [&str; 3] = ["backuppairs", "backupcycles", "backuphistory"];

pub async fn drop_tables(endpoint: &Url, tables: &[&str]) {
    let account = "devstoreaccount1";
    let key = Credential::SharedKey(SharedKey::new(account, KEY).expect("a well-formed key"));
    let service = TableServiceClient::new(endpoint, account, key, ClientOptions::default());
    let service = service.expect("a well-formed endpoint");
    for table in tables {
        service.table_client(table).delete().await.expect("it is there");
    }
}
