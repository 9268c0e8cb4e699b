//! What recovery points hold: `entries`, `versions`, `diff`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::{ErrorCode, Problem};
use crate::cycle::find::{EntriesAsked, NotFound};
use crate::cycle::{Backup, Trigger};

type Parameters = Query<BTreeMap<String, String>>;

pub(super) async fn entries(
    State(backup): State<Backup>,
    Path((pair, point)): Path<(String, String)>,
    Query(query): Parameters,
) -> Response {
    if let Some(unknown) = unknown(&query, &["path", "glob", "limit", "next"]) {
        return unknown;
    }
    let limit = match query.get("limit").map(|text| text.parse()) {
        None => None,
        Some(Ok(limit @ 1..=5_000)) => Some(limit),
        Some(_) => return mistaken("limit is a number of entries, from 1 to 5000"),
    };
    let text = |name: &str| query.get(name).cloned();
    let asked = EntriesAsked {
        path: text("path").unwrap_or_default(),
        glob: text("glob"),
        limit,
        next: text("next"),
    };
    answer(backup.entries(&pair, &point, asked, backup.deadline(Trigger::Http)).await)
}

pub(super) async fn versions(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Parameters,
) -> Response {
    if let Some(unknown) = unknown(&query, &["path"]) {
        return unknown;
    }
    match query.get("path") {
        Some(path) => answer(backup.versions(&pair, path).await),
        None => mistaken("path is missing: the path of a file or directory from the share's root"),
    }
}

pub(super) async fn diff(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Parameters,
) -> Response {
    if let Some(unknown) = unknown(&query, &["from", "to"]) {
        return unknown;
    }
    match (query.get("from"), query.get("to")) {
        (Some(from), Some(to)) => answer(backup.diff(&pair, from, to, backup.deadline(Trigger::Http)).await),
        _ => mistaken(
            "from and to name two recovery points, by their cycle or by the id of their share snapshot",
        ),
    }
}

fn unknown(query: &BTreeMap<String, String>, known: &[&str]) -> Option<Response> {
    // the host's function key may come as a parameter, too
    let is_known = |name: &str| known.contains(&name) || ["code", "clientId"].contains(&name);
    let unknown = query.keys().find(|name| !is_known(name))?;
    Some(mistaken(&format!("Parameter {unknown:?} is not known; use {}", known.join(", "))))
}

fn mistaken(detail: &str) -> Response {
    Problem::new(ErrorCode::RequestMistaken, detail).into_response()
}

fn answer<T: Serialize>(found: Result<T, NotFound>) -> Response {
    let error = match found {
        Ok(found) => return Json(found).into_response(),
        Err(error) => error,
    };
    let code = match &error {
        NotFound::Pair(_) => ErrorCode::PairNotFound,
        NotFound::Point { .. } => ErrorCode::RecoveryPointNotFound,
        NotFound::Entry { .. } => ErrorCode::EntryNotFound,
        NotFound::Mistaken(_) => ErrorCode::RequestMistaken,
        NotFound::Unavailable(_) | NotFound::Uncompared(_) => ErrorCode::RecoveryPointsUnavailable,
    };
    if code == ErrorCode::RecoveryPointsUnavailable {
        tracing::error!("{error}");
    }
    Problem::new(code, error.to_string()).into_response()
}
