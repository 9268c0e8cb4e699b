//! `runbook`: what to do on a bad day, as text that can be kept.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::cycle::Backup;
use crate::runbook::runbook;

pub(super) async fn show(State(backup): State<Backup>) -> Response {
    ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], runbook(backup.settings())).into_response()
}
