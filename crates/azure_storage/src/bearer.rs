//! Tokens of Microsoft Entra in place of keys. One [`Bearer`] serves every account of a tenant; all its clones share
//! one token, which is asked for anew some time before it expires, and when a service has refused it.
//!
//! A token leaves over https alone: whoever sees it can do what its owner can.

use crate::headers::{AUTHORIZATION, ERROR_CODE, MS_DATE, text};
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request, StatusCode};
use azure_core::time::{Duration, OffsetDateTime, to_rfc7231};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::time::timeout;

/// All storage services, and every account that the identity has a role in.
const SCOPE: &str = "https://storage.azure.com/.default";

/// How long one is waited for: a tool of the developer's may hang.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// How long before its expiry a token is replaced, but for tokens that live less than twice as long.
const MARGIN: Duration = Duration::minutes(5);

#[derive(Clone)]
pub struct Bearer(Arc<Tokens>);

struct Tokens {
    credential: Arc<dyn TokenCredential>,
    scope: &'static str,
    /// Never held while anything is waited for: a request that nobody polls just now would stop all others.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// A thousand requests fetch one.
    fetching: Option<Shared<BoxFuture<'static, Fetched>>>,
}

type Fetched = Result<Secret, Arc<Error>>;

struct Held {
    token: AccessToken,
    replace_after: OffsetDateTime,
}

impl Bearer {
    pub fn new(credential: Arc<dyn TokenCredential>) -> Self {
        Self(Arc::new(Tokens { credential, scope: SCOPE, state: Mutex::default() }))
    }

    /// The same identity, for another service than storage.
    #[must_use]
    pub fn for_scope(&self, scope: &'static str) -> Self {
        Self(Arc::new(Tokens { credential: self.0.credential.clone(), scope, state: Mutex::default() }))
    }

    pub async fn token(&self) -> azure_core::Result<Secret> {
        let fetched = {
            let mut state = self.0.state();
            let now = OffsetDateTime::now_utc();
            if let Some(held) = state.held.as_ref().filter(|held| now < held.replace_after) {
                return Ok(held.token.token.clone());
            }
            let fetched = state.fetching.get_or_insert_with(|| fetch(self.0.clone())).clone();
            // nobody waits for a new one while the old one is good
            if let Some(held) = state.held.as_ref().filter(|held| now < held.token.expires_on) {
                return Ok(held.token.token.clone());
            }
            fetched
        };
        let no_token = |error| Error::with_error(ErrorKind::Credential, error, "No token was to be had");
        fetched.await.map_err(no_token)
    }

    /// A service did not take it. The next request asks for another one, if none did meanwhile.
    pub fn forget(&self, refused: &Secret) {
        let mut state = self.0.state();
        if state.held.as_ref().is_some_and(|held| held.token.token == *refused) {
            state.held = None;
        }
    }
}

/// A task of its own, so that it goes on whoever waits for it. Whatever becomes of it, the next one is fetched anew.
fn fetch(tokens: Arc<Tokens>) -> Shared<BoxFuture<'static, Fetched>> {
    let asking = tokens.clone();
    let asked =
        tokio::spawn(
            async move { timeout(PATIENCE, asking.credential.get_token(&[asking.scope], None)).await },
        );
    let kept = tokio::spawn(async move {
        tokens.keep(match asked.await {
            Ok(Ok(fetched)) => fetched,
            Ok(Err(late)) => Err(Error::new(ErrorKind::Io, late)),
            Err(gone) => Err(Error::new(ErrorKind::Other, gone)),
        })
    });
    let ended = |gone| Err(Arc::new(Error::new(ErrorKind::Other, gone)));
    async move { kept.await.unwrap_or_else(ended) }.boxed().shared()
}

impl Tokens {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the state is held")
    }

    fn keep(&self, fetched: azure_core::Result<AccessToken>) -> Fetched {
        let now = OffsetDateTime::now_utc();
        let mut state = self.state();
        state.fetching = None;
        match fetched {
            Ok(token) => {
                let secret = token.token.clone();
                let margin = MARGIN.min((token.expires_on - now) / 2);
                state.held = Some(Held { replace_after: token.expires_on - margin, token });
                Ok(secret)
            }
            Err(error) => match state.held.as_ref().filter(|held| now < held.token.expires_on) {
                Some(held) => {
                    tracing::warn!(%error, "No new token was to be had; the old one is still good");
                    Ok(held.token.token.clone())
                }
                None => Err(Arc::new(error)),
            },
        }
    }
}

#[async_trait]
impl Policy for Bearer {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        if request.url().scheme() != "https" {
            return Err(Error::with_message(ErrorKind::Credential, "A token is sent over https alone"));
        }
        let token = self.token().await?;
        request.insert_header(MS_DATE, to_rfc7231(&OffsetDateTime::now_utc()));
        request.insert_header(AUTHORIZATION, format!("Bearer {}", token.secret()));
        let result = next[0].send(ctx, request, &next[1..]).await;
        let is_refused = |response: &AsyncRawResponse| {
            response.status() == StatusCode::Unauthorized || is_refusal(text(response.headers(), &ERROR_CODE))
        };
        if result.as_ref().is_ok_and(is_refused) {
            self.forget(&token);
        }
        result
    }
}

/// Whether a service says by this code that it does not take what a request is opened with.
pub(crate) fn is_refusal(code: Option<&str>) -> bool {
    matches!(code, Some("AuthenticationFailed" | "InvalidAuthenticationInfo"))
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")
    }
}

#[cfg(test)]
mod tests;
