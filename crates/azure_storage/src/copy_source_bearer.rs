//! The token that opens the source of a server-side copy: one header of the request to the target, renewed like the
//! token of the request itself. It stands before the credential, because Shared Key signs it.

use crate::Bearer;
use crate::bearer::is_refusal;
use crate::headers::{COPY_SOURCE_AUTHORIZATION, COPY_SOURCE_ERROR_CODE, text};
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Request};
use std::sync::Arc;

/// In the `Context` of a copy whose source is opened by a token.
#[derive(Clone, Debug)]
pub struct CopySourceBearer(pub Bearer);

#[derive(Debug)]
pub(crate) struct AuthorizeCopySource;

#[async_trait]
impl Policy for AuthorizeCopySource {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some(CopySourceBearer(bearer)) = ctx.value::<CopySourceBearer>() else {
            return next[0].send(ctx, request, &next[1..]).await;
        };
        if request.url().scheme() != "https" {
            return Err(Error::with_message(ErrorKind::Credential, "A token is sent over https alone"));
        }
        let token = bearer.token().await?;
        request.insert_header(COPY_SOURCE_AUTHORIZATION, format!("Bearer {}", token.secret()));
        let result = next[0].send(ctx, request, &next[1..]).await;
        let refused =
            |response: &AsyncRawResponse| is_refusal(text(response.headers(), &COPY_SOURCE_ERROR_CODE));
        if result.as_ref().is_ok_and(refused) {
            bearer.forget(&token);
        }
        result
    }
}
