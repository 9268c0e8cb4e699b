//! `backup-now`: a cycle of one pair on request, or only its plan. The platform drops a request after 230 seconds;
//! before that the answer says where to look for the rest.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::problem::{ErrorCode, Problem};
use super::seeding::refused;
use crate::cycle::report::{CycleReport, NotRun};
use crate::cycle::{Backup, Start, Trigger};

pub(super) async fn backup_now(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let plan_only = match query.get("plan").map(String::as_str) {
        None => false,
        Some("only") => true,
        Some(other) => return mistaken(&format!("plan={other} is not known; the only value is `only`")),
    };
    // the host's function key may come as a parameter, too
    if let Some(unknown) = query.keys().find(|name| !["plan", "code", "clientId"].contains(&name.as_str())) {
        return mistaken(&format!("Parameter {unknown:?} is not known; `plan=only` is the only one"));
    }
    let deadline = backup.deadline(Trigger::Http);
    if plan_only {
        return match backup.plan_only(&pair, deadline).await {
            Ok(preview) => Json(preview).into_response(),
            Err(reason) => not_run(&pair, reason),
        };
    }
    match backup.run(&pair, Start::New, deadline).await {
        Ok(report) if report.status.is_some() => Json(report).into_response(),
        Ok(report) => accepted(&report),
        Err(reason) => not_run(&pair, reason),
    }
}

/// The cycle goes on without this request.
fn accepted(report: &CycleReport) -> Response {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let location = format!("/api/pairs/{}/cycles/{}", encode(&report.pair), encode(&report.id));
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(report)).into_response()
}

fn mistaken(detail: &str) -> Response {
    Problem::new(ErrorCode::RequestMistaken, detail).into_response()
}

pub(super) fn not_run(pair: &str, reason: NotRun) -> Response {
    let detail = reason.to_string();
    match reason {
        NotRun::UnknownPair(_) => super::pairs::no_pair(pair).into_response(),
        NotRun::NoTime => Problem::new(ErrorCode::CycleInProgress, detail).into_response(),
        NotRun::CycleInProgress { cycle } => {
            Problem::new(ErrorCode::CycleInProgress, detail).with("cycleId", cycle.into()).into_response()
        }
        NotRun::Held => Problem::new(ErrorCode::PairHeld, detail).into_response(),
        NotRun::NothingToResume | NotRun::NothingToDrill => {
            Problem::new(ErrorCode::NothingToDecide, detail).into_response()
        }
        NotRun::Refused(refusals) => refused(&refusals).into_response(),
        NotRun::Unplanned(_) => Problem::new(ErrorCode::PlanUnavailable, detail).into_response(),
        NotRun::State(error) => {
            tracing::error!(pair.name = pair, "{error}");
            Problem::new(ErrorCode::of_state(&error), detail).into_response()
        }
    }
}
