//! The way to the ingestion endpoint: over https, with a token where the settings ask for one, and with a time limit.
//!
//! The exporters wait on threads of their own; what they send goes from the runtime of the app. No token is shown.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use azure_storage::Bearer;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::redirect::Policy;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::health::Health;
use crate::config::{Ingestion, TelemetrySettings};

const SCOPE: &str = "https://monitor.azure.com/.default";
/// For one attempt, its token included.
const PATIENCE: Duration = Duration::from_secs(5);
/// The service sends us on to where the data of a region is taken.
const REDIRECTS: usize = 3;

#[derive(Clone, Debug)]
pub(super) struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    identity: Option<Bearer>,
    runtime: Handle,
    health: Arc<Health>,
}

impl Client {
    pub(super) fn new(settings: &TelemetrySettings, health: Arc<Health>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(onward())
            .timeout(PATIENCE)
            .build()
            .context("No HTTP client for telemetry")?;
        let identity = match &settings.ingestion {
            Ingestion::Key => None,
            Ingestion::Identity { client_id } => {
                // the platform answers on this machine, by http
                let platform: Arc<dyn azure_storage::HttpClient> = Arc::new(http.clone());
                let identity = Bearer::of_managed_identity(client_id.as_deref(), &platform)?;
                Some(identity.for_scope(SCOPE))
            }
        };
        Ok(Self(Arc::new(Shared { http, identity, runtime: Handle::current(), health })))
    }
}

/// Where the settings name https, and a redirect does, a token leaves by https alone.
fn onward() -> Policy {
    Policy::custom(|attempt| match attempt.url().scheme() {
        "https" if attempt.previous().len() <= REDIRECTS => attempt.follow(),
        _ => attempt.stop(),
    })
}

impl Shared {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut request =
            self.http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        let token = match &self.identity {
            Some(identity) => Some(identity.token().await?),
            None => None,
        };
        if let Some(token) = &token {
            request = request.bearer_auth(token.secret());
        }
        let answer = request.send().await?;
        let status = answer.status();
        if let (Some(identity), Some(token), 401) = (&self.identity, &token, status.as_u16()) {
            identity.forget(token);
        }
        Ok(Response::builder().status(status).body(answer.bytes().await?)?)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let endpoint = request.uri().host().unwrap_or_default().to_owned();
        let shared = self.0.clone();
        let sending = async move { timeout(PATIENCE, shared.send(request)).await };
        let sent = match self.0.runtime.spawn(sending).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(late)) => Err(late.into()),
            Err(ended) => Err(ended.into()),
        };
        let health = &self.0.health;
        match &sent {
            Ok(answer) if answer.status().is_success() => health.taken(),
            Ok(answer) => health.refused(&endpoint, &format!("the answer is {}", answer.status())),
            Err(error) => health.refused(&endpoint, &error.to_string()),
        }
        sent
    }
}
