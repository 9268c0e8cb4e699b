//! The table service of an account: the way in to its tables.

use crate::failure::ShowFailures;
use crate::{ClientOptions, Error, Result, TableClient};
use azure_storage::{Credential, Pipeline};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct TableServiceClient {
    service: Arc<Service>,
}

/// What all clients of one account share.
pub(crate) struct Service {
    pub(crate) endpoint: Url,
    pub(crate) pipeline: Pipeline,
    /// For an operation with all its attempts.
    pub(crate) deadline: Duration,
}

impl TableServiceClient {
    /// The endpoint is `https://account.table.core.windows.net/`, the same in another cloud, or path style as of an
    /// emulator: `http://127.0.0.1:10002/account`.
    pub fn new(
        endpoint: &Url,
        account: &str,
        credential: Credential,
        options: ClientOptions,
    ) -> Result<Self> {
        if endpoint.host().is_none() || endpoint.query().is_some() || !endpoint.username().is_empty() {
            return Err(Error::refused(
                "Open the table service",
                format_args!("account {account}"),
                "InvalidUri",
                "An endpoint has a host, and neither user nor query",
            ));
        }
        let http = match options.http {
            Some(http) => http,
            None => azure_storage::http_client()?,
        };
        let deadline = options.retry.deadline;
        let pipeline = Pipeline::new(
            (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            http,
            options.retry,
            None,
            &credential.for_tables(),
            vec![Arc::new(ShowFailures)],
        );
        Ok(Self { service: Arc::new(Service { endpoint: endpoint.clone(), pipeline, deadline }) })
    }

    pub fn table_client(&self, table: &str) -> TableClient {
        TableClient::new(self.service.clone(), table)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}
