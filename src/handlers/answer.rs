//! The answer that the host expects to an envelope. The function has no outputs, and `ReturnValue` is always
//! null: the host would take a text there that happens to be base64 for bytes.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A successful invocation, with what it wants to say in the host's log.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) logs: Vec<String>,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        Json(json!({"Outputs": {}, "Logs": self.logs, "ReturnValue": null})).into_response()
    }
}
