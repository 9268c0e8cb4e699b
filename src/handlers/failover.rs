//! `failover`: people work with the target from now on, or what they wrote there is given up.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::backup_now::not_run;
use super::pairs::no_pair;
use super::problem::{ErrorCode, Problem};
use crate::cycle::failover::NotFailedOver;
use crate::cycle::report::NotRun;
use crate::cycle::{Backup, Trigger};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    #[default]
    FailOver,
    /// What was written to the target is given up.
    Undo,
}

pub(super) async fn failover(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Asked { action } = match body.map_err(|error| error.body_text()).and_then(|body| read(&body)) {
        Ok(asked) => asked,
        Err(detail) => return Problem::new(ErrorCode::RequestMistaken, detail).into_response(),
    };
    let answer = match action {
        Action::FailOver => {
            let told = Box::pin(backup.fail_over(&pair, backup.deadline(Trigger::Http))).await;
            told.map(|told| Json(told).into_response())
        }
        Action::Undo => {
            Box::pin(backup.undo_failover(&pair)).await.map(|status| Json(status).into_response())
        }
    };
    answer.unwrap_or_else(|reason| not_failed_over(&pair, reason))
}

fn read(body: &[u8]) -> Result<Asked, String> {
    if body.is_empty() {
        return Ok(Asked::default());
    }
    let mistaken = |error| {
        format!(
            "The body is not a failover: {error}. Send none, or {{\"action\": \"undo\"}} to give up what was written to the target"
        )
    };
    serde_json::from_slice(body).map_err(mistaken)
}

fn not_failed_over(pair: &str, reason: NotFailedOver) -> Response {
    let detail = reason.to_string();
    let problem = |code| Problem::new(code, detail.clone()).into_response();
    match reason {
        NotFailedOver::UnknownPair(_) => no_pair(pair).into_response(),
        NotFailedOver::NoRecoveryPoint(_) => problem(ErrorCode::RecoveryPointNotFound),
        NotFailedOver::Busy { cycle } => {
            let problem = Problem::new(ErrorCode::CycleInProgress, detail);
            cycle.into_iter().fold(problem, |problem, id| problem.with("cycleId", id.into())).into_response()
        }
        NotFailedOver::Restoring => problem(ErrorCode::RestoreInProgress),
        NotFailedOver::FailingBack => problem(ErrorCode::FailbackInProgress),
        NotFailedOver::Unmarked(_) => {
            tracing::error!(pair.name = pair, "{detail}");
            problem(ErrorCode::TargetNotMarked)
        }
        NotFailedOver::Unavailable(_) => {
            tracing::error!(pair.name = pair, "{detail}");
            problem(ErrorCode::RecoveryPointsUnavailable)
        }
        NotFailedOver::State(error) => not_run(pair, NotRun::State(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_undone_unless_that_is_said() {
        let action = |body: &str| read(body.as_bytes()).map(|asked| asked.action);
        for body in ["", "{}", r#"{"action":"failOver"}"#] {
            assert_eq!(action(body), Ok(Action::FailOver));
        }
        assert_eq!(action(r#"{"action":"undo"}"#), Ok(Action::Undo));
        for body in [r#"{"action":"release"}"#, r#"{"undo":true}"#, "undo"] {
            assert!(action(body).expect_err(body).contains("undo"));
        }
    }
}
