//! `failback` and `decide-failback`: what was changed in the target comes to the source, and the roles swap back; and what can be
//! told of that.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::backup_now::not_run;
use super::body::read;
use super::decide::undecided;
use super::pairs::{found, no_pair};
use super::problem::{ErrorCode, Problem};
use super::restore::{Decision, decided};
use crate::cycle::failback::NotFailedBack;
use crate::cycle::report::{CycleReport, NotRun, Phase};
use crate::cycle::{Backup, Trigger};

pub(super) async fn failback(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    // the host's function key may come as a parameter, too
    if let Some(unknown) = query.keys().find(|name| !["plan", "code", "clientId"].contains(&name.as_str())) {
        return mistaken(&format!("Parameter {unknown:?} is not known; `plan=only` is the only one"));
    }
    let deadline = backup.deadline(Trigger::Http);
    let answer = match query.get("plan").map(String::as_str) {
        None => backup.fail_back(&pair, deadline).await.map(|report| begun(&report)),
        Some("only") => {
            backup.failback_plan_only(&pair, deadline).await.map(|plan| Json(plan).into_response())
        }
        Some(other) => return mistaken(&format!("plan={other} is not known; the only value is `only`")),
    };
    answer.unwrap_or_else(|reason| not_failed_back(&pair, reason))
}

pub(super) async fn decide(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let read: Result<Decision, String> = read(body, "a decision about a failback");
    let decided = match read.and_then(|decision| decided(decision).map_err(str::to_owned)) {
        Ok(decided) => decided,
        Err(detail) => return Problem::new(ErrorCode::DecisionMistaken, detail).into_response(),
    };
    match Box::pin(backup.decide_failback(&pair, decided)).await {
        Ok(report) => Json(report).into_response(),
        Err(reason) => undecided(&pair, reason),
    }
}

/// The one under way, or else the last one.
pub(super) async fn newest(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    let newest = backup.failbacks(&pair).await.map(|all| all.and_then(|all| all.into_iter().next()));
    found(newest, ErrorCode::StateUnavailable, || no_failback(&backup, &pair))
}

/// One chunk of its plan; `?chunk=` counts from 0.
pub(super) async fn plan(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let chunk = match super::pairs::chunk(&query) {
        Ok(chunk) => chunk,
        Err(problem) => return problem.into_response(),
    };
    let page = match backup.failbacks(&pair).await {
        Ok(all) => match all.and_then(|all| all.into_iter().next()) {
            Some(newest) => backup.failback_plan(&pair, &newest.id, chunk).await,
            None => Ok(None),
        },
        Err(error) => Err(error),
    };
    super::pairs::page(page, "the last failback", || no_failback(&backup, &pair))
}

/// It has ended, waits for a person to look at its plan, or goes on without this request.
fn begun(report: &CycleReport) -> Response {
    let pair = utf8_percent_encode(&report.pair, NON_ALPHANUMERIC).to_string();
    let location = format!("/api/pairs/{pair}/failback");
    let is_answered = report.status.is_some() || report.state == Phase::AwaitingApproval;
    let status = if is_answered { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, [(header::LOCATION, location)], Json(report)).into_response()
}

fn no_failback(backup: &Backup, pair: &str) -> Problem {
    if !backup.names().contains(&pair) {
        return no_pair(pair);
    }
    Problem::new(ErrorCode::FailbackNotFound, format!("Pair {pair} has no failback that is remembered"))
}

fn mistaken(detail: &str) -> Response {
    Problem::new(ErrorCode::RequestMistaken, detail).into_response()
}

fn not_failed_back(pair: &str, reason: NotFailedBack) -> Response {
    let detail = reason.to_string();
    match reason {
        NotFailedBack::UnknownPair(_) => no_pair(pair).into_response(),
        NotFailedBack::NotFailedOver(_) | NotFailedBack::Stopping(_) => {
            Problem::new(ErrorCode::PairNotFailedOver, detail).into_response()
        }
        NotFailedBack::InProgress { failback } => {
            let problem = Problem::new(ErrorCode::FailbackInProgress, detail);
            problem.with("failbackId", failback.into()).into_response()
        }
        NotFailedBack::Restoring => Problem::new(ErrorCode::RestoreInProgress, detail).into_response(),
        NotFailedBack::Unavailable(error) => not_run(pair, NotRun::Unplanned(error)),
        NotFailedBack::State(error) => not_run(pair, NotRun::State(error)),
    }
}
