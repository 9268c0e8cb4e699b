//! `backup-timer` and `resume-timer`: what is due, for every pair. The host throws `Logs` away when an invocation
//! fails, so every line goes to the console as well.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::{error, info, warn};

use super::answer::Answer;
use super::envelope::Envelope;
use super::problem::{ErrorCode, Problem};
use super::summary::summary;
use super::tick::Tick;
use crate::cycle::report::{CycleReport, NotRun, Phase, Status};
use crate::cycle::{Backup, Start, Trigger};

/// Starts a cycle of every pair, or goes on with the one under way.
pub(super) async fn backup_timer(
    State(backup): State<Backup>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    tick(&backup, Start::New, &headers, body).await
}

/// Goes on with what is under way.
pub(super) async fn resume_timer(
    State(backup): State<Backup>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    tick(&backup, Start::ResumeOnly, &headers, body).await
}

/// Drills every pair.
pub(super) async fn drill_timer(
    State(backup): State<Backup>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    tick(&backup, Start::Drill, &headers, body).await
}

async fn tick(
    backup: &Backup,
    start: Start,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let invocation = headers.get("x-azure-functions-invocationid").and_then(|id| id.to_str().ok());
    let mut logs = vec![why(start, invocation.unwrap_or("unknown"), body)];
    let (mut reports, mut unsuccessful) = (Vec::new(), Vec::new());
    let outcomes = backup.run_all(start, backup.deadline(Trigger::Timer));
    for (pair, outcome) in backup.with_heartbeats(outcomes).await {
        let line = match outcome {
            Ok(report) => {
                let line = summary(&report);
                match verdict(&report) {
                    Verdict::Good => info!(pair.name = pair, cycle.id = report.id, "{line}"),
                    Verdict::ForAPerson => warn!(pair.name = pair, cycle.id = report.id, "{line}"),
                    Verdict::Unsuccessful => {
                        error!(pair.name = pair, cycle.id = report.id, "{line}");
                        unsuccessful.push(line.clone());
                    }
                }
                reports.push(report);
                line
            }
            Err(reason @ (NotRun::State(_) | NotRun::Refused(_) | NotRun::Unplanned(_))) => {
                let line = format!("Pair {pair}: {reason}");
                error!(pair.name = pair, "{line}");
                unsuccessful.push(line.clone());
                line
            }
            // The host keeps its ticks apart, but "run now" goes past that. A busy pair is no failure.
            Err(reason) => {
                let line = format!("Pair {pair}: nothing done. {reason}");
                info!(pair.name = pair, "{line}");
                line
            }
        };
        logs.push(line);
    }
    if unsuccessful.is_empty() {
        return Answer { logs }.into_response();
    }
    // Only an answer other than 2xx shows up as a failed invocation, and so in somebody's alert.
    Problem::new(ErrorCode::CycleFailed, unsuccessful.join("\n"))
        .with("cycles", json!(reports))
        .into_response()
}

enum Verdict {
    Good,
    ForAPerson,
    Unsuccessful,
}

/// A cycle that goes on with the next invocation is as good as one that succeeded.
fn verdict(report: &CycleReport) -> Verdict {
    match report.status {
        Some(Status::Succeeded) => Verdict::Good,
        Some(Status::Rejected | Status::Cancelled) => Verdict::ForAPerson,
        None if report.error.is_some() => Verdict::Unsuccessful,
        None if report.state == Phase::AwaitingApproval => Verdict::ForAPerson,
        None => Verdict::Good,
        Some(Status::CompletedWithErrors | Status::Failed) => Verdict::Unsuccessful,
    }
}

/// Says what the invocation says about itself. A backup is due even if that is nothing.
fn why(start: Start, invocation: &str, body: Result<Bytes, BytesRejection>) -> String {
    let envelope = match body {
        Ok(body) => Envelope::decode(&body).map_err(|error| error.to_string()),
        Err(error) => Err(error.body_text()),
    };
    let Tick { due, is_past_due, retries } = match envelope {
        Ok(envelope) => Tick::of(&envelope),
        Err(error) => {
            warn!(
                invocation.id = invocation,
                error, "The host's envelope is unreadable; going on all the same"
            );
            Tick::default()
        }
    };
    let due = due.as_deref().unwrap_or("now");
    info!(
        invocation.id = invocation,
        timer.start = ?start,
        timer.due = due,
        timer.is_past_due = is_past_due,
        retries,
        "Timer fired"
    );
    let what = match start {
        Start::New => "Backup",
        Start::ResumeOnly => "Resuming",
        Start::Drill => "Drill",
    };
    let lateness = if is_past_due { ", past due" } else { "" };
    format!("{what} due {due}{lateness}")
}
