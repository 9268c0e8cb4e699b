//! `pairs`: what the app knows, as JSON. The host forwards these requests with their original path.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use super::problem::{ErrorCode, Problem};
use crate::cycle::Backup;

pub(super) async fn list(State(backup): State<Backup>) -> Response {
    Json(backup.pairs().await).into_response()
}

pub(super) async fn pair(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.pair(&pair).await, || no_pair(&pair))
}

pub(super) async fn cycles(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.cycles(&pair).await, || no_pair(&pair))
}

pub(super) async fn cycle(
    State(backup): State<Backup>,
    Path((pair, cycle)): Path<(String, String)>,
) -> Response {
    if backup.pair(&pair).await.is_none() {
        return no_pair(&pair).into_response();
    }
    found(backup.cycle(&pair, &cycle).await, || {
        Problem::new(
            ErrorCode::CycleNotFound,
            format!("Pair {pair} has no cycle {cycle:?} that is remembered"),
        )
    })
}

pub(super) async fn plan() -> Problem {
    Problem::new(
        ErrorCode::NotInThisVersion,
        "A plan cannot be read yet; its totals are in the cycle, as planned",
    )
}

pub(super) async fn recovery_points(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    match backup.recovery_points(&pair).await {
        None => no_pair(&pair).into_response(),
        Some(Ok(points)) => Json(points).into_response(),
        Some(Err(error)) => {
            error!(pair.name = pair, "Could not list recovery points: {error:#}");
            Problem::new(ErrorCode::RecoveryPointsUnavailable, format!("{error:#}")).into_response()
        }
    }
}

fn found<T: Serialize>(value: Option<T>, otherwise: impl FnOnce() -> Problem) -> Response {
    match value {
        Some(value) => Json(value).into_response(),
        None => otherwise().into_response(),
    }
}

fn no_pair(pair: &str) -> Problem {
    Problem::new(ErrorCode::PairNotFound, format!("No pair is called {pair:?}; GET /api/pairs lists them"))
}
