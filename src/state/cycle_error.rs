//! Why a cycle fails as a whole, and how failures of the layers become that.

use serde::{Deserialize, Serialize};

use super::StateError;
use crate::sync::SyncError;

/// Why a whole cycle failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct CycleError {
    /// The service's error code, or one of ours (see `docs/operations.md`).
    pub code: String,
    pub detail: String,
}

impl CycleError {
    /// The code where something is stored that this program cannot read.
    pub const UNREADABLE: &'static str = "StateUnreadable";

    /// The code where the state could not be read or written.
    pub const STATE_UNAVAILABLE: &'static str = "StateUnavailable";

    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }

    /// Something is stored that this program cannot read.
    pub fn is_unreadable(&self) -> bool {
        self.code == Self::UNREADABLE
    }

    /// Says which of the two shares the detail is about.
    pub fn about(self, side: &str) -> Self {
        Self { detail: format!("{side}: {}", self.detail), ..self }
    }
}

impl From<SyncError> for CycleError {
    fn from(error: SyncError) -> Self {
        Self { code: error.reason(), detail: error.to_string() }
    }
}

impl From<azure_storage::Error> for CycleError {
    fn from(error: azure_storage::Error) -> Self {
        SyncError::from(error).into()
    }
}

impl From<StateError> for CycleError {
    fn from(error: StateError) -> Self {
        let code = if error.is_unreadable() { Self::UNREADABLE } else { Self::STATE_UNAVAILABLE };
        Self::new(code, error.to_string())
    }
}
