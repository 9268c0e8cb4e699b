//! Bodies of requests: JSON, and what is said of one that is not.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use serde::Deserialize;

pub(super) fn read<T: for<'de> Deserialize<'de>>(
    body: Result<Bytes, BytesRejection>,
    what: &str,
) -> Result<T, String> {
    parse(&body.map_err(|error| error.body_text())?, what)
}

/// A body without a length is dropped by the host.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(body: &[u8], what: &str) -> Result<T, String> {
    if body.is_empty() {
        return Err("The request has no body; send JSON with its Content-Length, for the host drops a body sent in chunks".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| format!("The body is not {what}: {error}"))
}
