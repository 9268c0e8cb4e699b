//! Why a cycle fails as a whole, and how failures of the layers below become that.

use crate::state::{CycleError, StateError};
use crate::sync::SyncError;

pub type Result<T> = std::result::Result<T, CycleError>;

impl CycleError {
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }

    /// Says which of the two shares the detail is about.
    pub fn about(self, side: &str) -> Self {
        Self { detail: format!("{side}: {}", self.detail), ..self }
    }
}

impl std::fmt::Display for CycleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for CycleError {}

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
        Self::new("StateUnavailable", error.to_string())
    }
}
