//! Telling somebody about every attempt, so that requests can be counted as the service counts them.

use crate::Operation;
use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use std::fmt::Debug;
use std::sync::Arc;

pub trait RequestObserver: Send + Sync + Debug {
    /// Called before each HTTP attempt, repeats included.
    fn sent(&self, operation: Operation);
}

#[derive(Debug)]
pub(crate) struct Observe(pub(crate) Arc<dyn RequestObserver>);

#[async_trait]
impl Policy for Observe {
    async fn send(&self, ctx: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        if let Some(operation) = ctx.value::<Operation>() {
            self.0.sent(*operation);
        }
        next[0].send(ctx, request, &next[1..]).await
    }
}
