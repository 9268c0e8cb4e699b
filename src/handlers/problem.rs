//! Errors as outsiders see them: `application/problem+json` (RFC 9457) with a code that a program can act on.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cycle::seeding::{Blame, SeedingCode};
use crate::state::CycleError;

/// What went wrong. `docs/operations.md` says for each what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ErrorCode {
    ConfigurationMistaken,
    CycleFailed,
    CycleInProgress,
    CycleNotFound,
    DecisionMistaken,
    EntryNotFound,
    FailbackInProgress,
    FailbackNotFound,
    InternalError,
    MethodNotAllowed,
    NothingToDecide,
    NothingToDrill,
    PairFailedOver,
    PairHeld,
    PairNotFailedOver,
    PairNotFound,
    PairNotHeld,
    PlanNotKept,
    PlanUnavailable,
    RecoveryPointLeased,
    RecoveryPointNotFound,
    RecoveryPointsUnavailable,
    RequestMistaken,
    RestoreInProgress,
    RestoreNotFound,
    RestoreNotPossible,
    RouteNotFound,
    StaleDigest,
    StartFailed,
    StateUnavailable,
    StateUnreadable,
    TargetNotMarked,
    TooManyAcknowledged,
    #[serde(untagged)]
    Seeding(SeedingCode),
}

impl ErrorCode {
    pub const ALL: [Self; 33] = [
        Self::ConfigurationMistaken,
        Self::CycleFailed,
        Self::CycleInProgress,
        Self::CycleNotFound,
        Self::DecisionMistaken,
        Self::EntryNotFound,
        Self::FailbackInProgress,
        Self::FailbackNotFound,
        Self::InternalError,
        Self::MethodNotAllowed,
        Self::NothingToDecide,
        Self::NothingToDrill,
        Self::PairFailedOver,
        Self::PairHeld,
        Self::PairNotFailedOver,
        Self::PairNotFound,
        Self::PairNotHeld,
        Self::PlanNotKept,
        Self::PlanUnavailable,
        Self::RecoveryPointLeased,
        Self::RecoveryPointNotFound,
        Self::RecoveryPointsUnavailable,
        Self::RequestMistaken,
        Self::RestoreInProgress,
        Self::RestoreNotFound,
        Self::RestoreNotPossible,
        Self::RouteNotFound,
        Self::StaleDigest,
        Self::StartFailed,
        Self::StateUnavailable,
        Self::StateUnreadable,
        Self::TargetNotMarked,
        Self::TooManyAcknowledged,
    ];

    fn name(self) -> String {
        match self {
            Self::Seeding(code) => format!("{code:?}"),
            code => format!("{code:?}"),
        }
    }

    /// Of state that could not be had.
    pub(super) fn of_state(error: &CycleError) -> Self {
        if error.is_unreadable() { Self::StateUnreadable } else { Self::StateUnavailable }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Seeding(code) => match code.blame() {
                Blame::Request => StatusCode::BAD_REQUEST,
                Blame::Identity => StatusCode::FORBIDDEN,
                Blame::Conflict => StatusCode::CONFLICT,
            },
            Self::DecisionMistaken | Self::RequestMistaken => StatusCode::BAD_REQUEST,
            Self::CycleNotFound
            | Self::EntryNotFound
            | Self::FailbackNotFound
            | Self::PairNotFound
            | Self::PlanNotKept
            | Self::RecoveryPointNotFound
            | Self::RestoreNotFound
            | Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::CycleInProgress
            | Self::FailbackInProgress
            | Self::NothingToDecide
            | Self::NothingToDrill
            | Self::RestoreNotPossible
            | Self::PairFailedOver
            | Self::PairHeld
            | Self::PairNotFailedOver
            | Self::PairNotHeld
            | Self::RecoveryPointLeased
            | Self::RestoreInProgress
            | Self::StaleDigest
            | Self::StateUnreadable
            | Self::TooManyAcknowledged => StatusCode::CONFLICT,
            Self::ConfigurationMistaken | Self::CycleFailed | Self::InternalError | Self::StartFailed => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::PlanUnavailable
            | Self::RecoveryPointsUnavailable
            | Self::StateUnavailable
            | Self::TargetNotMarked => StatusCode::BAD_GATEWAY,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Seeding(_) => "The pair cannot be seeded like this",
            Self::ConfigurationMistaken => "The settings are mistaken",
            Self::CycleFailed => "Not every cycle succeeded",
            Self::CycleInProgress => "The pair is being worked on",
            Self::CycleNotFound => "No such cycle",
            Self::DecisionMistaken => "Not a decision",
            Self::EntryNotFound => "Not in this recovery point",
            Self::FailbackInProgress => "A failback is in progress",
            Self::FailbackNotFound => "No such failback",
            Self::InternalError => "The app failed",
            Self::MethodNotAllowed => "Method not allowed",
            Self::NothingToDecide => "Nothing to decide",
            Self::NothingToDrill => "Nothing to drill",
            Self::PairFailedOver => "The pair is failed over",
            Self::PairHeld => "The pair is held",
            Self::PairNotFailedOver => "The pair is not failed over",
            Self::PairNotFound => "No such pair",
            Self::PairNotHeld => "The pair is not held",
            Self::PlanNotKept => "The plan is not kept",
            Self::PlanUnavailable => "The shares could not be compared",
            Self::RecoveryPointLeased => "Leased by somebody else",
            Self::RecoveryPointNotFound => "No such recovery point",
            Self::RecoveryPointsUnavailable => "The recovery points could not be read",
            Self::RequestMistaken => "The request is mistaken",
            Self::RestoreInProgress => "A restore is in progress",
            Self::RestoreNotFound => "No such restore",
            Self::RestoreNotPossible => "The restore cannot go on",
            Self::RouteNotFound => "No such route",
            Self::StaleDigest => "The plan is another one",
            Self::StartFailed => "The app could not start",
            Self::StateUnavailable => "The stored state could not be read",
            Self::StateUnreadable => "The stored state is not known to this version",
            Self::TargetNotMarked => "The target could not be marked as failed over",
            Self::TooManyAcknowledged => "Too many acknowledged paths",
        }
    }
}

/// One error answer.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    code: ErrorCode,
    detail: String,
    members: Map<String, Value>,
}

impl Problem {
    pub(super) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), members: Map::new() }
    }

    /// Adds a member for programs, beside the sentence for people.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Value::Object(mut body) = json!({
            "type": format!("urn:azure-files-backup:problem:{}", self.code.name()),
            "title": self.code.title(),
            "status": self.code.status().as_u16(),
            "detail": self.detail,
            "code": self.code,
        }) else {
            unreachable!("the literal is an object")
        };
        body.extend(self.members);
        let mut response = (self.code.status(), Json(body)).into_response();
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response
    }
}
