//! `doctor`: the preflight on request. 200 whatever it found; `passed` tells whether anything failed.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use opentelemetry::Context;
use opentelemetry::context::FutureExt;

use super::pairs::no_pair;
use super::problem::{ErrorCode, Problem};
use crate::cycle::{Backup, Trigger};

pub(super) async fn doctor(
    State(backup): State<Backup>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    // the host's function key may come as a parameter, too
    if let Some(unknown) = query.keys().find(|name| !["pair", "code", "clientId"].contains(&name.as_str())) {
        let detail = format!("Parameter {unknown:?} is not known; `pair=NAME` is the only one");
        return Problem::new(ErrorCode::RequestMistaken, detail).into_response();
    }
    let only = query.get("pair").cloned();
    let deadline = backup.deadline(Trigger::Http);
    // whoever asked may go away, and what the preflight makes is removed all the same
    let asked = only.clone();
    let examining = async move { backup.examine(asked.as_deref(), Some(deadline)).await };
    // under the operation of the host, as all that is told
    let examining = tokio::spawn(examining.with_context(Context::current()));
    match examining.await {
        Ok(Some(examination)) => Json(examination).into_response(),
        Ok(None) => no_pair(only.as_deref().unwrap_or_default()).into_response(),
        Err(error) => Problem::new(ErrorCode::InternalError, error.to_string()).into_response(),
    }
}
