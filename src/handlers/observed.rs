//! Each invocation is told under the operation of the host's own, and what it told is sent before it is answered: the host may
//! kill the process right after.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;

use crate::telemetry::{Telemetry, invocation};

pub fn observed(router: Router, telemetry: Telemetry) -> Router {
    if !telemetry.is_sent() {
        return router;
    }
    router.layer(from_fn_with_state(telemetry, observe))
}

async fn observe(State(telemetry): State<Telemetry>, request: Request, next: Next) -> Response {
    // the host asks there whether the process lives
    if request.uri().path() == "/" {
        return next.run(request).await;
    }
    let context = context(request.headers());
    let response = next.run(request).with_context(context).await;
    telemetry.flush().await;
    response
}

fn context(headers: &HeaderMap) -> Context {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    invocation(header("traceparent"), header("x-azure-functions-invocationid"))
}
