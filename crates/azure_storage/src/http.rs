//! The HTTP client. It owns the connection pool, so a process makes one and hands it to all its clients.

use crate::{Error, ErrorKind, Result};
use azure_core::http::HttpClient;
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longer than the service's own limit of 30 seconds for requests that move no data.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

pub fn http_client() -> Result<Arc<dyn HttpClient>> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_deflate()
        .build()
        .map_err(|cause| Error::new("Start", "HTTP client", ErrorKind::NotSent).with_source(cause))?;
    Ok(Arc::new(client))
}
