//! `decide`: what a person says about a cycle or a pair, as JSON.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::backup_now::not_run;
use super::body::parse;
use super::problem::{ErrorCode, Problem};
use super::seeding::refused;
use crate::config::{LEAST_BYTES, LEAST_REQUESTS, MOST_OF_LIMITS};
use crate::cycle::report::NotRun;
use crate::cycle::{Backup, Decision, Undecided};
use crate::state::{LimitDecided, LimitsDecided};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    action: Action,
    cycle: Option<String>,
    digest: Option<String>,
    entries: Option<Vec<String>>,
    #[serde(default, deserialize_with = "named")]
    requests_per_second: Option<Value>,
    #[serde(default, deserialize_with = "named")]
    bytes_per_second: Option<Value>,
}

/// `null` is something, too.
fn named<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    Approve,
    Reject,
    Cancel,
    Hold,
    Release,
    Acknowledge,
    Limit,
    StartOver,
}

pub(super) async fn decide(
    State(backup): State<Backup>,
    Path(pair): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let decision = match body.map_err(|error| error.body_text()).and_then(|body| read(&body)) {
        Ok(decision) => decision,
        Err(detail) => return Problem::new(ErrorCode::DecisionMistaken, detail).into_response(),
    };
    match Box::pin(backup.decide(&pair, decision)).await {
        Ok(status) => Json(status).into_response(),
        Err(reason) => undecided(&pair, reason),
    }
}

fn read(body: &[u8]) -> Result<Decision, String> {
    let body: Body = parse(body, "a decision")?;
    let Body { action, cycle, digest, entries, requests_per_second: requests, bytes_per_second: bytes } =
        body;
    let idle = [
        ("digest", digest.is_some() && action != Action::Approve),
        ("entries", entries.is_some() && action != Action::Acknowledge),
        ("cycle", cycle.is_some() && matches!(action, Action::Limit | Action::StartOver)),
        ("requestsPerSecond", requests.is_some() && action != Action::Limit),
        ("bytesPerSecond", bytes.is_some() && action != Action::Limit),
    ];
    if let Some((field, _)) = idle.iter().find(|(_, is_idle)| *is_idle) {
        return Err(format!("{field:?} means nothing with this action; leave it out"));
    }
    Ok(match action {
        Action::Approve => {
            let digest =
                digest.ok_or("An approval names the digest of the plan, as the cycle's guard shows it")?;
            Decision::Approve { cycle, digest }
        }
        Action::Reject => Decision::Reject { cycle },
        Action::Cancel => Decision::Cancel { cycle },
        Action::Hold => Decision::Hold { cycle },
        Action::Release => Decision::Release { cycle },
        Action::Acknowledge => {
            let entries = entries.filter(|entries| !entries.is_empty());
            let entries = entries.ok_or("An acknowledgement names the paths that may fail, in entries")?;
            Decision::Acknowledge { cycle, entries }
        }
        Action::Limit => Decision::Limit(LimitsDecided {
            requests: limit("requestsPerSecond", requests, LEAST_REQUESTS)?,
            bytes: limit("bytesPerSecond", bytes, LEAST_BYTES)?,
        }),
        Action::StartOver => Decision::StartOver,
    })
}

fn limit(field: &str, value: Option<Value>, least: u64) -> Result<LimitDecided, String> {
    Ok(match value {
        None => LimitDecided::AsInSettings,
        Some(Value::Null) => LimitDecided::None,
        Some(value) => {
            let limit = value.as_u64().filter(|limit| (least..=MOST_OF_LIMITS).contains(limit));
            let wrong = || {
                format!("{field:?} is a whole number from {least} to {MOST_OF_LIMITS}, or null for no limit")
            };
            LimitDecided::PerSecond(limit.ok_or_else(wrong)?)
        }
    })
}

