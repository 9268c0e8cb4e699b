//! `restore` and `decide-restore`: a recovery point, or a part of it, comes back; and what can be told of that.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::backup_now::not_run;
use super::body::read;
use super::decide::undecided;
use super::pairs::{found, no_pair};
use super::problem::{ErrorCode, Problem};
use crate::cycle::report::{CycleReport, NotRun, Phase};
use crate::cycle::restore::{Asked, Decided, NotRestored};
use crate::cycle::{Backup, Trigger};

pub(super) async fn restore(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    // the host's function key may come as a parameter, too
    if let Some(unknown) = query.keys().find(|name| !["plan", "code", "clientId"].contains(&name.as_str())) {
        return mistaken(&format!("Parameter {unknown:?} is not known; `plan=only` is the only one"));
    }
    let plan_only = match query.get("plan").map(String::as_str) {
        None => false,
        Some("only") => true,
        Some(other) => return mistaken(&format!("plan={other} is not known; the only value is `only`")),
    };
    let asked: Asked = match read(body, "a restore") {
        Ok(asked) => asked,
        Err(detail) => return mistaken(&detail),
    };
    let deadline = backup.deadline(Trigger::Http);
    if plan_only {
        return match backup.restore_plan_only(&pair, asked, deadline).await {
            Ok(preview) => Json(preview).into_response(),
            Err(reason) => not_restored(&pair, reason),
        };
    }
    answer(&pair, backup.restore(&pair, asked, deadline).await, "restores")
}

/// A drill, or the one under way.
pub(super) async fn drill(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    let drilled = Box::pin(backup.drill(&pair, backup.deadline(Trigger::Http))).await;
    answer(&pair, drilled, "drills")
}

fn answer(pair: &str, worked: Result<CycleReport, NotRestored>, route: &str) -> Response {
    match worked {
        Ok(report) if report.status.is_some() => Json(report).into_response(),
        Ok(report) => accepted(&report, route),
        Err(reason) => not_restored(pair, reason),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Decision {
    action: Action,
    digest: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    Approve,
    Reject,
    Cancel,
}

pub(super) async fn decide(
    State(backup): State<Backup>,
    Path((pair, restore)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let decision = match read(body, "a decision about a restore") {
        Ok(decision) => decision,
        Err(detail) => return Problem::new(ErrorCode::DecisionMistaken, detail).into_response(),
    };
    let decided = match decided(decision) {
        Ok(decided) => decided,
        Err(detail) => return Problem::new(ErrorCode::DecisionMistaken, detail).into_response(),
    };
    match Box::pin(backup.decide_restore(&pair, &restore, decided)).await {
        Ok(report) => Json(report).into_response(),
        Err(reason) => undecided(&pair, reason),
    }
}

/// What is decided of a plan that waits.
pub(super) fn decided(Decision { action, digest }: Decision) -> Result<Decided, &'static str> {
    match (action, digest) {
        (Action::Approve, Some(digest)) => Ok(Decided::Approve { digest }),
        (Action::Reject, None) => Ok(Decided::Reject),
        (Action::Cancel, None) => Ok(Decided::Cancel),
        (Action::Approve, None) => {
            Err("An approval names the digest of the plan, as the guard of its report shows it")
        }
        (Action::Reject | Action::Cancel, Some(_)) => {
            Err("\"digest\" means nothing with this action; leave it out")
        }
    }
}

pub(super) async fn list(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.restores(&pair).await, ErrorCode::StateUnavailable, || no_pair(&pair))
}

pub(super) async fn drills(State(backup): State<Backup>, Path(pair): Path<String>) -> Response {
    found(backup.drills(&pair).await, ErrorCode::StateUnavailable, || no_pair(&pair))
}

pub(super) async fn drill_report(
    State(backup): State<Backup>,
    Path((pair, drill)): Path<(String, String)>,
) -> Response {
    let told = backup.drill_report(&pair, &drill).await;
    found(told, ErrorCode::StateUnavailable, || no_restore(&backup, &pair, &drill))
}

pub(super) async fn report(
    State(backup): State<Backup>,
    Path((pair, restore)): Path<(String, String)>,
) -> Response {
    let told = backup.restore_report(&pair, &restore).await;
    found(told, ErrorCode::StateUnavailable, || no_restore(&backup, &pair, &restore))
}

/// One chunk of a plan; `?chunk=` counts from 0.
pub(super) async fn plan(
    State(backup): State<Backup>,
    Path((pair, restore)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let chunk = match super::pairs::chunk(&query) {
        Ok(chunk) => chunk,
        Err(problem) => return problem.into_response(),
    };
    let page = backup.restore_plan(&pair, &restore, chunk).await;
    super::pairs::page(page, &format!("restore {restore}"), || no_restore(&backup, &pair, &restore))
}

/// The restore goes on without this request, or waits for a person to look at its plan.
fn accepted(report: &CycleReport, route: &str) -> Response {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let location = format!("/api/pairs/{}/{route}/{}", encode(&report.pair), encode(&report.id));
    let status = if report.state == Phase::AwaitingApproval { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, [(header::LOCATION, location)], Json(report)).into_response()
}

fn no_restore(backup: &Backup, pair: &str, restore: &str) -> Problem {
    if !backup.names().contains(&pair) {
        return no_pair(pair);
    }
    let detail = format!("Pair {pair} has no restore {restore:?} that is remembered");
    Problem::new(ErrorCode::RestoreNotFound, detail)
}

fn mistaken(detail: &str) -> Response {
    Problem::new(ErrorCode::RequestMistaken, detail).into_response()
}

fn not_restored(pair: &str, reason: NotRestored) -> Response {
    let detail = reason.to_string();
    match reason {
        NotRestored::UnknownPair(_) => no_pair(pair).into_response(),
        NotRestored::UnknownPoint { .. } => {
            Problem::new(ErrorCode::RecoveryPointNotFound, detail).into_response()
        }
        NotRestored::Mistaken(_) => mistaken(&detail),
        NotRestored::InProgress { restore } => Problem::new(ErrorCode::RestoreInProgress, detail)
            .with("restoreId", restore.into())
            .into_response(),
        NotRestored::NothingToDrill => Problem::new(ErrorCode::NothingToDrill, detail).into_response(),
        NotRestored::FailingBack => Problem::new(ErrorCode::FailbackInProgress, detail).into_response(),
        NotRestored::NotHeld => Problem::new(ErrorCode::PairNotHeld, detail).into_response(),
        NotRestored::Unavailable(_) => {
            tracing::error!(pair.name = pair, "{detail}");
            Problem::new(ErrorCode::RecoveryPointsUnavailable, detail).into_response()
        }
        NotRestored::State(error) => not_run(pair, NotRun::State(error)),
    }
}
