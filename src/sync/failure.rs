//! What a failed request costs: one entry, or the whole cycle. Decided here and nowhere else.

use std::collections::HashSet;

use azure_storage::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// One entry that could not be brought up to date, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Path below the share's root, in the source's spelling; empty for the root.
    pub path: String,
    /// The service's error code, or one of ours (see `docs/operations.md`).
    pub reason: String,
    pub detail: String,
}

/// Paths that failed in a cycle. What depends on one of them is left undone.
#[derive(Clone, Debug, Default)]
pub struct FailedPaths {
    paths: HashSet<String>,
    /// More failed than can be remembered: from then on everything counts as failed.
    all: bool,
}

/// Failed paths remembered.
const REMEMBERED: usize = 100_000;

impl FailedPaths {
    pub fn add(&mut self, failures: &[Failure]) {
        let room = REMEMBERED - self.paths.len();
        self.all |= failures.len() > room;
        self.paths.extend(failures.iter().take(room).map(|failure| failure.path.clone()));
    }

    pub fn contains(&self, path: &str) -> bool {
        self.all || self.paths.contains(path)
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

/// Something went wrong while syncing.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// A request failed.
    #[error(transparent)]
    Service(#[from] Error),
    /// The target, or the plan, is not what it has to be.
    #[error("{detail}")]
    Refused { reason: &'static str, detail: String },
}

pub type Result<T> = std::result::Result<T, SyncError>;

impl SyncError {
    pub fn refused(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused { reason, detail: detail.into() }
    }

    /// Whether going on with other entries makes no sense: the share or the credential is lost, or nothing
    /// answers any more.
    pub fn ends_the_cycle(&self) -> bool {
        let Self::Service(error) = self else { return false };
        const LOST: [&str; 4] =
            ["ShareNotFound", "ShareSnapshotNotFound", "ShareBeingDeleted", "ShareDisabled"];
        matches!(error.kind, ErrorKind::NotSent | ErrorKind::Unauthorized)
            || LOST.iter().any(|code| error.is_code(code))
    }

    /// The service's code, or our own word where there is none.
    pub fn reason(&self) -> String {
        match self {
            Self::Service(error) => error.code.clone().unwrap_or_else(|| format!("{:?}", error.kind)),
            Self::Refused { reason, .. } => (*reason).to_owned(),
        }
    }

    pub fn at(&self, path: &str) -> Failure {
        Failure { path: path.to_owned(), reason: self.reason(), detail: self.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_more_fails_than_is_remembered_everything_counts_as_failed() {
        let failure = |path: usize| SyncError::refused("X", "Y").at(&path.to_string());
        let mut failed = FailedPaths::default();
        failed.add(&(0..REMEMBERED).map(failure).collect::<Vec<_>>());
        assert!(failed.contains("7") && !failed.contains("somewhere else"));
        failed.add(&[failure(REMEMBERED)]);
        assert!(failed.contains("somewhere else"));
    }
}