pub(super) fn undecided(pair: &str, reason: Undecided) -> Response {
    let detail = reason.to_string();
    let problem = |code| Problem::new(code, detail.clone());
    match reason {
        Undecided::UnknownPair(pair) => not_run(&pair.clone(), NotRun::UnknownPair(pair)),
        Undecided::Busy { cycle } => not_run(pair, NotRun::CycleInProgress { cycle }),
        Undecided::State(error) => not_run(pair, NotRun::State(error)),
        Undecided::CutOff(error) if error.is_unreadable() => {
            problem(ErrorCode::StateUnreadable).into_response()
        }
        Undecided::CutOff(_) => problem(ErrorCode::RestoreNotPossible).into_response(),
        Undecided::UnknownCycle(_) => problem(ErrorCode::CycleNotFound).into_response(),
        Undecided::FailedOver => problem(ErrorCode::PairFailedOver).into_response(),
        Undecided::NothingWaits
        | Undecided::NotMet
        | Undecided::NothingToCancel
        | Undecided::NothingUnreadable
        | Undecided::Restoring
        | Undecided::TooLate(_) => problem(ErrorCode::NothingToDecide).into_response(),
        Undecided::StaleDigest { now } => {
            problem(ErrorCode::StaleDigest).with("digest", now.into()).into_response()
        }
        Undecided::NotFailed { .. } => problem(ErrorCode::DecisionMistaken).into_response(),
        Undecided::SeedingRefused(refusal) => refused(&[refusal]).into_response(),
        Undecided::TooManyAcknowledged => problem(ErrorCode::TooManyAcknowledged).into_response(),
        Undecided::Leased(_) => problem(ErrorCode::RecoveryPointLeased).into_response(),
        Undecided::NoRecoveryPoint(_) => problem(ErrorCode::RecoveryPointNotFound).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(body: &str, expected: &str) {
        let detail = read(body.as_bytes()).expect_err(body);
        assert!(detail.contains(expected), "{body}: {detail}");
    }

    #[test]
    fn decisions_are_read_as_they_are_documented() {
        let read = |body: &str| read(body.as_bytes()).expect(body);
        let cycle = Some("c".to_owned());
        assert_eq!(
            read(r#"{"action":"approve","cycle":"c","digest":"d"}"#),
            Decision::Approve { cycle: cycle.clone(), digest: "d".to_owned() }
        );
        assert_eq!(read(r#"{"action":"reject"}"#), Decision::Reject { cycle: None });
        assert_eq!(read(r#"{"action":"cancel","cycle":"c"}"#), Decision::Cancel { cycle: cycle.clone() });
        assert_eq!(read(r#"{"action":"hold"}"#), Decision::Hold { cycle: None });
        assert_eq!(read(r#"{"action":"release","cycle":"c"}"#), Decision::Release { cycle });
        assert_eq!(read(r#"{"action":"startOver"}"#), Decision::StartOver);
        let limits = LimitsDecided { requests: LimitDecided::PerSecond(500), bytes: LimitDecided::None };
        let body = r#"{"action":"limit","requestsPerSecond":500,"bytesPerSecond":null}"#;
        assert_eq!(read(body), Decision::Limit(limits));
        assert_eq!(read(r#"{"action":"limit"}"#), Decision::Limit(LimitsDecided::default()));
        let entries = vec!["a/b".to_owned()];
        assert_eq!(
            read(r#"{"action":"acknowledge","entries":["a/b"]}"#),
            Decision::Acknowledge { cycle: None, entries }
        );
    }

    #[test]
    fn what_is_no_decision_is_refused_with_a_remedy() {
        refused("", "Content-Length");
        refused("{", "not a decision");
        refused("{}", "action");
        refused(r#"{"action":"destroy"}"#, "destroy");
        refused(r#"{"action":"reject","more":1}"#, "more");
        refused(r#"{"action":"approve"}"#, "digest");
        refused(r#"{"action":"reject","digest":"d"}"#, "leave it out");
        refused(r#"{"action":"cancel","entries":[]}"#, "leave it out");
        refused(r#"{"action":"startOver","cycle":"c"}"#, "leave it out");
        refused(r#"{"action":"acknowledge","entries":[]}"#, "names the paths");
        refused(r#"{"action":"hold","requestsPerSecond":null}"#, "leave it out");
        refused(r#"{"action":"limit","cycle":"c"}"#, "leave it out");
        refused(
            r#"{"action":"limit","requestsPerSecond":0}"#,
            "\"requestsPerSecond\" is a whole number from 1",
        );
        refused(r#"{"action":"limit","requestsPerSecond":"many"}"#, "\"requestsPerSecond\" is a whole");
        refused(
            r#"{"action":"limit","bytesPerSecond":65535}"#,
            "\"bytesPerSecond\" is a whole number from 65536",
        );
    }
}
