//! The file service of an account: the way in to its shares.

use crate::call::Call;
use crate::location::Location;
use crate::observer::Observe;
use crate::share_list;
use crate::{ClientOptions, Error, Operation, Result, ServiceVersion, ShareClient, ShareItem};
use azure_core::http::policies::Policy;
use azure_storage::{Credential, Pipeline, WriteRules};
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Cheap to clone.
#[derive(Clone)]
pub struct ShareServiceClient {
    service: Arc<Service>,
}

/// What all clients of one account share.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) endpoint: Url,
    pub(crate) account: Arc<str>,
    pub(crate) credential: Credential,
    pub(crate) version: ServiceVersion,
    pub(crate) pipeline: Pipeline,
    pub(crate) writes: WriteRules,
}

#[derive(Clone, Debug, Default)]
pub struct ListSharesOptions {
    pub prefix: Option<String>,
    pub include_snapshots: bool,
    pub include_metadata: bool,
    pub marker: Option<String>,
    pub max_results: Option<u32>,
}

/// There are more pages while there is a marker, even after an empty one.
#[derive(Clone, Debug, PartialEq)]
pub struct SharesPage {
    pub shares: Vec<ShareItem>,
    pub next_marker: Option<String>,
}

impl ShareServiceClient {
    /// The endpoint is `https://account.file.core.windows.net/`, the same in another cloud, or path style as of
    /// an emulator: `http://127.0.0.1:10004/account`.
    pub fn new(
        endpoint: &Url,
        account: &str,
        credential: Credential,
        options: ClientOptions,
    ) -> Result<Self> {
        if endpoint.host().is_none() || endpoint.query().is_some() || !endpoint.username().is_empty() {
            return Err(Error::refused(
                "Open the file service",
                format_args!("account {account}"),
                "InvalidUri",
                "An endpoint has a host, and neither user nor query",
            ));
        }
        let http = match options.http {
            Some(http) => http,
            None => azure_storage::http_client()?,
        };
        let observe = options.observer.map(|observer| Arc::new(Observe(observer)) as Arc<dyn Policy>);
        let pipeline = Pipeline::new(
            (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            http,
            options.retry,
            options.pace,
            &credential,
            observe.into_iter().collect(),
        );
        let service = Service {
            endpoint: endpoint.clone(),
            account: account.into(),
            credential,
            version: options.version,
            pipeline,
            writes: WriteRules {
                gate: options.gate,
                unsettled: options.unsettled,
                request_limit: options.request_limit,
            },
        };
        Ok(Self { service: Arc::new(service) })
    }

    pub(crate) fn of(service: Arc<Service>) -> Self {
        Self { service }
    }

    pub fn account(&self) -> &str {
        &self.service.account
    }

    pub fn version(&self) -> ServiceVersion {
        self.service.version
    }

    /// The same account, spoken to in another version; connections are shared.
    #[must_use]
    pub fn with_version(&self, version: ServiceVersion) -> Self {
        Self { service: Arc::new(Service { version, ..Service::clone(&self.service) }) }
    }

    pub fn share_client(&self, share: &str) -> ShareClient {
        ShareClient::new(Location::share(self.service.clone(), share))
    }

    /// One page. <https://learn.microsoft.com/rest/api/storageservices/list-shares>
    pub async fn list_shares(&self, options: &ListSharesOptions) -> Result<SharesPage> {
        let include = [(options.include_snapshots, "snapshots"), (options.include_metadata, "metadata")];
        let include: Vec<_> = include.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| *name).collect();
        let include = (!include.is_empty()).then(|| include.join(","));
        let max_results = options.max_results.map(|max| max.to_string());
        let at = Location::service(self.service.clone());
        let reply = Call::get(&at, Operation::ListShares)
            .query("comp", "list")
            .optional_query("prefix", options.prefix.as_deref().filter(|prefix| !prefix.is_empty()))
            .optional_query("marker", options.marker.as_deref())
            .optional_query("maxresults", max_results.as_deref())
            .optional_query("include", include.as_deref())
            .send()
            .await?;
        share_list::parse(&reply.answer.body).map_err(|cause| reply.protocol(cause))
    }
}

impl fmt::Debug for ShareServiceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareServiceClient")
            .field("endpoint", &self.service.endpoint.as_str())
            .field("version", &self.service.version)
            .finish_non_exhaustive()
    }
}
