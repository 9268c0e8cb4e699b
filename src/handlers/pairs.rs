//! `pairs`: what the app knows, as JSON. The host forwards these requests with their original path.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use super::problem::{ErrorCode, Problem};
use crate::cycle::Backup;
use crate::cycle::report::PlanPage;
use crate::state::{CycleError, StateError};

pub(super) async fn list(State(backup): State<Backup>) -> Response {
    answer(backup.pairs().await, ErrorCode::StateUnavailable)
}

pub(super) async fn pair(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.pair(&pair).await, ErrorCode::StateUnavailable, || no_pair(&pair))
}

pub(super) async fn cycles(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.cycles(&pair).await, ErrorCode::StateUnavailable, || no_pair(&pair))
}

pub(super) async fn cycle(
    State(backup): State<Backup>,
    Path((pair, cycle)): Path<(String, String)>,
) -> Response {
    if let Ok(None) = backup.pair(&pair).await {
        return no_pair(&pair).into_response();
    }
    found(backup.cycle(&pair, &cycle).await, ErrorCode::StateUnavailable, || no_cycle(&pair, &cycle))
}

/// One chunk of a plan; `?chunk=` counts from 0.
pub(super) async fn plan(
    State(backup): State<Backup>,
    Path((pair, cycle)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if let Ok(None) = backup.pair(&pair).await {
        return no_pair(&pair).into_response();
    }
    let chunk = match chunk(&query) {
        Ok(chunk) => chunk,
        Err(problem) => return problem.into_response(),
    };
    let read = backup.plan(&pair, &cycle, chunk).await;
    page(read, &format!("cycle {cycle}"), || no_cycle(&pair, &cycle))
}

pub(super) fn chunk(query: &BTreeMap<String, String>) -> Result<u32, Problem> {
    let number = query.get("chunk").map_or(Ok(0), |text| text.parse());
    number.map_err(|_| {
        let detail = "chunk is the number of a chunk of the plan, counted from 0";
        Problem::new(ErrorCode::RequestMistaken, detail)
    })
}

/// A page of the plan of `whom`.
pub(super) fn page(
    page: anyhow::Result<Option<PlanPage>>,
    whom: &str,
    otherwise: impl FnOnce() -> Problem,
) -> Response {
    if let Err(error) = &page
        && let Some(StateError::Missing { .. }) = error.downcast_ref()
    {
        let detail = format!("The plan of {whom} is not kept any more; its report is");
        return Problem::new(ErrorCode::PlanNotKept, detail).into_response();
    }
    found(page, ErrorCode::StateUnavailable, otherwise)
}

pub(super) async fn seeding(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.seeding(&pair).await, ErrorCode::StateUnavailable, || no_pair(&pair))
}

pub(super) async fn recovery_points(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.marked_recovery_points(&pair).await, ErrorCode::RecoveryPointsUnavailable, || no_pair(&pair))
}

pub(super) fn found<T: Serialize>(
    value: anyhow::Result<Option<T>>,
    unavailable: ErrorCode,
    otherwise: impl FnOnce() -> Problem,
) -> Response {
    match value {
        Ok(None) => otherwise().into_response(),
        Ok(Some(value)) => answer(Ok(value), unavailable),
        Err(error) => answer::<T>(Err(error), unavailable),
    }
}

fn answer<T: Serialize>(value: anyhow::Result<T>, unavailable: ErrorCode) -> Response {
    match value {
        Ok(value) => Json(value).into_response(),
        Err(error) => {
            error!("{error:#}");
            let unavailable = if is_unreadable(&error) { ErrorCode::StateUnreadable } else { unavailable };
            Problem::new(unavailable, format!("{error:#}")).into_response()
        }
    }
}

fn is_unreadable(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(StateError::is_unreadable)
        || error.downcast_ref().is_some_and(CycleError::is_unreadable)
}

fn no_cycle(pair: &str, cycle: &str) -> Problem {
    let detail = format!("Pair {pair} has no cycle {cycle:?} that is remembered");
    Problem::new(ErrorCode::CycleNotFound, detail)
}

pub(super) fn no_pair(pair: &str) -> Problem {
    Problem::new(ErrorCode::PairNotFound, format!("No pair is called {pair:?}; GET /api/pairs lists them"))
}
