//! `health`: whether every pair is as well protected as its settings promise, for monitors that know nothing of
//! pairs. It needs no key, so it tells names of pairs and one word of each, and nothing else.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::error;

use super::problem::ErrorCode;
use crate::cycle::Backup;
use crate::cycle::report::PairStanding;

pub(super) async fn health(State(backup): State<Backup>) -> Response {
    let (is_well, body) = match backup.standings().await {
        Ok(standings) => {
            let is_well = !standings.iter().any(|pair| pair.judgement.standing.is_bad());
            let told = |pair: &PairStanding| json!({"name": pair.name, "standing": pair.judgement.standing});
            (is_well, json!({"healthy": is_well, "pairs": standings.iter().map(told).collect::<Vec<_>>()}))
        }
        Err(error) => {
            error!("The health is not known: {error}");
            (false, json!({"healthy": false, "code": ErrorCode::of_state(&error)}))
        }
    };
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
