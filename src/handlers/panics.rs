//! A panic costs its own invocation only.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::error;

use super::problem::{ErrorCode, Problem};

/// Turns a panic of the handler into an answer. What the handler shared is fit for the next one: a lock held by
/// it is released, and cycles may be cut anywhere.
pub(super) async fn caught(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            error!(path, "The handler panicked; the lines before this one say where");
            Problem::new(ErrorCode::InternalError, "The handler panicked; the app's log says where")
                .into_response()
        }
    }
}
