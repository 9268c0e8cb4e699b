//! The recipes' own way in where no key opens an account: an identity beside the app's, and trust in the authority of
//! the emulator that stands for the service.

use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::HttpClient;
use azure_core::time::OffsetDateTime;
use azure_storage::{Bearer, Credential};
use azure_storage_file_share::ClientOptions;
use file_share_emulator::{Emulator, Identity, IdentityEndpoint, Role};
use serde::Deserialize;

const LOADER: &str = "10adede2-0000-4000-8000-000000000001";

/// The app with what its documentation asks for and no more, and whoever fills the source and reads the target.
pub(crate) fn identities(source: &str, target: &str) -> Vec<Identity> {
    let app = Identity::system_assigned()
        .with_on(source, Role::privileged_reader())
        .with_on(target, Role::privileged_contributor())
        .with(Role::share_operator());
    let loader =
        Identity::user_assigned(LOADER).with(Role::privileged_contributor()).with(Role::share_operator());
    vec![app, loader]
}

/// What a client of the loader is made with.
pub(crate) fn loader(emulator: &Emulator) -> Result<(Credential, ClientOptions)> {
    let endpoint = emulator.identity_endpoint().context("The emulator has no identities")?;
    let platform = Platform { endpoint: endpoint.clone(), http: reqwest::Client::new() };
    let authority = reqwest::Certificate::from_pem(emulator.authority().as_bytes())?;
    let http: Arc<dyn HttpClient> = Arc::new(reqwest::Client::builder().tls_certs_only([authority]).build()?);
    let options = ClientOptions { http: Some(http), ..Default::default() };
    Ok((Credential::Bearer(Bearer::new(Arc::new(platform))), options))
}

#[derive(Debug)]
struct Platform {
    endpoint: IdentityEndpoint,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_on: String,
}

#[async_trait]
impl TokenCredential for Platform {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let answer = self.ask(scopes).await.map_err(|error| {
            Error::with_message(ErrorKind::Credential, format!("The loader has no token: {error:#}"))
        })?;
        Ok(answer)
    }
}

impl Platform {
    async fn ask(&self, scopes: &[&str]) -> Result<AccessToken> {
        let resource = scopes.first().and_then(|scope| scope.strip_suffix("/.default"));
        let resource = resource.context("No resource was named")?;
        let url =
            format!("{}?api-version=2019-08-01&resource={resource}&client_id={LOADER}", self.endpoint.url);
        let request = self.http.get(url).header("x-identity-header", &self.endpoint.header);
        let answer = request.send().await?.error_for_status()?.bytes().await?;
        let answer: Answer = serde_json::from_slice(&answer)?;
        let expires_on = OffsetDateTime::from_unix_timestamp(answer.expires_on.parse()?)?;
        Ok(AccessToken::new(answer.access_token, expires_on))
    }
}
