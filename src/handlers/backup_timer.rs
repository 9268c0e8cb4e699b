//! `backup-timer`: one cycle of every pair. The host throws `Logs` away when an invocation fails, so every line
//! goes to the console as well.

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
use crate::cycle::Backup;
use crate::cycle::report::Status;

pub(super) async fn backup_timer(
    State(backup): State<Backup>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let invocation = headers.get("x-azure-functions-invocationid").and_then(|id| id.to_str().ok());
    let mut logs = vec![why(invocation.unwrap_or("unknown"), body)];
    let (mut reports, mut unsuccessful) = (Vec::new(), Vec::new());
    for (pair, outcome) in backup.run_all().await {
        let line = match outcome {
            Ok(report) => {
                let line = summary(&report);
                if report.status == Some(Status::Succeeded) {
                    info!(pair.name = pair, cycle.id = report.id, "{line}");
                } else {
                    error!(pair.name = pair, cycle.id = report.id, "{line}");
                    unsuccessful.push(line.clone());
                }
                reports.push(report);
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

/// Says what the invocation says about itself. A backup is due even if that is nothing.
fn why(invocation: &str, body: Result<Bytes, BytesRejection>) -> String {
    let envelope = match body {
        Ok(body) => Envelope::decode(&body).map_err(|error| error.to_string()),
        Err(error) => Err(error.body_text()),
    };
    let Tick { due, is_past_due, retries } = match envelope {
        Ok(envelope) => Tick::of(&envelope),
        Err(error) => {
            warn!(
                invocation.id = invocation,
                error, "The host's envelope is unreadable; backing up all the same"
            );
            Tick::default()
        }
    };
    let due = due.as_deref().unwrap_or("now");
    info!(
        invocation.id = invocation,
        timer.due = due,
        timer.is_past_due = is_past_due,
        retries,
        "Backup timer fired"
    );
    let lateness = if is_past_due { ", past due" } else { "" };
    format!("Backup due {due}{lateness}")
}
