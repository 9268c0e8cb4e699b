//! What a service client is told besides its endpoint and its credential.

use crate::RetryOptions;
use azure_core::http::HttpClient;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    pub retry: RetryOptions,
    /// One for the whole process; without it the client makes its own.
    pub http: Option<Arc<dyn HttpClient>>,
}
